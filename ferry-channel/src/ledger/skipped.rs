//! Files skipped in the received folder, counted by reason for `status`: one row for each channel and reason, of the newest
//! pass.

use crate::types::ChannelId;
use ferry_io::error::Result;
use rusqlite::{Connection, params};

/// Files that were skipped for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedFiles {
    /// Reason code.
    pub reason: String,
    /// How many.
    pub files: u64,
    /// The name of one of them, made printable.
    pub example: String,
}

/// What the newest pass skipped on a channel, most first.
pub fn list(conn: &Connection, channel: &ChannelId) -> Result<Vec<SkippedFiles>> {
    let sql = "SELECT reason, files, example FROM ferry_skipped WHERE channel = ?1 ORDER BY files DESC, reason";
    let mut statement = conn.prepare_cached(sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok(SkippedFiles { reason: r.get(0)?, files: r.get(1)?, example: r.get(2)? });
    Ok(statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?)
}

/// Replaces what the pass before skipped.
pub(crate) fn replace(conn: &Connection, channel: &ChannelId, skipped: &[SkippedFiles]) -> Result<()> {
    let tx = conn.unchecked_transaction()?;
    tx.execute("DELETE FROM ferry_skipped WHERE channel = ?1", [channel])?;
    for SkippedFiles { reason, files, example } in skipped {
        let sql = "INSERT INTO ferry_skipped(channel, reason, files, example) VALUES (?1, ?2, ?3, ?4)";
        tx.execute(sql, params![channel, reason, files, example])?;
    }
    Ok(tx.commit()?)
}
