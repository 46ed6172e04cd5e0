//! Review before release: signed approvals and refusals are checked and recorded, drafts with the required approvals are
//! released, and reviews that are overdue raise alarms. A reviewer's key never comes to this machine.
//!
//! ```text
//! drafts → folder (or by hand) → reviewer signs → intake → release → batch
//! ```

pub mod commands;
pub mod folder;
mod intake;
pub mod pending;
pub mod release;
mod release_draft;
pub mod rules;
