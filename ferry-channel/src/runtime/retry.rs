//! When a job of a daemon that failed is tried again: soon at first, then every few minutes, for as long as it takes.

use crate::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::output::exit::continue_unless_fatal;

/// The first pause, seconds.
const FIRST_S: i64 = 20;
/// The longest pause, seconds: a table that comes back or a grant that is given is noticed within it.
const LONGEST_S: i64 = 300;

/// The pause of one job.
#[derive(Debug, Default)]
pub struct Retry {
    failures: u32,
    not_before: UnixSeconds,
}

impl Retry {
    /// Whether the job may run now.
    pub fn may_run(&self, now: UnixSeconds) -> bool {
        // A clock that was set back must not make the pause longer.
        self.failures == 0 || now >= self.not_before || now + LONGEST_S < self.not_before
    }

    /// The job ended: prints an error, and pauses the job.
    ///
    /// # Errors
    /// A failed sync, after which nothing that this process read may be trusted.
    pub fn ended(&mut self, outcome: Result<()>, now: UnixSeconds) -> Result<()> {
        if outcome.is_ok() {
            self.failures = 0;
            return Ok(());
        }
        let pause = FIRST_S.saturating_mul(1 << self.failures.min(8)).min(LONGEST_S);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now + pause;
        continue_unless_fatal(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::text::Text;
    use ferry_io::error::Error;
    use ferry_io::exit_code::{CONFIGURATION, NOT_PERMITTED, SYNC_FAILED};

    fn error(exit: u8) -> Result<()> {
        Err(Error::new(exit, "FERRY-E0502", Text::default(), Text::default()))
    }

    #[test]
    fn a_job_that_fails_is_tried_again_ever_later_and_at_last_every_five_minutes() {
        let (mut retry, mut now, mut pauses) = (Retry::default(), UnixSeconds(1000), Vec::new());
        for _ in 0..7 {
            assert!(retry.may_run(now));
            retry.ended(error(CONFIGURATION), now).unwrap();
            let pause = (0..).find(|s| retry.may_run(now + *s)).unwrap();
            pauses.push(pause);
            now = now + pause;
        }
        assert_eq!(pauses, [20, 40, 80, 160, 300, 300, 300]);
        retry.ended(Ok(()), now).unwrap();
        assert!(retry.may_run(now));
    }

    #[test]
    fn only_a_failed_sync_ends_the_daemon_and_a_clock_set_back_does_not_stop_a_job() {
        let mut retry = Retry::default();
        assert!(retry.ended(error(NOT_PERMITTED), UnixSeconds(1000)).is_ok());
        assert!(retry.may_run(UnixSeconds(1)));
        assert!(retry.ended(error(SYNC_FAILED), UnixSeconds(1000)).is_err());
    }
}
