//! Review before release: what the scanner flagged waits for two approvals.

mod reviewer;
mod release;
