//! The system clock. A command reads it once when it starts and passes the time on.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now, in seconds since 1970 UTC.
pub fn now_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64)
}

/// Now, in nanoseconds since 1970 UTC.
pub fn now_ns() -> i128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as i128)
}
