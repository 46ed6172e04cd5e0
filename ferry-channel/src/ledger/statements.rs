//! What the signed statements of accepted batches say of other numbers.

use crate::types::{BatchClaim, BatchNumber, ChannelId, Digest};
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::limits::DIGEST_HISTORY_MAX;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Accepted or refused batches of a sender from a number on, for revocation.
pub fn accepted_of_sender(
    conn: &Connection,
    channel: &ChannelId,
    sender: &[u8; 32],
    from: BatchNumber,
) -> Result<Vec<BatchClaim>> {
    let sql = "SELECT i.epoch, i.sequence, i.digest, e.series FROM ferry_received i
               JOIN ferry_received_statement e USING (channel, epoch, sequence, digest) WHERE channel = ?1";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([channel])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let number = BatchNumber::new(row.get(0)?, row.get(1)?);
        let series = SeriesStatement::decode(&row.get::<_, Vec<u8>>(3)?)?;
        if number >= from && series.sender == *sender {
            found.push(BatchClaim { number, digest: row.get(2)? });
        }
    }
    Ok(found)
}

/// The digest that batches which were accepted after it name for a number that has not come, if any does.
pub(crate) fn named_at(conn: &Connection, channel: &ChannelId, number: BatchNumber) -> Result<Option<Digest>> {
    let sql = "SELECT e.sequence, e.series FROM ferry_received_statement e
               JOIN ferry_received USING (channel, epoch, sequence, digest)
               WHERE channel = ?1 AND epoch = ?2 AND sequence > ?3 AND sequence - ?3 <= ?4 ORDER BY sequence LIMIT 1";
    let values = params![channel, number.epoch, number.sequence, DIGEST_HISTORY_MAX];
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, u64>(0)?, r.get::<_, Vec<u8>>(1)?));
    let Some((later, series)) = conn.prepare_cached(sql)?.query_row(values, row).optional()? else { return Ok(None) };
    let back = (later - number.sequence - 1) as usize;
    Ok(SeriesStatement::decode(&series)?.previous.get(back).copied().map(Digest))
}
