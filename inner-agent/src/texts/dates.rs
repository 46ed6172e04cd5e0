//! How days are written in Chinese, for what is read.

/// After the year.
pub const YEAR: char = '年';
/// After the month.
pub const MONTH: char = '月';
/// After the day.
pub const DAY: char = '日';
