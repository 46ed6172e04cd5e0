//! The audit: a chain of who did what (SPEC.md, "Audit"). Each entry covers those before it, and each batch carries how far
//! the chain had come under its sender's signature.

pub mod export;
#[cfg(feature = "agent")]
pub mod heads;
#[cfg(feature = "agent")]
mod migration;
#[cfg(feature = "agent")]
pub mod rules;
#[cfg(feature = "agent")]
mod store;

#[cfg(feature = "agent")]
pub use migration::{SCHEMA, migration};
#[cfg(feature = "agent")]
pub use store::{each, entries, head, note, note_of, verify, walk};

use crate::failure::{BAD_DATA, Failure};
use ferry_format::audit::{Broken, Findings, Said};

/// A chain that does not hold.
pub fn broken(at: Broken) -> Failure {
    let message = format!("审计链断裂 the audit chain is broken at entry {}: {}", at.number, at.why);
    Failure::new(BAD_DATA, "FERRY-E0801", message, "keep the database as evidence and restore a backup beside it")
}

/// Refuses a chain that contradicts what was signed.
///
/// # Errors
/// `FERRY-E0803`, bad data, naming the first batch whose head does not follow.
pub fn check(found: &Findings) -> crate::failure::Result<()> {
    let Some(first) = found.contradicted.iter().min_by_key(|said| said.head.entries) else { return Ok(()) };
    let Said { channel, epoch, sequence, head } = first;
    let what =
        if head.entries > found.head.entries { "entries are missing at its end" } else { "entries were changed" };
    let message = format!(
        "审计记录与签名不符 the audit is not the one whose head was signed in batch {channel}/{epoch}/{sequence} (entry {}): {what}; \
         {} signed heads contradict it, {} agree",
        head.entries,
        found.contradicted.len(),
        found.agreeing
    );
    let hint = "keep this database and the other side's `audit export` as evidence, and tell the security reviewer";
    Err(Failure::new(BAD_DATA, "FERRY-E0803", message, hint))
}
