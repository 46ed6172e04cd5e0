//! The long programmes of faults: each tries many points or seeds over the real binaries and counts violations of the
//! invariants. A short part of each runs with every test; the whole is `ops/torture`, whose results are kept in
//! `docs/torture.md`. The drills are faults to practise on.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a violation that ends the programme")]

pub mod channel;
pub mod compare;
pub mod daemons;
#[allow(missing_docs, reason = "a drill says what it is in two languages")]
pub mod drills;
pub mod faults;
pub mod kills;
pub mod local;
pub mod model;
pub mod portal;
pub mod power;
pub mod site;
#[allow(missing_docs, reason = "a text says itself in two languages")]
pub mod texts;

use ferry_testkit::random::Random;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;

/// Trials after which a line says how far a programme is.
const PROGRESS: u64 = 100;

/// Which of the points of a programme are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// So many, chosen by the seed.
    Sample(u64),
    /// One in so many, evenly; the seed says with which the count begins, so that as many seeds in a row try them all.
    Every(u64),
}

impl Selection {
    /// Whether the point with this index is tried, where one in so many is. Points come in groups (one call with every
    /// error, one step with every variant): the count shifts by one now and then, or a step that divides the length of a
    /// group would meet the same member of each.
    fn includes(self, index: u64, group: u64, seed: u64) -> bool {
        match self {
            Self::All | Self::Sample(_) => true,
            Self::Every(step) => (index + index / (group * group) + seed).is_multiple_of(step.max(1)),
        }
    }
}

/// What a programme found.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Points, kills or seeds that were tried.
    pub tried: u64,
    /// Points that there are, in programmes that have an end.
    pub total: Option<u64>,
    /// What each violation was, with what repeats it (point, seed).
    pub violations: Vec<String>,
}

impl Outcome {
    /// Of so many points.
    fn new(tried: u64, violations: Vec<String>) -> Self {
        Self { tried, violations, total: None }
    }

    /// Adds another one's counts.
    pub fn add(&mut self, other: Self) {
        self.tried += other.tried;
        self.violations.extend(other.violations);
    }

    /// Adds another one's counts, and says now and then how far it is of `all`.
    fn advance(&mut self, other: Self, all: u64) {
        let before = self.tried / PROGRESS;
        self.add(other);
        if self.tried / PROGRESS > before {
            eprintln!("{} of {all}, {} violations so far", self.tried, self.violations.len());
        }
    }
}

/// The selected ones of all trials, which come in groups of so many.
fn select<T>(all: Vec<T>, selection: Selection, group: u64, seed: u64, random: &mut Random) -> Vec<T> {
    let selected = all.into_iter().zip(0..).filter(|(_, n)| selection.includes(*n, group, seed));
    let mut trials: Vec<T> = selected.map(|(trial, _)| trial).collect();
    if let Selection::Sample(count) = selection {
        while trials.len() as u64 > count {
            trials.swap_remove(random.below(trials.len() as u64) as usize);
        }
    }
    trials
}

/// Runs trials, two at a time. One that gives nothing did not reach its point, and does not count.
fn run_trials<T: Send>(trials: Vec<T>, total: u64, run: impl Fn(&T) -> Option<Vec<String>> + Sync) -> Outcome {
    let all = trials.len() as u64;
    let (queue, outcome) = (Mutex::new(trials), Mutex::new(Outcome::default()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(trial) = queue.lock().unwrap().pop() else { return };
                    if let Some(violations) = run(&trial) {
                        violations.iter().for_each(|v| eprintln!("violation: {v}"));
                        outcome.lock().unwrap().advance(Outcome::new(1, violations), all);
                    }
                }
            });
        }
    });
    Outcome { total: Some(total), ..outcome.into_inner().unwrap() }
}

/// What a trial found, or that it ended early: an agent that failed where it must not is a violation too.
fn catch_panics(trial: impl FnOnce() -> Vec<String>) -> Vec<String> {
    catch_unwind(AssertUnwindSafe(trial)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        vec![text.unwrap_or_else(|| "it ended early".to_owned())]
    })
}

/// A line of the kept table.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// The programme, as it is called, with `--every N` where a part of it was tried.
    pub programme: &'a str,
    /// What was tried, in words.
    pub what: &'a str,
    /// From which random numbers are made.
    pub seed: u64,
    /// What it found.
    pub outcome: &'a Outcome,
    /// Date and machine.
    pub run: &'a str,
}

/// Puts a line into the table of `docs/torture.md`, in place of the one that the programme wrote with this seed before:
/// a long programme may be tried in ranges of seeds.
///
/// # Panics
/// Without that file.
pub fn keep(docs: &Path, line: &Line<'_>) {
    let text = fs::read_to_string(docs).unwrap();
    let Line { programme, what, seed, run, outcome } = line;
    let violations = outcome.violations.len();
    // A part says of how many; a whole is as many as it says.
    let total = outcome.total.filter(|_| programme.contains("--every"));
    let tried = total.map_or_else(|| outcome.tried.to_string(), |total| format!("{} of {total}", outcome.tried));
    let new = format!("| {programme} | {what} | {tried} | {seed} | {violations} | {run} |");
    let mut lines: Vec<&str> = text.lines().collect();
    let cell = |l: &str, n: usize| l.split('|').nth(n).map(|c| c.trim().to_owned());
    let is_programme = |l: &&str| cell(l, 1).as_deref() == Some(*programme);
    let is_same = |l: &&str| is_programme(l) && cell(l, 4) == Some(seed.to_string());
    if let Some(at) = lines.iter().position(is_same) {
        lines[at] = &new;
    } else {
        let last = lines.iter().rposition(is_programme).or(lines.iter().rposition(|l| l.starts_with('|')));
        lines.insert(last.unwrap() + 1, &new);
    }
    fs::write(docs, lines.join("\n") + "\n").unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programme_keeps_one_line_for_each_seed_that_it_began_with() {
        let dir = tempfile::tempdir().unwrap();
        let docs = dir.path().join("torture.md");
        let head =
            "| programme | what | tried | seed | violations | when |\n| --- | --- | ---: | ---: | ---: | --- |\n";
        fs::write(&docs, head).unwrap();
        let kept = |programme, seed, tried| {
            let outcome = Outcome::new(tried, vec![]);
            keep(&docs, &Line { programme, what: "what", seed, outcome: &outcome, run: "today" });
        };
        kept("days", 1, 5);
        kept("kills", 1, 7);
        kept("days", 6, 9);
        kept("days", 1, 4);
        let line = |name: &str, tried, seed| format!("| {name} | what | {tried} | {seed} | 0 | today |\n");
        let lines = line("days", 4, 1) + &line("days", 9, 6) + &line("kills", 7, 1);
        assert_eq!(fs::read_to_string(&docs).unwrap(), head.to_owned() + &lines);
    }

    #[test]
    fn as_many_seeds_in_a_row_as_the_step_try_each_point_once() {
        for index in 0..500 {
            let seeds = (7..10).filter(|seed| Selection::Every(3).includes(index, 9, *seed));
            assert_eq!(seeds.count(), 1, "{index}");
        }
        assert!((0..500).all(|n| Selection::All.includes(n, 9, 1) && Selection::Every(1).includes(n, 9, 1)));
    }

    #[test]
    fn a_part_is_as_large_as_it_says_and_has_every_member_of_the_groups() {
        for step in [2, 3, 9, 10, 27, 300] {
            let tried: Vec<u64> = (0..7678).filter(|n| Selection::Every(step).includes(*n, 9, 1)).collect();
            let expected = 7678 / step;
            assert!(tried.len() as u64 >= expected - expected / 50 - 1, "{step}: {}", tried.len());
            assert!(tried.len() as u64 <= expected + 1, "{step}: {}", tried.len());
            for member in 0..9 {
                assert!(tried.iter().any(|n| n % 9 == member), "{step}: member {member} of no group");
            }
        }
    }

    #[test]
    fn a_part_of_a_programme_does_not_replace_the_line_of_the_whole() {
        let dir = tempfile::tempdir().unwrap();
        let docs = dir.path().join("torture.md");
        let whole = "| faults | what | 90 | 1 | 0 | today |\n";
        fs::write(&docs, whole).unwrap();
        let outcome = Outcome { tried: 30, total: Some(90), violations: vec![] };
        keep(&docs, &Line { programme: "faults --every 3", what: "what", seed: 1, outcome: &outcome, run: "today" });
        let part = "| faults --every 3 | what | 30 of 90 | 1 | 0 | today |\n";
        assert_eq!(fs::read_to_string(&docs).unwrap(), whole.to_owned() + part);
    }
}
