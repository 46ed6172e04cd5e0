//! Which served documents were signed for, in the agent's own ledger: derived from what the platform holds, so that the
//! report need not read the platform.

use crate::import::receipt::Receipt;
use ferry_io::error::Result;
use rusqlite::{Connection, params};

/// Notes the receipts of a batch; doing it twice changes nothing.
pub fn note(conn: &Connection, receipts: &[Receipt]) -> Result<()> {
    let mut insert = conn.prepare_cached(
        "INSERT OR IGNORE INTO receipt(id, kind, item, sha256, opened_s, addressee) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for r in receipts {
        insert.execute(params![r.id, r.kind, r.item, r.sha256, r.opened_s, r.addressee])?;
    }
    Ok(())
}
