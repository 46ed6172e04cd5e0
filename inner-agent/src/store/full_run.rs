//! Table `full_run`: when every row of the platform was compared last, and by which mapping.

use ferry_channel::runtime::schedule::Schedule;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Whether every row must be compared: it was never done, or the schedule asks for it.
pub fn is_due(conn: &Connection, schedule: &Schedule, now: UnixSeconds) -> Result<bool> {
    Ok(last_s(conn)?.is_none_or(|at_s| schedule.is_due(Some(at_s), at_s, now)))
}

/// When it was done; nothing where the next export does it.
pub fn last_s(conn: &Connection) -> Result<Option<UnixSeconds>> {
    Ok(conn.query_row("SELECT at_s FROM full_run", [], |r| r.get(0)).optional()?)
}

/// Whether every row must be compared because the mapping is another one than then.
pub fn is_outdated(conn: &Connection, mapping: &[u8; 32]) -> Result<bool> {
    let before = conn.query_row("SELECT mapping FROM full_run", [], |r| r.get::<_, [u8; 32]>(0)).optional()?;
    Ok(before != Some(*mapping))
}

/// Records that every row was compared.
pub fn record(conn: &Connection, mapping: &[u8; 32], now: UnixSeconds) -> Result<()> {
    let sql = "INSERT INTO full_run VALUES (1, ?1, ?2)
               ON CONFLICT DO UPDATE SET mapping = excluded.mapping, at_s = excluded.at_s";
    conn.execute(sql, params![mapping.as_slice(), now])?;
    Ok(())
}

/// Lets the next export compare every row.
pub fn request(conn: &Connection) -> Result<()> {
    conn.execute("DELETE FROM full_run", [])?;
    Ok(())
}
