//! How far the platform's changes were read, and when everything must be read anew.

use crate::source::Source;
use ferry_channel::failure::Result;
use ferry_channel::schedule::Schedule;
use jiff::ToSpan;
use jiff::civil::DateTime;
use rusqlite::{Connection, OptionalExtension, params};

/// The cursor of the log of deletions; no kind has this name.
pub const DELETIONS: &str = "(deletions)";

/// The newest change that was read of a kind.
pub fn get(conn: &Connection, name: &str) -> Result<Option<String>> {
    let sql = "SELECT newest FROM cursor WHERE name = ?1";
    Ok(conn.query_row(sql, [name], |r| r.get(0)).optional()?)
}

/// Remembers it.
pub fn set(conn: &Connection, name: &str, newest: Option<&str>) -> Result<()> {
    let Some(newest) = newest else { return Ok(()) };
    let sql = "INSERT INTO cursor VALUES (?1, ?2) ON CONFLICT DO UPDATE SET newest = excluded.newest";
    conn.execute(sql, [name, newest])?;
    Ok(())
}

/// From when on rows are read again. A database's times are not the order of its commits: a row may appear with a time
/// that others have passed, so a window before the newest is read once more and compared by digest.
pub fn since(newest: Option<&str>, overlap_minutes: u32) -> String {
    let Some(newest) = newest else { return String::new() };
    match newest.replacen(' ', "T", 1).parse::<DateTime>() {
        Ok(at) => {
            let from = at.saturating_sub(i64::from(overlap_minutes).minutes());
            let how = if newest.contains('T') { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
            from.strftime(how).to_string()
        }
        // Not a time that is understood: everything is read, which is slow and right.
        Err(_) => String::new(),
    }
}

/// Whether every row must be compared: never done, by other rules than now, or the schedule says so.
pub fn is_full_due(conn: &Connection, source: &Source, schedule: &Schedule, now_s: i64) -> Result<bool> {
    let row = conn.query_row("SELECT rule, at_s FROM full_run", [], |r| Ok((r.get::<_, [u8; 32]>(0)?, r.get(1)?)));
    let Some((rule, at_s)) = row.optional()? else { return Ok(true) };
    Ok(rule != source.rule || schedule.is_due(Some(at_s), at_s, now_s))
}

/// Every row was compared.
pub fn note_full(conn: &Connection, source: &Source, now_s: i64) -> Result<()> {
    let sql =
        "INSERT INTO full_run VALUES (1, ?1, ?2) ON CONFLICT DO UPDATE SET rule = excluded.rule, at_s = excluded.at_s";
    conn.execute(sql, params![source.rule.as_slice(), now_s])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_before_the_newest_change_is_read_again() {
        assert_eq!(since(Some("2026-03-01 00:30:00"), 60), "2026-02-28 23:30:00");
        assert_eq!(since(Some("2026-03-01T12:00:00.25"), 30), "2026-03-01T11:30:00");
        assert_eq!(since(None, 60), "");
        assert_eq!(since(Some("版本7"), 60), "");
    }
}
