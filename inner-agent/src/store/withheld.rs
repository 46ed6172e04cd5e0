//! Table `withheld`: items under an approval form, each with the number of its entry outside (articles 13 and 15).

use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeSet;

/// The number of an item's entry, and the class of reason that it shows; nothing where it is not withheld.
pub fn get(conn: &Connection, kind: &str, key: &str) -> Result<Option<(i64, String)>> {
    let sql = "SELECT number, reason FROM withheld WHERE kind = ?1 AND key = ?2";
    let row = |r: &Row<'_>| Ok((r.get(0)?, r.get(1)?));
    Ok(conn.prepare_cached(sql)?.query_row([kind, key], row).optional()?)
}

/// Withholds an item; gives its number.
pub fn insert(conn: &Connection, (kind, key): (&str, &str), form: &str, reason: &str) -> Result<i64> {
    let sql = "INSERT INTO withheld(kind, key, form, reason) VALUES (?1, ?2, ?3, ?4)";
    conn.execute(sql, params![kind, key, form, reason])?;
    Ok(conn.last_insert_rowid())
}

/// Changes the form of an item that is withheld.
pub fn update(conn: &Connection, (kind, key): (&str, &str), form: &str, reason: &str) -> Result<()> {
    let sql = "UPDATE withheld SET form = ?3, reason = ?4 WHERE kind = ?1 AND key = ?2";
    conn.execute(sql, params![kind, key, form, reason])?;
    Ok(())
}

/// No longer withholds an item; gives its number, if it was withheld.
pub fn delete(conn: &Connection, kind: &str, key: &str) -> Result<Option<i64>> {
    let sql = "DELETE FROM withheld WHERE kind = ?1 AND key = ?2 RETURNING number";
    Ok(conn.prepare_cached(sql)?.query_row([kind, key], |r| r.get(0)).optional()?)
}

/// The keys of a kind that are withheld.
pub fn keys(conn: &Connection, kind: &str) -> Result<Vec<String>> {
    let mut statement = conn.prepare("SELECT key FROM withheld WHERE kind = ?1 ORDER BY number")?;
    Ok(statement.query_map([kind], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// The kinds of which something is withheld.
pub fn kinds(conn: &Connection) -> Result<BTreeSet<String>> {
    let mut statement = conn.prepare("SELECT DISTINCT kind FROM withheld")?;
    Ok(statement.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// How many items are withheld.
pub fn count(conn: &Connection) -> Result<u64> {
    Ok(conn.query_row("SELECT count(*) FROM withheld", [], |r| r.get(0))?)
}
