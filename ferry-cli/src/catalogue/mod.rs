//! The catalogue for people: names of kinds and fields, and the page that a reviewer signs.

pub mod names;
pub mod page;
mod wording;
mod markdown;
