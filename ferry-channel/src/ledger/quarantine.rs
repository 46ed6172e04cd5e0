//! Refused files: one row for each, with the reason and what to do.

use crate::ledger::columns::StoredText;
use crate::types::{ChannelId, UnixSeconds};
use ferry_format::text::Text;
use ferry_io::error::{Error, Result};
use rusqlite::{Connection, Row, params};

/// A refused file: in quarantine, or deleted because quarantine was full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantinedFile {
    /// Its number.
    pub id: i64,
    /// Its name when it came.
    pub name: String,
    /// Its name in the folder `quarantine`; empty when it was deleted.
    pub file: String,
    /// Its length, in bytes.
    pub bytes: u64,
    /// Reason code.
    pub code: String,
    /// Why it is here.
    pub message: Text,
    /// What to do.
    pub hint: Text,
    /// When it came, seconds.
    pub at_s: UnixSeconds,
}

const COLUMNS: &str = "SELECT id, name, file, bytes, code, message, hint, at_s FROM ferry_quarantine";

fn of(row: &Row<'_>) -> rusqlite::Result<QuarantinedFile> {
    Ok(QuarantinedFile {
        id: row.get(0)?,
        name: row.get(1)?,
        file: row.get(2)?,
        bytes: row.get(3)?,
        code: row.get(4)?,
        message: row.get::<_, StoredText>(5)?.0,
        hint: row.get::<_, StoredText>(6)?.0,
        at_s: row.get(7)?,
    })
}

/// Records a refused file, in the caller's transaction, and gives its number and the name that it is kept under.
pub(crate) fn record(
    conn: &Connection,
    channel: &ChannelId,
    (name, bytes): (&str, u64),
    why: &Error,
    now: UnixSeconds,
) -> Result<String> {
    let sql = "INSERT INTO ferry_quarantine(channel, name, file, bytes, code, message, hint, at_s)
               VALUES (?1, ?2, '', ?3, ?4, ?5, ?6, ?7)";
    let (message, hint) = (StoredText(why.message.clone()), StoredText(why.hint.clone()));
    conn.execute(sql, params![channel, name, bytes, why.code, message, hint, now])?;
    let id = conn.last_insert_rowid();
    let file = format!("{id:06}-{}.ferry", why.code);
    conn.execute("UPDATE ferry_quarantine SET file = ?2 WHERE id = ?1", params![id, file])?;
    Ok(file)
}

/// How many files are kept, and their bytes together.
pub(crate) fn kept(conn: &Connection) -> Result<(u64, u64)> {
    let sql = "SELECT count(*), coalesce(sum(bytes), 0) FROM ferry_quarantine WHERE file <> ''";
    Ok(conn.query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?)))?)
}

/// How many files of one reason are kept.
pub(crate) fn kept_with_code(conn: &Connection, code: &str) -> Result<u64> {
    let sql = "SELECT count(*) FROM ferry_quarantine WHERE code = ?1 AND file <> ''";
    Ok(conn.query_row(sql, [code], |r| r.get(0))?)
}

/// Whether a row names a file of the quarantine folder.
pub(crate) fn names_file(conn: &Connection, file: &str) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM ferry_quarantine WHERE file = ?1)";
    Ok(conn.prepare_cached(sql)?.query_row([file], |r| r.get(0))?)
}

/// Everything in quarantine on a channel, by number.
pub fn list(conn: &Connection, channel: &ChannelId) -> Result<Vec<QuarantinedFile>> {
    let mut statement = conn.prepare(&format!("{COLUMNS} WHERE channel = ?1 ORDER BY id"))?;
    Ok(statement.query_map([channel], of)?.collect::<rusqlite::Result<_>>()?)
}

/// The newest ones of all channels.
pub fn newest(conn: &Connection, limit: u64) -> Result<Vec<QuarantinedFile>> {
    let mut statement = conn.prepare(&format!("{COLUMNS} ORDER BY id DESC LIMIT ?1"))?;
    Ok(statement.query_map([limit], of)?.collect::<rusqlite::Result<_>>()?)
}

/// All of them, newest first.
pub(crate) fn all_newest_first(conn: &Connection) -> Result<Vec<QuarantinedFile>> {
    newest(conn, i64::MAX as u64)
}

/// How many files were refused on a channel.
pub fn count(conn: &Connection, channel: &ChannelId) -> Result<u64> {
    Ok(conn.query_row("SELECT count(*) FROM ferry_quarantine WHERE channel = ?1", [channel], |r| r.get(0))?)
}

/// Forgets a file.
pub(crate) fn delete(conn: &Connection, id: i64) -> Result<()> {
    conn.execute("DELETE FROM ferry_quarantine WHERE id = ?1", [id])?;
    Ok(())
}
