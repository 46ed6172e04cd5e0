//! How rows are read.

use ferry_format::frame::sequence::HighWater;
use rusqlite::Row;

pub(super) fn high_water(row: &Row<'_>) -> rusqlite::Result<HighWater> {
    Ok(HighWater {
        epoch: row.get::<_, i64>(0)? as u64,
        sequence: row.get::<_, i64>(1)? as u64,
        digest: blob32(row, 2)?,
    })
}

/// A 32-byte column.
pub fn blob32(row: &Row<'_>, column: usize) -> rusqlite::Result<[u8; 32]> {
    row.get(column)
}
