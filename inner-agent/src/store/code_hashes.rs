//! Table `code_hash`: the Argon2id hash of every query code and password, with an HMAC that tells whether the code is still
//! the same. The code itself is stored nowhere.

use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// A field of a record, by kind, key and field name.
pub type FieldOf<'a> = (&'a str, &'a str, &'a str);

/// The hash of a code that is still the same.
pub fn get(conn: &Connection, (kind, key, field): FieldOf<'_>, hmac: &[u8]) -> Result<Option<String>> {
    let sql = "SELECT hash FROM code_hash WHERE kind = ?1 AND key = ?2 AND field = ?3 AND hmac = ?4";
    Ok(conn.prepare_cached(sql)?.query_row(params![kind, key, field, hmac], |r| r.get(0)).optional()?)
}

/// Records the hash of a new code.
pub fn insert(conn: &Connection, (kind, key, field): FieldOf<'_>, hmac: &[u8], hash: &str) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO code_hash VALUES (?1, ?2, ?3, ?4, ?5)";
    conn.prepare_cached(sql)?.execute(params![kind, key, field, hmac, hash])?;
    Ok(())
}

/// Deletes the hashes of a row that no longer exists.
pub fn delete(conn: &Connection, kind: &str, key: &str) -> Result<()> {
    conn.prepare_cached("DELETE FROM code_hash WHERE kind = ?1 AND key = ?2")?.execute([kind, key])?;
    Ok(())
}
