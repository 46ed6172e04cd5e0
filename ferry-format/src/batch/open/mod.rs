//! Opening, in the order of SPEC.md: structure, signatures, destination, key, body, manifest.
//!
//! [`UnverifiedBatch`], [`UnapprovedBatch`] and [`VerifiedBatch`] are different types; the last two have one constructor,
//! and only the last can be opened.

mod unverified;
mod body;
mod contents;
mod approvals;

pub use approvals::{Checked, UnapprovedBatch, VerifiedBatch};
pub(crate) use body::{Chunks, Region, read_manifest_block, read_records};
pub use unverified::{Signed, Sink, UnverifiedBatch};
