//! Dates and times as platforms write them. Only what can be read exactly is read: a value that is anything else besides is
//! no date, however much of it looks like one.

use crate::texts::dates;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// What a platform writes for a day that never comes: PostgreSQL's `infinity`.
const ENDLESS: &str = "infinity";

/// A point in time, in the court's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlatformTime {
    /// Local date and time in the court's zone; midnight where only a day was written.
    pub local: DateTime,
    /// Whether a time of day was written.
    pub has_time: bool,
    second: i64,
}

impl PlatformTime {
    /// Reads a date, or a date with a time, which may have an offset from UTC: `20260105`, `2026-01-05`, `2026/1/5`,
    /// `2026.01.05`, `2026年1月5日`; after it a `T` or spaces and `08:30`, `08:30:00`, `08:30:00.5` or `083000`; after that
    /// `Z`, `+08`, `+0800` or `+08:00`; or all digits together, `20260105083000`. A time without an offset is local.
    pub fn parse(raw: &str, zone: &TimeZone) -> Option<Self> {
        let mut rest = Rest(raw.trim());
        let date = rest.date()?;
        let time = rest.time()?;
        let offset = rest.offset()?;
        if !rest.0.is_empty() || (offset.is_some() && time.is_none()) {
            return None;
        }
        let written = DateTime::from_parts(date, time.unwrap_or(Time::midnight()));
        let Some(offset) = offset else {
            // The last hours of the year 9999, a common mark of "no end", lie beyond the library's last second.
            let second =
                written.to_zoned(zone.clone()).map_or(jiff::Timestamp::MAX, |zoned| zoned.timestamp()).as_second();
            return Some(Self { local: written, has_time: time.is_some(), second });
        };
        let zoned = offset.to_timestamp(written).ok()?.to_zoned(zone.clone());
        Some(Self { local: zoned.datetime(), has_time: true, second: zoned.timestamp().as_second() })
    }

    /// Whether a value says that there is no end.
    pub fn is_endless(raw: &str) -> bool {
        raw.trim().eq_ignore_ascii_case(ENDLESS)
    }

    /// Its day, `YYYY-MM-DD`.
    pub fn day(&self) -> String {
        self.local.date().to_string()
    }

    /// Seconds since 1970.
    pub fn second(&self) -> i64 {
        self.second
    }
}

/// What is left to read.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    /// Takes `from` to `to` digits, as many as there are.
    fn digits(&mut self, from: usize, to: usize) -> Option<i16> {
        let count = self.0.bytes().take(to).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at_checked(count).filter(|_| count >= from)?;
        self.0 = rest;
        digits.parse().ok()
    }

    /// Takes one of these characters.
    fn one_of(&mut self, allowed: &[char]) -> Option<char> {
        let found = self.0.chars().next().filter(|c| allowed.contains(c))?;
        self.0 = &self.0[found.len_utf8()..];
        Some(found)
    }

    fn leading_digits(&self) -> usize {
        self.0.bytes().take_while(u8::is_ascii_digit).count()
    }

    fn date(&mut self) -> Option<Date> {
        let together = matches!(self.leading_digits(), 8 | 12 | 14);
        let year = self.digits(4, 4)?;
        let (month, day) = if together {
            (self.digits(2, 2)?, self.digits(2, 2)?)
        } else {
            let separator = self.one_of(&['-', '/', '.', dates::YEAR])?;
            let month = self.digits(1, 2)?;
            self.one_of(&[if separator == dates::YEAR { dates::MONTH } else { separator }])?;
            let day = self.digits(1, 2)?;
            if separator == dates::YEAR {
                self.one_of(&[dates::DAY])?;
            }
            (month, day)
        };
        // A year before these is a mistake, or a mark of a program for "no date".
        if year < 1000 {
            return None;
        }
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    }

    /// A time of day, if there is one; nothing where something else stands there.
    fn time(&mut self) -> Option<Option<Time>> {
        if self.0.is_empty() {
            return Some(None);
        }
        let together = matches!(self.leading_digits(), 4 | 6);
        if !together {
            self.one_of(&['T', 't', ' '])?;
            self.0 = self.0.trim_start_matches(' ');
        }
        let together = matches!(self.leading_digits(), 4 | 6);
        let hour = self.digits(1, 2)?;
        if !together {
            self.one_of(&[':'])?;
        }
        let minute = self.digits(2, 2)?;
        let has_seconds = if together { self.leading_digits() == 2 } else { self.one_of(&[':']).is_some() };
        let second = if has_seconds { self.digits(2, 2)? } else { 0 };
        if has_seconds && self.one_of(&['.', ',']).is_some() {
            let fraction = self.leading_digits();
            self.0 = self.0.split_at_checked(fraction).filter(|_| (1..=9).contains(&fraction))?.1;
        }
        let part = |n: i16| i8::try_from(n).ok();
        Some(Some(Time::new(part(hour)?, part(minute)?, part(second)?, 0).ok()?))
    }

    /// An offset from UTC, if there is one.
    fn offset(&mut self) -> Option<Option<Offset>> {
        self.0 = self.0.trim_start_matches(' ');
        if self.one_of(&['Z', 'z']).is_some() {
            return Some(Some(Offset::UTC));
        }
        let Some(sign) = self.one_of(&['+', '-']) else { return Some(None) };
        let hours = self.digits(2, 2)?;
        let has_colon = self.one_of(&[':']).is_some();
        let minutes = if has_colon || self.leading_digits() > 0 { self.digits(2, 2)? } else { 0 };
        if hours > 15 || minutes > 59 {
            return None;
        }
        let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
        Offset::from_seconds(if sign == '-' { -seconds } else { seconds }).ok().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    fn local(raw: &str) -> Option<String> {
        PlatformTime::parse(raw, &zone()).map(|t| t.local.to_string())
    }

    #[test]
    fn dates_of_old_platforms_are_read_in_every_common_spelling() {
        for same in ["20260105", "2026-01-05", "2026-1-5", "2026/01/05", "2026.1.5", "2026年1月5日", " 2026-01-05 "]
        {
            let read = PlatformTime::parse(same, &zone()).unwrap();
            assert_eq!((read.day().as_str(), read.has_time), ("2026-01-05", false), "{same}");
        }
    }

    #[test]
    fn times_are_local_unless_they_have_an_offset() {
        for same in [
            "2026-12-01 09:30:00",
            "2026-12-01T09:30",
            "2026/12/01  9:30:00.25",
            "20261201093000",
            "202612010930",
            "20261201 093000",
            "2026-12-01T01:30:00+00:00",
            "2026-12-01T01:30:00Z",
            "2026-12-01 09:30:00+08",
            "2026-11-30 20:30:00 -0500",
        ] {
            assert_eq!(local(same).as_deref(), Some("2026-12-01T09:30:00"), "{same}");
            assert_eq!(PlatformTime::parse(same, &zone()).unwrap().second(), 1_796_088_600, "{same}");
        }
        // The day of an instant is the court's.
        assert_eq!(PlatformTime::parse("2026-12-01T20:30:00Z", &zone()).unwrap().day(), "2026-12-02");
        // China had summer time in 1988: an hour of that spring does not exist, and old rows may name it.
        assert!(PlatformTime::parse("1988-04-17 02:30:00", &zone()).is_some());
        assert_eq!(PlatformTime::parse("9999-12-31 23:59:59", &zone()).unwrap().day(), "9999-12-31");
    }

    #[test]
    fn what_cannot_be_read_exactly_is_no_date() {
        for wrong in [
            "",
            "2026-01-05 BC",
            "-2026-01-05",
            "+2026-01-05",
            "12026-01-05",
            "2026-13-05",
            "2026-02-30",
            "2026-01/05",
            "2026-01-05x",
            "x2026-01-05",
            "2026-01-05 25:00:00",
            "2026-01-05 下午3:05",
            "2026-01-05 10:00:00 CST",
            "2026-01-05+08",
            "2026-01-05 10:00:00+99",
            "0001-01-01",
            "202601",
            "1700000000",
            "2026010",
            "infinity",
            "-infinity",
            "2026-01-05 至 2026-02-05",
            "二〇二六年一月五日",
        ] {
            assert_eq!(local(wrong), None, "{wrong}");
        }
        assert!(PlatformTime::is_endless("infinity") && !PlatformTime::is_endless("-infinity"));
    }

    #[test]
    fn times_are_ordered_whatever_their_spelling() {
        let [earlier, later] =
            ["2026-11-30T22:06:00", "2026-11-30 22:07:00"].map(|raw| PlatformTime::parse(raw, &zone()).unwrap());
        assert!(earlier.second() < later.second());
    }
}
