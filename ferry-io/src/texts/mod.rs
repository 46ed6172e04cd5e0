//! All texts for people of this crate, in Chinese and in English.

pub mod errors;
pub mod help;
#[cfg(feature = "sqlite")]
pub mod sqlite;
