//! The guard on retractions that follow only from an absence: a row that is gone, or no longer meets the mapping's conditions. One
//! wrong word in a mapping looks like thousands of them. Beyond a bound they are held, and a person lets them go.
//!
//! Withdrawn consents and ended authorities are never held, nor is what a form or the scanner takes back: there the late one is
//! the wrong one.

use crate::config::source::Retractions;

/// How many retractions of this sort a run may make by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// This many in any case.
    pub count: u64,
    /// Percent of what is published.
    pub percent: u64,
}

/// From this many records on, a kind of which nothing would be left is held.
const WHOLE_KIND_FROM: u64 = 5;

impl Bound {
    /// As it is configured.
    pub fn of_config(config: Retractions) -> Self {
        Self { count: config.max, percent: config.max_percent }
    }

    /// The bound for so many published records.
    pub fn of(self, published: u64) -> u64 {
        self.count.max(published.saturating_mul(self.percent) / 100)
    }
}

/// The guard of one run. Kinds are judged one after the other.
#[derive(Clone, Debug)]
pub struct RetractionGuard {
    bound: Bound,
    /// Records that were published before the run; unknown until something is absent.
    published: Option<u64>,
    passed: u64,
}

/// What is known of one kind when it is judged.
#[derive(Clone, Copy, Debug)]
pub struct KindFacts {
    /// Records that are published, without those that the run added.
    pub published: u64,
    /// Of those, how many would be retracted for an absence.
    pub absent: u64,
    /// Records of other kinds that would follow them.
    pub following: u64,
    /// Whether new records of the kind are published by the run.
    pub has_new: bool,
}

impl RetractionGuard {
    /// A run.
    pub fn new(bound: Bound) -> Self {
        Self { bound, published: None, passed: 0 }
    }

    /// Whether it is known how many records were published before the run.
    pub fn knows_published(&self) -> bool {
        self.published.is_some()
    }

    /// So many records were published before the run.
    pub fn set_published(&mut self, records: u64) {
        self.published = Some(records);
    }

    /// Whether the retractions of a kind go by themselves.
    pub fn lets_go(&mut self, kind: KindFacts) -> bool {
        // All of a kind is below a bound of 100 %: whoever sets it wants no guard.
        let is_whole = self.bound.percent < 100
            && kind.published >= WHOLE_KIND_FROM
            && kind.absent >= kind.published
            && !kind.has_new;
        let sum = self.passed + kind.absent + kind.following;
        let goes = !is_whole
            && kind.absent <= self.bound.of(kind.published)
            && sum <= self.bound.of(self.published.unwrap_or(0));
        if goes {
            self.passed = sum;
        }
        goes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Bound = Bound { count: 20, percent: 2 };

    fn guard(bound: Bound, published: u64) -> RetractionGuard {
        let mut guard = RetractionGuard::new(bound);
        guard.set_published(published);
        guard
    }

    fn kind(published: u64, absent: u64) -> KindFacts {
        KindFacts { published, absent, following: 0, has_new: false }
    }

    #[test]
    fn a_run_retracts_by_itself_as_many_as_the_larger_of_count_and_percentage() {
        let goes = |published, absent| guard(BOUND, 100_000).lets_go(kind(published, absent));
        assert!(goes(100, 20) && !goes(100, 21));
        assert!(goes(10_000, 200) && !goes(10_000, 201));
    }

    #[test]
    fn all_kinds_together_have_a_bound_too() {
        let mut run = guard(BOUND, 1500);
        assert!(run.lets_go(kind(500, 20)) && run.lets_go(kind(500, 10)));
        assert!(!run.lets_go(kind(500, 1)), "2 % of 1,500 are 30");
    }

    #[test]
    fn a_kind_of_which_nothing_is_left_is_held_even_below_the_bound() {
        let goes = |facts| guard(BOUND, 1000).lets_go(facts);
        assert!(goes(kind(4, 4)) && !goes(kind(5, 5)) && goes(kind(6, 5)));
        assert!(goes(KindFacts { has_new: true, ..kind(5, 5) }), "replaced by others");
    }

    #[test]
    fn what_follows_a_case_counts_for_the_run() {
        let case = |following| guard(BOUND, 521).lets_go(KindFacts { following, ..kind(52, 2) });
        assert!(case(18) && !case(19));
    }

    #[test]
    fn a_bound_of_all_holds_nothing() {
        assert!(guard(Bound { count: 0, percent: 100 }, 1000).lets_go(kind(100, 100)));
    }

    #[test]
    fn a_bound_of_nothing_holds_everything() {
        assert!(!guard(Bound { count: 0, percent: 0 }, 1000).lets_go(kind(100, 1)));
        assert!(guard(Bound { count: 0, percent: 0 }, 1000).lets_go(kind(100, 0)));
    }
}
