//! Table `remark`: what a person should know of records that crossed.

use ferry_channel::types::UnixSeconds;
use ferry_format::reason::Reason;
use ferry_io::error::Result;
use rusqlite::{Connection, params};

/// A remark about a record.
pub struct Remark {
    /// Kind.
    pub kind: String,
    /// Key in the platform.
    pub key: String,
    /// What it is about.
    pub reason: Reason,
}

/// Replaces the remarks about one record.
pub fn replace(conn: &Connection, (kind, key): (&str, &str), remarks: &[Reason], now: UnixSeconds) -> Result<()> {
    conn.prepare_cached("DELETE FROM remark WHERE kind = ?1 AND key = ?2")?.execute([kind, key])?;
    for reason in remarks {
        let sql = "INSERT OR REPLACE INTO remark VALUES (?1, ?2, ?3, ?4)";
        conn.prepare_cached(sql)?.execute(params![kind, key, reason.encode(), now])?;
    }
    Ok(())
}

/// Of records that are published.
const PUBLISHED: &str = "FROM remark r JOIN exported e ON e.kind = r.kind AND e.key = r.key AND e.retracted = 0";

/// The first ones.
pub fn list(conn: &Connection, max: i64) -> Result<Vec<Remark>> {
    let mut statement =
        conn.prepare(&format!("SELECT r.kind, r.key, r.reason {PUBLISHED} ORDER BY r.kind, r.key LIMIT ?1"))?;
    let rows = statement.query_map([max], |r| {
        Ok(Remark { kind: r.get(0)?, key: r.get(1)?, reason: Reason::parse(&r.get::<_, String>(2)?) })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many there are.
pub fn count(conn: &Connection) -> Result<u64> {
    Ok(conn.query_row(&format!("SELECT count(*) {PUBLISHED}"), [], |r| r.get(0))?)
}
