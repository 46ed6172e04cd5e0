//! What one import did.

use crate::texts::import as texts;
use ferry_channel::receive::progress::PassCounts;
use ferry_io::outln;
use ferry_io::output::language::Show;
use serde::Serialize;

/// What one import did. The field names are those of `import --json`.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct ImportSummary {
    /// Batches imported.
    pub batches: u64,
    /// Batches whose content was refused.
    pub refused: u64,
    /// Files moved to quarantine.
    pub quarantined: u64,
    /// Files that were received before.
    pub known: u64,
    /// Files left for a later pass.
    pub waiting: u64,
    /// Service receipts.
    pub receipts: u64,
    /// Messages.
    pub messages: u64,
    /// Requests for access.
    pub requests: u64,
    /// Delivery reports.
    pub reports: u64,
    /// Reports of items that the second look hides outside.
    pub held_outside: u64,
    /// Items put into the clerk's review queue.
    pub held: u64,
    /// Items that wait for a day with room for them.
    pub over_bound: u64,
    /// Receipts written into case files.
    pub filed: u64,
    /// Kept batches that were sent again.
    pub resent: u64,
}

impl ImportSummary {
    /// Adds the items of one batch.
    pub fn add_items(&mut self, batch: &Self) {
        self.receipts += batch.receipts;
        self.messages += batch.messages;
        self.requests += batch.requests;
        self.reports += batch.reports;
        self.held_outside += batch.held_outside;
        self.held += batch.held;
        self.over_bound += batch.over_bound;
    }

    /// Takes over the counts of the pass over the received folder.
    pub fn set_files(&mut self, pass: &PassCounts) {
        self.batches = pass.published;
        self.refused = pass.refused;
        self.quarantined = pass.quarantined;
        self.known = pass.known;
        self.waiting = pass.waiting;
    }

    /// Prints two lines.
    pub fn print(&self) {
        let items = texts::imported(
            self.batches,
            self.receipts,
            self.filed,
            self.messages,
            self.requests,
            self.reports,
            self.held_outside,
            self.held,
            self.over_bound,
        );
        outln!("{}", items.show());
        let files = texts::received(self.refused, self.quarantined, self.known, self.waiting, self.resent);
        outln!("{}", files.show());
    }
}
