//! Days and sums as a platform keeps them.

use crate::random::Random;
use jiff::civil::{Date, date};

/// A day of a year.
pub fn day(random: &mut Random, year: u64) -> Date {
    let (month, day) = (random.below(10) + 1, random.below(28) + 1);
    date(year as i16, month as i8, day as i8)
}

/// The shorter of the two forms in which old platforms keep a day: `20260131`.
pub fn plain(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// The longer one: `2026-01-31`.
pub fn dashed(day: Date) -> String {
    day.to_string()
}

/// A sum in yuan with two decimals.
pub fn yuan(random: &mut Random) -> String {
    format!("{}.{:02}", random.below(3_000_000) + 100, random.below(100))
}
