//! What left: one row for each number of the sending channel.

use crate::ledger::columns::{blob32, high_water};
use ferry_format::frame::sequence::HighWater;
use ferry_format::frame::statement::SeriesStatement;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Reason of a confirmed batch whose delivery report came: an acknowledgement alone may also be of a refused one.
pub const PUBLISHED: &str = "published";

/// The newest batches sent on a channel, newest first: place and digest.
pub fn newest_sent(conn: &Connection, channel: &str, count: usize) -> Result<Vec<HighWater>> {
    let sql = "SELECT epoch, sequence, digest FROM ferry_sent WHERE channel = ?1
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
    let sql = "SELECT digest FROM ferry_sent WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    let place = params![channel, ack.epoch as i64, ack.sequence as i64];
    if conn.query_row(sql, place, |r| blob32(r, 0)).optional()? != Some(ack.digest) {
        return Ok(());
    }
    let sql = "SELECT sequence FROM ferry_sent WHERE channel = ?1 AND epoch = ?2 AND sequence <= ?3
               AND state IN ('released', 'dispatched', 'missing')";
    let mut statement = conn.prepare_cached(sql)?;
    let open: Vec<i64> = statement.query_map(place, |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    for sequence in open {
        if !asked_for(sequence as u64) {
            let sql = "UPDATE ferry_sent SET state = 'confirmed', settled_s = ?4
                       WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
            conn.execute(sql, params![channel, ack.epoch as i64, sequence, now_s])?;
        }
    }
    Ok(())
}
