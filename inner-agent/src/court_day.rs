//! Days as the court counts them: in its own time zone.

use crate::texts::report::no_such_day;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The day on which a second lies.
pub fn of(at_s: UnixSeconds, zone: &TimeZone) -> Date {
    jiff::Timestamp::from_second(at_s.get()).map_or(Date::ZERO, |t| t.to_zoned(zone.clone()).date())
}

/// The first second of a day. Where a clock change skips midnight, the first second that exists.
///
/// # Errors
/// `FERRY-E0501` for a day outside the calendar.
pub fn begin_s(day: Date, zone: &TimeZone) -> Result<i64> {
    let begin = day.to_zoned(zone.clone()).map_err(|e| no_such_day(day, e))?;
    Ok(begin.timestamp().as_second())
}

/// The day after.
///
/// # Errors
/// `FERRY-E0501` for the last day of the calendar.
pub fn next(day: Date) -> Result<Date> {
    day.tomorrow().map_err(|e| no_such_day(day, e))
}
