//! Which served documents were signed for, in the agent's own ledger: derived from what the platform holds, so that the
//! report need not read the platform.

use ferry_channel::failure::Result;
use ferry_format::record::Record;
use rusqlite::{Connection, params};

/// The table.
pub const SCHEMA: &str = "
CREATE TABLE receipt(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, item TEXT NOT NULL, sha256 TEXT NOT NULL, opened_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_item ON receipt(kind, item);
";

/// What the ledger keeps of a receipt.
pub struct Receipt {
    id: String,
    kind: String,
    item: String,
    sha256: String,
    opened_s: i64,
}

impl Receipt {
    /// Of a checked record.
    pub fn of(r: &Record) -> Self {
        let text = |field| r.text(field).to_owned();
        let opened_s = r.integer("opened").unwrap_or_default();
        Self { id: r.id.clone(), kind: text("kind"), item: text("item"), sha256: text("sha256"), opened_s }
    }
}

/// Notes the receipts of a batch; doing it twice changes nothing.
pub fn note(conn: &Connection, receipts: &[Receipt]) -> Result<()> {
    let mut insert = conn.prepare_cached("INSERT OR IGNORE INTO receipt VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for r in receipts {
        insert.execute(params![r.id, r.kind, r.item, r.sha256, r.opened_s])?;
    }
    Ok(())
}
