//! Six batches in every order, each carried and ingested alone.

use crate::Outcome;
use crate::channel::batches::{Published, copy_state, court_with_batches, deliver, missing_numbers, sample};

const BATCHES: usize = 6;

/// Tries `count` of the 720 orders (all by default): on the way each gap is named exactly, the end is always the same.
pub fn orders(count: Option<u64>, seed: u64) -> Outcome {
    let (court, batches) = court_with_batches(BATCHES as u64);
    let state = court.path("outer/state");
    let kept = |depth: usize| court.path(&format!("outer/state-{depth}"));
    copy_state(&state, &kept(0));
    batches.iter().for_each(|batch| deliver(&court, batch));
    court.agent("outer", "ingest");
    let expected = Published::of(&court);
    let mut orders = Vec::new();
    permutations(&mut Vec::new(), &mut orders);
    let mut orders = sample(orders, count, seed);
    // Orders that begin alike share their beginning.
    orders.sort();
    let mut outcome = Outcome::default();
    let mut before: Vec<usize> = Vec::new();
    for order in orders {
        let shared = before.iter().zip(&order).take_while(|(a, b)| a == b).count();
        copy_state(&kept(shared), &state);
        for depth in shared..BATCHES {
            deliver(&court, &batches[order[depth]]);
            court.agent("outer", "ingest");
            let here = &order[..=depth];
            let newest = here.iter().max().copied().unwrap_or_default();
            let expected: Vec<u64> = (0..newest).filter(|n| !here.contains(n)).map(|n| n as u64 + 1).collect();
            let named = missing_numbers(&court);
            if named != expected {
                outcome.violations.push(format!("order {here:?}: gaps {named:?} instead of {expected:?}"));
            }
            copy_state(&state, &kept(depth + 1));
        }
        let end = Published::of(&court);
        if end != expected {
            outcome.violations.push(format!("order {order:?} ends with root {} and gaps {:?}", end.root, end.gaps));
        }
        outcome.tried += 1;
        before = order;
    }
    outcome
}

fn permutations(begun: &mut Vec<usize>, all: &mut Vec<Vec<usize>>) {
    if begun.len() == BATCHES {
        return all.push(begun.clone());
    }
    for next in 0..BATCHES {
        if !begun.contains(&next) {
            begun.push(next);
            permutations(begun, all);
            begun.pop();
        }
    }
}
