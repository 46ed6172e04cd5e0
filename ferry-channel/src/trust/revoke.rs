//! Revocation of a compromised sender key. Batches it signed at or after the revocation point stop counting: they no longer
//! advance the high-water mark, are not treated as duplicates and fill no gaps. Records they published stay listed until an
//! operator settles them or the state roots agree.

use crate::audit;
use crate::ledger::{gaps, received, statements};
use crate::runtime::schedule::rfc3339;
use crate::texts;
use crate::types::alarm::Alarm;
use crate::types::decision::Decision;
use crate::types::{BatchClaim, BatchNumber, ChannelId, DeliveryVerdict, Digest, UnixSeconds};
use ferry_io::error::Result;
use jiff::tz::TimeZone;
use rusqlite::{Connection, params};
use serde::Serialize;

/// A revoked batch, as `trust show` names it.
#[derive(Clone, Debug, Serialize)]
pub struct RevokedBatch {
    /// Numbering period.
    pub epoch: u64,
    /// Number.
    pub sequence: u64,
    /// Its digest.
    pub digest: String,
    /// `published`, or `refused`: then nothing came of it.
    pub verdict: DeliveryVerdict,
    /// Records that it carried.
    pub records: u64,
    /// The list that revoked its key.
    pub list: u64,
    /// When, RFC 3339.
    pub at: String,
    /// Who says that it is repaired; none while it alarms.
    pub settled_by: Option<String>,
}

/// Revokes what a key signed on a channel from a number on, in the transaction that installs the list.
pub(crate) fn revoke_batches(
    conn: &Connection,
    channel: &ChannelId,
    sender: &[u8; 32],
    from: BatchNumber,
    list: u64,
    now: UnixSeconds,
) -> Result<()> {
    let revoked = statements::accepted_of_sender(conn, channel, sender, from)?;
    for BatchClaim { number, digest } in &revoked {
        let sql = "INSERT OR IGNORE INTO ferry_revoked_batch SELECT channel, epoch, sequence, digest, ?4, ?5, verdict,
                     records, ?6, NULL, NULL, NULL FROM ferry_received
                   WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
        conn.execute(sql, params![channel, number.epoch, number.sequence, Digest(*sender), list, now])?;
        received::forget(conn, channel, *number)?;
        audit::heads::forget(conn, channel, *number)?;
        let (subject, detail) = (format!("{channel}/{number}"), format!("list {list} revoked its key; {digest}"));
        audit::record(conn, now, "agent", "revoke-batch", &subject, &detail)?;
    }
    if revoked.is_empty() { Ok(()) } else { forget_gaps_ahead(conn, channel) }
}

/// Forgets the numbers that were missing, or whose gap was accepted, only since a revoked batch jumped ahead of them.
fn forget_gaps_ahead(conn: &Connection, channel: &ChannelId) -> Result<()> {
    let newest = received::newest(conn, channel)?.map_or(BatchNumber::default(), BatchNumber::from);
    for number in received::without_batch(conn, channel)?.into_iter().filter(|number| *number > newest) {
        received::forget(conn, channel, number)?;
        gaps::forget(conn, channel, number)?;
    }
    Ok(())
}

/// Every revoked batch of a channel.
pub fn list(conn: &Connection, channel: &ChannelId, zone: &TimeZone) -> Result<Vec<RevokedBatch>> {
    let sql = "SELECT epoch, sequence, digest, verdict, records, list, at_s, settled_by FROM ferry_revoked_batch
               WHERE channel = ?1 ORDER BY epoch, sequence";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok(RevokedBatch {
            epoch: r.get(0)?,
            sequence: r.get(1)?,
            digest: r.get::<_, Digest>(2)?.to_string(),
            verdict: r.get(3)?,
            records: r.get(4)?,
            list: r.get(5)?,
            at: rfc3339(r.get(6)?, zone),
            settled_by: r.get(7)?,
        })
    };
    Ok(statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?)
}

fn settle(conn: &Connection, channel: &ChannelId, by: &str, reason: &str, now: UnixSeconds) -> Result<usize> {
    let sql = "UPDATE ferry_revoked_batch SET settled_s = ?2, settled_by = ?3, reason = ?4
               WHERE channel = ?1 AND settled_s IS NULL";
    let settled = conn.execute(sql, params![channel, now, by, reason])?;
    if settled > 0 {
        audit::record(conn, now, by, "settle-revoked", channel.as_str(), reason)?;
    }
    Ok(settled)
}

/// Both sides hold the same: what revoked batches published is repaired.
pub fn settle_repaired(conn: &Connection, channel: &ChannelId, now: UnixSeconds) -> Result<()> {
    settle(conn, channel, "agent", "both sides' state roots are equal", now).map(drop)
}

/// A person says that what revoked batches brought was checked.
///
/// # Errors
/// `FERRY-E0727`, no input: nothing is to be settled.
pub fn settle_by_decision(
    conn: &mut Connection,
    channel: &ChannelId,
    decision: &Decision,
    now: UnixSeconds,
) -> Result<()> {
    let tx = conn.transaction()?;
    if settle(&tx, channel, decision.by.as_str(), decision.reason.as_str(), now)? == 0 {
        return Err(texts::errors::no_revoked_batch(channel));
    }
    Ok(tx.commit()?)
}

/// The alarm of revoked batches that published something. It stops nothing.
pub fn alarm(conn: &Connection, channel: &ChannelId, zone: &TimeZone) -> Result<Option<Alarm>> {
    let revoked = list(conn, channel, zone)?;
    let open: Vec<String> = revoked
        .iter()
        .filter(|batch| batch.settled_by.is_none() && batch.verdict == DeliveryVerdict::Published)
        .map(|batch| BatchNumber::new(batch.epoch, batch.sequence).to_string())
        .collect();
    Ok((!open.is_empty()).then(|| texts::alarms::revoked_batches(channel, open.join(", "))))
}
