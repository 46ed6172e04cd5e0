//! When each job last ran, and how it ended.

use ferry_io::error::Result;
use ferry_io::exit_code::SYNC_FAILED;
use rusqlite::{Connection, OptionalExtension, params};

/// Notes that a job ran, and how it ended.
pub fn note_run(conn: &Connection, job: &str, now_s: i64, error: Option<&str>) -> Result<()> {
    let sql = "INSERT INTO ferry_run VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
               SET last_success_s = coalesce(excluded.last_success_s, last_success_s),
                   last_attempt_s = excluded.last_attempt_s, last_error = excluded.last_error";
    let success = error.is_none().then_some(now_s);
    conn.execute(sql, params![job, success, now_s, error])?;
    Ok(())
}

/// Notes how a run ended, and gives its outcome on. A ledger that cannot be written to hides no failure of the run; after a
/// sync that failed nothing more is written.
///
/// # Errors
/// The run's, or that it cannot be noted.
pub fn end_run<T>(conn: &Connection, job: &str, now_s: i64, outcome: Result<T>) -> Result<T> {
    if outcome.as_ref().is_err_and(|f| f.exit == SYNC_FAILED) {
        return outcome;
    }
    let error = outcome.as_ref().err().map(|f| format!("{} [{}]", f.message.english(), f.code));
    let noted = note_run(conn, job, now_s, error.as_deref());
    outcome.and_then(|done| noted.map(|()| done))
}

/// When a job last ended well, in seconds.
pub fn last_success(conn: &Connection, job: &str) -> Result<Option<i64>> {
    let found = conn.query_row("SELECT last_success_s FROM ferry_run WHERE job = ?1", [job], |r| r.get(0));
    Ok(found.optional()?.flatten())
}
