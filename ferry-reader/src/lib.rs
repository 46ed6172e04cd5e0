//! Reads documents for the agents: a process of its own, which has no key, no network and no database, and is the only one that
//! makes namespaces. A document comes as an open file, the answer is a [`Reading`](ferry_io::reading::answer::Reading).
//!
//! A PDF is read twice: by a reader in Rust ([`pdf`]), which keeps running between documents inside the sandbox ([`inside`]), and by
//! poppler ([`poppler`]), a fresh process for each. [`verdict`] says what both together have read.

mod failure;
pub mod inside;
pub mod package;
pub mod pdf;
pub mod plain_text;
pub mod poppler;
mod service;
pub mod verdict;

pub use failure::Failure;
pub use service::serve;
