//! Tables `notify_batch`, `notify_item` and `notify_over_limit`: which confirmed batches and records the parties were notified of.

use ferry_channel::types::{ChannelId, UnixSeconds};
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// Condition on `ferry_sent o`: confirmed batches that no pass has handled.
const NEW: &str = "o.channel = ?1 AND o.state = 'confirmed'
  AND NOT EXISTS (SELECT 1 FROM notify_batch b WHERE b.epoch = o.epoch AND b.sequence = o.sequence)";

/// A record whose newest version is in a confirmed batch that no pass has handled.
pub struct ConfirmedRecord {
    /// Kind.
    pub kind: String,
    /// Key in the platform.
    pub key: String,
    /// Record id.
    pub id: String,
    /// Version.
    pub version: i64,
    /// Content digest.
    pub content: Vec<u8>,
    /// Whether this version retracts it.
    pub is_retracted: bool,
    /// Case id.
    pub case_id: String,
    /// Person.
    pub person: String,
    /// SHA-256 of its document.
    pub document: Option<Vec<u8>>,
    /// Epoch and sequence number of its batch.
    pub batch: (u64, u64),
    /// When the batch was confirmed, seconds.
    pub confirmed_s: UnixSeconds,
    /// Case number; empty if it is not known.
    pub case_number: String,
    /// Whether it is hidden outside or withheld.
    pub is_hidden: bool,
    /// Whether the parties were notified of this very content.
    pub is_notified: bool,
}

/// Number of confirmed batches that no pass has handled.
pub fn new_batch_count(conn: &Connection, channel: &ChannelId) -> Result<u64> {
    let sql = format!("SELECT count(*) FROM ferry_sent o WHERE {NEW}");
    Ok(conn.prepare_cached(&sql)?.query_row([channel], |r| r.get::<_, i64>(0))? as u64)
}

/// Their epochs and sequence numbers.
pub fn new_batches(conn: &Connection, channel: &ChannelId) -> Result<Vec<(u64, u64)>> {
    let sql = format!("SELECT o.epoch, o.sequence FROM ferry_sent o WHERE {NEW}");
    let mut statement = conn.prepare_cached(&sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)? as u64, r.get::<_, i64>(1)? as u64));
    Ok(statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?)
}

/// Records of these kinds in those batches, by case.
pub fn new_records(conn: &Connection, channel: &ChannelId, kinds: &BTreeSet<String>) -> Result<Vec<ConfirmedRecord>> {
    let sql = format!(
        "SELECT e.kind, e.key, e.id, e.version, e.content, e.retracted, e.case_id, e.person, e.document, o.epoch,
           o.sequence, coalesce(o.settled_s, 0), coalesce((SELECT case_number FROM case_step s WHERE s.case_id = e.case_id), ''),
           EXISTS (SELECT 1 FROM held_outside h WHERE h.kind = e.kind AND h.key = e.key AND h.version = e.version)
             OR EXISTS (SELECT 1 FROM withheld w WHERE w.kind = e.kind AND w.key = e.key),
           coalesce((SELECT i.content = e.content FROM notify_item i WHERE i.kind = e.kind AND i.key = e.key), 0)
         FROM exported e JOIN ferry_sent o ON o.epoch = e.epoch AND o.sequence = e.sequence
         WHERE {NEW} AND e.kind IN (SELECT value FROM json_each(?2)) ORDER BY e.case_id, o.epoch, o.sequence, e.kind, e.key"
    );
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let kinds = serde_json::Value::from(kinds).to_string();
    let mut statement = conn.prepare(&sql)?;
    let rows = statement.query_map(params![channel, kinds], |r| {
        Ok(ConfirmedRecord {
            kind: r.get(0)?,
            key: r.get(1)?,
            id: r.get(2)?,
            version: r.get(3)?,
            content: r.get(4)?,
            is_retracted: r.get(5)?,
            case_id: r.get(6)?,
            person: r.get(7)?,
            document: r.get(8)?,
            batch: (r.get::<_, i64>(9)? as u64, r.get::<_, i64>(10)? as u64),
            confirmed_s: r.get(11)?,
            case_number: r.get(12)?,
            is_hidden: r.get(13)?,
            is_notified: r.get(14)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Kind and key of what those batches correct or retract with an approval (article 16). What an approval form of
/// articles 13 and 15 withholds has none, and nobody is notified of it.
pub fn new_corrections(conn: &Connection, channel: &ChannelId) -> Result<BTreeSet<(String, String)>> {
    let sql = format!(
        "SELECT c.kind, c.key FROM correction c JOIN ferry_sent o ON o.epoch = c.epoch AND o.sequence = c.sequence
         WHERE {NEW} AND c.approved_by <> ''"
    );
    let mut statement = conn.prepare(&sql)?;
    let rows = statement.query_map([channel], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Marks records and batches as handled, in the caller's transaction.
pub fn mark_handled(conn: &Connection, records: &[ConfirmedRecord], batches: &[(u64, u64)]) -> Result<()> {
    let mut item = conn.prepare_cached("INSERT OR REPLACE INTO notify_item VALUES (?1, ?2, ?3)")?;
    let mut batch = conn.prepare_cached("INSERT OR IGNORE INTO notify_batch VALUES (?1, ?2)")?;
    for r in records {
        item.execute(params![r.kind, r.key, r.content])?;
    }
    let of_records = records.iter().map(|r| &r.batch);
    for (epoch, sequence) in of_records.chain(batches) {
        batch.execute([*epoch as i64, *sequence as i64])?;
    }
    Ok(())
}

/// Batches and messages that wait for a decision because there are more messages than `messages-max`.
pub fn over_limit(conn: &Connection) -> Result<Option<(u64, u64)>> {
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)? as u64, r.get::<_, i64>(1)? as u64));
    Ok(conn.query_row("SELECT batches, messages FROM notify_over_limit", [], row).optional()?)
}

/// Records or clears them, in the caller's transaction.
pub fn set_over_limit(conn: &Connection, waiting: Option<(u64, u64)>) -> Result<()> {
    conn.execute("DELETE FROM notify_over_limit", [])?;
    if let Some((batches, messages)) = waiting {
        conn.execute("INSERT INTO notify_over_limit VALUES (1, ?1, ?2)", params![batches as i64, messages as i64])?;
    }
    Ok(())
}
