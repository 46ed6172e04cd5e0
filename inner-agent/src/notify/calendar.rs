//! The court's calendar, and the rule by which the three days of article 11 are counted.
//!
//! 民事诉讼法 (2023) 第八十五条: 期间开始的时和日，不计算在期间内。期间届满的最后一日是法定休假日的，以法定休假日后的第一日为期间
//! 届满的日期。 The day on which a period begins does not count; a last day that is a rest day moves to the first day after
//! the rest. Rest days within the period count.

use crate::config::notify::CalendarConfig;
use crate::texts::notify as texts;
use ferry_format::text::Text;
use ferry_io::error::{Error, Result};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use std::collections::BTreeSet;
use std::path::Path;

/// Rest days and working days.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    weekdays: Vec<Weekday>,
    rest: BTreeSet<Date>,
    working: BTreeSet<Date>,
    years: BTreeSet<i16>,
}

impl Calendar {
    /// Reads the configured calendar.
    ///
    /// # Errors
    /// `FERRY-E0502` for a day listed under another year or as both, and for a week without working days.
    pub fn new(path: &Path, config: &CalendarConfig) -> Result<Self> {
        let wrong = |year: &str, why: Text| Error::configuration(path, &format!("notify.calendar.years.{year}"), why);
        let weekdays = config.rest_weekdays.iter().map(|day| day.0).collect();
        let mut calendar = Self { weekdays, ..Self::default() };
        if (0..7).all(|n| calendar.weekdays.contains(&Weekday::Monday.wrapping_add(n))) {
            return Err(Error::configuration(path, "notify.calendar.rest-weekdays", texts::no_working_weekday()));
        }
        for (name, year) in &config.years {
            let number: i16 = name.parse().map_err(|_| wrong(name, texts::not_a_year()))?;
            if let Some(day) = year.rest_days.union(&year.working_days).find(|d| d.year() != number) {
                return Err(wrong(name, texts::day_of_another_year(day)));
            }
            if let Some(day) = year.rest_days.intersection(&year.working_days).next() {
                return Err(wrong(name, texts::day_is_both(day)));
            }
            calendar.rest.extend(&year.rest_days);
            calendar.working.extend(&year.working_days);
            calendar.years.insert(number);
        }
        Ok(calendar)
    }

    /// Whether a day is a rest day.
    pub fn is_rest(&self, day: Date) -> bool {
        self.rest.contains(&day) || (self.weekdays.contains(&day.weekday()) && !self.working.contains(&day))
    }

    /// Whether the rest days of a day's year are configured; otherwise only the days of the week count.
    pub fn has_year(&self, day: Date) -> bool {
        self.years.contains(&day.year())
    }

    /// The last day of a period of `days` days that begins on `from`; moved past rest days.
    pub fn last_day(&self, from: Date, days: u16) -> Date {
        let mut last = from.saturating_add(i64::from(days).days());
        while self.is_rest(last) && last < Date::MAX {
            last = last.saturating_add(1.day());
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::notify::{RestWeekday, Year};
    use jiff::civil::date;
    use std::collections::BTreeMap;

    /// 2026 as the shipped configuration has it.
    fn shipped() -> Calendar {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/inner.toml");
        let config = crate::config::Config::load(&path).unwrap().notify.unwrap().calendar;
        Calendar::new(&path, &config).unwrap()
    }

    #[test]
    fn the_day_of_the_reminder_does_not_count_and_a_last_day_that_is_a_rest_day_moves() {
        let calendar = shipped();
        let due = |month, day| calendar.last_day(date(2026, month, day), 3);
        assert_eq!(due(11, 23), date(2026, 11, 26), "Monday to Thursday");
        assert_eq!(due(11, 20), date(2026, 11, 23), "rest days within the period count");
        assert_eq!(due(11, 18), date(2026, 11, 23), "a Saturday moves to Monday");
        assert_eq!(due(11, 19), date(2026, 11, 23), "so does a Sunday");
    }

    #[test]
    fn around_the_national_day_the_last_day_moves_past_the_holiday_but_not_past_a_working_saturday() {
        let calendar = shipped();
        let due = |month, day| calendar.last_day(date(2026, month, day), 3);
        assert_eq!(due(9, 27), date(2026, 9, 30), "before it");
        for day in [28, 29, 30] {
            assert_eq!(due(9, day), date(2026, 10, 8), "into it: {day}");
        }
        for day in 1..=4 {
            assert_eq!(due(10, day), date(2026, 10, 8), "within it: {day}");
        }
        assert_eq!(due(10, 7), date(2026, 10, 10), "the Saturday on which people work");
        assert_eq!(due(10, 8), date(2026, 10, 12), "the Sunday after it is a rest day");
        assert_eq!(calendar.last_day(date(2026, 9, 17), 3), date(2026, 9, 20), "the Sunday on which people work");
    }

    #[test]
    fn the_last_day_is_always_the_first_working_day_after_the_period() {
        let calendar = shipped();
        let mut day = date(2025, 12, 1);
        let mut before = date(2025, 1, 1);
        while day < date(2027, 2, 1) {
            for days in [0, 1, 3, 7, 15] {
                let last = calendar.last_day(day, days);
                let end = day + i64::from(days).days();
                assert!(!calendar.is_rest(last) && last >= end, "{day} {days}");
                let mut between = end;
                while between < last {
                    assert!(calendar.is_rest(between), "{day} {days}: {between}");
                    between = between.tomorrow().unwrap();
                }
            }
            let last = calendar.last_day(day, 3);
            assert!(last >= before, "a later reminder never ends earlier: {day}");
            (before, day) = (last, day.tomorrow().unwrap());
        }
    }

    #[test]
    fn a_year_without_announced_rest_days_is_recognised() {
        let calendar = shipped();
        assert!(calendar.has_year(date(2026, 10, 1)) && !calendar.has_year(date(2031, 10, 1)));
        assert!(!calendar.is_rest(date(2031, 10, 1)), "a Wednesday by the week alone");
        assert_eq!(
            Calendar::default().last_day(date(2026, 10, 1), 3),
            date(2026, 10, 4),
            "without a calendar there are no rest days"
        );
    }

    #[test]
    fn a_day_under_a_wrong_year_and_a_day_that_is_both_are_refused() {
        let year = |rest: &[Date], working: &[Date]| CalendarConfig {
            rest_weekdays: vec![RestWeekday(Weekday::Sunday)],
            years: BTreeMap::from([(
                "2026".to_owned(),
                Year { rest_days: rest.iter().copied().collect(), working_days: working.iter().copied().collect() },
            )]),
        };
        let refused = |c: &CalendarConfig| Calendar::new(Path::new("x.toml"), c).unwrap_err().message;
        assert!(refused(&year(&[date(2027, 1, 1)], &[])).english().contains("another year"));
        assert!(refused(&year(&[date(2026, 1, 1)], &[date(2026, 1, 1)])).english().contains("both"));
        assert!(Calendar::new(Path::new("x.toml"), &year(&[date(2026, 1, 1)], &[])).is_ok());
    }
}
