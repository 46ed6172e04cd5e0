//! Numbers under which two signed batches came: one row for each second batch.

use crate::types::{BatchNumber, ChannelId, Digest, UnixSeconds};
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// A second batch under a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The number.
    pub number: BatchNumber,
    /// Digest of the batch that was accepted.
    pub first: Digest,
    /// Digest of the other one.
    pub second: Digest,
    /// File of the other one, in the folder `evidence`.
    pub file: String,
    /// When it came, seconds.
    pub at_s: UnixSeconds,
    /// Who let the channel continue; none while it is stopped.
    pub resumed_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// The number whose fork stops a channel now.
pub(crate) fn stopped_at(conn: &Connection, channel: &ChannelId) -> Result<Option<BatchNumber>> {
    let sql = "SELECT epoch, sequence FROM ferry_fork WHERE channel = ?1 AND resumed_s IS NULL LIMIT 1";
    Ok(conn.query_row(sql, [channel], |r| Ok(BatchNumber::new(r.get(0)?, r.get(1)?))).optional()?)
}

/// Whether a second batch is kept as evidence already.
pub(crate) fn knows(conn: &Connection, channel: &ChannelId, second: Digest) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM ferry_fork WHERE channel = ?1 AND second = ?2)";
    Ok(conn.query_row(sql, params![channel, second], |r| r.get(0))?)
}

/// Records a fork: from here on the channel is stopped.
pub(crate) fn record(conn: &Connection, channel: &ChannelId, fork: &Fork) -> Result<()> {
    let sql = "INSERT INTO ferry_fork(channel, epoch, sequence, first, second, file, at_s)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let BatchNumber { epoch, sequence } = fork.number;
    conn.execute(sql, params![channel, epoch, sequence, fork.first, fork.second, fork.file, fork.at_s])?;
    Ok(())
}

/// Every second batch of a channel, oldest first.
pub fn list(conn: &Connection, channel: &ChannelId) -> Result<Vec<Fork>> {
    let sql = "SELECT epoch, sequence, first, second, file, at_s, resumed_by, reason FROM ferry_fork
               WHERE channel = ?1 ORDER BY at_s, epoch, sequence";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok(Fork {
            number: BatchNumber::new(r.get(0)?, r.get(1)?),
            first: r.get(2)?,
            second: r.get(3)?,
            file: r.get(4)?,
            at_s: r.get(5)?,
            resumed_by: r.get(6)?,
            reason: r.get(7)?,
        })
    };
    Ok(statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?)
}

/// Lets a stopped channel continue. Gives whether it was stopped.
pub(crate) fn resume(conn: &Connection, channel: &ChannelId, by: &str, reason: &str, now: UnixSeconds) -> Result<bool> {
    let sql = "UPDATE ferry_fork SET resumed_s = ?2, resumed_by = ?3, reason = ?4
               WHERE channel = ?1 AND resumed_s IS NULL";
    Ok(conn.execute(sql, params![channel, now, by, reason])? > 0)
}
