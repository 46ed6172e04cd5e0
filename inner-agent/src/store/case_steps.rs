//! Table `case_step`: the procedural step and the case number of every exported case.

use ferry_format::record::Record;
use ferry_io::error::Result;
use rusqlite::Connection;

/// Records the step of a case. A retraction has no number; reports still name the case by the one it had.
pub fn record(conn: &Connection, case: &Record, case_number: &str) -> Result<()> {
    let sql = "INSERT INTO case_step VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET step = excluded.step,
                 case_number = coalesce(nullif(excluded.case_number, ''), case_number)";
    conn.prepare_cached(sql)?.execute([&case.case_id, case.text("step"), case_number])?;
    Ok(())
}

/// The step of a case; empty where none is known.
pub fn step(conn: &Connection, case_id: &str) -> Result<String> {
    let sql = "SELECT coalesce((SELECT step FROM case_step WHERE case_id = ?1), '')";
    Ok(conn.prepare_cached(sql)?.query_row([case_id], |r| r.get(0))?)
}

/// The number of a case; empty where none is known.
pub fn case_number(conn: &Connection, case_id: &str) -> Result<String> {
    let sql = "SELECT coalesce((SELECT case_number FROM case_step WHERE case_id = ?1), '')";
    Ok(conn.prepare_cached(sql)?.query_row([case_id], |r| r.get(0))?)
}
