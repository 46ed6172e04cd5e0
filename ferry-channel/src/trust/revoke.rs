//! Batches of a stolen key. From the place where a list revokes it, what it signed counts no longer: neither for the newest
//! number, nor as known, nor for the gaps that it tore. What it published is named until somebody, or equal state roots, say
//! that it is repaired.

use crate::audit;
use crate::ledger::columns::blob32;
use crate::ledger::received;
use crate::ledger::sent;
use crate::monitor::status::Alarm;
use crate::operator::Decision;
use crate::runtime::schedule::rfc3339;
use crate::trust::installed;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::statement::SeriesStatement;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::NO_INPUT;
use ferry_io::outln;
use jiff::tz::TimeZone;
use rusqlite::{Connection, params};
use serde::Serialize;

/// A struck batch, as `trust show` names it.
#[derive(Clone, Debug, Serialize)]
pub struct Struck {
    /// Numbering era.
    pub epoch: u64,
    /// Number.
    pub sequence: u64,
    /// Its digest.
    pub digest: String,
    /// `published`, or `refused`: then nothing came of it.
    pub verdict: String,
    /// Records that it carried.
    pub records: u64,
    /// The list that struck it.
    pub list: u64,
    /// When.
    pub at: String,
    /// Who says that it is repaired; none while it alarms.
    pub settled_by: Option<String>,
}

/// Strikes what a key signed on a channel at a place or after it, in the transaction that installs the list.
pub(crate) fn strike(
    conn: &Connection,
    channel: &str,
    sender: &[u8; 32],
    from: (u64, u64),
    list: u64,
    now_s: i64,
) -> Result<()> {
    let sql = "SELECT i.epoch, i.sequence, i.digest, e.series FROM ferry_received i
               JOIN ferry_received_statement e USING (channel, epoch, sequence, digest) WHERE channel = ?1";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([channel])?;
    let mut struck = Vec::new();
    while let Some(row) = rows.next()? {
        let place = (row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64);
        let series = SeriesStatement::decode(&row.get::<_, Vec<u8>>(3)?)?;
        if place >= from && series.sender == *sender {
            struck.push((place, blob32(row, 2)?));
        }
    }
    for ((epoch, sequence), digest) in &struck {
        let sql =
            "INSERT OR IGNORE INTO ferry_revoked_batch SELECT channel, epoch, sequence, digest, ?4, ?5, verdict, records, ?6,
                     NULL, NULL, NULL FROM ferry_received WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
        let row = params![channel, *epoch as i64, *sequence as i64, sender.as_slice(), list as i64, now_s];
        conn.execute(sql, row)?;
        let sql = "DELETE FROM ferry_received WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
        conn.execute(sql, params![channel, *epoch as i64, *sequence as i64])?;
        audit::heads::strike(conn, channel, *epoch, *sequence)?;
        let subject = format!("{channel}/{epoch}/{sequence}");
        audit::note(
            conn,
            now_s,
            "agent",
            "strike",
            &subject,
            &format!("list {list} revoked its key; {}", to_hex(digest)),
        )?;
    }
    if struck.is_empty() { Ok(()) } else { forget_torn(conn, channel) }
}

/// Forgets the numbers that were missing, or whose gap was accepted, only since a struck batch jumped ahead of them.
fn forget_torn(conn: &Connection, channel: &str) -> Result<()> {
    let newest = received::newest_received(conn, channel)?.map_or((0, 0), |n| (n.epoch, n.sequence));
    let mut statement =
        conn.prepare("SELECT epoch, sequence FROM ferry_received WHERE channel = ?1 AND digest IS NULL")?;
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?));
    let open = statement.query_map([channel], row)?.collect::<rusqlite::Result<Vec<_>>>()?;
    for (epoch, sequence) in open.into_iter().filter(|(e, n)| (*e as u64, *n as u64) > newest) {
        for table in ["ferry_received", "ferry_gap_accepted", "ferry_gap_requested"] {
            let sql = format!("DELETE FROM {table} WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3");
            conn.prepare_cached(&sql)?.execute(params![channel, epoch, sequence])?;
        }
    }
    Ok(())
}

/// Every struck batch of a channel.
pub fn list(conn: &Connection, channel: &str, zone: &TimeZone) -> Result<Vec<Struck>> {
    let sql = "SELECT epoch, sequence, digest, verdict, records, list, at_s, settled_by FROM ferry_revoked_batch
               WHERE channel = ?1 ORDER BY epoch, sequence";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok(Struck {
            epoch: r.get::<_, i64>(0)? as u64,
            sequence: r.get::<_, i64>(1)? as u64,
            digest: to_hex(&blob32(r, 2)?),
            verdict: r.get(3)?,
            records: r.get::<_, i64>(4)? as u64,
            list: r.get::<_, i64>(5)? as u64,
            at: rfc3339(r.get(6)?, zone),
            settled_by: r.get(7)?,
        })
    };
    Ok(statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?)
}

fn settle(conn: &Connection, channel: &str, by: &str, reason: &str, now_s: i64) -> Result<usize> {
    let sql = "UPDATE ferry_revoked_batch SET settled_s = ?2, settled_by = ?3, reason = ?4
               WHERE channel = ?1 AND settled_s IS NULL";
    let settled = conn.execute(sql, params![channel, now_s, by, reason])?;
    if settled > 0 {
        audit::note(conn, now_s, by, "settle-struck", channel, reason)?;
    }
    Ok(settled)
}

/// Both sides hold the same: whatever struck batches published is repaired.
pub fn repaired(conn: &Connection, channel: &str, now_s: i64) -> Result<()> {
    settle(conn, channel, "agent", "both sides' state roots are equal", now_s).map(drop)
}

/// A person says that what struck batches brought is looked through.
///
/// # Errors
/// `FERRY-E0727`, no input: nothing is struck.
pub fn settled(conn: &mut Connection, channel: &str, decision: &Decision, now_s: i64) -> Result<()> {
    let tx = conn.transaction()?;
    if settle(&tx, channel, decision.by.as_str(), decision.reason.as_str(), now_s)? == 0 {
        let message = format!("no struck batch of channel {channel} waits to be looked through");
        return Err(Error::new(NO_INPUT, "FERRY-E0727", message, "`trust show` names them"));
    }
    Ok(tx.commit()?)
}

/// The alarms about trust: struck batches that published something, and a list past its time. Neither stops anything.
pub fn alarms(conn: &Connection, channel: &str, zone: &TimeZone, now_s: i64) -> Result<Vec<Alarm>> {
    let mut alarms = Vec::new();
    let struck = list(conn, channel, zone)?;
    let open: Vec<String> = struck
        .iter()
        .filter(|s| s.settled_by.is_none() && s.verdict == sent::PUBLISHED)
        .map(|s| format!("{}/{}", s.epoch, s.sequence))
        .collect();
    if !open.is_empty() {
        alarms.push(Alarm {
            code: "FERRY-E0723",
            message: format!(
                "被吊销密钥签发的批次曾被采用 batches of a revoked key were taken before it was revoked: {channel} {}",
                open.join(", ")
            ),
            hint: "`trust show` names them; outside, the next exports repair what differs (`reconcile` inside); inside, look \
                   through what they brought, then `trust settled --by NAME --reason TEXT`"
                .into(),
        });
    }
    if let Some((signed, ..)) = installed::installed(conn)?
        && let Some(until) = signed.list.valid_until_s.filter(|until| now_s > *until)
    {
        let until = rfc3339(until, zone);
        alarms.push(Alarm {
            code: "FERRY-E0722",
            message: format!("信任清单 {} 已于 {until} 到期 the trust list is past its time", signed.list.number),
            hint: "ask the holders of the root keys for the next list; until then this one stays in force".into(),
        });
    }
    Ok(alarms)
}

/// Prints struck batches for people.
pub fn print(struck: &[Struck]) {
    for s in struck {
        let state = s.settled_by.as_ref().map_or("to be repaired".to_owned(), |by| format!("settled by {by}"));
        outln!(
            "struck {}/{}  {}, {} records, by list {} at {}  {state}",
            s.epoch,
            s.sequence,
            s.verdict,
            s.records,
            s.list,
            s.at
        );
    }
}
