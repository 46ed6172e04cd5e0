//! Files: written durably, read without following links, and documents read in a sandbox.

pub mod durable;
pub mod read;
pub mod sandbox;
pub mod pdf_text;
