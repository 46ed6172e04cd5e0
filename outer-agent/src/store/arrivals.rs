//! When documents that may be served (article 6) arrived.

use ferry_format::record::Record;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Records that a version arrives with a generation. A version that is sent again keeps its first arrival.
pub fn record(conn: &Connection, record: &Record, generation: i64) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO arrival VALUES (?1, ?2, ?3, ?4)";
    conn.prepare_cached(sql)?.execute(params![record.kind, record.id, record.version as i64, generation])?;
    Ok(())
}

/// When a version became visible, seconds; `None` for a version that may not be served.
pub fn arrived_s(conn: &Connection, kind: &str, id: &str, version: u64) -> Result<Option<i64>> {
    let sql = "SELECT p.at_s FROM arrival a JOIN publication p USING (generation)
               WHERE a.kind = ?1 AND a.id = ?2 AND a.version = ?3";
    Ok(conn.prepare_cached(sql)?.query_row(params![kind, id, version as i64], |r| r.get(0)).optional()?)
}
