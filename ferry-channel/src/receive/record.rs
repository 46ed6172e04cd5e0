//! What the ledger and the audit say of a batch that came in, and of those that did not.

use crate::audit;
use crate::ledger::received;
use crate::ledger::received::{Received, Verdict};
use crate::receive::endpoint::Incoming;
use ferry_format::frame::sequence::Place;
use ferry_format::frame::statement::SeriesStatement;
use ferry_io::error::{Error, Result};
use rusqlite::Connection;

/// Notes a batch whose signature held and whose content was refused: its number is used up.
pub(crate) fn refused(
    conn: &mut Connection,
    incoming: &Incoming,
    series: &SeriesStatement,
    digest: [u8; 32],
    place: &Place,
    why: &Error,
    now_s: i64,
) -> Result<()> {
    let tx = conn.transaction()?;
    let received = Received {
        channel: incoming.channel.as_str(),
        epoch: series.epoch,
        sequence: series.sequence,
        digest: Some(digest),
        verdict: Verdict::Refused,
        reason: Some(why.code),
        records: 0,
        documents: 0,
    };
    note_place(&tx, &received, place, now_s)?;
    audit::heads::hear(&tx, incoming.channel.as_str(), series, now_s)?;
    Ok(tx.commit()?)
}

/// Notes an applied batch and the gap before it, in the caller's transaction.
pub fn note_published(
    conn: &Connection,
    incoming: &Incoming,
    series: &SeriesStatement,
    place: &Place,
    counts: (u64, u64),
    now_s: i64,
) -> Result<()> {
    let received = Received {
        channel: incoming.channel.as_str(),
        epoch: series.epoch,
        sequence: series.sequence,
        digest: Some(series.digest()),
        verdict: Verdict::Published,
        reason: None,
        records: counts.0,
        documents: counts.1,
    };
    note_place(conn, &received, place, now_s)?;
    audit::heads::hear(conn, incoming.channel.as_str(), series, now_s)
}

fn note_place(conn: &Connection, received: &Received<'_>, place: &Place, now_s: i64) -> Result<()> {
    let subject = format!("{}/{}/{}", received.channel, received.epoch, received.sequence);
    if let Place::AfterGap(from, to) = place {
        gap(conn, received.channel, (received.epoch, received.sequence), (*from, *to), now_s)?;
    }
    received::note_received(conn, received, now_s)?;
    let detail = received.reason.map_or_else(|| format!("{} records", received.records), str::to_owned);
    audit::note(conn, now_s, "agent", received.verdict.as_str(), &subject, &detail)
}

/// Notes the numbers that are missing before a batch.
pub(crate) fn gap(
    conn: &Connection,
    channel: &str,
    (epoch, sequence): (u64, u64),
    (from, to): (u64, u64),
    now_s: i64,
) -> Result<()> {
    for sequence in from..=to {
        let (digest, verdict, reason) = (None, Verdict::Missing, None);
        let missing = Received { channel, epoch, sequence, digest, verdict, reason, records: 0, documents: 0 };
        received::note_received(conn, &missing, now_s)?;
    }
    let subject = format!("{channel}/{epoch}/{sequence}");
    audit::note(conn, now_s, "agent", "gap", &subject, &format!("{from} to {to} are missing"))
}
