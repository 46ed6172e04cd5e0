//! Points in time.

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};

/// Seconds in a day.
pub const DAY_S: i64 = 86_400;

/// Seconds since 1970-01-01 00:00 UTC. A command reads the clock once, at its start, and hands the time on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixSeconds(pub i64);

impl UnixSeconds {
    /// The system clock: for the start of a command, nowhere else.
    pub fn now() -> Self {
        Self(ferry_io::clock::now_s())
    }

    /// As a number.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Seconds since an earlier point in time; 0 if that lies ahead, as after a clock was put back.
    pub fn seconds_since(self, earlier: Self) -> u64 {
        u64::try_from(self - earlier).unwrap_or(0)
    }

    /// As an unsigned number; 0 before 1970.
    pub fn as_unsigned(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0)
    }

    /// So many days earlier.
    pub fn days_before(self, days: u32) -> Self {
        Self(self.0.saturating_sub(i64::from(days) * DAY_S))
    }
}

/// Seconds later.
impl Add<i64> for UnixSeconds {
    type Output = Self;

    fn add(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

/// Seconds earlier.
impl Sub<i64> for UnixSeconds {
    type Output = Self;

    fn sub(self, seconds: i64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }
}

/// Seconds between two points in time.
impl Sub for UnixSeconds {
    type Output = i64;

    fn sub(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ToSql for UnixSeconds {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for UnixSeconds {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        i64::column_result(value).map(Self)
    }
}
