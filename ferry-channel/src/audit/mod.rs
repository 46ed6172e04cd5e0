//! The audit: a chain of who did what (SPEC.md, "Audit"). Each entry covers those before it, and each batch carries how far
//! the chain had come under its sender's signature.

pub mod statements;
pub mod heads;
pub mod rules;
mod store;
mod verify;

/// Act of the entry about a list of the other side that names versions which were never sent.
pub const FALSE_LIST: &str = "false-list";
/// Act of the entry about an acknowledgement of a number that cannot have been sent.
pub const FALSE_ACKNOWLEDGEMENT: &str = "false-acknowledgement";

pub use store::{count_acts, digest_of, each, entries, head, record, record_about};
pub use verify::{verify, verify_with_heads};
