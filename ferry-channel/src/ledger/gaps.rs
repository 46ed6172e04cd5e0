//! Missing batches: what was asked for, what a person accepted for ever, and what a sender hears of its own.
//!
//! An accepted gap stands in the ledger as a refused batch without a digest: it is no gap any more, it is asked for no
//! longer, and if it comes after all it is applied by version like any other. The sender must not take it for crossed, so
//! the receiver gives it up in its series statement (SPEC.md section 8) until a batch that says so has been acknowledged.

use crate::audit;
use crate::ledger::acknowledgement::Account;
use crate::ledger::sent;
use crate::monitor::status::Alarm;
use crate::operator::{Decision, Numbers, numbers_text};
use crate::runtime::schedule::rfc3339;
use ferry_format::frame::statement::{SeriesStatement, VolumeRange};
use ferry_format::limits::VOLUME_RANGES_MAX;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::NO_INPUT;
use ferry_io::outln;
use jiff::tz::TimeZone;
use rusqlite::{Connection, params};
use serde::Serialize;

/// The reason code of an accepted gap, as the delivery report and the sender's ledger name it.
pub const ACCEPTED: &str = "FERRY-E0670";

/// A batch that is missing, or whose gap was accepted.
#[derive(Clone, Debug, Serialize)]
pub struct Gap {
    /// Numbering era.
    pub epoch: u64,
    /// Number.
    pub sequence: u64,
    /// When the gap was seen.
    pub since: String,
    /// `missing`; `asked`: a batch of ours asks for it; `unanswered`: the sender has heard that, and newer batches have
    /// come since; `accepted`.
    pub state: &'static str,
    /// Number of the first batch on the other channel that asks for it.
    pub asked_in: Option<u64>,
    /// Who accepted it.
    pub accepted_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When.
    pub accepted_at: Option<String>,
}

/// All gaps of a channel's newest epoch, missing and accepted, by number.
pub fn list(conn: &Connection, channel: &str, zone: &TimeZone) -> Result<Vec<Gap>> {
    let sql = "SELECT i.epoch, i.sequence, i.at_s, a.said_sequence, o.state = 'confirmed' AND EXISTS (
                 SELECT 1 FROM ferry_received n WHERE n.channel = ?1 AND n.digest IS NOT NULL AND n.at_s > o.settled_s),
                 g.accepted_by, g.reason, g.at_s
               FROM ferry_received i
               LEFT JOIN ferry_gap_requested a USING (channel, epoch, sequence)
               LEFT JOIN ferry_sent o ON o.channel = a.said_channel AND o.epoch = a.said_epoch
                 AND o.sequence = a.said_sequence
               LEFT JOIN ferry_gap_accepted g ON g.channel = i.channel AND g.epoch = i.epoch AND g.sequence = i.sequence
               WHERE i.channel = ?1 AND i.digest IS NULL AND i.epoch = (SELECT max(epoch) FROM ferry_received WHERE channel = ?1)
               ORDER BY i.sequence";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        let (asked_in, accepted_by): (Option<i64>, Option<String>) = (r.get(3)?, r.get(5)?);
        let state = match (accepted_by.is_some(), r.get::<_, Option<bool>>(4)?, asked_in) {
            (true, ..) => "accepted",
            (_, Some(true), _) => "unanswered",
            (_, _, Some(_)) => "asked",
            _ => "missing",
        };
        Ok(Gap {
            epoch: r.get::<_, i64>(0)? as u64,
            sequence: r.get::<_, i64>(1)? as u64,
            since: rfc3339(r.get(2)?, zone),
            state,
            asked_in: asked_in.map(|n| n as u64),
            accepted_by,
            reason: r.get(6)?,
            accepted_at: r.get::<_, Option<i64>>(7)?.map(|s| rfc3339(s, zone)),
        })
    };
    Ok(statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?)
}

/// Accepts gaps for ever: all of these numbers or none. Gives the accepted ones.
///
/// # Errors
/// No input, naming the numbers that are no gaps of the newest epoch.
pub fn accept(
    conn: &mut Connection,
    channel: &str,
    numbers: &[Numbers],
    decision: &Decision,
    now_s: i64,
) -> Result<Vec<u64>> {
    let tx = conn.transaction()?;
    let sql = "SELECT max(epoch) FROM ferry_received WHERE channel = ?1";
    let epoch: i64 = tx.query_row(sql, [channel], |r| r.get::<_, Option<i64>>(0))?.unwrap_or(1);
    let (mut accepted, mut others) = (Vec::new(), Vec::new());
    for range in numbers {
        let sql = "SELECT sequence FROM ferry_received WHERE channel = ?1 AND epoch = ?2 AND sequence BETWEEN ?3 AND ?4
                     AND verdict = 'missing' ORDER BY sequence";
        let mut statement = tx.prepare(sql)?;
        let place = params![channel, epoch, range.from as i64, range.to as i64];
        let found: Vec<i64> = statement.query_map(place, |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
        if found.len() as u64 != range.to - range.from + 1 {
            others.push(range.to_string());
        }
        accepted.extend(found.into_iter().map(|n| n as u64));
    }
    if !others.is_empty() {
        let message = format!("not missing on channel {channel}: {}", others.join(", "));
        return Err(Error::new(NO_INPUT, "FERRY-E0673", message, "`gaps list` names what is missing"));
    }
    accepted.sort_unstable();
    accepted.dedup();
    for sequence in &accepted {
        let place = params![channel, epoch, *sequence as i64];
        // Reported once more where reports are kept: its verdict is now a refusal.
        let sql = "UPDATE ferry_received SET verdict = 'refused', reason = ?4, reported = 0
                   WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
        tx.execute(sql, params![channel, epoch, *sequence as i64, ACCEPTED])?;
        tx.execute("DELETE FROM ferry_gap_requested WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3", place)?;
        tx.execute(
            "INSERT INTO ferry_gap_accepted VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, NULL, NULL)",
            params![channel, epoch, *sequence as i64, decision.by.as_str(), decision.reason.as_str(), now_s],
        )?;
        let subject = format!("{channel}/{epoch}/{sequence}");
        audit::note(&tx, now_s, decision.by.as_str(), "accept-gap", &subject, decision.reason.as_str())?;
    }
    tx.commit()?;
    Ok(accepted)
}

/// The numbers of accepted gaps of the newest epoch that have not come after all.
pub fn accepted(conn: &Connection, channel: &str) -> Result<Vec<u64>> {
    let sql = "SELECT sequence FROM ferry_received WHERE channel = ?1 AND verdict = 'refused' AND digest IS NULL
                 AND epoch = (SELECT max(epoch) FROM ferry_received WHERE channel = ?1) ORDER BY sequence";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([channel], |r| r.get::<_, i64>(0))?;
    Ok(rows.map(|n| n.map(|n| n as u64)).collect::<rusqlite::Result<_>>()?)
}

/// Whether a person accepted every number of a range as a gap.
pub fn is_accepted(conn: &Connection, channel: &str, epoch: u64, (from, to): (u64, u64)) -> Result<bool> {
    let sql = "SELECT count(*) FROM ferry_received WHERE channel = ?1 AND epoch = ?2 AND sequence BETWEEN ?3 AND ?4
                 AND verdict = 'refused' AND digest IS NULL";
    let place = params![channel, epoch as i64, from as i64, to as i64];
    let accepted: i64 = conn.query_row(sql, place, |r| r.get(0))?;
    Ok(accepted as u64 == to - from + 1)
}

/// Whether a number is known already: taken, missing or accepted as lost.
pub fn is_noted(conn: &Connection, channel: &str, epoch: u64, sequence: u64) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM ferry_received WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3)";
    Ok(conn.query_row(sql, params![channel, epoch as i64, sequence as i64], |r| r.get(0))?)
}

/// What the next batch on the other channel gives up: accepted gaps of which no batch that was taken has told. Where the
/// other side reports on each batch, only its report says that: what it refuses it acknowledges too. At most one more than
/// one batch may name.
pub fn to_give_up(conn: &Connection, channel: &str, is_reported: bool) -> Result<Vec<VolumeRange>> {
    let sql = "SELECT g.sequence FROM ferry_gap_accepted g JOIN ferry_received i USING (channel, epoch, sequence)
               WHERE channel = ?1 AND i.digest IS NULL AND epoch = (SELECT max(epoch) FROM ferry_received WHERE channel = ?1)
                 AND NOT EXISTS (SELECT 1 FROM ferry_sent o WHERE o.channel = g.said_channel AND o.epoch = g.said_epoch
                   AND o.sequence = g.said_sequence AND o.state = 'confirmed' AND (o.reason IS ?4 OR NOT ?3))
               ORDER BY g.sequence LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement
        .query_map(params![channel, VOLUME_RANGES_MAX as i64 + 1, is_reported, sent::PUBLISHED], |r| {
            r.get::<_, i64>(0)
        })?;
    Ok(rows.map(|n| n.map(|n| VolumeRange::given_up(n as u64))).collect::<rusqlite::Result<_>>()?)
}

/// Notes which batch of ours (its channel, epoch and number) says this account of `channel`, in the transaction that
/// releases it.
pub fn note_said(conn: &Connection, channel: &str, account: &Account, said: (&str, u64, u64)) -> Result<()> {
    let (said_channel, said_epoch, said_sequence) = (said.0, said.1 as i64, said.2 as i64);
    for (from, to) in &account.gap_requests {
        let sql =
            "INSERT OR IGNORE INTO ferry_gap_requested SELECT channel, epoch, sequence, ?4, ?5, ?6 FROM ferry_received
                   WHERE channel = ?1 AND epoch = (SELECT max(epoch) FROM ferry_received WHERE channel = ?1)
                     AND sequence BETWEEN ?2 AND ?3 AND verdict = 'missing'";
        let row = params![channel, *from as i64, *to as i64, said_channel, said_epoch, said_sequence];
        conn.prepare_cached(sql)?.execute(row)?;
    }
    // Answered since: forgotten, so that a number that goes missing anew is asked for anew.
    let sql = "DELETE FROM ferry_gap_requested AS a WHERE channel = ?1 AND NOT EXISTS (SELECT 1 FROM ferry_received i
                 WHERE i.channel = ?1 AND i.epoch = a.epoch AND i.sequence = a.sequence AND i.verdict = 'missing')";
    conn.prepare_cached(sql)?.execute([channel])?;
    for range in account.volume_requests.iter().filter(|v| v.is_given_up()) {
        // The first batch that tells is the one to wait for, unless it will never be acknowledged.
        let sql = "UPDATE ferry_gap_accepted AS g SET said_channel = ?3, said_epoch = ?4, said_sequence = ?5
                   WHERE channel = ?1 AND sequence = ?2 AND epoch = (SELECT max(epoch) FROM ferry_received WHERE channel = ?1)
                     AND (said_sequence IS NULL OR EXISTS (SELECT 1 FROM ferry_sent o WHERE o.channel = g.said_channel
                       AND o.epoch = g.said_epoch AND o.sequence = g.said_sequence AND o.state = 'refused'))";
        let row = params![channel, range.sequence as i64, said_channel, said_epoch, said_sequence];
        conn.prepare_cached(sql)?.execute(row)?;
    }
    Ok(())
}

/// Takes what the other side says of the channel that we send: what it gives up is marked refused, and given to the caller
/// to collect again; what its newest batch asks for is noted. In the transaction that applies the batch, before
/// [`crate::ledger::sent::confirm`].
pub fn hear(
    conn: &Connection,
    channel: &str,
    said: &SeriesStatement,
    is_newest: bool,
    now_s: i64,
) -> Result<Vec<(u64, u64)>> {
    let newest = "SELECT max(epoch) FROM ferry_sent WHERE channel = ?1";
    let Some(newest) = conn.query_row(newest, [channel], |r| r.get::<_, Option<i64>>(0))? else {
        return Ok(Vec::new());
    };
    let acknowledged = &said.acknowledged;
    let epoch = if acknowledged.sequence > 0 { acknowledged.epoch as i64 } else { newest };
    let mut given_up = Vec::new();
    for range in said.volume_requests.iter().filter(|v| v.is_given_up()) {
        let sequence = range.sequence;
        let sql = "UPDATE ferry_sent SET state = 'refused', settled_s = ?4, reason = ?5
                   WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3 AND state NOT IN ('confirmed', 'refused')";
        if conn.execute(sql, params![channel, epoch, sequence as i64, now_s, ACCEPTED])? == 1 {
            let detail = "the other side accepted its gap; its content is collected again";
            audit::note(conn, now_s, "agent", "given-up", &format!("{channel}/{epoch}/{sequence}"), detail)?;
            given_up.push((epoch as u64, sequence));
        }
    }
    if is_newest {
        conn.execute("DELETE FROM ferry_resend_requested WHERE channel = ?1", [channel])?;
        let volumes = said.volume_requests.iter().filter(|v| !v.is_given_up()).map(|v| (v.sequence, v.sequence));
        for (from, to) in said.gap_requests.iter().copied().chain(volumes) {
            let sql = "INSERT OR IGNORE INTO ferry_resend_requested SELECT channel, epoch, sequence FROM ferry_sent
                       WHERE channel = ?1 AND epoch = ?2 AND sequence BETWEEN ?3 AND ?4";
            let clip = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            conn.execute(sql, params![channel, epoch, clip(from), clip(to)])?;
        }
    }
    Ok(given_up)
}

/// Numbers that the other side asks for and that are kept no longer.
pub fn unanswerable(conn: &Connection, channel: &str) -> Result<Vec<u64>> {
    let sql = "SELECT a.sequence FROM ferry_resend_requested a JOIN ferry_sent o USING (channel, epoch, sequence)
               WHERE channel = ?1 AND o.file = '' ORDER BY a.sequence";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([channel], |r| r.get::<_, i64>(0))?;
    Ok(rows.map(|n| n.map(|n| n as u64)).collect::<rusqlite::Result<_>>()?)
}

/// The alarms about gaps: on the channel that this side sends, what it can answer no more (`repair` says what to run); on
/// the one that it receives, what the sender has heard of and not answered.
pub fn alarms(conn: &Connection, sends: &str, receives: &str, zone: &TimeZone, repair: &str) -> Result<Vec<Alarm>> {
    let mut alarms = Vec::new();
    let gone = unanswerable(conn, sends)?;
    if !gone.is_empty() {
        let message = format!(
            "对侧要求补发的批次已不再保留 asked for by the other side and no longer kept: {sends} {}",
            numbers_text(&gone)
        );
        alarms.push(Alarm { code: "FERRY-E0678", message, hint: repair.to_owned() });
    }
    let unanswered: Vec<u64> =
        list(conn, receives, zone)?.iter().filter(|g| g.state == "unanswered").map(|g| g.sequence).collect();
    if !unanswered.is_empty() {
        let numbers = numbers_text(&unanswered);
        let message =
            format!("要求补发后对侧没有补发 asked for, heard by the sender, and not sent again: {receives} {numbers}");
        let hint = format!(
            "`status` of the sender says whether it is still kept; if it is not, `gaps accept {}` here, and its content crosses anew",
            numbers.replace(',', "")
        );
        alarms.push(Alarm { code: "FERRY-E0678", message, hint });
    }
    Ok(alarms)
}

/// The lines of `status` about accepted gaps and about requests that cannot be answered.
pub fn lines(accepted: &[u64], not_kept: &[u64]) -> Vec<String> {
    let line =
        |what: &str, numbers: &[u64]| (!numbers.is_empty()).then(|| format!("{what}: {}", numbers_text(numbers)));
    let accepted = line("缺批已认可 gaps accepted for ever", accepted);
    accepted.into_iter().chain(line("对侧要求、已不保留 asked for, no longer kept", not_kept)).collect()
}

/// Prints gaps for people.
pub fn print(gaps: &[Gap]) {
    if gaps.is_empty() {
        outln!("没有缺批 no gaps");
    }
    for gap in gaps {
        let asked = gap.asked_in.map(|n| format!(", asked for in batch {n}")).unwrap_or_default();
        outln!("{}/{}  {}  since {}{asked}", gap.epoch, gap.sequence, gap.state, gap.since);
        if let (Some(by), Some(reason), Some(at)) = (&gap.accepted_by, &gap.reason, &gap.accepted_at) {
            outln!("    accepted by {by} at {at}: {reason}");
        }
    }
}
