//! Table `consent`: consents to electronic service that were exported (article 6).

use ferry_format::record::Record;
use ferry_io::error::Result;
use rusqlite::{Connection, params};

/// Records a consent that is exported, or that a retraction ends: what was opened under it before `yesterday` ended stays
/// served. Days are `YYYY-MM-DD`.
pub fn record(conn: &Connection, record: &Record, yesterday: &str) -> Result<()> {
    if record.retracted {
        let sql = "UPDATE consent SET until = ?2 WHERE id = ?1 AND (until = '' OR until > ?2)";
        conn.prepare_cached(sql)?.execute([&record.id, yesterday])?;
    } else {
        let sql = "INSERT OR REPLACE INTO consent VALUES (?1, ?2, ?3, ?4, ?5)";
        let (since, until) = (record.text("signed-on"), record.text("until"));
        conn.prepare_cached(sql)?.execute(params![record.id, record.case_id, record.person, since, until])?;
    }
    Ok(())
}

/// Whether a person consented in a case on a day.
pub fn exists(conn: &Connection, case_id: &str, person: &str, day: &str) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM consent WHERE case_id = ?1 AND person = ?2 AND since <= ?3
                 AND (until = '' OR until >= ?3))";
    Ok(conn.prepare_cached(sql)?.query_row([case_id, person, day], |r| r.get(0))?)
}
