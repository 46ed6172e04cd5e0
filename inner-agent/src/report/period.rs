//! The days that a report covers, in the court's time zone.

use crate::court_day;
use crate::texts::report::{month_format, no_such_month};
use ferry_io::error::Result;
use ferry_io::output::language::Show;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

/// A day or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl Period {
    /// One day.
    pub fn day(day: Date) -> Self {
        Self { from: day, to: day }
    }

    /// The month that contains this day.
    pub fn month(day: Date) -> Self {
        Self { from: day.first_of_month(), to: day.last_of_month() }
    }

    /// Whether it is one day.
    pub fn is_day(&self) -> bool {
        self.from == self.to
    }

    /// `2026-11-24` or `2026-11`.
    pub fn name(&self) -> String {
        self.from.strftime(if self.is_day() { "%Y-%m-%d" } else { "%Y-%m" }).to_string()
    }

    /// Its days in order.
    pub fn days(&self) -> impl Iterator<Item = Date> {
        let last = self.to;
        self.from.series(1.day()).take_while(move |day| *day <= last)
    }

    /// Its first second, and the first second after it.
    pub fn seconds(&self, zone: &TimeZone) -> Result<(i64, i64)> {
        Ok((court_day::begin_s(self.from, zone)?, court_day::begin_s(court_day::next(self.to)?, zone)?))
    }
}

/// Parses a month, `YYYY-MM`; gives its first day.
pub fn month(text: &str) -> std::result::Result<Date, String> {
    let is_month = text.len() == 7 && text.bytes().enumerate().all(|(n, b)| b.is_ascii_digit() || n == 4 && b == b'-');
    if !is_month {
        return Err(month_format().show().to_owned());
    }
    format!("{text}-01").parse().map_err(|_| no_such_month().show().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_channel::types::UnixSeconds;
    use jiff::civil::date;

    #[test]
    fn a_month_has_its_own_days_and_begins_at_the_court_s_midnight() {
        let february = Period::month(date(2024, 2, 1));
        assert_eq!((february.days().count(), february.name().as_str()), (29, "2024-02"));
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let (from, until) = february.seconds(&zone).unwrap();
        assert_eq!(from, "2024-01-31T16:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second());
        assert_eq!(until - from, 29 * 86_400);
        let days = (court_day::of(UnixSeconds(from), &zone), court_day::of(UnixSeconds(from - 1), &zone));
        assert_eq!(days, (date(2024, 2, 1), date(2024, 1, 31)));
    }

    #[test]
    fn only_year_and_month_with_a_hyphen_is_a_month() {
        assert_eq!(month("2026-11"), Ok(date(2026, 11, 1)));
        for wrong in ["2026-13", "2026-1", "11-2026", "2026-11-01", "2026/11"] {
            assert!(month(wrong).is_err(), "{wrong}");
        }
    }
}
