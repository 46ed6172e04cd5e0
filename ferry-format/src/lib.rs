//! The Ferry batch format: what one signed, encrypted unit of crossing is, byte for byte.
//!
//! The normative description is `SPEC.md` beside this crate. Modules are declared in the order a
//! new reader should take them.
//!
//! **Architecture invariant:** this crate opens no file, socket or database, reads no clock, and
//! draws no randomness that it was not handed (`clippy.toml` bans the calls).

pub mod approval;
pub mod codec;
pub mod commitment;
pub mod crypto;
pub mod error;
pub mod header;
pub mod keys;
pub mod limits;
pub mod manifest;
pub mod names;
pub mod open;
pub mod seal;
pub mod sequence;
pub mod statement;
pub mod trust;
pub mod wire;

pub use error::{Fault, FormatError, Result};
