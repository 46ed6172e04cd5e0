//! How far the platform's changes were read, and when everything must be read anew.

use crate::source::Source;
use ferry_channel::runtime::schedule::Schedule;
use ferry_io::error::Result;
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

/// Remembers it, but nothing later than `horizon`: a transaction that began then may still commit, and a time that lies
/// ahead of now would hide every change until it is reached.
pub fn set(conn: &Connection, name: &str, newest: Option<&str>, horizon: &str) -> Result<()> {
    let Some(newest) = newest else { return Ok(()) };
    let newest = earlier(newest, horizon);
    let sql = "INSERT INTO cursor VALUES (?1, ?2) ON CONFLICT DO UPDATE SET newest = excluded.newest";
    conn.execute(sql, [name, &newest])?;
    Ok(())
}

/// The earlier of a platform's time and another one, written as the platform writes it.
fn earlier(newest: &str, horizon: &str) -> String {
    match (parsed(newest), parsed(horizon)) {
        (Some(at), Some(horizon)) if horizon < at => like(newest, horizon),
        _ => newest.to_owned(),
    }
}

fn parsed(time: &str) -> Option<DateTime> {
    let at = time.replacen(' ', "T", 1).parse::<DateTime>().ok()?;
    // Another spelling would not compare as text.
    time.starts_with(&at.date().to_string()).then_some(at)
}

fn like(platform: &str, time: DateTime) -> String {
    let how = if platform.contains('T') { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    time.strftime(how).to_string()
}

/// From when on rows are read again. A database's times are not the order of its commits: a row may appear with a time
/// that others have passed, so a window before the newest is read once more and compared by digest. Nothing where the
/// newest is no time that is understood: then everything is read, which is slow and right.
pub fn since(newest: Option<&str>, overlap_minutes: u32) -> Option<String> {
    let at = parsed(newest?)?;
    Some(like(newest?, at.saturating_sub(i64::from(overlap_minutes).minutes())))
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
        assert_eq!(since(Some("2026-03-01 00:30:00"), 60).unwrap(), "2026-02-28 23:30:00");
        assert_eq!(since(Some("2026-03-01T12:00:00.25"), 30).unwrap(), "2026-03-01T11:30:00");
        assert_eq!(since(Some("2026-03-01"), 60).unwrap(), "2026-02-28 23:00:00");
        assert_eq!(since(Some("2026-03-01 08:00:00+08"), 60).unwrap(), "2026-03-01 07:00:00");
        for no_time in [None, Some("版本7"), Some("20260301"), Some("1700000000")] {
            assert_eq!(since(no_time, 60), None, "{no_time:?}");
        }
    }

    #[test]
    fn the_cursor_never_passes_the_horizon() {
        assert_eq!(earlier("2026-03-01 10:00:00", "2026-03-01 09:00:00"), "2026-03-01 09:00:00");
        assert_eq!(earlier("2026-03-01T10:00:00", "2026-03-01 09:00:00"), "2026-03-01T09:00:00");
        assert_eq!(earlier("2026-03-01 10:00:00.5", "2026-03-01 11:00:00"), "2026-03-01 10:00:00.5");
        assert_eq!(earlier("版本7", "2026-03-01 11:00:00"), "版本7");
    }
}
