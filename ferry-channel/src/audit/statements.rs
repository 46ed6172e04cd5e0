//! What was signed of each batch, kept when its file is gone: of those that this side sent, and of those that came in.

use crate::types::{BatchClaim, BatchNumber, ChannelId};
use ferry_format::batch::open::Signed;
use ferry_format::frame::statement::SeriesStatement;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Keeps what this side signed of a batch, in the transaction that records it as released.
pub fn record_sent(conn: &Connection, channel: &ChannelId, number: BatchNumber, signed: &Signed) -> Result<()> {
    let sql = "INSERT INTO ferry_sent_statement(channel, epoch, sequence, header, content, series, signature)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let Signed { header, content, series, signature } = signed;
    conn.execute(sql, params![channel, number.epoch, number.sequence, header, content, series, signature.as_slice()])?;
    Ok(())
}

/// Keeps what was signed of an arrived batch, before it is applied: by this a signed list revokes what a stolen key signed.
pub fn record_received(conn: &Connection, channel: &ChannelId, claim: BatchClaim, signed: &Signed) -> Result<()> {
    let sql =
        "INSERT OR IGNORE INTO ferry_received_statement(channel, epoch, sequence, digest, header, content, series,
                 signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let BatchClaim { number: BatchNumber { epoch, sequence }, digest } = claim;
    let Signed { header, content, series, signature } = signed;
    let row = params![channel, epoch, sequence, digest, header, content, series, signature.as_slice()];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Which statements are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Of batches that this side sent.
    Sent,
    /// Of batches that arrived, without those of a revoked key: they say nothing of the other side.
    Received,
}

/// Calls back with what was signed of each batch, oldest first.
pub fn each(
    conn: &Connection,
    origin: Origin,
    each: &mut dyn FnMut(String, SeriesStatement, Signed) -> Result<()>,
) -> Result<()> {
    let table = match origin {
        Origin::Sent => "ferry_sent_statement",
        Origin::Received => {
            "ferry_received_statement e WHERE NOT EXISTS (SELECT 1 FROM ferry_revoked_batch s
               WHERE (s.channel, s.epoch, s.sequence, s.digest) = (e.channel, e.epoch, e.sequence, e.digest))"
        }
    };
    let sql = format!("SELECT channel, header, content, series, signature FROM {table} ORDER BY epoch, sequence");
    let mut statement = conn.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let signed = Signed { header: row.get(1)?, content: row.get(2)?, series: row.get(3)?, signature: row.get(4)? };
        let series = SeriesStatement::decode(&signed.series)?;
        each(row.get(0)?, series, signed)?;
    }
    Ok(())
}

/// What was signed of one arrived batch.
pub fn received(conn: &Connection, channel: &ChannelId, claim: BatchClaim) -> Result<Option<Signed>> {
    let sql = "SELECT header, content, series, signature FROM ferry_received_statement
               WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3 AND digest = ?4";
    let row = |r: &rusqlite::Row<'_>| {
        Ok(Signed { header: r.get(0)?, content: r.get(1)?, series: r.get(2)?, signature: r.get(3)? })
    };
    let values = params![channel, claim.number.epoch, claim.number.sequence, claim.digest];
    Ok(conn.query_row(sql, values, row).optional()?)
}
