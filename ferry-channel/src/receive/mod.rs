//! The way of a batch in.

pub mod scan;
pub mod pending;
pub mod reassemble;
pub mod endpoint;
pub mod pass;
pub mod skipped;
pub mod quarantine;
pub mod fork;
mod record;
mod reject;
