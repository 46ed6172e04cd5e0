//! Batches and drafts that a command reads more than once.

pub mod verified_file;
pub mod comparison;
