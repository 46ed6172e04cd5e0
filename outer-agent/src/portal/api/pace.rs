//! How fast a channel may call.

use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What one burst may use up.
const WINDOW: Duration = Duration::from_secs(60);

/// Lets a minute's requests through at once, and after that each when its turn comes (the generic cell rate algorithm).
pub struct Pace {
    interval: Duration,
    /// When the requests that were let through are worked off.
    worked_off: Mutex<Instant>,
}

impl Pace {
    /// So many requests in a minute.
    pub fn new(per_minute: NonZeroU32, now: Instant) -> Self {
        Self { interval: WINDOW / per_minute.get(), worked_off: Mutex::new(now) }
    }

    /// Lets a request through.
    ///
    /// # Errors
    /// How long to wait, for one that comes too early.
    pub fn take(&self, now: Instant) -> Result<(), Duration> {
        let mut worked_off = self.worked_off.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let next = (*worked_off).max(now) + self.interval;
        match (next - now).checked_sub(WINDOW) {
            Some(early) if !early.is_zero() => Err(early),
            _ => {
                *worked_off = next;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_s_requests_pass_at_once_and_the_next_when_its_turn_comes() {
        let start = Instant::now();
        let pace = Pace::new(NonZeroU32::new(6).unwrap(), start);
        for _ in 0..6 {
            assert_eq!(pace.take(start), Ok(()));
        }
        assert_eq!(pace.take(start), Err(Duration::from_secs(10)));
        assert_eq!(pace.take(start + Duration::from_secs(9)), Err(Duration::from_secs(1)));
        assert_eq!(pace.take(start + Duration::from_secs(10)), Ok(()));
        assert!(pace.take(start + Duration::from_secs(10)).is_err());
        let rested = start + Duration::from_secs(1000);
        assert_eq!((0..10).filter(|_| pace.take(rested).is_ok()).count(), 6);
    }
}
