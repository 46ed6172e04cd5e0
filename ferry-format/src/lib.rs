//! The Ferry batch format: what one signed, encrypted unit of crossing is, byte for byte.
//!
//! The normative description is `SPEC.md` beside this crate. Modules are declared in the order a
//! new reader should take them.
//!
//! **Architecture invariant:** this crate opens no file, socket or database, reads no clock, and
//! draws no randomness that it was not handed (`clippy.toml` bans the calls).
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")
)]

pub mod error;
pub mod limits;
pub mod wire;
pub mod codec;
pub mod hex;
pub mod names;
pub mod keys;
pub mod crypto;
pub mod header;
pub mod statement;
pub mod audit;
pub mod manifest;
pub mod commitment;
pub mod trust;
mod trust_chain;
mod trust_fault;
pub mod trust_list;
pub mod approval;
mod beside;
pub mod seal;
pub mod open;
pub mod browse;
pub mod volume;
pub mod sequence;
pub mod record;
pub mod release;
pub mod case_number;
mod roles;
pub mod catalogue;
pub mod policy;
pub mod root;
pub mod login;
mod evidence_fault;
pub mod evidence;
pub mod evidence_check;
pub mod evidence_pick;
pub mod evidence_trust;

pub use error::{Fault, FormatError, Result};
