//! Evidence: what proves one record or document to somebody who has nothing but public keys (SPEC.md, "Evidence").

pub mod bundle;
pub mod verify;
pub mod select;
pub mod trust;
