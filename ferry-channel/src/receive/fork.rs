//! Two signed batches under one number: the channel stops, and both are kept as evidence.
//!
//! What a sender signed is kept of every batch that is accepted or refused under its number, so that the first of the two
//! can be shown though its file is gone, and a list can revoke it. Only a batch whose signature held can stop a channel, and
//! none of a key that the trust in force revokes.

use crate::audit;
use crate::audit::statements;
use crate::ledger::forks::{self, Fork};
use crate::ledger::received;
use crate::receive::endpoint::ReceiveEndpoint;
use crate::receive::scan::IncomingFile;
use crate::texts;
use crate::types::alarm::Alarm;
use crate::types::decision::Decision;
use crate::types::{BatchClaim, UnixSeconds};
use crate::types::{ChannelId, Digest};
use ferry_format::encoding::hex::to_hex;
use ferry_io::error::Result;
use ferry_io::fs::durable;
use rusqlite::Connection;

/// Refuses to continue while a channel is stopped.
///
/// # Errors
/// `FERRY-E0675`, bad data.
pub fn check_not_stopped(conn: &Connection, channel: &ChannelId) -> Result<()> {
    forks::stopped_at(conn, channel)?.map_or(Ok(()), |number| Err(texts::errors::channel_stopped(channel, number)))
}

/// Keeps a verified batch whose number belongs to another one, and stops the channel. A copy of what is evidence already is
/// removed.
///
/// # Errors
/// `FERRY-E0675`: the channel is stopped now; the file is kept, and what was signed of the first beside it.
pub(crate) fn stop(
    conn: &Connection,
    endpoint: &ReceiveEndpoint,
    file: &IncomingFile,
    claim: BatchClaim,
    now: UnixSeconds,
) -> Result<()> {
    let channel = &endpoint.channel;
    let BatchClaim { number, digest } = claim;
    let subject = format!("{channel}/{number}");
    if forks::knows(conn, channel, digest)? {
        if file.take_away()? {
            audit::record(conn, now, "agent", "duplicate", &subject, "it is kept as evidence already")?;
        }
        return Ok(());
    }
    let Some(first) = received::digest_of(conn, channel, number)? else { return Ok(()) };
    let stem = format!("{channel}-{}-{:08}", number.epoch, number.sequence);
    let name = format!("{stem}-second-{}.ferry", &to_hex(&digest.0)[..16]);
    let second = endpoint.evidence.join(&name);
    let statement = endpoint.evidence.join(format!("{stem}-first.txt"));
    // A run that was ended in between left the same files; the row comes last, so the batch is met again.
    if !second.exists() {
        durable::copy_new(&file.path, &second, 0o640)?;
    }
    if !statement.exists() {
        durable::write_new(&statement, statement_text(conn, channel, claim, first)?.as_bytes(), 0o640)?;
    }
    record(conn, channel, claim, (first, &name), now)?;
    file.remove()?;
    Err(texts::errors::channel_stopped(channel, number))
}

/// Records the second batch of a number, with the digest of the first and the name under which the second is kept. From then
/// on the channel is stopped.
pub fn record(
    conn: &Connection,
    channel: &ChannelId,
    second: BatchClaim,
    (first, file): (Digest, &str),
    now: UnixSeconds,
) -> Result<()> {
    let BatchClaim { number, digest } = second;
    let tx = conn.unchecked_transaction()?;
    let fork = Fork { number, first, second: digest, file: file.to_owned(), at_s: now, resumed_by: None, reason: None };
    forks::record(&tx, channel, &fork)?;
    audit::record(&tx, now, "agent", "stop", &format!("{channel}/{number}"), &format!("{first} and {digest}"))?;
    Ok(tx.commit()?)
}

/// What was signed of the first, in hexadecimal: enough to check its signature with the sender's public key.
fn statement_text(conn: &Connection, channel: &ChannelId, claim: BatchClaim, first: Digest) -> Result<String> {
    let mut text = format!("channel {channel}\nplace {}\ndigest {first}\n", claim.number);
    if let Some(signed) = statements::received(conn, channel, BatchClaim { digest: first, ..claim })? {
        let parts = [
            ("header", signed.header.as_slice()),
            ("content", &signed.content),
            ("series", &signed.series),
            ("signature", &signed.signature),
        ];
        parts.iter().for_each(|(name, bytes)| text.push_str(&format!("{name} {}\n", to_hex(bytes))));
    }
    Ok(text)
}

/// Lets a stopped channel continue. The first batch of the number stays what it was; the evidence stays where it is.
///
/// # Errors
/// `FERRY-E0676`, no input: the channel is not stopped.
pub fn resume(conn: &mut Connection, channel: &ChannelId, decision: &Decision, now: UnixSeconds) -> Result<()> {
    let tx = conn.transaction()?;
    let (by, reason) = (decision.by.as_str(), decision.reason.as_str());
    if !forks::resume(&tx, channel, by, reason, now)? {
        return Err(texts::errors::not_stopped(channel));
    }
    audit::record(&tx, now, by, "resume", channel.as_str(), reason)?;
    Ok(tx.commit()?)
}

/// The alarm while a channel is stopped.
pub fn alarm(conn: &Connection, channel: &ChannelId) -> Result<Option<Alarm>> {
    let stopped = forks::stopped_at(conn, channel)?;
    Ok(stopped.map(|number| texts::errors::channel_stopped(channel, number).into()))
}
