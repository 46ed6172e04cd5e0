//! What was lost, and how a side comes back: rollback, retention, backup.

pub mod ledger_mark;
pub mod state_guard;
pub mod rollback;
pub mod backup;
