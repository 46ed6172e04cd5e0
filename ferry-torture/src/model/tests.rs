//! A short exploration, and each rule taken out once.

use super::*;
use crate::model::without::WITHOUT;

fn short(on_gap: OnGap) -> Scope {
    Scope { on_gap, items: 1, batches: [2, 2], kinds: Fault::ALL, faults: 1, depth: 6, rest_every: 16 }
}

#[test]
fn every_property_holds_in_every_state_that_is_near() {
    for on_gap in [OnGap::Apply, OnGap::Wait] {
        let begun = Instant::now();
        let explored = explore(PRODUCT, short(on_gap), None);
        eprintln!("{on_gap:?}: {} states, depth {}, {:.1?}", explored.states, explored.depth, begun.elapsed());
        assert_eq!(explored.breaches, []);
        assert!(explored.states > 1_000, "hardly anything was explored: {explored:?}");
    }
}

#[test]
fn each_property_fails_where_its_rule_is_taken_out() {
    for (property, fault, rules) in WITHOUT {
        let on_gap = if property == ACCEPTED_WAITS { OnGap::Wait } else { OnGap::Apply };
        let begun = Instant::now();
        let kinds = &Fault::ALL[Fault::ALL.iter().position(|kind| *kind == fault).unwrap()..][..1];
        let rest_every = if property == NOT_AT_REST { 1 } else { u64::MAX };
        let scope = Scope { batches: [3, 0], kinds, depth: 9, rest_every, ..short(on_gap) };
        let explored = explore(rules, scope, Some(property));
        let found: Vec<Breach> = explored.breaches.iter().map(|(name, _)| *name).collect();
        eprintln!("{property}: {} states, {:.1?}, {:?}", explored.states, begun.elapsed(), explored.breaches);
        assert!(found.contains(&property), "holds without its rule: {property}; {found:?}");
    }
}
