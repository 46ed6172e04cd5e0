//! Options that several commands have.

pub mod passphrase;
pub mod reader;
pub mod trust;
