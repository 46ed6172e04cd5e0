//! A made-up court in a temporary folder, both agents and the portal as real programs, and the diode between them.

mod browser;
mod court;
mod portal;
mod program;
mod running;
pub mod secrets;
mod sms;

pub use browser::{Browser, Response, read_response};
pub use court::{Court, Login, SEED};
pub use portal::Portal;
pub use program::{binary, in_english, program, script};
pub use running::Running;
pub use sms::Sms;

use std::path::{Path, PathBuf};

/// The files below a folder, as paths.
pub fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(walk(&entry.path()));
        } else if entry.file_name() != ".folder-id" {
            // An agent's mark, by which it knows the folder again.
            found.push(entry.path());
        }
    }
    found
}
