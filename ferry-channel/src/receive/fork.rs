//! Two signed batches under one number: the channel stops, and both are kept as evidence.
//!
//! What a sender signed is kept of every batch that is taken or refused under its number, so that the first of the two can be
//! shown though its file is gone, and a list can strike it. Only a batch whose signature held can stop a channel, and none of
//! a key that the trust in force revokes.

use crate::audit;
use crate::ledger::columns::blob32;
use crate::monitor::status::Alarm;
use crate::operator::Decision;
use crate::receive::endpoint::Incoming;
use crate::receive::pass::remove;
use crate::receive::scan::Candidate;
use crate::runtime::schedule::rfc3339;
use ferry_format::batch::open::Signed;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::limits::DIGEST_HISTORY_MAX;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::{BAD_DATA, NO_INPUT};
use ferry_io::fs::durable;
use ferry_io::outln;
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

/// The place that a batch claims, and its digest.
#[derive(Clone, Copy)]
pub struct Claim {
    /// Numbering era.
    pub epoch: u64,
    /// Number.
    pub sequence: u64,
    /// Batch digest.
    pub digest: [u8; 32],
}

/// A second batch under a number, as `stopped list` shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Fork {
    /// Numbering era.
    pub epoch: u64,
    /// Number.
    pub sequence: u64,
    /// Digest of the batch that was taken.
    pub first: String,
    /// Digest of the other one.
    pub second: String,
    /// File of the other one, in the folder `evidence`.
    pub file: String,
    /// When it came.
    pub at: String,
    /// Who let the channel go on; none while it is stopped.
    pub resumed_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Keeps what was signed of a batch, before it is applied.
pub fn keep(conn: &Connection, channel: &str, claim: &Claim, signed: &Signed) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO ferry_received_statement VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    conn.prepare_cached(sql)?.execute(params![
        channel,
        claim.epoch as i64,
        claim.sequence as i64,
        claim.digest.as_slice(),
        signed.header,
        signed.content,
        signed.series,
        signed.signature.as_slice()
    ])?;
    Ok(())
}

/// The digest that batches which were accepted after it name for a number that has not come, if any does.
pub(crate) fn named_at(conn: &Connection, channel: &str, epoch: u64, sequence: u64) -> Result<Option<[u8; 32]>> {
    let sql = "SELECT e.sequence, e.series FROM ferry_received_statement e JOIN ferry_received USING (channel, epoch, sequence, digest)
               WHERE channel = ?1 AND epoch = ?2 AND sequence > ?3 AND sequence - ?3 <= ?4 ORDER BY sequence LIMIT 1";
    let place = params![channel, epoch as i64, sequence as i64, DIGEST_HISTORY_MAX as i64];
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)? as u64, r.get::<_, Vec<u8>>(1)?));
    let Some((later, series)) = conn.prepare_cached(sql)?.query_row(place, row).optional()? else { return Ok(None) };
    let back = (later - sequence - 1) as usize;
    Ok(SeriesStatement::decode(&series)?.previous.get(back).copied())
}

/// Refuses to go on while a channel is stopped.
///
/// # Errors
/// `FERRY-E0675`, bad data.
pub fn check(conn: &Connection, channel: &str) -> Result<()> {
    let sql = "SELECT epoch, sequence FROM ferry_fork WHERE channel = ?1 AND resumed_s IS NULL LIMIT 1";
    let found = conn.query_row(sql, [channel], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?))).optional()?;
    found.map_or(Ok(()), |(epoch, sequence)| Err(stopped(channel, epoch, sequence)))
}

fn stopped(channel: &str, epoch: i64, sequence: i64) -> Error {
    let message = format!(
        "通道 {channel} 已停止：批号 {epoch}/{sequence} 有两个签名有效的批次 the channel is stopped: two signed batches have this \
         number"
    );
    let hint = "keep `state/evidence` and tell the security reviewer; `stopped list` shows both, and \
                `stopped resume --by NAME --reason TEXT` lets the channel go on";
    Error::new(BAD_DATA, "FERRY-E0675", message, hint)
}

/// Takes a verified batch whose number belongs to another one. A copy of what is evidence already is dropped.
///
/// # Errors
/// `FERRY-E0675`: the channel is stopped now; the file is kept, and what was signed of the first beside it.
pub(crate) fn fork(conn: &Connection, incoming: &Incoming, file: &Candidate, claim: Claim, now_s: i64) -> Result<()> {
    let channel = incoming.channel.as_str();
    let Claim { epoch, sequence, digest } = claim;
    let subject = format!("{channel}/{epoch}/{sequence}");
    let sql = "SELECT EXISTS(SELECT 1 FROM ferry_fork WHERE channel = ?1 AND second = ?2)";
    if conn.query_row(sql, params![channel, digest.as_slice()], |r| r.get(0))? {
        audit::note(conn, now_s, "agent", "duplicate", &subject, "it is kept as evidence already")?;
        return remove(file);
    }
    let place = params![channel, epoch as i64, sequence as i64];
    let sql = "SELECT digest FROM ferry_received WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    let first: [u8; 32] = conn.query_row(sql, place, |r| blob32(r, 0))?;
    let stem = format!("{channel}-{epoch}-{sequence:08}");
    let name = format!("{stem}-second-{}.ferry", &to_hex(&digest)[..16]);
    let (second, statements) = (incoming.evidence.join(&name), incoming.evidence.join(format!("{stem}-first.txt")));
    // A run that was ended in between left the same files; the row comes last, so the batch is met again.
    if !second.exists() {
        durable::copy_new(&file.path, &second, 0o640)?;
    }
    if !statements.exists() {
        durable::write_new(&statements, text(conn, channel, &claim, &first)?.as_bytes(), 0o640)?;
    }
    let tx = conn.unchecked_transaction()?;
    let sql = "INSERT INTO ferry_fork VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL, NULL, NULL)";
    let row = params![channel, epoch as i64, sequence as i64, first.as_slice(), digest.as_slice(), name, now_s];
    tx.execute(sql, row)?;
    audit::note(&tx, now_s, "agent", "stop", &subject, &format!("{} and {}", to_hex(&first), to_hex(&digest)))?;
    tx.commit()?;
    remove(file)?;
    Err(stopped(channel, epoch as i64, sequence as i64))
}

/// What was signed of the first, in hexadecimal: enough to check its signature with the sender's public key.
fn text(conn: &Connection, channel: &str, claim: &Claim, first: &[u8; 32]) -> Result<String> {
    let sql = "SELECT header, content, series, signature FROM ferry_received_statement
               WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3 AND digest = ?4";
    let place = params![channel, claim.epoch as i64, claim.sequence as i64, first.as_slice()];
    let row = |r: &rusqlite::Row<'_>| (0..4).map(|n| r.get::<_, Vec<u8>>(n)).collect::<rusqlite::Result<Vec<_>>>();
    let mut text = format!("channel {channel}\nplace {}/{}\ndigest {}\n", claim.epoch, claim.sequence, to_hex(first));
    match conn.query_row(sql, place, row).optional()? {
        Some(parts) => ["header", "content", "series", "signature"]
            .iter()
            .zip(parts)
            .for_each(|(name, bytes)| text.push_str(&format!("{name} {}\n", to_hex(&bytes)))),
        None => text.push_str("it was taken by an earlier release, which kept its digest alone\n"),
    }
    Ok(text)
}

/// Every second batch of a channel, oldest first.
pub fn list(conn: &Connection, channel: &str, zone: &TimeZone) -> Result<Vec<Fork>> {
    let sql = "SELECT epoch, sequence, first, second, file, at_s, resumed_by, reason FROM ferry_fork
               WHERE channel = ?1 ORDER BY at_s, epoch, sequence";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok(Fork {
            epoch: r.get::<_, i64>(0)? as u64,
            sequence: r.get::<_, i64>(1)? as u64,
            first: to_hex(&blob32(r, 2)?),
            second: to_hex(&blob32(r, 3)?),
            file: r.get(4)?,
            at: rfc3339(r.get(5)?, zone),
            resumed_by: r.get(6)?,
            reason: r.get(7)?,
        })
    };
    Ok(statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?)
}

/// Lets a stopped channel go on. The first batch of the number stays what it was; the evidence stays where it is.
///
/// # Errors
/// `FERRY-E0676`, no input: the channel is not stopped.
pub fn resume(conn: &mut Connection, channel: &str, decision: &Decision, now_s: i64) -> Result<()> {
    let tx = conn.transaction()?;
    let sql = "UPDATE ferry_fork SET resumed_s = ?2, resumed_by = ?3, reason = ?4
               WHERE channel = ?1 AND resumed_s IS NULL";
    let (by, reason) = (decision.by.as_str(), decision.reason.as_str());
    if tx.execute(sql, params![channel, now_s, by, reason])? == 0 {
        let message = format!("channel {channel} is not stopped");
        return Err(Error::new(NO_INPUT, "FERRY-E0676", message, "`status` says what is wrong"));
    }
    audit::note(&tx, now_s, by, "resume", channel, reason)?;
    Ok(tx.commit()?)
}

/// The alarm while a channel is stopped.
pub fn alarm(conn: &Connection, channel: &str) -> Result<Option<Alarm>> {
    match check(conn, channel) {
        Err(f) if f.code == "FERRY-E0675" => {
            Ok(Some(Alarm { code: f.code, message: f.message.english().to_owned(), hint: f.hint.english().to_owned() }))
        }
        other => other.map(|()| None),
    }
}

/// Prints forks for people.
pub fn print(forks: &[Fork]) {
    if forks.is_empty() {
        outln!("没有重号 no number has two batches");
    }
    for fork in forks {
        let state = fork.resumed_by.as_ref().map_or("stopped".to_owned(), |by| format!("resumed by {by}"));
        outln!("{}/{}  {}  {state}", fork.epoch, fork.sequence, fork.at);
        outln!("    first {}\n    second {}\n    evidence/{}", fork.first, fork.second, fork.file);
        if let Some(reason) = &fork.reason {
            outln!("    {reason}");
        }
    }
}
