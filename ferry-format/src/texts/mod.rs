//! All texts for people of this crate, in Chinese and in English.

pub mod catalogue;
pub mod errors;
pub mod evidence;
pub mod keys;
pub mod list;
pub mod parser;
pub mod parts;
pub mod reasons;
pub mod trust;
pub mod wire;
