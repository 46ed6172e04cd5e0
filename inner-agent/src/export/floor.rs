//! Below which no version is given. A ledger that was restored from a backup has forgotten the newest versions that it gave:
//! what it sent under one of them again would count as old outside, and be swallowed.

use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// The floor; 0 where nothing was ever forgotten.
pub fn get(conn: &Connection) -> Result<u64> {
    let found: Option<i64> = conn.query_row("SELECT version FROM version_floor", [], |r| r.get(0)).optional()?;
    Ok(found.unwrap_or_default() as u64)
}

/// The version after `before`, not below the floor.
pub fn above(floor: u64, before: u64) -> u64 {
    (before + 1).max(floor)
}

/// Raises the floor, and lets the next export compare every row. Each export gives a record one version at most, so the
/// clock's seconds lie above all that were ever given, also by a ledger that had a floor before.
pub fn raise(conn: &Connection, now_s: i64) -> Result<()> {
    let sql = "SELECT max((SELECT coalesce(max(version), 0) FROM exported), (SELECT coalesce(max(version), 0) FROM version_floor), ?1)";
    let floor: i64 = conn.query_row(sql, [now_s], |r| r.get(0))?;
    conn.execute("INSERT OR REPLACE INTO version_floor VALUES (1, ?1)", params![floor + 1])?;
    conn.execute("DELETE FROM full_run", [])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_lies_above_every_version_that_was_given_and_only_rises() {
        let conn = crate::store::in_memory();
        assert_eq!((get(&conn).unwrap(), above(0, 4)), (0, 5));
        raise(&conn, 1_000).unwrap();
        assert_eq!((get(&conn).unwrap(), above(1_001, 4), above(1_001, 2_000)), (1_001, 1_001, 2_001));
        raise(&conn, 10).unwrap();
        assert_eq!(get(&conn).unwrap(), 1_002, "a clock that went back");
    }
}
