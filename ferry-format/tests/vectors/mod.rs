//! Where the vectors are, and what each of them contains.

pub mod faults;

use super::*;
use std::path::PathBuf;

pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/vectors"))
}

/// A file, its trust file, and the expected result: `ok` or an error code.
pub struct Vector {
    pub name: String,
    pub trust: &'static str,
    pub code: &'static str,
    pub bytes: Vec<u8>,
}

pub fn vector(class: &str, what: &str, code: &'static str, bytes: Vec<u8>) -> Vector {
    Vector { name: format!("{class}-{what}.ferry"), trust: "trust.toml", code, bytes }
}

pub fn all(stage: &Stage) -> Vec<Vector> {
    let mut all = faults::good(stage);
    all.extend(faults::all(stage));
    all
}
