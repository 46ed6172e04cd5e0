//! Evidence: proof of one record or document to a verifier who only has public keys (SPEC.md, "Evidence").

pub mod bundle;
pub mod verify;
pub mod select;
pub mod trust;
