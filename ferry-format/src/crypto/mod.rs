//! The cryptographic building blocks of a batch (SPEC.md, "Suites").

pub mod entropy;
pub mod suite;
pub mod hash;
pub mod merkle;
pub(crate) mod parallel_hash;
