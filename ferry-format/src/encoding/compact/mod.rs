//! The compact encoding (SPEC.md, section 6): manifest blocks and records as they cross, catalogue and policy as they are
//! hashed.
//!
//! A type says its bytes itself, in an [`Encode`] and, where it is read too, a [`Decode`]. One value has one encoding
//! (property P11): the reader refuses every other form where it stands, so nothing is encoded again to compare.

mod read;
mod write;

pub use read::{Decode, Reader, decode};
pub use write::{Encode, Writer, encode, number_bytes};
