//! Ten batches of which any are lost, and an eleventh that shows it.

use crate::Outcome;
use crate::channel::batches::{Published, copy_state, court_with_batches, deliver, missing_numbers, sample};

const BATCHES: usize = 10;

/// Tries `count` of the 1,024 subsets (all by default): the lost are named, all of them and no other; then they come, and
/// nothing is left of the gap.
pub fn subsets(count: Option<u64>, seed: u64) -> Outcome {
    let (court, batches) = court_with_batches(BATCHES as u64 + 1);
    let (state, blank) = (court.path("outer/state"), court.path("outer/blank"));
    copy_state(&state, &blank);
    batches.iter().for_each(|batch| deliver(&court, batch));
    court.agent("outer", "ingest");
    let expected = Published::of(&court);
    let mut outcome = Outcome::default();
    for subset in sample((0..1_u32 << BATCHES).collect(), count, seed) {
        let (lost, kept): (Vec<_>, Vec<_>) = (0..=BATCHES).partition(|n| *n < BATCHES && subset & (1 << n) != 0);
        copy_state(&blank, &state);
        kept.iter().for_each(|n| deliver(&court, &batches[*n]));
        court.agent("outer", "ingest");
        let (named, gone) = (missing_numbers(&court), lost.iter().map(|n| *n as u64 + 1).collect::<Vec<_>>());
        if named != gone {
            outcome.violations.push(format!("subset {subset:010b}: gaps {named:?} instead of {gone:?}"));
        }
        lost.iter().for_each(|n| deliver(&court, &batches[*n]));
        court.agent("outer", "ingest");
        let end = Published::of(&court);
        if end != expected {
            outcome
                .violations
                .push(format!("subset {subset:010b} ends with root {} and gaps {:?}", end.root, end.gaps));
        }
        outcome.tried += 1;
    }
    outcome
}
