//! What left and what came in: the tables that both agents keep beside what they guard.

use crate::assemble;
use crate::gaps;
use ferry_format::frame::sequence::HighWater;
use ferry_format::frame::statement::{Acknowledged, SeriesStatement, VolumeRange};
use ferry_format::limits::{GAP_RANGES_MAX, VOLUME_RANGES_MAX};
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::SYNC_FAILED;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::path::Path;

/// Tables of version 1, created in each agent's database.
pub const SCHEMA: &str = "
CREATE TABLE ferry_out(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, digest BLOB NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('released','dispatched','confirmed','refused','missing')),
  file TEXT NOT NULL, bytes INTEGER NOT NULL, records INTEGER NOT NULL, documents INTEGER NOT NULL,
  created_s INTEGER NOT NULL, settled_s INTEGER, reason TEXT, state_root BLOB NOT NULL,
  PRIMARY KEY(channel, epoch, sequence)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_in(
  channel TEXT NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, digest BLOB,
  verdict TEXT NOT NULL CHECK(verdict IN ('published','refused','missing')), reason TEXT,
  records INTEGER NOT NULL, documents INTEGER NOT NULL, at_s INTEGER NOT NULL, reported INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(channel, epoch, sequence)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_run(
  job TEXT PRIMARY KEY, last_success_s INTEGER, last_attempt_s INTEGER NOT NULL, last_error TEXT) STRICT;
CREATE TABLE ferry_waiting(
  channel TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL, growth_s INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY(channel, name)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_quarantine(
  id INTEGER PRIMARY KEY, channel TEXT NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL, bytes INTEGER NOT NULL,
  code TEXT NOT NULL, message TEXT NOT NULL, hint TEXT NOT NULL, at_s INTEGER NOT NULL) STRICT;
CREATE TABLE ferry_root(
  channel TEXT NOT NULL, kind TEXT NOT NULL, bucket INTEGER NOT NULL, sum BLOB NOT NULL,
  PRIMARY KEY(channel, kind, bucket)) STRICT, WITHOUT ROWID;
CREATE TABLE ferry_audit(
  number INTEGER PRIMARY KEY, at_s INTEGER NOT NULL, actor TEXT NOT NULL, act TEXT NOT NULL, subject TEXT NOT NULL,
  detail TEXT NOT NULL, digest BLOB NOT NULL) STRICT;
";

/// The lowest suite that a channel has been used with.
pub const FLOOR_SCHEMA: &str = "
CREATE TABLE ferry_floor(channel TEXT PRIMARY KEY, suite INTEGER NOT NULL) STRICT, WITHOUT ROWID;
";

/// Notes the floor that the trust file names; it only rises (attack: an older trust file put back).
///
/// # Errors
/// A configuration failure for a floor below the noted one.
pub fn raise_floor(conn: &Connection, channel: &str, suite: u16, trust: &Path) -> Result<()> {
    let sql = "SELECT suite FROM ferry_floor WHERE channel = ?1";
    let noted: Option<u16> = conn.query_row(sql, [channel], |r| r.get(0)).optional()?;
    if let Some(noted) = noted.filter(|noted| suite < *noted) {
        let why = format!("channel {channel} was used with suite {noted} as its floor; a floor only rises");
        return Err(Error::configuration(trust, "suite-floor", why));
    }
    if noted != Some(suite) {
        let sql = "INSERT INTO ferry_floor VALUES (?1, ?2) ON CONFLICT DO UPDATE SET suite = excluded.suite";
        conn.execute(sql, params![channel, suite])?;
    }
    Ok(())
}

/// Reason of a confirmed batch whose delivery report came: an acknowledgement alone may also be of a refused one.
pub const PUBLISHED: &str = "published";

/// What became of a batch on the side that received it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Applied.
    Published,
    /// Its signature held, its content was refused; the number is used up.
    Refused,
    /// Known from its neighbours only.
    Missing,
}

impl Verdict {
    /// The name in tables, reports and the catalogue's code table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Refused => "refused",
            Self::Missing => "missing",
        }
    }
}

/// A received batch for the ledger.
#[derive(Clone, Debug)]
pub struct Received<'a> {
    /// Channel id.
    pub channel: &'a str,
    /// Numbering era.
    pub epoch: u64,
    /// Number.
    pub sequence: u64,
    /// Batch digest; `None` while missing.
    pub digest: Option<[u8; 32]>,
    /// What became of it.
    pub verdict: Verdict,
    /// Reason code of a refusal.
    pub reason: Option<&'a str>,
    /// Records that it carried.
    pub records: u64,
    /// Documents that it carried.
    pub documents: u64,
}

/// Notes a received batch. A batch that was missing, or whose gap was accepted, is here now and is reported once more.
pub fn note_received(conn: &Connection, r: &Received<'_>, now_s: i64) -> Result<()> {
    let sql = "INSERT INTO ferry_in(channel, epoch, sequence, digest, verdict, reason, records, documents, at_s)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
               ON CONFLICT DO UPDATE SET digest = excluded.digest, verdict = excluded.verdict,
                 reason = excluded.reason, records = excluded.records, documents = excluded.documents,
                 at_s = excluded.at_s, reported = 0
               WHERE ferry_in.digest IS NULL AND excluded.digest IS NOT NULL";
    conn.prepare_cached(sql)?.execute(params![
        r.channel,
        r.epoch as i64,
        r.sequence as i64,
        r.digest.as_ref().map(<[u8; 32]>::as_slice),
        r.verdict.as_str(),
        r.reason,
        r.records as i64,
        r.documents as i64,
        now_s
    ])?;
    Ok(())
}

/// The newest batch accepted on a channel.
pub fn newest_received(conn: &Connection, channel: &str) -> Result<Option<HighWater>> {
    let sql = "SELECT epoch, sequence, digest FROM ferry_in WHERE channel = ?1 AND digest IS NOT NULL
               ORDER BY epoch DESC, sequence DESC LIMIT 1";
    Ok(conn.query_row(sql, [channel], high_water).optional()?)
}

/// How many numbers of an epoch below this one are missing.
pub fn missing_below(conn: &Connection, channel: &str, epoch: u64, sequence: u64) -> Result<u64> {
    let sql = "SELECT count(*) FROM ferry_in
               WHERE channel = ?1 AND epoch = ?2 AND sequence < ?3 AND verdict = 'missing'";
    let place = params![channel, epoch as i64, sequence as i64];
    Ok(conn.prepare_cached(sql)?.query_row(place, |r| r.get::<_, i64>(0))? as u64)
}

/// Whether a batch of that digest was accepted or refused before.
pub fn knows(conn: &Connection, channel: &str, epoch: u64, sequence: u64) -> Result<Option<[u8; 32]>> {
    let sql = "SELECT digest FROM ferry_in WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3 AND digest IS NOT NULL";
    let found = conn.query_row(sql, params![channel, epoch as i64, sequence as i64], |r| blob32(r, 0));
    Ok(found.optional()?)
}

/// The numbers known to be missing in the newest epoch, as inclusive ranges.
pub fn gaps(conn: &Connection, channel: &str, limit: usize) -> Result<Vec<(u64, u64)>> {
    ranges(conn, channel, false, &[], limit)
}

fn ranges(
    conn: &Connection,
    channel: &str,
    refused_too: bool,
    but_for: &[VolumeRange],
    limit: usize,
) -> Result<Vec<(u64, u64)>> {
    let sql = "SELECT sequence FROM ferry_in WHERE channel = ?1
                 AND (verdict = 'missing' OR (verdict = 'refused' AND digest IS NOT NULL AND ?2))
                 AND epoch = (SELECT max(epoch) FROM ferry_in WHERE channel = ?1) ORDER BY sequence";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params![channel, refused_too])?;
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    while let Some(row) = rows.next()? {
        let sequence = row.get::<_, i64>(0)? as u64;
        if but_for.iter().any(|v| v.sequence == sequence) {
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

/// The newest batches sent on a channel, newest first: place and digest.
pub fn newest_sent(conn: &Connection, channel: &str, count: usize) -> Result<Vec<HighWater>> {
    let sql = "SELECT epoch, sequence, digest FROM ferry_out WHERE channel = ?1
               ORDER BY epoch DESC, sequence DESC LIMIT ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![channel, count as i64], high_water)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Marks what the other side acknowledged: everything dispatched up to it, but what it asks for again.
///
/// An acknowledgement whose digest is not ours changes nothing.
pub fn confirm(conn: &Connection, channel: &str, said: &SeriesStatement, now_s: i64) -> Result<()> {
    let ack = &said.acknowledged;
    let asked_for = |n: u64| {
        said.gap_requests.iter().any(|(from, to)| (*from..=*to).contains(&n))
            || said.volume_requests.iter().any(|v| v.sequence == n)
    };
    let sql = "SELECT digest FROM ferry_out WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    let place = params![channel, ack.epoch as i64, ack.sequence as i64];
    if conn.query_row(sql, place, |r| blob32(r, 0)).optional()? != Some(ack.digest) {
        return Ok(());
    }
    let sql = "SELECT sequence FROM ferry_out WHERE channel = ?1 AND epoch = ?2 AND sequence <= ?3
               AND state IN ('released', 'dispatched', 'missing')";
    let mut statement = conn.prepare_cached(sql)?;
    let open: Vec<i64> = statement.query_map(place, |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    for sequence in open {
        if !asked_for(sequence as u64) {
            let sql = "UPDATE ferry_out SET state = 'confirmed', settled_s = ?4
                       WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
            conn.execute(sql, params![channel, ack.epoch as i64, sequence, now_s])?;
        }
    }
    Ok(())
}

/// What a side says of the channel that it receives.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The newest batch accepted.
    pub acknowledged: Acknowledged,
    /// Numbers to be sent again.
    pub gap_requests: Vec<(u64, u64)>,
    /// Volumes to be sent again, and batches that are given up.
    pub volume_requests: Vec<VolumeRange>,
}

/// What the next batch on the other channel says of this one: acknowledged up to there, but for these numbers.
///
/// The sender lets go of everything acknowledged that is not asked for again. So numbers whose content was refused
/// are asked for too where `refused_too` says that nothing else reports them (the side that says so hears such reports itself), and where there are more ranges than
/// one batch may name, the acknowledgement ends before the first that is left out. Accepted gaps are given up instead of
/// asked for, under the same rule.
///
/// Of batches that are being put together only the missing volumes are asked for, once they have not grown since
/// `quiet_since_s` or would be let go of.
pub fn account(conn: &Connection, channel: &str, refused_too: bool, quiet_since_s: i64) -> Result<Account> {
    let highest = newest_received(conn, channel)?.map_or(0, |n| n.sequence);
    let mut given_up = gaps::to_give_up(conn, channel, refused_too)?;
    let unsaid = if given_up.len() > VOLUME_RANGES_MAX { given_up.pop().map(|v| v.sequence as i64) } else { None };
    let room = VOLUME_RANGES_MAX - given_up.len();
    let mut volume_requests = assemble::requests(conn, channel, highest, quiet_since_s, room)?;
    let mut ranges = ranges(conn, channel, refused_too, &volume_requests, GAP_RANGES_MAX + 1)?;
    let unasked = if ranges.len() > GAP_RANGES_MAX { ranges.pop().map(|(from, _)| from as i64) } else { None };
    let before = unsaid.into_iter().chain(unasked).min();
    volume_requests.extend(given_up);
    volume_requests.sort_unstable();
    let sql = "SELECT epoch, sequence, digest FROM ferry_in WHERE channel = ?1 AND digest IS NOT NULL
                 AND epoch = (SELECT max(epoch) FROM ferry_in WHERE channel = ?1) AND sequence < ?2
               ORDER BY sequence DESC LIMIT 1";
    let newest = conn.query_row(sql, params![channel, before.unwrap_or(i64::MAX)], high_water).optional()?;
    let acknowledged = newest.map_or_else(Acknowledged::default, |n| Acknowledged {
        epoch: n.epoch,
        sequence: n.sequence,
        digest: n.digest,
    });
    Ok(Account { acknowledged, gap_requests: ranges, volume_requests })
}

/// Notes that a job ran, and how it ended.
pub fn note_run(conn: &Connection, job: &str, now_s: i64, error: Option<&str>) -> Result<()> {
    let sql = "INSERT INTO ferry_run VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
               SET last_success_s = coalesce(excluded.last_success_s, last_success_s),
                   last_attempt_s = excluded.last_attempt_s, last_error = excluded.last_error";
    let success = error.is_none().then_some(now_s);
    conn.execute(sql, params![job, success, now_s, error])?;
    Ok(())
}

/// Notes how a run ended, and gives its outcome on. A ledger that cannot be written to hides no failure of the run; after a
/// sync that failed nothing more is written.
///
/// # Errors
/// The run's, or that it cannot be noted.
pub fn end_run<T>(conn: &Connection, job: &str, now_s: i64, outcome: Result<T>) -> Result<T> {
    if outcome.as_ref().is_err_and(|f| f.exit == SYNC_FAILED) {
        return outcome;
    }
    let error = outcome.as_ref().err().map(|f| format!("{} [{}]", f.message.english(), f.code));
    let noted = note_run(conn, job, now_s, error.as_deref());
    outcome.and_then(|done| noted.map(|()| done))
}

/// When a job last ended well, in seconds.
pub fn last_success(conn: &Connection, job: &str) -> Result<Option<i64>> {
    let found = conn.query_row("SELECT last_success_s FROM ferry_run WHERE job = ?1", [job], |r| r.get(0));
    Ok(found.optional()?.flatten())
}

fn high_water(row: &Row<'_>) -> rusqlite::Result<HighWater> {
    Ok(HighWater {
        epoch: row.get::<_, i64>(0)? as u64,
        sequence: row.get::<_, i64>(1)? as u64,
        digest: blob32(row, 2)?,
    })
}

/// A 32-byte column.
pub fn blob32(row: &Row<'_>, column: usize) -> rusqlite::Result<[u8; 32]> {
    row.get(column)
}
