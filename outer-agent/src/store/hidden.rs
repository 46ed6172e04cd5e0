//! Versions that the second scan hides: stored and counted in the state root like everything that was signed, and shown to
//! nobody until a newer version replaces them.

use crate::store::outgoing;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use rusqlite::{Connection, params};
use serde::Serialize;

/// Visible generations, and not replaced by a newer visible version.
const CURRENT: &str = "h.generation <= (SELECT generation FROM visible)
  AND NOT EXISTS (SELECT 1 FROM record n WHERE n.kind = h.kind AND n.id = h.id AND n.version > h.version
                    AND n.generation <= (SELECT generation FROM visible))";

/// An item that is hidden.
#[derive(Clone, Debug, Serialize)]
pub struct Hidden {
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u64,
    /// What was found, as a list of rules such as `identity,mobile`.
    pub rule: String,
}

/// Hides a staged version.
pub fn add(conn: &Connection, record: &Record, generation: i64, rule: &str) -> Result<()> {
    let sql = "INSERT INTO hidden VALUES (?1, ?2, ?3, ?4, ?5)";
    let row = params![record.kind, record.id, record.version as i64, generation, rule];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Reports what a generation hides to the inner side, once, in the transaction that makes the generation visible.
pub fn report(conn: &Connection, catalogue: &Catalogue, generation: i64) -> Result<()> {
    let sql = "SELECT kind, id, version, rule FROM hidden h WHERE generation = ?1 ORDER BY kind, id";
    rows(conn, sql, generation)?.iter().try_for_each(|hidden| report_item(conn, catalogue, hidden))
}

/// Reports one item, once for each of its versions.
pub fn report_item(conn: &Connection, catalogue: &Catalogue, hidden: &Hidden) -> Result<()> {
    let name = format!("{}\n{}\n{}", hidden.kind, hidden.id, hidden.version);
    let mut record = Record::new(&catalogue.roles.held_outside, &to_hex(&sha256(name.as_bytes())[..16]), 1);
    for (field, text) in [("kind", &hidden.kind), ("item", &hidden.id), ("rule", &hidden.rule)] {
        record.fields.insert(field.into(), Value::Text(text.clone()));
    }
    record.fields.insert("item-version".into(), Value::Integer(hidden.version as i64));
    outgoing::add(conn, catalogue, &record)
}

/// How many items are hidden.
pub fn count(conn: &Connection) -> Result<u64> {
    let sql = format!("SELECT count(*) FROM hidden h WHERE {CURRENT}");
    Ok(conn.query_row(&sql, [], |r| r.get::<_, i64>(0))? as u64)
}

/// The first of them.
pub fn list(conn: &Connection, limit: i64) -> Result<Vec<Hidden>> {
    let sql = format!("SELECT kind, id, version, rule FROM hidden h WHERE {CURRENT} ORDER BY kind, id LIMIT ?1");
    rows(conn, &sql, limit)
}

fn rows(conn: &Connection, sql: &str, parameter: i64) -> Result<Vec<Hidden>> {
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok(Hidden { kind: r.get(0)?, id: r.get(1)?, version: r.get::<_, i64>(2)? as u64, rule: r.get(3)? })
    };
    Ok(statement.query_map([parameter], row)?.collect::<rusqlite::Result<_>>()?)
}
