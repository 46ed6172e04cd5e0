//! Files that wait in the received folder: one row for each, with how long it has lain unchanged.

use crate::ledger::columns::StoredText;
use crate::types::{ChannelId, UnixSeconds};
use ferry_format::text::Text;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// What is known of a file that waits.
pub(crate) struct PendingRow {
    /// What of it changes when somebody writes to it.
    pub(crate) stamp: String,
    /// When it was last looked at, seconds.
    pub(crate) seen_s: UnixSeconds,
    /// For how many seconds it has lain unchanged.
    pub(crate) waited_s: i64,
}

/// The row of a file.
pub(crate) fn find(conn: &Connection, channel: &ChannelId, name: &str) -> Result<Option<PendingRow>> {
    let sql = "SELECT stamp, seen_s, waited_s FROM ferry_pending WHERE channel = ?1 AND name = ?2";
    let row = |r: &rusqlite::Row<'_>| Ok(PendingRow { stamp: r.get(0)?, seen_s: r.get(1)?, waited_s: r.get(2)? });
    Ok(conn.query_row(sql, params![channel, name], row).optional()?)
}

/// How many files wait on a channel.
pub(crate) fn count(conn: &Connection, channel: &ChannelId) -> Result<u64> {
    Ok(conn.query_row("SELECT count(*) FROM ferry_pending WHERE channel = ?1", [channel], |r| r.get(0))?)
}

/// Records that a file waits, for what and since when.
pub(crate) fn record(
    conn: &Connection,
    channel: &ChannelId,
    name: &str,
    row: &PendingRow,
    (reason, text): (&str, &Text),
) -> Result<()> {
    let sql = "INSERT INTO ferry_pending(channel, name, stamp, seen_s, waited_s, reason, text)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE
               SET stamp = excluded.stamp, seen_s = excluded.seen_s, waited_s = excluded.waited_s,
                   reason = excluded.reason, text = excluded.text";
    let text = StoredText(text.clone());
    conn.execute(sql, params![channel, name, row.stamp, row.seen_s, row.waited_s, reason, text])?;
    Ok(())
}

/// Those that have waited longest, and for what; at most `limit`.
pub(crate) fn longest(conn: &Connection, channel: &ChannelId, limit: u64) -> Result<Vec<(String, Text)>> {
    let sql = "SELECT name, text FROM ferry_pending WHERE channel = ?1 ORDER BY waited_s DESC, name LIMIT ?2";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, r.get::<_, StoredText>(1)?.0));
    Ok(statement.query_map(params![channel, limit], row)?.collect::<rusqlite::Result<_>>()?)
}

/// Whether this very file is recorded to wait for that reason.
pub(crate) fn is_for(conn: &Connection, channel: &ChannelId, name: &str, stamp: &str, reason: &str) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM ferry_pending
                 WHERE channel = ?1 AND name = ?2 AND stamp = ?3 AND reason = ?4)";
    Ok(conn.query_row(sql, params![channel, name, stamp, reason], |r| r.get(0))?)
}

/// The names of all files that wait on a channel.
pub(crate) fn names(conn: &Connection, channel: &ChannelId) -> Result<BTreeSet<String>> {
    let mut statement = conn.prepare("SELECT name FROM ferry_pending WHERE channel = ?1")?;
    Ok(statement.query_map([channel], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Forgets files that are no longer there.
pub(crate) fn forget(conn: &Connection, channel: &ChannelId, names: &BTreeSet<String>) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let tx = conn.unchecked_transaction()?;
    for name in names {
        tx.prepare_cached("DELETE FROM ferry_pending WHERE channel = ?1 AND name = ?2")?
            .execute(params![channel, name])?;
    }
    Ok(tx.commit()?)
}

/// Forgets every file that waits: after a restoration the folder is looked at again.
pub(crate) fn forget_all(conn: &Connection) -> Result<()> {
    conn.execute("DELETE FROM ferry_pending", [])?;
    Ok(())
}
