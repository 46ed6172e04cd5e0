//! What the ledger and the audit say of a batch that came in, and of those that did not.

use crate::audit;
use crate::ledger::received::{self, ReceivedBatch};
use crate::types::{BatchNumber, ChannelId, DeliveryVerdict, Digest, UnixSeconds};
use ferry_format::frame::sequence::SequencePosition;
use ferry_format::frame::statement::SeriesStatement;
use ferry_io::error::{Error, Result};
use rusqlite::Connection;

/// Records a batch whose signature held and whose content was refused: its number is used up.
pub fn record_refused(
    conn: &mut Connection,
    channel: &ChannelId,
    (series, digest): (&SeriesStatement, Digest),
    place: &SequencePosition,
    why: &Error,
    now: UnixSeconds,
) -> Result<()> {
    let tx = conn.transaction()?;
    let batch = ReceivedBatch {
        channel,
        number: BatchNumber::of(series),
        digest: Some(digest),
        verdict: DeliveryVerdict::Refused,
        reason: Some(why.code),
        records: 0,
        documents: 0,
    };
    record(&tx, &batch, series, place, now)?;
    Ok(tx.commit()?)
}

/// Records an applied batch and the gap before it, in the caller's transaction.
pub(crate) fn record_published(
    conn: &Connection,
    channel: &ChannelId,
    series: &SeriesStatement,
    place: &SequencePosition,
    (records, documents): (u64, u64),
    now: UnixSeconds,
) -> Result<()> {
    let batch = ReceivedBatch {
        channel,
        number: BatchNumber::of(series),
        digest: Some(Digest(series.digest())),
        verdict: DeliveryVerdict::Published,
        reason: None,
        records,
        documents,
    };
    record(conn, &batch, series, place, now)
}

fn record(
    conn: &Connection,
    batch: &ReceivedBatch<'_>,
    series: &SeriesStatement,
    place: &SequencePosition,
    now: UnixSeconds,
) -> Result<()> {
    if let SequencePosition::AfterGap(from, to) = place {
        record_gap(conn, batch.channel, batch.number, (*from, *to), now)?;
    }
    received::record(conn, batch, now)?;
    let detail = batch.reason.map_or_else(|| format!("{} records", batch.records), str::to_owned);
    let subject = format!("{}/{}", batch.channel, batch.number);
    audit::record(conn, now, "agent", batch.verdict.as_str(), &subject, &detail)?;
    audit::heads::record_arrived(conn, batch.channel, series, now)
}

/// Records the numbers that are missing before a batch.
pub fn record_gap(
    conn: &Connection,
    channel: &ChannelId,
    before: BatchNumber,
    (from, to): (u64, u64),
    now: UnixSeconds,
) -> Result<()> {
    for sequence in from..=to {
        let missing = ReceivedBatch {
            channel,
            number: BatchNumber::new(before.epoch, sequence),
            digest: None,
            verdict: DeliveryVerdict::Missing,
            reason: None,
            records: 0,
            documents: 0,
        };
        received::record(conn, &missing, now)?;
    }
    audit::record(conn, now, "agent", "gap", &format!("{channel}/{before}"), &format!("{from} to {to} are missing"))
}
