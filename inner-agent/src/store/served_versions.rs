//! Table `served_version`: every version of a document for service that was sent. Receipts are checked against it
//! (articles 10 and 11).

use crate::store::exported::BatchStamp;
use ferry_channel::types::{ChannelId, UnixSeconds};
use ferry_format::record::Record;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A version that was sent to be served.
pub struct ServedVersion {
    /// SHA-256 of its document.
    pub sha256: [u8; 32],
    /// Its file name.
    pub name: String,
    /// Its case.
    pub case_id: String,
    /// The person that it is for.
    pub addressee: String,
    /// When the batch that carried it was made, seconds.
    pub sent_s: UnixSeconds,
    /// Whether the outer side rejected that batch, so that the version was never published.
    pub rejected: bool,
}

/// Records a version that crosses.
pub fn insert(conn: &Connection, record: &Record, sha256: &[u8; 32], batch: BatchStamp) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO served_version VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    conn.prepare_cached(sql)?.execute(params![
        record.kind,
        record.id,
        record.version,
        sha256.as_slice(),
        record.case_id,
        record.person,
        batch.number.epoch,
        batch.number.sequence,
        batch.now,
        record.documents().next().map_or("", |d| &d.name)
    ])?;
    Ok(())
}

/// A version that was sent over `channel`.
pub fn get(
    conn: &Connection,
    channel: &ChannelId,
    kind: &str,
    id: &str,
    version: u64,
) -> Result<Option<ServedVersion>> {
    let sql =
        "SELECT s.sha256, s.case_id, s.person, s.at_s, coalesce(o.state = 'refused', 0), s.name FROM served_version s
               LEFT JOIN ferry_sent o ON o.channel = ?1 AND o.epoch = s.epoch AND o.sequence = s.sequence
               WHERE s.kind = ?2 AND s.id = ?3 AND s.version = ?4";
    let row = |r: &Row<'_>| {
        Ok(ServedVersion {
            sha256: r.get(0)?,
            case_id: r.get(1)?,
            addressee: r.get(2)?,
            sent_s: r.get(3)?,
            rejected: r.get(4)?,
            name: r.get(5)?,
        })
    };
    Ok(conn.prepare_cached(sql)?.query_row(params![channel, kind, id, version], row).optional()?)
}

/// The newest version of a document that was sent.
pub fn newest(conn: &Connection, kind: &str, id: &str) -> Result<Option<u64>> {
    let sql = "SELECT max(version) FROM served_version WHERE kind = ?1 AND id = ?2";
    Ok(conn.prepare_cached(sql)?.query_row([kind, id], |r| r.get(0))?)
}
