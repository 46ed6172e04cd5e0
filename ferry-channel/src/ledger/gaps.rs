//! Missing sequence numbers. States: missing → requested → unanswered, or accepted.
//!
//! An accepted gap stands in the ledger as a refused batch without a digest: it is no longer a gap and is no longer asked
//! for, and if it comes after all it is applied by version like any other. The sender must not take it for crossed, so the
//! receiver gives it up in its series statement (SPEC.md section 8) until a batch that says so has been acknowledged.

use crate::audit;
use crate::ledger::{received, sent};
use crate::texts;
use crate::types::decision::Decision;
use crate::types::number_range::NumberRange;
use crate::types::{BatchNumber, ChannelId, UnixSeconds};
use ferry_format::frame::statement::{SeriesStatement, VolumeRange};
use ferry_format::limits::VOLUME_RANGES_MAX;
use ferry_io::error::Result;
use rusqlite::{Connection, params};

/// The reason code of an accepted gap, as the delivery report and the sender's ledger name it.
pub const ACCEPTED: &str = "FERRY-E0670";

/// How far the request for a missing batch has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapState {
    /// Not asked for yet.
    Missing,
    /// One of our batches asks for it.
    Requested,
    /// The sender acknowledged that request, and newer batches have come since.
    Unanswered,
    /// A person accepted that it never comes.
    Accepted,
}

impl GapState {
    /// The name in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Requested => "asked",
            Self::Unanswered => "unanswered",
            Self::Accepted => "accepted",
        }
    }
}

/// Who accepted a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When, seconds.
    pub at_s: UnixSeconds,
}

/// A batch that is missing, or whose gap was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Its number.
    pub number: BatchNumber,
    /// When the gap was seen, seconds.
    pub since_s: UnixSeconds,
    /// How far it has come.
    pub state: GapState,
    /// Number of the first batch on the other channel that asks for it.
    pub asked_in: Option<u64>,
    /// Who accepted it.
    pub accepted: Option<Acceptance>,
}

/// All gaps of a channel's newest epoch, missing and accepted, by number.
pub fn list(conn: &Connection, channel: &ChannelId) -> Result<Vec<Gap>> {
    let sql = "SELECT i.epoch, i.sequence, i.at_s, a.said_sequence, o.state = 'confirmed' AND EXISTS (
                 SELECT 1 FROM ferry_received n WHERE n.channel = ?1 AND n.digest IS NOT NULL AND n.at_s > o.settled_s),
                 g.accepted_by, g.reason, g.at_s
               FROM ferry_received i
               LEFT JOIN ferry_gap_requested a USING (channel, epoch, sequence)
               LEFT JOIN ferry_sent o ON o.channel = a.said_channel AND o.epoch = a.said_epoch
                 AND o.sequence = a.said_sequence
               LEFT JOIN ferry_gap_accepted g ON g.channel = i.channel AND g.epoch = i.epoch AND g.sequence = i.sequence
               WHERE i.channel = ?1 AND i.digest IS NULL
                 AND i.epoch = (SELECT max(epoch) FROM ferry_received WHERE channel = ?1)
               ORDER BY i.sequence";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        let accepted = match (r.get(5)?, r.get(6)?, r.get(7)?) {
            (Some(by), Some(reason), Some(at_s)) => Some(Acceptance { by, reason, at_s }),
            _ => None,
        };
        let asked_in: Option<u64> = r.get(3)?;
        let state = match (accepted.is_some(), r.get::<_, Option<bool>>(4)?, asked_in) {
            (true, ..) => GapState::Accepted,
            (_, Some(true), _) => GapState::Unanswered,
            (_, _, Some(_)) => GapState::Requested,
            _ => GapState::Missing,
        };
        Ok(Gap { number: BatchNumber::new(r.get(0)?, r.get(1)?), since_s: r.get(2)?, state, asked_in, accepted })
    };
    Ok(statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?)
}

/// Accepts gaps permanently: all of these numbers or none. Gives the accepted ones.
///
/// # Errors
/// `FERRY-E0673`, no input, naming the numbers that are no gaps of the newest epoch.
pub fn accept(
    conn: &mut Connection,
    channel: &ChannelId,
    numbers: &[NumberRange],
    decision: &Decision,
    now: UnixSeconds,
) -> Result<Vec<u64>> {
    let tx = conn.transaction()?;
    let sql = "SELECT max(epoch) FROM ferry_received WHERE channel = ?1";
    let epoch = tx.query_row(sql, [channel], |r| r.get::<_, Option<u64>>(0))?.unwrap_or(1);
    let (mut accepted, mut others) = (Vec::new(), Vec::new());
    for range in numbers {
        let sql = "SELECT sequence FROM ferry_received WHERE channel = ?1 AND epoch = ?2 AND sequence BETWEEN ?3 AND ?4
                     AND verdict = 'missing' ORDER BY sequence";
        let mut statement = tx.prepare(sql)?;
        let rows = statement.query_map(params![channel, epoch, range.from, range.to], |r| r.get::<_, u64>(0))?;
        let found: Vec<u64> = rows.collect::<rusqlite::Result<_>>()?;
        if found.len() as u64 != range.to - range.from + 1 {
            others.push(range.to_string());
        }
        accepted.extend(found);
    }
    if !others.is_empty() {
        return Err(texts::errors::not_missing(channel, others.join(", ")));
    }
    accepted.sort_unstable();
    accepted.dedup();
    for sequence in &accepted {
        accept_one(&tx, channel, BatchNumber::new(epoch, *sequence), decision, now)?;
    }
    tx.commit()?;
    Ok(accepted)
}

fn accept_one(
    conn: &Connection,
    channel: &ChannelId,
    number: BatchNumber,
    decision: &Decision,
    now: UnixSeconds,
) -> Result<()> {
    let BatchNumber { epoch, sequence } = number;
    let (by, reason) = (decision.by.as_str(), decision.reason.as_str());
    received::refuse(conn, channel, number, ACCEPTED)?;
    let sql = "DELETE FROM ferry_gap_requested WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    conn.execute(sql, params![channel, epoch, sequence])?;
    let sql = "INSERT INTO ferry_gap_accepted(channel, epoch, sequence, accepted_by, reason, at_s)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    conn.execute(sql, params![channel, epoch, sequence, by, reason, now])?;
    audit::record(conn, now, by, "accept-gap", &format!("{channel}/{number}"), reason)
}

/// The numbers of accepted gaps of the newest epoch that have not come after all.
pub fn accepted(conn: &Connection, channel: &ChannelId) -> Result<Vec<u64>> {
    let sql = "SELECT sequence FROM ferry_received WHERE channel = ?1 AND verdict = 'refused' AND digest IS NULL
                 AND epoch = (SELECT max(epoch) FROM ferry_received WHERE channel = ?1) ORDER BY sequence";
    let mut statement = conn.prepare(sql)?;
    Ok(statement.query_map([channel], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Whether a person accepted every number of a range as a gap.
pub fn is_accepted(conn: &Connection, channel: &ChannelId, epoch: u64, (from, to): (u64, u64)) -> Result<bool> {
    let sql = "SELECT count(*) FROM ferry_received WHERE channel = ?1 AND epoch = ?2 AND sequence BETWEEN ?3 AND ?4
                 AND verdict = 'refused' AND digest IS NULL";
    let accepted: u64 = conn.query_row(sql, params![channel, epoch, from, to], |r| r.get(0))?;
    Ok(accepted == to - from + 1)
}

/// What the next batch on the other channel gives up: accepted gaps of which no acknowledged batch has told. Where the other
/// side reports on each batch, only its report says that: what it refuses it acknowledges too. At most one more than one
/// batch may name.
pub(super) fn to_give_up(conn: &Connection, channel: &ChannelId, is_reported: bool) -> Result<Vec<VolumeRange>> {
    let sql = "SELECT g.sequence FROM ferry_gap_accepted g JOIN ferry_received i USING (channel, epoch, sequence)
               WHERE channel = ?1 AND i.digest IS NULL
                 AND epoch = (SELECT max(epoch) FROM ferry_received WHERE channel = ?1)
                 AND NOT EXISTS (SELECT 1 FROM ferry_sent o WHERE o.channel = g.said_channel AND o.epoch = g.said_epoch
                   AND o.sequence = g.said_sequence AND o.state = 'confirmed' AND (o.reason IS ?4 OR NOT ?3))
               ORDER BY g.sequence LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let values = params![channel, VOLUME_RANGES_MAX + 1, is_reported, sent::PUBLISHED];
    let rows = statement.query_map(values, |r| r.get(0).map(VolumeRange::given_up))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Records which of our batches first asks for the missing numbers of a range.
pub(super) fn record_request(
    conn: &Connection,
    channel: &ChannelId,
    (from, to): (u64, u64),
    (carrier_channel, carrier): (&ChannelId, BatchNumber),
) -> Result<()> {
    let sql =
        "INSERT OR IGNORE INTO ferry_gap_requested SELECT channel, epoch, sequence, ?4, ?5, ?6 FROM ferry_received
               WHERE channel = ?1 AND epoch = (SELECT max(epoch) FROM ferry_received WHERE channel = ?1)
                 AND sequence BETWEEN ?2 AND ?3 AND verdict = 'missing'";
    conn.prepare_cached(sql)?.execute(params![channel, from, to, carrier_channel, carrier.epoch, carrier.sequence])?;
    Ok(())
}

/// Whether this side asked for a number to be sent again.
pub(crate) fn was_requested(conn: &Connection, channel: &ChannelId, number: BatchNumber) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM ferry_gap_requested WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3)";
    Ok(conn.prepare_cached(sql)?.query_row(params![channel, number.epoch, number.sequence], |r| r.get(0))?)
}

/// Forgets requests that were answered, so that a number that goes missing again is asked for again.
pub(super) fn forget_answered_requests(conn: &Connection, channel: &ChannelId) -> Result<()> {
    let sql = "DELETE FROM ferry_gap_requested AS a WHERE channel = ?1 AND NOT EXISTS (SELECT 1 FROM ferry_received i
                 WHERE i.channel = ?1 AND i.epoch = a.epoch AND i.sequence = a.sequence AND i.verdict = 'missing')";
    conn.prepare_cached(sql)?.execute([channel])?;
    Ok(())
}

/// Records which of our batches gives a number up. The first one is the one to wait for, unless it will never be
/// acknowledged.
pub(super) fn record_give_up(
    conn: &Connection,
    channel: &ChannelId,
    sequence: u64,
    (carrier_channel, carrier): (&ChannelId, BatchNumber),
) -> Result<()> {
    let sql = "UPDATE ferry_gap_accepted AS g SET said_channel = ?3, said_epoch = ?4, said_sequence = ?5
               WHERE channel = ?1 AND sequence = ?2
                 AND epoch = (SELECT max(epoch) FROM ferry_received WHERE channel = ?1)
                 AND (said_sequence IS NULL OR EXISTS (SELECT 1 FROM ferry_sent o WHERE o.channel = g.said_channel
                   AND o.epoch = g.said_epoch AND o.sequence = g.said_sequence AND o.state = 'refused'))";
    conn.prepare_cached(sql)?.execute(params![channel, sequence, carrier_channel, carrier.epoch, carrier.sequence])?;
    Ok(())
}

/// Applies what the other side gives up of the channel that we send: those batches are marked refused and given to the
/// caller, who collects their content again.
pub(crate) fn apply_give_ups(
    conn: &Connection,
    channel: &ChannelId,
    series: &SeriesStatement,
    now: UnixSeconds,
) -> Result<Vec<BatchNumber>> {
    let Some(newest) = sent::newest_epoch(conn, channel)? else { return Ok(Vec::new()) };
    let epoch = if series.acknowledged.sequence > 0 { series.acknowledged.epoch } else { newest };
    let mut given_up = Vec::new();
    for range in series.volume_requests.iter().filter(|v| v.is_given_up()) {
        let number = BatchNumber::new(epoch, range.sequence);
        if sent::give_up(conn, channel, number, ACCEPTED, now)? {
            let detail = "the other side accepted its gap; its content is collected again";
            audit::record(conn, now, "agent", "given-up", &format!("{channel}/{number}"), detail)?;
            given_up.push(number);
        }
    }
    Ok(given_up)
}

/// Replaces what the other side asks to be sent again by what its newest batch asks for.
pub(crate) fn replace_resend_requests(conn: &Connection, channel: &ChannelId, series: &SeriesStatement) -> Result<()> {
    let Some(newest) = sent::newest_epoch(conn, channel)? else { return Ok(()) };
    let epoch = if series.acknowledged.sequence > 0 { series.acknowledged.epoch } else { newest };
    conn.execute("DELETE FROM ferry_resend_requested WHERE channel = ?1", [channel])?;
    let volumes = series.volume_requests.iter().filter(|v| !v.is_given_up()).map(|v| (v.sequence, v.sequence));
    for (from, to) in series.gap_requests.iter().copied().chain(volumes) {
        let sql = "INSERT OR IGNORE INTO ferry_resend_requested(channel, epoch, sequence)
                   SELECT channel, epoch, sequence FROM ferry_sent
                   WHERE channel = ?1 AND epoch = ?2 AND sequence BETWEEN ?3 AND ?4";
        let clip = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        conn.execute(sql, params![channel, clip(epoch), clip(from), clip(to)])?;
    }
    Ok(())
}

/// Records that a batch which the other side asks for waits until it may be sent again.
pub(crate) fn mark_resend_waiting(conn: &Connection, channel: &ChannelId, number: BatchNumber) -> Result<()> {
    let sql = "INSERT INTO ferry_resend_requested(channel, epoch, sequence, waits) VALUES (?1, ?2, ?3, 1)
               ON CONFLICT DO UPDATE SET waits = 1";
    conn.execute(sql, params![channel, number.epoch, number.sequence])?;
    Ok(())
}

/// Numbers that the other side asks for, and that were sent again as often as a day allows.
pub(crate) fn waiting_resends(conn: &Connection, channel: &ChannelId) -> Result<Vec<u64>> {
    let sql = "SELECT sequence FROM ferry_resend_requested WHERE channel = ?1 AND waits = 1 ORDER BY sequence";
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_map([channel], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Numbers that the other side asks for and that are no longer kept.
pub fn unanswerable(conn: &Connection, channel: &ChannelId) -> Result<Vec<u64>> {
    let sql = "SELECT a.sequence FROM ferry_resend_requested a JOIN ferry_sent o USING (channel, epoch, sequence)
               WHERE channel = ?1 AND o.file = '' ORDER BY a.sequence";
    let mut statement = conn.prepare(sql)?;
    Ok(statement.query_map([channel], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Forgets everything that is known of the gap at a number.
pub(crate) fn forget(conn: &Connection, channel: &ChannelId, number: BatchNumber) -> Result<()> {
    for table in ["ferry_gap_accepted", "ferry_gap_requested"] {
        let sql = format!("DELETE FROM {table} WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3");
        conn.prepare_cached(&sql)?.execute(params![channel, number.epoch, number.sequence])?;
    }
    Ok(())
}
