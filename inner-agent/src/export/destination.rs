//! Where a record goes: into today's batch, or into a draft for reviewers.

use crate::store::hold::Hold;
use ferry_format::batch::seal::Document;
use ferry_io::error::Result;
use std::io::Read;

/// Where a record goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// Today's batch.
    Batch,
    /// The draft of what the scanner flagged.
    Flagged,
    /// The draft of clean records, where the release rules require approvals for them.
    Clean,
}

impl Destination {
    /// Where a record goes that waits for a review for this reason, or for none.
    pub fn of(review: Option<&Hold>) -> Self {
        match review {
            None => Self::Batch,
            Some(hold) if hold.class.is_flagged() => Self::Flagged,
            Some(_) => Self::Clean,
        }
    }
}

/// Accepts collected records: into a batch and drafts, or nowhere for a plan.
pub trait Sink {
    /// Accepts a document, before the record that names it; gives its SHA-256.
    fn document(&mut self, destination: Destination, document: Document, input: &mut dyn Read) -> Result<[u8; 32]>;
    /// Accepts an encoded record of that kind. `reason` says why the scanner flagged it; empty where it did not.
    fn record(&mut self, destination: Destination, kind: &str, reason: &str, encoded: &[u8]) -> Result<()>;
}

/// A folder name for `ferry open`, made of a record id: other characters than letters, digits, `-` and `_` become `_`.
pub fn folder(id: &str) -> String {
    id.chars().map(|c| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '_' }).collect()
}
