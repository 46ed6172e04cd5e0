//! All texts for people of this crate, in Chinese and in English.

pub mod reasons;
