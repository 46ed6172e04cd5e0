//! What one pass over the received folder has done so far.

use crate::receive::endpoint::ReceiveEndpoint;
use crate::receive::skipped::SkipCounts;
use crate::types::{BatchNumber, UnixSeconds};
use std::collections::BTreeSet;

/// What to do with a file that is shorter than it says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum CopyGrace {
    /// It may still be growing: wait until the copy times out.
    UntilTimeout,
    /// This pass decides now. A copy that is completed later is found again.
    None,
}

/// Counts of one pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PassCounts {
    /// Applied.
    pub published: u64,
    /// Signature good, content refused.
    pub refused: u64,
    /// Put into quarantine.
    pub quarantined: u64,
    /// Received before.
    pub known: u64,
    /// Left for a later pass.
    pub waiting: u64,
}

/// What a pass has done so far.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) counts: PassCounts,
    pub(crate) skipped: SkipCounts,
    /// How many files were put into quarantine and are kept there.
    pub(crate) kept: u64,
    /// How many files that begin to wait were named in the log.
    pub(crate) named_waiting: u64,
    /// Numbers of whole batches that wait here: they are not missing.
    pub(crate) waiting_here: BTreeSet<BatchNumber>,
    /// Whether a trust list was put in force: everything that waits is decided again, by that one.
    pub(crate) installed_trust_list: bool,
    /// How many files had been received before, and the number and name of the first of them.
    pub(crate) duplicates: Option<(u64, BatchNumber, String)>,
    /// How many refused files quarantine had no room for, and the first of them.
    pub(crate) deleted: Option<(u64, String)>,
}

/// A pass over the folder, as its steps hand it on.
pub(crate) struct PassContext<'a> {
    pub(crate) endpoint: &'a ReceiveEndpoint,
    pub(crate) grace: CopyGrace,
    pub(crate) now: UnixSeconds,
    pub(crate) done: Progress,
}
