//! What a run counts, by kind.

use serde::Serialize;
use std::collections::BTreeMap;

/// Counts of one kind.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Counts {
    /// Never exported before.
    pub new: u64,
    /// A higher version of something exported.
    pub changed: u64,
    /// Of those, corrections with their approval (article 16).
    pub corrected: u64,
    /// Removed.
    pub retracted: u64,
    /// Withheld under an approval form (articles 13 and 15).
    pub withheld: u64,
    /// Kept back with a reason that somebody has to look at.
    pub held: u64,
    /// Kept inside by a rule: not signed off, secondary volume, no consent.
    pub kept_in: u64,
    /// The same as before.
    pub unchanged: u64,
    /// Entered after its time, without an approval.
    pub late: u64,
    /// Entered after its time, with one.
    pub late_approved: u64,
    /// Without a field that it must have at this step of its case.
    pub incomplete: u64,
    /// Numbers of people in what only parties see.
    pub identifiers: u64,
    /// Documents whose text could not be taken.
    pub unscannable: u64,
    /// Case numbers whose type code is not among the known ones.
    pub unknown_case_types: u64,
}

impl Counts {
    /// Records that crossed.
    pub fn crossed(&self) -> u64 {
        self.new + self.changed + self.retracted
    }

    fn parts(&mut self, other: &Self) -> [(&mut u64, u64); 14] {
        [
            (&mut self.new, other.new),
            (&mut self.changed, other.changed),
            (&mut self.corrected, other.corrected),
            (&mut self.retracted, other.retracted),
            (&mut self.withheld, other.withheld),
            (&mut self.held, other.held),
            (&mut self.kept_in, other.kept_in),
            (&mut self.unchanged, other.unchanged),
            (&mut self.late, other.late),
            (&mut self.late_approved, other.late_approved),
            (&mut self.incomplete, other.incomplete),
            (&mut self.identifiers, other.identifiers),
            (&mut self.unscannable, other.unscannable),
            (&mut self.unknown_case_types, other.unknown_case_types),
        ]
    }
}

/// Counts by kind, and the first held records: kind, key, reason.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Collected(pub BTreeMap<String, Counts>, pub Vec<(String, String, String)>);

impl Collected {
    /// The sum over all kinds.
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        for counts in self.0.values() {
            for (sum, more) in total.parts(counts) {
                *sum += more;
            }
        }
        total
    }
}
