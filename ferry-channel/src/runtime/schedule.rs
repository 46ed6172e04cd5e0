//! When a job is due: cron in the court's time zone; a missed run is caught up once.

use crate::types::UnixSeconds;
use croner::Cron;
use ferry_io::error::{Error, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use std::path::Path;
use std::str::FromStr;

/// Clocks are corrected by seconds all the time; further back they were wrong.
const SET_BACK_S: i64 = 60;

/// A daily (or any other) schedule.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
}

impl Schedule {
    /// Reads a cron expression and a time zone name.
    ///
    /// # Errors
    /// A configuration failure that names the file and the key.
    pub fn new(config: &Path, cron: &str, zone: &str) -> Result<Self> {
        let zone = TimeZone::get(zone).map_err(|e| Error::configuration(config, "time-zone", e))?;
        let cron = Cron::from_str(cron).map_err(|e| Error::configuration(config, "schedule", e))?;
        Ok(Self { cron, zone })
    }

    /// The time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The next run after `now`, in seconds since 1970 UTC.
    pub fn next_after(&self, now: UnixSeconds) -> Option<UnixSeconds> {
        let next = self.cron.find_next_occurrence(&self.at(now)?, false).ok()?;
        Some(UnixSeconds(next.timestamp().as_second()))
    }

    /// Whether a run is due: one was planned since the last success. However many were missed, it is one.
    ///
    /// A job that never ran is due only when its time comes. One that ended well in the future is due: the clock was set
    /// back, nobody knows how long ago that was, and a run too many only says so.
    pub fn is_due(&self, last_success_s: Option<UnixSeconds>, started_s: UnixSeconds, now: UnixSeconds) -> bool {
        let since_s = last_success_s.unwrap_or(started_s);
        since_s > now + SET_BACK_S || self.next_after(since_s).is_some_and(|next| next <= now)
    }

    /// The first day of `days` from that of `from_s` on without a run.
    pub fn day_without_run(&self, from_s: UnixSeconds, days: u32) -> Option<Date> {
        let mut day = self.at(from_s)?.date();
        for _ in 0..days {
            // A day that a change of clocks has shortened begins when it begins.
            let begin = day.to_zoned(self.zone.clone()).ok()?;
            match self.cron.find_next_occurrence(&begin, true) {
                Ok(next) if next.date() == day => day = day.tomorrow().ok()?,
                _ => return Some(day),
            }
        }
        None
    }

    fn at(&self, at_s: UnixSeconds) -> Option<Zoned> {
        Some(Timestamp::from_second(at_s.get()).ok()?.to_zoned(self.zone.clone()))
    }
}

/// A time as people and scripts read it: RFC 3339 with the zone's offset.
pub fn rfc3339(at_s: UnixSeconds, zone: &TimeZone) -> String {
    Timestamp::from_second(at_s.get())
        .map_or_else(|_| at_s.to_string(), |t| t.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> UnixSeconds {
        UnixSeconds(text.parse::<Timestamp>().unwrap().as_second())
    }

    #[test]
    fn a_missed_run_is_caught_up_once_in_the_court_s_time_zone() {
        let daily = Schedule::new(Path::new("x.toml"), "0 2 * * *", "Asia/Shanghai").unwrap();
        let last = at("2026-11-20T18:00:05Z");
        assert_eq!(daily.next_after(last), Some(at("2026-11-21T18:00:00Z")));
        assert!(!daily.is_due(Some(last), UnixSeconds(0), at("2026-11-21T17:59:59Z")));
        let late = at("2026-11-24T03:00:00Z");
        assert!(daily.is_due(Some(last), late, late));
        assert!(!daily.is_due(Some(late), late, late + 60));
        assert!(!daily.is_due(None, late, late + 60));
    }

    #[test]
    fn the_first_day_without_a_run_is_found_and_a_change_of_clocks_makes_none() {
        let day = |cron: &str, zone: &str| {
            let schedule = Schedule::new(Path::new("x.toml"), cron, zone).unwrap();
            schedule.day_without_run(at("2026-11-20T18:00:05Z"), 4 * 366).map(|day| day.to_string())
        };
        for daily in ["0 2 * * *", "30 2 * * *", "59 23 * * *", "0 0 * * *", "*/5 * * * *"] {
            assert_eq!(day(daily, "Europe/Berlin"), None, "{daily}");
        }
        // The twenty-first has begun in Shanghai: a Saturday.
        assert_eq!(day("0 2 * * 1-6", "Asia/Shanghai").as_deref(), Some("2026-11-22"));
        assert_eq!(day("0 2 1-28 * *", "Asia/Shanghai").as_deref(), Some("2026-11-29"));
        assert_eq!(day("* * * 1-11 *", "Asia/Shanghai").as_deref(), Some("2026-12-01"));
    }

    #[test]
    fn a_clock_that_was_set_back_stops_no_schedule_and_a_second_s_correction_starts_none() {
        let daily = Schedule::new(Path::new("x.toml"), "0 2 * * *", "Asia/Shanghai").unwrap();
        let now = at("2026-11-24T03:00:00Z");
        let years_ahead = at("2031-11-20T18:00:05Z");
        assert!(daily.is_due(Some(years_ahead), now, now) && daily.is_due(None, years_ahead, now));
        // The run that follows is a success of now, and the rest continues from there.
        assert!(!daily.is_due(Some(now), now, now + 60) && !daily.is_due(Some(now + 30), now, now));
        assert!(daily.is_due(Some(now), now, at("2026-11-24T18:00:00Z")));
    }

    #[test]
    fn a_jump_ahead_is_one_run_and_years_beyond_2038_are_years_like_others() {
        let daily = Schedule::new(Path::new("x.toml"), "0 2 * * *", "Asia/Shanghai").unwrap();
        let (last, far) = (at("2026-11-23T18:00:05Z"), at("2039-06-01T18:00:02Z"));
        assert!(daily.is_due(Some(last), last, far) && !daily.is_due(Some(far), last, far + 3600));
        assert_eq!(daily.next_after(far), Some(at("2039-06-02T18:00:00Z")));
        assert_eq!(daily.next_after(at("2106-02-07T06:28:16Z")), Some(at("2106-02-07T18:00:00Z")));
    }

    #[test]
    fn on_both_days_on_which_the_clocks_change_a_daily_job_runs_once() {
        for (zone, hour, days) in
            [("Europe/Berlin", 2, ["2026-03-28", "2026-10-24"]), ("America/New_York", 2, ["2026-03-07", "2026-10-31"])]
        {
            let daily = Schedule::new(Path::new("x.toml"), &format!("30 {hour} * * *"), zone).unwrap();
            for from in days {
                let start = at(&format!("{from}T12:00:00Z"));
                let (mut last, mut runs) = (start, Vec::new());
                for now in (0..3 * 86_400).step_by(600).map(|seconds| start + seconds) {
                    if daily.is_due(Some(last), start, now) {
                        runs.push(rfc3339(now, daily.zone()));
                        last = now;
                    }
                }
                assert_eq!(runs.len(), 3, "{zone} from {from}: {runs:?}");
            }
        }
    }

    #[test]
    fn a_reply_may_be_due_every_five_minutes_and_what_was_missed_is_still_one() {
        let often = Schedule::new(Path::new("x.toml"), "*/5 * * * *", "Asia/Shanghai").unwrap();
        let last = at("2026-11-24T03:05:02Z");
        assert_eq!(often.next_after(last), Some(at("2026-11-24T03:10:00Z")));
        assert!(!often.is_due(Some(last), last, at("2026-11-24T03:09:59Z")));
        assert!(often.is_due(Some(last), last, at("2026-11-24T03:10:13Z")));
        let late = at("2026-11-24T05:00:00Z");
        assert!(often.is_due(Some(last), last, late) && !often.is_due(Some(late), last, late + 20));
    }

    #[test]
    fn a_wrong_schedule_or_zone_names_the_key() {
        let wrong = |cron, zone| Schedule::new(Path::new("x.toml"), cron, zone).unwrap_err();
        assert!(wrong("at two", "Asia/Shanghai").message.english().contains("`schedule`"));
        assert!(wrong("0 2 * * *", "Asia/Atlantis").message.english().contains("`time-zone`"));
        assert_eq!(wrong("0 2 * * *", "Asia/Atlantis").exit, 78);
    }
}
