//! What the portal keeps in memory, each part valid for one visible generation.

pub mod case_pages;
pub mod generation;
pub mod public_pages;
pub mod records;
