//! When each job last ran, and how it ended.

use crate::ledger::columns::StoredText;
use crate::ledger::db;
use crate::types::UnixSeconds;
use ferry_format::text::Text;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::SYNC_FAILED;
use rusqlite::{Connection, OptionalExtension, params};

/// Records that a job ran, and how it ended.
pub fn record_run(conn: &Connection, job: &str, now: UnixSeconds, error: Option<&Error>) -> Result<()> {
    let sql = "INSERT INTO ferry_run(job, last_success_s, last_attempt_s, last_error) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT DO UPDATE
               SET last_success_s = coalesce(excluded.last_success_s, last_success_s),
                   last_attempt_s = excluded.last_attempt_s, last_error = excluded.last_error";
    let success = error.is_none().then_some(now);
    let error = error.map(|e| StoredText(crate::texts::with_code(&e.message, e.code)));
    conn.execute(sql, params![job, success, now, error])?;
    Ok(())
}

/// Records how a run ended, and returns its outcome. A ledger that cannot be written to hides no error of the run; after a
/// sync that failed nothing more is written.
///
/// # Errors
/// The run's, or that it cannot be recorded.
pub fn end_run<T>(conn: &Connection, job: &str, now: UnixSeconds, outcome: Result<T>) -> Result<T> {
    if outcome.as_ref().is_err_and(|e| e.exit == SYNC_FAILED) {
        return outcome;
    }
    let outcome = outcome.map_err(|e| db::named(conn, e));
    let recorded = record_run(conn, job, now, outcome.as_ref().err());
    outcome.and_then(|done| recorded.map(|()| done))
}

/// When a job last ended well, in seconds.
pub fn last_success_s(conn: &Connection, job: &str) -> Result<Option<UnixSeconds>> {
    let found = conn.query_row("SELECT last_success_s FROM ferry_run WHERE job = ?1", [job], |r| r.get(0));
    Ok(found.optional()?.flatten())
}

/// How a job last ended, if not well: message and code.
pub fn last_error(conn: &Connection, job: &str) -> Result<Option<Text>> {
    let sql = "SELECT last_error FROM ferry_run WHERE job = ?1";
    let found = conn.query_row(sql, [job], |r| r.get::<_, Option<StoredText>>(0)).optional()?;
    Ok(found.flatten().map(|text| text.0))
}
