//! Power cuts: a sample of what `ops/torture power` tries at every step.

use ferry_torture::{Selection, power};

/// Cuts from the seed, beside those at which something was lost once.
const CUTS: u64 = 24;

#[test]
fn after_any_power_cut_the_agents_start_and_reach_the_undisturbed_end() {
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let outcome = power::try_cuts(Selection::Sample(CUTS), seed);
    assert!(outcome.tried >= CUTS, "{outcome:?}");
    assert_eq!(outcome.violations, [""; 0], "seed {seed}");
}
