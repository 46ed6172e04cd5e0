//! What came in: one row for each number of the receiving channel.

use crate::ledger::columns::{blob32, high_water};
use ferry_format::frame::sequence::HighWater;
use ferry_format::frame::statement::VolumeRange;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

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
    let sql = "INSERT INTO ferry_received(channel, epoch, sequence, digest, verdict, reason, records, documents, at_s)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
               ON CONFLICT DO UPDATE SET digest = excluded.digest, verdict = excluded.verdict,
                 reason = excluded.reason, records = excluded.records, documents = excluded.documents,
                 at_s = excluded.at_s, reported = 0
               WHERE ferry_received.digest IS NULL AND excluded.digest IS NOT NULL";
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
    let sql = "SELECT epoch, sequence, digest FROM ferry_received WHERE channel = ?1 AND digest IS NOT NULL
               ORDER BY epoch DESC, sequence DESC LIMIT 1";
    Ok(conn.query_row(sql, [channel], high_water).optional()?)
}

/// How many numbers of an epoch below this one are missing.
pub fn missing_below(conn: &Connection, channel: &str, epoch: u64, sequence: u64) -> Result<u64> {
    let sql = "SELECT count(*) FROM ferry_received
               WHERE channel = ?1 AND epoch = ?2 AND sequence < ?3 AND verdict = 'missing'";
    let place = params![channel, epoch as i64, sequence as i64];
    Ok(conn.prepare_cached(sql)?.query_row(place, |r| r.get::<_, i64>(0))? as u64)
}

/// Whether a batch of that digest was accepted or refused before.
pub fn knows(conn: &Connection, channel: &str, epoch: u64, sequence: u64) -> Result<Option<[u8; 32]>> {
    let sql = "SELECT digest FROM ferry_received WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3 AND digest IS NOT NULL";
    let found = conn.query_row(sql, params![channel, epoch as i64, sequence as i64], |r| blob32(r, 0));
    Ok(found.optional()?)
}

/// The numbers known to be missing in the newest epoch, as inclusive ranges.
pub fn gaps(conn: &Connection, channel: &str, limit: usize) -> Result<Vec<(u64, u64)>> {
    ranges(conn, channel, false, &[], limit)
}

pub(super) fn ranges(
    conn: &Connection,
    channel: &str,
    refused_too: bool,
    but_for: &[VolumeRange],
    limit: usize,
) -> Result<Vec<(u64, u64)>> {
    let sql = "SELECT sequence FROM ferry_received WHERE channel = ?1
                 AND (verdict = 'missing' OR (verdict = 'refused' AND digest IS NOT NULL AND ?2))
                 AND epoch = (SELECT max(epoch) FROM ferry_received WHERE channel = ?1) ORDER BY sequence";
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
