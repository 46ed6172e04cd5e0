//! Limits how fast a client channel may call.

use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The time whose requests may come in one burst.
const WINDOW: Duration = Duration::from_secs(60);

/// Admits a minute's requests at once, then one per interval (the generic cell rate algorithm).
pub struct RateLimiter {
    interval: Duration,
    /// When the admitted requests are used up.
    used_up: Mutex<Instant>,
}

impl RateLimiter {
    /// Admits so many requests in a minute.
    pub fn new(per_minute: NonZeroU32, now: Instant) -> Self {
        Self { interval: WINDOW / per_minute.get(), used_up: Mutex::new(now) }
    }

    /// Admits a request.
    ///
    /// # Errors
    /// How long to wait, for a request that comes too early.
    pub fn admit(&self, now: Instant) -> Result<(), Duration> {
        let mut used_up = self.used_up.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let next = (*used_up).max(now) + self.interval;
        match (next - now).checked_sub(WINDOW) {
            Some(early) if !early.is_zero() => Err(early),
            _ => {
                *used_up = next;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_a_minute_pass_at_once_and_then_one_per_interval() {
        let start = Instant::now();
        let limiter = RateLimiter::new(NonZeroU32::new(6).unwrap(), start);
        for _ in 0..6 {
            assert_eq!(limiter.admit(start), Ok(()));
        }
        assert_eq!(limiter.admit(start), Err(Duration::from_secs(10)));
        assert_eq!(limiter.admit(start + Duration::from_secs(9)), Err(Duration::from_secs(1)));
        assert_eq!(limiter.admit(start + Duration::from_secs(10)), Ok(()));
        assert!(limiter.admit(start + Duration::from_secs(10)).is_err());
        let rested = start + Duration::from_secs(1000);
        assert_eq!((0..10).filter(|_| limiter.admit(rested).is_ok()).count(), 6);
    }
}
