//! The durable one-way channel that both agents use, once. It does not know what a court is.
//!
//! Modules stand in the order of a batch's path: composed, kept in the outbox, dispatched; met in
//! the inbox, put together from volumes, accepted or quarantined; and around it ledger, audit, schedule, the single-run lock
//! and the text of documents.
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")
)]

pub mod texts;
pub mod types;
pub mod config;
pub mod ledger;
pub mod limits;
pub mod audit;
pub mod runtime;
pub mod trust;
pub mod send;
pub mod receive;
pub mod recovery;
pub mod monitor;
pub mod operator;

/// For the macros of this crate.
#[doc(hidden)]
pub mod __private {
    pub use ferry_format::text::Localized;
    pub use ferry_io::__private::both_wordings;
    pub use ferry_io::errors;
}
