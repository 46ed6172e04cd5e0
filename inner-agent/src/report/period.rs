//! The days that a report is about, in the court's time zone.

use ferry_io::error::{Error, Result};
use ferry_io::exit_code::CONFIGURATION;
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

    /// The month that begins on this day.
    pub fn month(first: Date) -> Self {
        Self { from: first.first_of_month(), to: first.last_of_month() }
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

    /// From its first second to the first second after it.
    pub fn seconds(&self, zone: &TimeZone) -> Result<(i64, i64)> {
        Ok((begin_s(self.from, zone)?, begin_s(after(self.to)?, zone)?))
    }
}

/// A month as people write it, `YYYY-MM`.
pub fn month(text: &str) -> std::result::Result<Date, String> {
    let plain = text.len() == 7 && text.bytes().enumerate().all(|(n, b)| b.is_ascii_digit() || n == 4 && b == b'-');
    if !plain {
        return Err("a month is YYYY-MM".into());
    }
    format!("{text}-01").parse().map_err(|_| "there is no such month".into())
}

/// The first second of a day: where a clock change leaves midnight out, the first that there is.
pub fn begin_s(day: Date, zone: &TimeZone) -> Result<i64> {
    let begin = day.to_zoned(zone.clone()).map_err(|e| unusual(day, &e))?;
    Ok(begin.timestamp().as_second())
}

/// The day after.
pub fn after(day: Date) -> Result<Date> {
    day.tomorrow().map_err(|e| unusual(day, &e))
}

/// The day on which a second lies.
pub fn day_of(at_s: i64, zone: &TimeZone) -> Date {
    jiff::Timestamp::from_second(at_s).map_or(Date::ZERO, |t| t.to_zoned(zone.clone()).date())
}

fn unusual(day: Date, error: &jiff::Error) -> Error {
    let hint = "name a day that the calendar has";
    Error::new(CONFIGURATION, "FERRY-E0501", format!("{day}: {error}"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_month_has_its_own_days_and_begins_at_the_court_s_midnight() {
        let february = Period::month(date(2024, 2, 1));
        assert_eq!((february.days().count(), february.name().as_str()), (29, "2024-02"));
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let (from, until) = february.seconds(&zone).unwrap();
        assert_eq!(from, "2024-01-31T16:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second());
        assert_eq!(until - from, 29 * 86_400);
        assert_eq!((day_of(from, &zone), day_of(from - 1, &zone)), (date(2024, 2, 1), date(2024, 1, 31)));
    }

    #[test]
    fn a_month_is_written_in_one_way() {
        assert_eq!(month("2026-11"), Ok(date(2026, 11, 1)));
        for wrong in ["2026-13", "2026-1", "11-2026", "2026-11-01", "2026/11"] {
            assert!(month(wrong).is_err(), "{wrong}");
        }
    }
}
