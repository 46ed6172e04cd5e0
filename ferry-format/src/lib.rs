//! The Ferry batch format: what one signed, encrypted unit of crossing is, byte for byte.
//!
//! The normative description is `SPEC.md` beside this crate. Modules are declared in the order a
//! new reader should take them.
//!
//! **Architecture invariant:** this crate opens no file, socket or database, reads no clock, and
//! draws no randomness itself (`clippy.toml` bans the calls).
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")
)]

pub mod limits;
pub mod text;
pub mod texts;
pub mod error;
pub mod encoding;
pub mod names;
pub mod reason;
pub mod crypto;
pub mod keys;
pub mod frame;
pub mod record;
pub mod trust;
pub mod batch;
pub mod audit;
pub mod evidence;

pub use error::{Fault, FormatError, Result};
