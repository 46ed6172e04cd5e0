//! What a reply did.

use crate::texts::commands;
use ferry_io::outln;
use ferry_io::output::language::Show;
use serde::Serialize;

/// What a reply did.
#[derive(Debug, Serialize)]
pub struct ReplySummary {
    /// Epoch of the batch.
    pub epoch: u64,
    /// Number of the batch.
    pub sequence: u64,
    /// Its length, bytes.
    pub bytes: u64,
    /// Receipts and messages in it.
    pub items: u64,
    /// Lines of the delivery report in it.
    pub reports: u64,
    /// Reports of hidden records in it.
    pub held_outside: u64,
}

impl ReplySummary {
    /// One line for people.
    pub fn print(&self) {
        let text =
            commands::replied(self.epoch, self.sequence, self.items, self.reports, self.held_outside, self.bytes);
        outln!("{}", text.show());
    }
}
