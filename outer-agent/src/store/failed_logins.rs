//! Failed logins by account and by address, so that guessing is limited across restarts (article 9).

use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// How many logins of an account, or from an address, failed since `since_s`.
pub fn failures(conn: &Connection, subject: &str, since_s: UnixSeconds) -> Result<i64> {
    let sql = "SELECT failures FROM failed_login WHERE subject = ?1 AND since_s >= ?2";
    Ok(conn.prepare_cached(sql)?.query_row(params![subject, since_s], |r| r.get(0)).optional()?.unwrap_or(0))
}

/// Records a failed login, and deletes those before `since_s`.
pub fn record_failure(conn: &Connection, subject: &str, since_s: UnixSeconds, now: UnixSeconds) -> Result<()> {
    delete_before(conn, since_s)?;
    let sql = "INSERT INTO failed_login VALUES (?1, 1, ?2) ON CONFLICT DO UPDATE SET failures = failures + 1";
    conn.prepare_cached(sql)?.execute(params![subject, now])?;
    Ok(())
}

/// Deletes the failures of an account that logged in.
pub fn clear(conn: &Connection, subject: &str) -> Result<()> {
    conn.prepare_cached("DELETE FROM failed_login WHERE subject = ?1")?.execute([subject])?;
    Ok(())
}

/// Deletes the failures before `since_s`.
pub fn delete_before(conn: &Connection, since_s: UnixSeconds) -> Result<()> {
    conn.prepare_cached("DELETE FROM failed_login WHERE since_s < ?1")?.execute([since_s])?;
    Ok(())
}
