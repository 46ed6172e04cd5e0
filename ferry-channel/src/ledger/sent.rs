//! What left: one row for each number of the sending channel.

use crate::ledger::columns::high_water;
use crate::types::{BatchNumber, BatchState, ChannelId, DeliveryVerdict, Digest, UnixSeconds};
use ferry_format::frame::sequence::HighWater;
use ferry_format::frame::statement::SeriesStatement;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeMap;

/// Reason of a confirmed batch whose delivery report came: an acknowledgement alone may also be of a refused one.
pub const PUBLISHED: &str = "published";
/// Reason of a kept batch that is to be dispatched once more, as a new file.
pub const AGAIN: &str = "again";
/// Reason of a batch whose epoch ended before it was confirmed.
pub const EPOCH_OVER: &str = "epoch-over";
/// Reason of a batch that the other side lost and that is no longer kept.
pub const NOT_KEPT: &str = "not-kept";
/// Reason of a batch whose file the outbox lost before it was confirmed.
pub const LOST: &str = "lost";

/// A batch that was given its number.
#[derive(Clone, Debug)]
pub struct ReleasedBatch<'a> {
    /// Its channel.
    pub channel: &'a ChannelId,
    /// Its number.
    pub number: BatchNumber,
    /// Its digest.
    pub digest: Digest,
    /// Its file in the outbox.
    pub file: &'a str,
    /// Its length, in bytes.
    pub bytes: u64,
    /// Records that it carries.
    pub records: u64,
    /// Documents that it carries.
    pub documents: u64,
    /// State root after it; zero where the channel keeps none.
    pub state_root: Digest,
}

/// Records a released batch.
pub fn record_released(conn: &Connection, batch: &ReleasedBatch<'_>, now: UnixSeconds) -> Result<()> {
    let sql =
        "INSERT INTO ferry_sent(channel, epoch, sequence, digest, state, file, bytes, records, documents, created_s,
                 settled_s, reason, state_root)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL, NULL, ?11)";
    let BatchNumber { epoch, sequence } = batch.number;
    conn.execute(
        sql,
        params![
            batch.channel,
            epoch,
            sequence,
            batch.digest,
            BatchState::Released,
            batch.file,
            batch.bytes,
            batch.records,
            batch.documents,
            now,
            batch.state_root
        ],
    )?;
    Ok(())
}

/// A kept batch, as sending looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBatch {
    /// Its number.
    pub number: BatchNumber,
    /// Its state.
    pub state: BatchState,
    /// Its file in the outbox; empty when it is no longer kept.
    pub file: String,
    /// Reason code of its state.
    pub reason: Option<String>,
    /// When its state was settled, seconds.
    pub settled_s: Option<UnixSeconds>,
    /// Whether the other side asks for it.
    pub is_requested: bool,
}

impl KeptBatch {
    /// Whether its file is still there.
    pub fn is_kept(&self) -> bool {
        !self.file.is_empty()
    }

    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: BatchNumber::new(row.get(0)?, row.get(1)?),
            state: row.get(2)?,
            file: row.get(3)?,
            reason: row.get(4)?,
            settled_s: row.get(5)?,
            is_requested: row.get(6)?,
        })
    }
}

const KEPT_COLUMNS: &str = "SELECT epoch, sequence, state, file, reason, settled_s, EXISTS(SELECT 1
    FROM ferry_resend_requested a WHERE a.channel = o.channel AND a.epoch = o.epoch AND a.sequence = o.sequence)
    FROM ferry_sent o WHERE channel = ?1";

fn kept(conn: &Connection, filter: &str, values: impl rusqlite::Params) -> Result<Vec<KeptBatch>> {
    let mut statement = conn.prepare_cached(&format!("{KEPT_COLUMNS} AND {filter} ORDER BY epoch, sequence"))?;
    Ok(statement.query_map(values, KeptBatch::of)?.collect::<rusqlite::Result<_>>()?)
}

/// Every batch in that state, oldest first.
pub fn in_state(conn: &Connection, channel: &ChannelId, state: BatchState) -> Result<Vec<KeptBatch>> {
    kept(conn, "state = ?2", params![channel, state])
}

/// Every batch whose file is kept, oldest first.
pub fn with_file(conn: &Connection, channel: &ChannelId) -> Result<Vec<KeptBatch>> {
    kept(conn, "file <> ''", [channel])
}

/// Batches that were dispatched or confirmed, of every epoch, oldest first.
pub fn dispatched_or_confirmed(conn: &Connection, channel: &ChannelId) -> Result<Vec<KeptBatch>> {
    kept(conn, "state IN ('confirmed', 'dispatched')", [channel])
}

/// Batches of the newest epoch with a number in an inclusive range.
pub fn in_range(conn: &Connection, channel: &ChannelId, (from, to): (u64, u64)) -> Result<Vec<KeptBatch>> {
    let clip = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let filter = "sequence BETWEEN ?2 AND ?3 AND epoch = (SELECT max(epoch) FROM ferry_sent WHERE channel = ?1)";
    kept(conn, filter, params![channel, clip(from), clip(to)])
}

/// The newest batches sent on a channel, newest first.
pub fn newest(conn: &Connection, channel: &ChannelId, count: usize) -> Result<Vec<HighWater>> {
    let sql = "SELECT epoch, sequence, digest FROM ferry_sent WHERE channel = ?1
               ORDER BY epoch DESC, sequence DESC LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_map(params![channel, count], high_water)?.collect::<rusqlite::Result<_>>()?)
}

/// The newest epoch in which something was sent.
pub fn newest_epoch(conn: &Connection, channel: &ChannelId) -> Result<Option<u64>> {
    Ok(conn.query_row("SELECT max(epoch) FROM ferry_sent WHERE channel = ?1", [channel], |r| r.get(0))?)
}

/// The digest of our batch; `None` also for a number that no ledger can hold.
pub fn digest_of(conn: &Connection, channel: &ChannelId, number: BatchNumber) -> Result<Option<Digest>> {
    let (Ok(epoch), Ok(sequence)) = (i64::try_from(number.epoch), i64::try_from(number.sequence)) else {
        return Ok(None);
    };
    let sql = "SELECT digest FROM ferry_sent WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    Ok(conn.query_row(sql, params![channel, epoch, sequence], |r| r.get(0)).optional()?)
}

/// Whether the other side acknowledged our batch.
pub fn is_confirmed(conn: &Connection, channel: &ChannelId, number: BatchNumber) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM ferry_sent
                 WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3 AND state = 'confirmed')";
    Ok(conn.prepare_cached(sql)?.query_row(params![channel, number.epoch, number.sequence], |r| r.get(0))?)
}

/// The length of the newest batch, in bytes; 0 before the first one.
pub fn newest_bytes(conn: &Connection, channel: &ChannelId) -> Result<u64> {
    let sql = "SELECT bytes FROM ferry_sent WHERE channel = ?1 ORDER BY epoch DESC, sequence DESC LIMIT 1";
    Ok(conn.query_row(sql, [channel], |r| r.get(0)).optional()?.unwrap_or(0))
}

/// The state root after the newest batch that was dispatched.
pub fn dispatched_state_root(conn: &Connection, channel: &ChannelId) -> Result<Option<Digest>> {
    let sql = "SELECT state_root FROM ferry_sent WHERE channel = ?1 AND state <> 'released'
               ORDER BY epoch DESC, sequence DESC LIMIT 1";
    Ok(conn.query_row(sql, [channel], |r| r.get(0)).optional()?)
}

/// A released batch, as a report shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentBatch {
    /// Its number.
    pub number: BatchNumber,
    /// Its state.
    pub state: BatchState,
    /// Reason code of its state.
    pub reason: Option<String>,
    /// Records in it.
    pub records: u64,
    /// Documents in it.
    pub documents: u64,
    /// Its length.
    pub bytes: u64,
    /// When it was released.
    pub created_s: UnixSeconds,
    /// When its state was settled.
    pub settled_s: Option<UnixSeconds>,
}

fn sent(conn: &Connection, filter: &str, values: impl rusqlite::Params) -> Result<Vec<SentBatch>> {
    let mut statement = conn.prepare(&format!(
        "SELECT epoch, sequence, state, reason, records, documents, bytes, created_s, settled_s FROM ferry_sent
         WHERE channel = ?1 AND {filter} ORDER BY epoch, sequence"
    ))?;
    let batch = |row: &Row<'_>| {
        Ok(SentBatch {
            number: BatchNumber::new(row.get(0)?, row.get(1)?),
            state: row.get(2)?,
            reason: row.get(3)?,
            records: row.get(4)?,
            documents: row.get(5)?,
            bytes: row.get(6)?,
            created_s: row.get(7)?,
            settled_s: row.get(8)?,
        })
    };
    Ok(statement.query_map(values, batch)?.collect::<rusqlite::Result<_>>()?)
}

/// The batches that were released from one point in time until before another, in their order.
pub fn released_between(
    conn: &Connection,
    channel: &ChannelId,
    from_s: UnixSeconds,
    until_s: UnixSeconds,
) -> Result<Vec<SentBatch>> {
    sent(conn, "created_s >= ?2 AND created_s < ?3", params![channel, from_s, until_s])
}

/// The batches of any time whose arrival nobody has reported, in their order.
pub fn unconfirmed(conn: &Connection, channel: &ChannelId) -> Result<Vec<SentBatch>> {
    sent(conn, "state IN ('released', 'dispatched', 'missing')", [channel])
}

/// When the first batch was released, of those in one of these states; seconds.
pub fn first_released_s(conn: &Connection, channel: &ChannelId, dispatched_only: bool) -> Result<Option<UnixSeconds>> {
    let sql = "SELECT min(created_s) FROM ferry_sent WHERE channel = ?1 AND (state <> 'released' OR NOT ?2)";
    Ok(conn.query_row(sql, params![channel, dispatched_only], |r| r.get(0))?)
}

/// When the newest batch was released.
pub fn newest_released_s(conn: &Connection, channel: &ChannelId) -> Result<Option<UnixSeconds>> {
    let sql = "SELECT max(created_s) FROM ferry_sent WHERE channel = ?1";
    Ok(conn.query_row(sql, [channel], |r| r.get(0))?)
}

/// Whether a batch was released at or before a point in time.
pub fn any_released_by(conn: &Connection, channel: &ChannelId, at_s: UnixSeconds) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM ferry_sent WHERE channel = ?1 AND created_s <= ?2)";
    Ok(conn.query_row(sql, params![channel, at_s], |r| r.get(0))?)
}

/// How many batches are in each state.
pub fn count_by_state(conn: &Connection, channel: &ChannelId) -> Result<BTreeMap<BatchState, u64>> {
    let mut statement = conn.prepare("SELECT state, count(*) FROM ferry_sent WHERE channel = ?1 GROUP BY state")?;
    Ok(statement.query_map([channel], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}

/// When the oldest batch was released that is not acknowledged, seconds.
pub fn oldest_unconfirmed_s(conn: &Connection, channel: &ChannelId) -> Result<Option<UnixSeconds>> {
    let sql = "SELECT min(created_s) FROM ferry_sent
               WHERE channel = ?1 AND state IN ('released', 'dispatched', 'missing')";
    Ok(conn.query_row(sql, [channel], |r| r.get(0))?)
}

/// How many batches stand for a reason and wait for something.
pub fn count_open_for(conn: &Connection, channel: &ChannelId, reason: &str) -> Result<u64> {
    let sql = "SELECT count(*) FROM ferry_sent WHERE channel = ?1 AND reason = ?2
                 AND state IN ('released', 'dispatched', 'missing')";
    Ok(conn.query_row(sql, params![channel, reason], |r| r.get(0))?)
}

/// Marks a released batch as dispatched.
pub fn mark_dispatched(conn: &Connection, channel: &ChannelId, number: BatchNumber) -> Result<()> {
    let sql = "UPDATE ferry_sent SET state = 'dispatched' WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3
               AND state = 'released'";
    conn.execute(sql, params![channel, number.epoch, number.sequence])?;
    Ok(())
}

/// Sets state and reason of a batch that the other side turns out not to hold.
pub fn reopen(conn: &Connection, channel: &ChannelId, number: BatchNumber, is_kept: bool) -> Result<()> {
    let (state, reason) = if is_kept { (BatchState::Released, AGAIN) } else { (BatchState::Missing, NOT_KEPT) };
    let sql = "UPDATE ferry_sent SET state = ?4, reason = ?5, settled_s = NULL
               WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    conn.execute(sql, params![channel, number.epoch, number.sequence, state, reason])?;
    Ok(())
}

/// Releases again everything that is kept and not confirmed.
pub fn reopen_unconfirmed(conn: &Connection, channel: &ChannelId) -> Result<()> {
    let sql = "UPDATE ferry_sent SET state = 'released', reason = ?2
               WHERE channel = ?1 AND state IN ('released', 'dispatched') AND file <> ''";
    conn.execute(sql, params![channel, AGAIN])?;
    Ok(())
}

/// Records that the outbox lost a batch: its name stays, because somebody may put the file back. One that never went out is
/// missing from now on: the other side will ask for it.
pub(crate) fn mark_lost(conn: &Connection, channel: &ChannelId, number: BatchNumber) -> Result<()> {
    let sql = "UPDATE ferry_sent SET state = iif(state = 'released', 'missing', state), reason = ?4
               WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3 AND state NOT IN ('confirmed', 'refused')";
    conn.execute(sql, params![channel, number.epoch, number.sequence, LOST])?;
    Ok(())
}

/// Records that a file is no longer kept.
pub fn forget_file(conn: &Connection, channel: &ChannelId, file: &str) -> Result<()> {
    conn.execute("UPDATE ferry_sent SET file = '' WHERE channel = ?1 AND file = ?2", params![channel, file])?;
    Ok(())
}

/// Ends every epoch before this one. Gives how many batches of them were never acknowledged.
pub fn close_epochs_before(conn: &Connection, channel: &ChannelId, epoch: u64, now: UnixSeconds) -> Result<usize> {
    let sql = "UPDATE ferry_sent SET state = 'missing', reason = ?3, settled_s = ?4
               WHERE channel = ?1 AND epoch < ?2 AND state IN ('released', 'dispatched', 'missing')
                 AND reason IS NOT ?3";
    Ok(conn.execute(sql, params![channel, epoch, EPOCH_OVER, now])?)
}

/// Whether a batch of that epoch or a later one is confirmed.
pub fn is_any_confirmed_from(conn: &Connection, channel: &ChannelId, epoch: u64) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM ferry_sent WHERE channel = ?1 AND epoch >= ?2 AND state = 'confirmed')";
    Ok(conn.query_row(sql, params![channel, epoch], |r| r.get(0))?)
}

/// Marks what the other side acknowledges: everything up to that number, but what it asks for again.
///
/// An acknowledgement whose digest is not ours changes nothing.
pub fn confirm(conn: &Connection, channel: &ChannelId, series: &SeriesStatement, now: UnixSeconds) -> Result<()> {
    let acknowledged = BatchNumber::acknowledged(&series.acknowledged);
    let is_asked_for = |n: u64| {
        series.gap_requests.iter().any(|(from, to)| (*from..=*to).contains(&n))
            || series.volume_requests.iter().any(|v| v.sequence == n)
    };
    if digest_of(conn, channel, acknowledged)? != Some(Digest(series.acknowledged.digest)) {
        return Ok(());
    }
    let filter = "epoch = ?2 AND sequence <= ?3 AND state IN ('released', 'dispatched', 'missing')";
    let open = kept(conn, filter, params![channel, acknowledged.epoch, acknowledged.sequence])?;
    for batch in open.iter().filter(|batch| !is_asked_for(batch.number.sequence)) {
        let sql = "UPDATE ferry_sent SET state = 'confirmed', settled_s = ?4
                   WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
        conn.execute(sql, params![channel, batch.number.epoch, batch.number.sequence, now])?;
    }
    Ok(())
}

/// Marks a batch whose gap the other side accepted. Gives whether that is new.
pub fn give_up(
    conn: &Connection,
    channel: &ChannelId,
    number: BatchNumber,
    reason: &str,
    now: UnixSeconds,
) -> Result<bool> {
    let sql = "UPDATE ferry_sent SET state = 'refused', settled_s = ?4, reason = ?5
               WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3 AND state NOT IN ('confirmed', 'refused')";
    Ok(conn.execute(sql, params![channel, number.epoch, number.sequence, now, reason])? == 1)
}

/// What a delivery report says of one of our batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Which batch.
    pub number: BatchNumber,
    /// What became of it.
    pub verdict: DeliveryVerdict,
    /// Reason code of a refusal; empty for none.
    pub reason: String,
}

/// Applies a delivery report. Gives whether the batch is refused by it and was not before.
///
/// A refusal counts also after an acknowledgement: the batch that reported it may have been lost, and a newer one
/// acknowledged past it. An accepted gap may be published after all. What was once reported as published stays so: a
/// report that says otherwise is an older one, sent again.
pub fn apply_report(conn: &Connection, channel: &ChannelId, report: &DeliveryReport, now: UnixSeconds) -> Result<bool> {
    let (state, open, reason) = match report.verdict {
        DeliveryVerdict::Published => (BatchState::Confirmed, "true", PUBLISHED),
        DeliveryVerdict::Refused => (BatchState::Refused, "state <> 'refused'", report.reason.as_str()),
        DeliveryVerdict::Missing => {
            (BatchState::Missing, "state NOT IN ('confirmed', 'refused')", report.reason.as_str())
        }
    };
    let (Ok(epoch), Ok(sequence)) = (i64::try_from(report.number.epoch), i64::try_from(report.number.sequence)) else {
        return Ok(false);
    };
    let sql = format!(
        "UPDATE ferry_sent SET state = ?4, settled_s = ?5, reason = ?6
         WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3 AND {open}
           AND NOT (state = 'confirmed' AND reason IS ?7)"
    );
    let reason = Some(reason).filter(|reason| !reason.is_empty());
    let changed = conn.execute(&sql, params![channel, epoch, sequence, state, now, reason, PUBLISHED])?;
    Ok(changed == 1 && state == BatchState::Refused)
}
