//! All texts for people of this crate, in Chinese and in English.

pub mod errors;
pub mod help;
pub mod malware;
#[cfg(feature = "sqlite")]
pub mod sqlite;
