//! The long programmes of faults: each tries many points or seeds over the real binaries and counts violations of the
//! invariants. A short part of each runs with every test; the whole is `ops/torture`, whose results are kept in
//! `docs/torture.md`.

pub mod channel;
pub mod compare;
pub mod faults;
pub mod kills;
pub mod power;
pub mod site;

use std::fs;
use std::path::Path;

/// Trials after which a line says how far a programme is.
const PROGRESS: u64 = 100;

/// What a programme found.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Points, kills or seeds that were tried.
    pub tried: u64,
    /// What each violation was, with what repeats it (point, seed).
    pub violations: Vec<String>,
}

impl Outcome {
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

/// A line of the kept table.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// The programme, as it is called.
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

/// Puts a line into the table of `docs/torture.md`, in place of the programme's last one.
///
/// # Panics
/// Without that file.
pub fn keep(docs: &Path, line: &Line<'_>) {
    let text = fs::read_to_string(docs).unwrap();
    let name = format!("| {} |", line.programme);
    let new = format!(
        "{name} {} | {} | {} | {} | {} |",
        line.what,
        line.outcome.tried,
        line.seed,
        line.outcome.violations.len(),
        line.run
    );
    let mut lines: Vec<&str> = text.lines().collect();
    match lines.iter().position(|l| l.starts_with(&name)) {
        Some(at) => lines[at] = &new,
        None => lines.insert(lines.iter().rposition(|l| l.starts_with('|')).unwrap() + 1, &new),
    }
    fs::write(docs, lines.join("\n") + "\n").unwrap();
}
