//! Table `cursor`: up to which time of change the platform's rows were read, of each kind and of the deletion log.

use ferry_io::error::Result;
use jiff::ToSpan;
use jiff::civil::DateTime;
use rusqlite::{Connection, OptionalExtension};

/// The cursor of the deletion log; no kind has this name.
pub const DELETIONS: &str = "(deletions)";

/// The newest change that was read.
pub fn get(conn: &Connection, name: &str) -> Result<Option<String>> {
    let sql = "SELECT newest FROM cursor WHERE name = ?1";
    Ok(conn.query_row(sql, [name], |r| r.get(0)).optional()?)
}

/// Records the newest change, but nothing later than `horizon`: a transaction that began then may still commit, and a time
/// in the future would hide every change until it is reached.
pub fn set(conn: &Connection, name: &str, newest: Option<&str>, horizon: &str) -> Result<()> {
    let Some(newest) = newest else { return Ok(()) };
    let newest = earlier(newest, horizon);
    let sql = "INSERT INTO cursor VALUES (?1, ?2) ON CONFLICT DO UPDATE SET newest = excluded.newest";
    conn.execute(sql, [name, &newest])?;
    Ok(())
}

/// The earlier of a platform's time and another one, in the platform's form.
fn earlier(newest: &str, horizon: &str) -> String {
    match (parse(newest), parse(horizon)) {
        (Some(at), Some(horizon)) if horizon < at => format_like(newest, horizon),
        _ => newest.to_owned(),
    }
}

fn parse(time: &str) -> Option<DateTime> {
    let at = time.replacen(' ', "T", 1).parse::<DateTime>().ok()?;
    // Times in another form would not compare as text.
    time.starts_with(&at.date().to_string()).then_some(at)
}

fn format_like(platform: &str, time: DateTime) -> String {
    let format = if platform.contains('T') { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    time.strftime(format).to_string()
}

/// The time from which rows are read. The times of change in a database do not follow the order of commits: a row may
/// appear with a time before others that were read. So a window before the newest change is read again and compared by
/// digest. Nothing where the newest change is not a readable time: then every row is read, which is slow and right.
pub fn since(newest: Option<&str>, overlap_minutes: u32) -> Option<String> {
    let at = parse(newest?)?;
    Some(format_like(newest?, at.saturating_sub(i64::from(overlap_minutes).minutes())))
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
