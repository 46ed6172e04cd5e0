//! Everything that `ferry` says to people, in both languages, by subject.

pub mod errors;
pub mod commands;
pub mod inspect;
pub mod evidence;
pub mod trust;
pub mod catalogue_page;
pub mod review_page;
pub mod help_zh;
