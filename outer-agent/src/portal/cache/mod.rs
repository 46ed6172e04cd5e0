//! What the portal keeps in memory, valid for one visible generation of records.

pub mod case_pages;
pub mod generation;
pub mod public_pages;
pub mod records;
