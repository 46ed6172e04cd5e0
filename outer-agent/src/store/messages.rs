//! Messages and access requests as their authors see them: kept apart from the outgoing items, which are deleted once the
//! other side has them.

use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Messages of one case that are listed.
const LISTED_MAX: i64 = 100;

/// A message or an access request.
pub struct Message {
    /// Its id.
    pub id: String,
    /// Person id of the author.
    pub person: String,
    /// The case.
    pub case_id: String,
    /// Kind of its record.
    pub kind: String,
    /// Code of what access is requested to; empty for a message.
    pub subject: String,
    /// Text; `None` after its retention.
    pub text: Option<String>,
    /// When it was written, seconds.
    pub written_s: UnixSeconds,
    /// Whether the other side acknowledged it.
    pub acknowledged: bool,
}

/// Adds a message.
pub fn add(conn: &Connection, m: &Message) -> Result<()> {
    let sql =
        "INSERT INTO message(id, person, case_id, text, written_s, kind, subject) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let row = params![m.id, m.person, m.case_id, m.text, m.written_s, m.kind, m.subject];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// The text of a message: `None` without such a message, `Some(None)` after the retention of its text.
pub fn text(conn: &Connection, id: &str) -> Result<Option<Option<String>>> {
    let sql = "SELECT text FROM message WHERE id = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([id], |r| r.get(0)).optional()?)
}

/// How many messages a person wrote after `since_s`.
pub fn count_since(conn: &Connection, person: &str, since_s: UnixSeconds) -> Result<i64> {
    let sql = "SELECT count(*) FROM message WHERE person = ?1 AND written_s > ?2";
    Ok(conn.prepare_cached(sql)?.query_row(params![person, since_s], |r| r.get(0))?)
}

/// The messages of a person in a case, newest first.
pub fn of_case(conn: &Connection, person: &str, case_id: &str) -> Result<Vec<Message>> {
    let sql = "SELECT id, person, case_id, kind, subject, text, written_s, acknowledged FROM message
               WHERE person = ?1 AND case_id = ?2 ORDER BY written_s DESC LIMIT ?3";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![person, case_id, LISTED_MAX], |r| {
        Ok(Message {
            id: r.get(0)?,
            person: r.get(1)?,
            case_id: r.get(2)?,
            kind: r.get(3)?,
            subject: r.get(4)?,
            text: r.get(5)?,
            written_s: r.get(6)?,
            acknowledged: r.get(7)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
