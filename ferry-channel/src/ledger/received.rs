//! What came in: one row for each number of the receiving channel.

use crate::ledger::columns::high_water;
use crate::types::{BatchNumber, ChannelId, DeliveryVerdict, Digest, UnixSeconds};
use ferry_format::frame::sequence::HighWater;
use ferry_format::frame::statement::VolumeRange;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// A received batch for the ledger.
#[derive(Clone, Debug)]
pub struct ReceivedBatch<'a> {
    /// Its channel.
    pub channel: &'a ChannelId,
    /// Its number.
    pub number: BatchNumber,
    /// Its digest; `None` while it is missing.
    pub digest: Option<Digest>,
    /// What became of it.
    pub verdict: DeliveryVerdict,
    /// Reason code of a refusal.
    pub reason: Option<&'a str>,
    /// Records that it carried.
    pub records: u64,
    /// Documents that it carried.
    pub documents: u64,
}

/// Records a received batch. One that was missing, or whose gap was accepted, is here now and is reported once more.
pub fn record(conn: &Connection, batch: &ReceivedBatch<'_>, now: UnixSeconds) -> Result<()> {
    let sql = "INSERT INTO ferry_received(channel, epoch, sequence, digest, verdict, reason, records, documents, at_s)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
               ON CONFLICT DO UPDATE SET digest = excluded.digest, verdict = excluded.verdict,
                 reason = excluded.reason, records = excluded.records, documents = excluded.documents,
                 at_s = excluded.at_s, reported = 0
               WHERE ferry_received.digest IS NULL AND excluded.digest IS NOT NULL";
    let BatchNumber { epoch, sequence } = batch.number;
    let (channel, digest, verdict, reason) = (batch.channel, batch.digest, batch.verdict, batch.reason);
    let row = params![channel, epoch, sequence, digest, verdict, reason, batch.records, batch.documents, now];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// The newest batch accepted on a channel.
pub fn newest(conn: &Connection, channel: &ChannelId) -> Result<Option<HighWater>> {
    let sql = "SELECT epoch, sequence, digest FROM ferry_received WHERE channel = ?1 AND digest IS NOT NULL
               ORDER BY epoch DESC, sequence DESC LIMIT 1";
    Ok(conn.query_row(sql, [channel], high_water).optional()?)
}

/// How many numbers of an epoch below this one are missing.
pub fn count_missing_below(conn: &Connection, channel: &ChannelId, number: BatchNumber) -> Result<u64> {
    let sql = "SELECT count(*) FROM ferry_received
               WHERE channel = ?1 AND epoch = ?2 AND sequence < ?3 AND verdict = 'missing'";
    let row = params![channel, number.epoch, number.sequence];
    Ok(conn.prepare_cached(sql)?.query_row(row, |r| r.get(0))?)
}

/// The newest batch that was applied.
pub fn newest_applied(conn: &Connection, channel: &ChannelId) -> Result<Option<BatchNumber>> {
    let sql = "SELECT epoch, sequence FROM ferry_received WHERE channel = ?1 AND verdict = 'published'
               ORDER BY epoch DESC, sequence DESC LIMIT 1";
    let number = |r: &rusqlite::Row<'_>| Ok(BatchNumber::new(r.get(0)?, r.get(1)?));
    Ok(conn.query_row(sql, [channel], number).optional()?)
}

/// The digest of the batch that was accepted or refused under a number; `None` while it is missing or unknown.
pub fn digest_of(conn: &Connection, channel: &ChannelId, number: BatchNumber) -> Result<Option<Digest>> {
    let sql =
        "SELECT digest FROM ferry_received WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3 AND digest IS NOT NULL";
    Ok(conn.query_row(sql, params![channel, number.epoch, number.sequence], |r| r.get(0)).optional()?)
}

/// Whether a number is known: accepted, refused, missing or accepted as lost.
pub fn knows_number(conn: &Connection, channel: &ChannelId, number: BatchNumber) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM ferry_received WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3)";
    Ok(conn.query_row(sql, params![channel, number.epoch, number.sequence], |r| r.get(0))?)
}

/// The numbers known to be missing in the newest epoch, as inclusive ranges; at most `limit` of them.
pub fn missing_ranges(conn: &Connection, channel: &ChannelId, limit: usize) -> Result<Vec<(u64, u64)>> {
    requested_ranges(conn, channel, false, &[], limit)
}

/// The numbers to ask for: missing ones, and refused ones where `include_refused` says so, without those of which volumes
/// are asked for.
pub(super) fn requested_ranges(
    conn: &Connection,
    channel: &ChannelId,
    include_refused: bool,
    asked_by_volume: &[VolumeRange],
    limit: usize,
) -> Result<Vec<(u64, u64)>> {
    let sql = "SELECT sequence FROM ferry_received WHERE channel = ?1
                 AND (verdict = 'missing' OR (verdict = 'refused' AND digest IS NOT NULL AND ?2))
                 AND epoch = (SELECT max(epoch) FROM ferry_received WHERE channel = ?1) ORDER BY sequence";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params![channel, include_refused])?;
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    while let Some(row) = rows.next()? {
        let sequence: u64 = row.get(0)?;
        if asked_by_volume.iter().any(|v| v.sequence == sequence) {
            continue;
        }
        let full = ranges.len() == limit;
        match ranges.last_mut() {
            Some((_, to)) if *to + 1 == sequence => *to = sequence,
            _ if full => break,
            _ => ranges.push((sequence, sequence)),
        }
    }
    Ok(ranges)
}

/// Turns the verdict on a number into a refusal. It is reported once more where reports are kept.
pub(super) fn refuse(conn: &Connection, channel: &ChannelId, number: BatchNumber, reason: &str) -> Result<()> {
    let sql = "UPDATE ferry_received SET verdict = 'refused', reason = ?4, reported = 0
               WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    conn.execute(sql, params![channel, number.epoch, number.sequence, reason])?;
    Ok(())
}

/// Forgets a number, as if its batch had never come.
pub(crate) fn forget(conn: &Connection, channel: &ChannelId, number: BatchNumber) -> Result<()> {
    let sql = "DELETE FROM ferry_received WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    conn.prepare_cached(sql)?.execute(params![channel, number.epoch, number.sequence])?;
    Ok(())
}

/// Numbers without a batch: missing, or accepted as lost.
pub(crate) fn without_batch(conn: &Connection, channel: &ChannelId) -> Result<Vec<BatchNumber>> {
    let sql = "SELECT epoch, sequence FROM ferry_received WHERE channel = ?1 AND digest IS NULL";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok(BatchNumber::new(r.get(0)?, r.get(1)?));
    Ok(statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?)
}

/// A batch as the delivery report names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryLine {
    /// Its number.
    pub number: BatchNumber,
    /// What became of it.
    pub verdict: DeliveryVerdict,
    /// Reason code of a refusal.
    pub reason: Option<String>,
    /// Records that it carried.
    pub records: u64,
    /// Documents that it carried.
    pub documents: u64,
    /// When that was, seconds.
    pub at_s: UnixSeconds,
}

/// Batches whose verdict no delivery report says yet, oldest first; at most `limit`.
pub fn unreported(conn: &Connection, channel: &ChannelId, limit: u64) -> Result<Vec<DeliveryLine>> {
    let sql = "SELECT epoch, sequence, verdict, reason, records, documents, at_s FROM ferry_received
               WHERE channel = ?1 AND reported = 0 ORDER BY epoch, sequence LIMIT ?2";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok(DeliveryLine {
            number: BatchNumber::new(r.get(0)?, r.get(1)?),
            verdict: r.get(2)?,
            reason: r.get(3)?,
            records: r.get(4)?,
            documents: r.get(5)?,
            at_s: r.get(6)?,
        })
    };
    Ok(statement.query_map(params![channel, limit], row)?.collect::<rusqlite::Result<_>>()?)
}

/// Records which of our batches reports a verdict; 0 makes it unreported again.
pub fn set_reported(conn: &Connection, channel: &ChannelId, number: BatchNumber, reported_in: u64) -> Result<()> {
    let sql = "UPDATE ferry_received SET reported = ?4 WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    conn.prepare_cached(sql)?.execute(params![channel, number.epoch, number.sequence, reported_in])?;
    Ok(())
}

/// Reports again what one of our batches reported, because it never arrived.
pub fn report_again(conn: &Connection, channel: &ChannelId, reported_in: u64) -> Result<()> {
    let sql = "UPDATE ferry_received SET reported = 0 WHERE channel = ?1 AND reported = ?2";
    conn.execute(sql, params![channel, reported_in])?;
    Ok(())
}

/// Reports every verdict again, because the other side lost its state.
pub fn report_all_again(conn: &Connection, channel: &ChannelId) -> Result<()> {
    conn.execute("UPDATE ferry_received SET reported = 0 WHERE channel = ?1", [channel])?;
    Ok(())
}

/// When each batch of a channel was published, up to `until_s`; seconds.
pub fn published_times(conn: &Connection, channel: &ChannelId, until_s: UnixSeconds) -> Result<Vec<i64>> {
    let sql = "SELECT at_s FROM ferry_received WHERE channel = ?1 AND verdict = 'published' AND at_s <= ?2";
    let mut statement = conn.prepare(sql)?;
    Ok(statement.query_map(params![channel, until_s], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// When the first batch of a channel was published, seconds.
pub fn first_published_s(conn: &Connection, channel: &ChannelId) -> Result<Option<UnixSeconds>> {
    let sql = "SELECT min(at_s) FROM ferry_received WHERE channel = ?1 AND verdict = 'published'";
    Ok(conn.query_row(sql, [channel], |r| r.get(0))?)
}

/// How many batches have each verdict; an accepted gap counts as `gap-accepted`.
pub fn count_by_verdict(conn: &Connection, channel: &ChannelId) -> Result<BTreeMap<String, u64>> {
    let sql = "SELECT CASE WHEN verdict = 'refused' AND digest IS NULL THEN 'gap-accepted' ELSE verdict END, count(*)
               FROM ferry_received WHERE channel = ?1 GROUP BY 1";
    let mut statement = conn.prepare(sql)?;
    Ok(statement.query_map([channel], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}

/// When the newest batch was published, seconds.
pub fn newest_published_s(conn: &Connection, channel: &ChannelId) -> Result<Option<UnixSeconds>> {
    let sql = "SELECT max(at_s) FROM ferry_received WHERE channel = ?1 AND verdict = 'published'";
    Ok(conn.query_row(sql, [channel], |r| r.get(0))?)
}
