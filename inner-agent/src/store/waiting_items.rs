//! Table `waiting_item`: items of return batches that the platform does not hold yet, because a day's bounds were reached.

use crate::limits::{Bound, WAITING};
use ferry_channel::types::{BatchNumber, UnixSeconds};
use ferry_format::record::Record;
use ferry_io::error::Result;
use rusqlite::{Connection, params};

/// An item that waits.
pub struct WaitingItem {
    /// The batch that brought it.
    pub number: BatchNumber,
    /// Its place in the batch, from 0.
    pub item: u64,
    /// What it is.
    pub record: Record,
}

/// How much waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Items.
    pub items: u64,
    /// Bytes of them, encoded.
    pub bytes: u64,
}

/// Adds an item in the caller's transaction; adding it twice changes nothing.
pub fn add(conn: &Connection, waiting: &WaitingItem, now: UnixSeconds) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO waiting_item(epoch, sequence, item, body, at_s) VALUES (?1, ?2, ?3, ?4, ?5)";
    let WaitingItem { number, item, record } = waiting;
    conn.prepare_cached(sql)?.execute(params![number.epoch, number.sequence, item, record.encode()?, now])?;
    Ok(())
}

impl WaitingItem {
    /// Epoch and number of its batch, and its place in it.
    pub fn place(&self) -> (u64, u64, u64) {
        (self.number.epoch, self.number.sequence, self.item)
    }
}

/// The items after a place, in the order of their batches, at most `limit`.
pub fn page(conn: &Connection, after: Option<(u64, u64, u64)>, limit: u64) -> Result<Vec<WaitingItem>> {
    let (epoch, sequence, item) = after.map_or((0, 0, 0), |(epoch, sequence, item)| (epoch, sequence, item));
    let sql = "SELECT epoch, sequence, item, body FROM waiting_item WHERE ?4 OR (epoch, sequence, item) > (?1, ?2, ?3)
               ORDER BY epoch, sequence, item LIMIT ?5";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params![epoch, sequence, item, after.is_none(), limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let record = Record::decode(&row.get::<_, Vec<u8>>(3)?)?;
        found.push(WaitingItem { number: BatchNumber::new(row.get(0)?, row.get(1)?), item: row.get(2)?, record });
    }
    Ok(found)
}

/// Forgets an item: the platform holds it.
pub fn delete(conn: &Connection, number: BatchNumber, item: u64) -> Result<()> {
    let sql = "DELETE FROM waiting_item WHERE epoch = ?1 AND sequence = ?2 AND item = ?3";
    conn.prepare_cached(sql)?.execute(params![number.epoch, number.sequence, item])?;
    Ok(())
}

/// How much may still begin to wait.
pub fn room(conn: &Connection) -> Result<Bound> {
    let waiting = count(conn)?;
    Ok(Bound { items: WAITING.items.saturating_sub(waiting.items), bytes: WAITING.bytes.saturating_sub(waiting.bytes) })
}

/// How much waits.
pub fn count(conn: &Connection) -> Result<Waiting> {
    let sql = "SELECT count(*), coalesce(sum(length(body)), 0) FROM waiting_item";
    Ok(conn.query_row(sql, [], |r| Ok(Waiting { items: r.get(0)?, bytes: r.get(1)? }))?)
}

/// Deletes everything that waits; a person decided so. Gives how many items.
pub fn discard(conn: &Connection) -> Result<u64> {
    Ok(conn.execute("DELETE FROM waiting_item", [])? as u64)
}
