//! Table `cursor`: up to which time of change the platform's rows were read, of each kind and of the deletion log.
//!
//! Times are compared as times, whatever their spelling. What a window selects in the database is compared there as text, so it
//! is wider than needed: [`Window::is_before`] tells the rows that lie before it.

use crate::platform_time::PlatformTime;
use ferry_io::error::Result;
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension};

/// The cursor of the deletion log; no kind has this name.
pub const DELETIONS: &str = "(deletions)";

/// As the cursor is kept: local time in the court's zone.
const FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// The rows of one run of changes. The times of change in a database do not follow the order of commits: a row may appear with a
/// time before others that were read. So a window before the newest change is read again and compared by digest.
pub struct Window {
    name: String,
    zone: TimeZone,
    since: Option<DateTime>,
    newest: Option<DateTime>,
    /// Whether a time was read that cannot be ordered.
    is_unordered: bool,
}

impl Window {
    /// From the newest change that was read; everything where none is known.
    pub fn open(conn: &Connection, name: &str, overlap_minutes: u32, zone: &TimeZone) -> Result<Self> {
        let sql = "SELECT newest FROM cursor WHERE name = ?1";
        let newest: Option<String> = conn.query_row(sql, [name], |r| r.get(0)).optional()?;
        let newest = newest.and_then(|at| PlatformTime::parse(&at, zone)).map(|at| at.local);
        let since = newest.map(|at| at.saturating_sub(i64::from(overlap_minutes).minutes()));
        Ok(Self { name: name.to_owned(), zone: zone.clone(), since, newest, is_unordered: false })
    }

    /// All rows.
    pub fn all(name: &str, zone: &TimeZone) -> Self {
        Self { name: name.to_owned(), zone: zone.clone(), since: None, newest: None, is_unordered: false }
    }

    /// The local time from which rows are read; nothing where every row is.
    pub fn since(&self) -> Option<DateTime> {
        self.since
    }

    /// Whether a row changed before this window: it was read before.
    pub fn is_before(&self, changed: Option<&str>) -> bool {
        let at = changed.and_then(|raw| PlatformTime::parse(raw, &self.zone));
        // A day without a time of day may mean any time of it.
        let is_before = |since: DateTime, at: PlatformTime| match at.has_time {
            true => at.local < since,
            false => at.local.date() < since.date(),
        };
        self.since.zip(at).is_some_and(|(since, at)| is_before(since, at))
    }

    /// A row was read that changed at this time. Empty and endless times lie in every window.
    pub fn read(&mut self, changed: Option<&str>) {
        let Some(raw) = changed else { return };
        match PlatformTime::parse(raw, &self.zone) {
            Some(at) => self.newest = self.newest.max(Some(at.local)),
            None => self.is_unordered |= !PlatformTime::is_endless(raw.trim_start_matches('-')),
        }
    }

    /// Records the newest change, but nothing later than `horizon`: a transaction that began then may still commit, and a time in
    /// the future would hide every change until it is reached. Nothing is recorded where a time cannot be ordered: then every
    /// row is read by every run, which is slow and right.
    pub fn close(self, conn: &Connection, horizon: &str) -> Result<()> {
        let horizon = PlatformTime::parse(horizon, &self.zone).map(|at| at.local);
        let newest = if self.is_unordered { None } else { self.newest.map(|at| horizon.map_or(at, |h| at.min(h))) };
        match newest {
            Some(newest) => {
                let sql = "INSERT INTO cursor VALUES (?1, ?2) ON CONFLICT DO UPDATE SET newest = excluded.newest";
                conn.execute(sql, [&self.name, &newest.strftime(FORMAT).to_string()])?;
            }
            None => drop(conn.execute("DELETE FROM cursor WHERE name = ?1", [&self.name])?),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    /// What the next window begins with after rows of these times.
    fn since(times: &[&str], horizon: &str) -> Option<String> {
        let conn = crate::store::in_memory();
        let mut window = Window::open(&conn, "case", 60, &zone()).unwrap();
        times.iter().for_each(|time| window.read(Some(time)));
        window.close(&conn, horizon).unwrap();
        Window::open(&conn, "case", 60, &zone()).unwrap().since().map(|at| at.to_string())
    }

    const LATER: &str = "2030-01-01 00:00:00";

    #[test]
    fn the_window_before_the_newest_change_is_read_again_whatever_the_spelling() {
        assert_eq!(since(&["2026-03-01 00:30:00"], LATER).unwrap(), "2026-02-28T23:30:00");
        assert_eq!(since(&["2026-11-30T22:06:00", "2026-11-30 22:07:00"], LATER).unwrap(), "2026-11-30T21:07:00");
        assert_eq!(since(&["2026-11-30 22:07:00", "20261130"], LATER).unwrap(), "2026-11-30T21:07:00");
        assert_eq!(since(&["2026-11-30T14:07:00Z"], LATER).unwrap(), "2026-11-30T21:07:00");
        assert_eq!(since(&["2026-03-01", "infinity", "-infinity"], LATER).unwrap(), "2026-02-28T23:00:00");
    }

    #[test]
    fn a_time_that_cannot_be_ordered_lets_every_row_be_read() {
        for unordered in ["版本7", "1700000000", "2026-01-05 BC"] {
            assert_eq!(since(&["2026-03-01 00:30:00", unordered], LATER), None, "{unordered}");
        }
        assert_eq!(since(&[], LATER), None);
    }

    #[test]
    fn the_cursor_never_passes_the_horizon() {
        assert_eq!(since(&["2026-03-01T10:00:00"], "2026-03-01 09:00:00").unwrap(), "2026-03-01T08:00:00");
        assert_eq!(since(&["2026-03-01 10:00:00.5"], "2026-03-01 11:00:00").unwrap(), "2026-03-01T09:00:00");
    }

    #[test]
    fn rows_before_the_window_are_told_by_their_time_and_rows_without_a_time_lie_in_it() {
        let conn = crate::store::in_memory();
        let mut window = Window::open(&conn, "case", 60, &zone()).unwrap();
        window.read(Some("2026-11-30T22:06:00"));
        window.close(&conn, LATER).unwrap();
        let window = Window::open(&conn, "case", 60, &zone()).unwrap();
        assert!(window.is_before(Some("20261129")) && window.is_before(Some("2026-11-30 21:05:59")));
        for inside in [
            None,
            Some("20261130"),
            Some("infinity"),
            Some("版本7"),
            Some("2026-11-30 21:06:00"),
            Some("2026-11-30T14:00:00Z"),
        ] {
            assert!(!window.is_before(inside), "{inside:?}");
        }
    }
}
