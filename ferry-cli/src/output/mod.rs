//! How values and pages read for people.

pub mod values;
pub mod page_language;
pub mod stdout;
