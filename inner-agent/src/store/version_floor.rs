//! Table `version_floor`: below it no version is given. A database that was restored from a backup no longer knows the newest
//! versions that it gave; the outer side would ignore a record under one of them as old.

use crate::store::full_run;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// The floor; 0 where no state was ever lost.
pub fn get(conn: &Connection) -> Result<u64> {
    let found: Option<u64> = conn.query_row("SELECT version FROM version_floor", [], |r| r.get(0)).optional()?;
    Ok(found.unwrap_or_default())
}

/// The version after `before`, not below the floor.
pub fn next_version(floor: u64, before: u64) -> u64 {
    (before + 1).max(floor)
}

/// Raises the floor, and lets the next export compare every row. An export raises a version by one at most, so the clock's
/// seconds lie above every version that was ever given, with or without a floor.
pub fn raise(conn: &Connection, now: UnixSeconds) -> Result<()> {
    let sql = "SELECT max((SELECT coalesce(max(version), 0) FROM exported), (SELECT coalesce(max(version), 0) FROM version_floor), ?1)";
    let floor: i64 = conn.query_row(sql, [now], |r| r.get(0))?;
    conn.execute("INSERT OR REPLACE INTO version_floor VALUES (1, ?1)", params![floor + 1])?;
    full_run::request(conn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_above_every_version_that_was_given_and_only_rises() {
        let conn = crate::store::in_memory();
        assert_eq!((get(&conn).unwrap(), next_version(0, 4)), (0, 5));
        raise(&conn, UnixSeconds(1_000)).unwrap();
        assert_eq!((get(&conn).unwrap(), next_version(1_001, 4), next_version(1_001, 2_000)), (1_001, 1_001, 2_001));
        raise(&conn, UnixSeconds(10)).unwrap();
        assert_eq!(get(&conn).unwrap(), 1_002, "a clock that went back");
    }
}
