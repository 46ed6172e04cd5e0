//! What a pass over the inbox did.

use crate::texts::commands;
use ferry_io::outln;
use ferry_io::output::language::Show;
use serde::Serialize;

/// What a pass did.
#[derive(Debug, Default, Serialize)]
pub struct IngestSummary {
    /// Batches published.
    pub batches: u64,
    /// Batches whose content was refused.
    pub refused: u64,
    /// Files put into quarantine.
    pub quarantined: u64,
    /// Files that were received before.
    pub known: u64,
    /// Files left for a later pass.
    pub waiting: u64,
    /// Records published.
    pub records: u64,
    /// Documents published.
    pub documents: u64,
    /// Return batches sent again.
    pub resent: u64,
}

impl IngestSummary {
    /// One line for people.
    pub fn print(&self) {
        let others = commands::ingested_others(self.refused, self.quarantined, self.known, self.waiting, self.resent);
        let text = commands::ingested(self.batches, self.records, self.documents, others);
        outln!("{}", text.show());
    }

    /// Whether nothing happened.
    pub fn is_quiet(&self) -> bool {
        self.batches + self.refused + self.quarantined + self.known == 0
    }
}
