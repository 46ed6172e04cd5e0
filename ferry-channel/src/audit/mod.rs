//! The audit: a chain of who did what (SPEC.md, "Audit"). Each entry covers those before it, and each batch carries how far
//! the chain had come under its sender's signature.

pub mod statements;
pub mod heads;
pub mod rules;
mod store;
mod verify;

pub use store::{count_acts, digest_of, each, entries, head, record, record_about};
pub use verify::{verify, verify_with_heads};
