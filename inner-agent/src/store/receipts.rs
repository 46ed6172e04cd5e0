//! Table `receipt`: which served documents were opened, derived from what the platform holds, so that the report need not
//! read the platform.

use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use rusqlite::{Connection, params};

/// What the ledger keeps of a receipt.
pub struct OpenedDocument<'a> {
    /// The receipt's id.
    pub id: &'a str,
    /// Kind of the document.
    pub kind: &'a str,
    /// Its record id.
    pub item: &'a str,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: &'a str,
    /// When it was first opened, seconds.
    pub opened_s: UnixSeconds,
    /// The person it was for.
    pub addressee: &'a str,
}

/// Records a receipt; recording it twice changes nothing.
pub fn record(conn: &Connection, r: &OpenedDocument<'_>) -> Result<()> {
    let sql =
        "INSERT OR IGNORE INTO receipt(id, kind, item, sha256, opened_s, addressee) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    conn.prepare_cached(sql)?.execute(params![r.id, r.kind, r.item, r.sha256, r.opened_s, r.addressee])?;
    Ok(())
}
