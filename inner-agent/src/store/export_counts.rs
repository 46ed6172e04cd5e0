//! Table `export_count`: how many records of each kind every batch carried, for the supervision report (articles 12 and 19).

use crate::store::exported::BatchStamp;
use ferry_io::error::Result;
use rusqlite::{Connection, params};
use serde::Serialize;
use std::collections::BTreeMap;

/// How long the history is kept: two years, and the month in which someone asks for them.
pub const HISTORY_DAYS: i64 = 800;

/// Counts of one kind in one run.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Counts {
    /// Never exported before.
    pub new: u64,
    /// A higher version of something exported.
    pub changed: u64,
    /// Of those, corrections with their approval (article 16).
    pub corrected: u64,
    /// Retracted.
    pub retracted: u64,
    /// Withheld under an approval form (articles 13 and 15).
    pub withheld: u64,
    /// Held, for a reason that somebody has to correct.
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
    /// Documents without extractable text.
    pub unscannable: u64,
    /// Case numbers with an unknown type code.
    pub unknown_case_types: u64,
    /// Retractions that follow only from an absence, and wait for a person.
    pub retractions_held: u64,
    /// Values that were left out, and texts with private-use characters.
    pub remarks: u64,
}

impl Counts {
    /// Records that crossed.
    pub fn crossed(&self) -> u64 {
        self.new + self.changed + self.retracted
    }

    fn add(&mut self, other: &Self) {
        for (sum, more) in [
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
            (&mut self.retractions_held, other.retractions_held),
            (&mut self.remarks, other.remarks),
        ] {
            *sum += more;
        }
    }
}

/// Counts of one run by kind.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct KindCounts(pub BTreeMap<String, Counts>);

impl KindCounts {
    /// The counts of a kind.
    pub fn of(&mut self, kind: &str) -> &mut Counts {
        if !self.0.contains_key(kind) {
            self.0.insert(kind.to_owned(), Counts::default());
        }
        self.0.entry(kind.to_owned()).or_default()
    }

    /// The sum over all kinds.
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.0.values().for_each(|counts| total.add(counts));
        total
    }
}

/// Records what a batch carried, a row for each kind, and deletes what is older than [`HISTORY_DAYS`].
pub fn insert(conn: &Connection, batch: BatchStamp, counts: &KindCounts) -> Result<()> {
    let sql = "INSERT INTO export_count VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    let mut insert = conn.prepare_cached(sql)?;
    for (kind, n) in counts.0.iter().filter(|(_, n)| n.crossed() > 0) {
        insert.execute(params![
            batch.number.epoch,
            batch.number.sequence,
            kind,
            batch.now,
            n.new,
            n.changed,
            n.corrected,
            n.retracted,
            n.late,
            n.late_approved,
            n.incomplete,
            n.identifiers,
            n.unscannable,
        ])?;
    }
    for table in ["export_count", "late_entry", "correction"] {
        conn.execute(&format!("DELETE FROM {table} WHERE at_s < ?1"), [batch.now - HISTORY_DAYS * 86_400])?;
    }
    Ok(())
}
