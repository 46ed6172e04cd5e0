//! Table `imported_day`: what return batches wrote for the platform on one day of the court.

use crate::limits::Bound;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// What was written on a day.
pub fn get(conn: &Connection, day: &str) -> Result<Bound> {
    let sql = "SELECT items, bytes FROM imported_day WHERE day = ?1";
    let row = |r: &rusqlite::Row<'_>| Ok(Bound { items: r.get(0)?, bytes: r.get(1)? });
    Ok(conn.query_row(sql, [day], row).optional()?.unwrap_or_default())
}

/// Records it in the caller's transaction; other days are forgotten.
pub fn set(conn: &Connection, day: &str, written: Bound) -> Result<()> {
    conn.execute("DELETE FROM imported_day WHERE day <> ?1", [day])?;
    let sql = "INSERT OR REPLACE INTO imported_day VALUES (?1, ?2, ?3)";
    conn.execute(sql, params![day, written.items, written.bytes])?;
    Ok(())
}
