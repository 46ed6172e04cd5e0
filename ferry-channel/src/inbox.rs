//! What lies in a received folder. Names and times carry no meaning; a scan is always right.

use crate::failure::{Failure, Result};
use std::path::{Path, PathBuf};

/// Stops a flooded folder: files looked at in one pass; the next pass takes the rest.
pub const FILES_PER_PASS_MAX: usize = 4096;
/// Endings under which common transfer tools write files that are not finished.
const UNFINISHED_ENDINGS: [&str; 4] = [".tmp", ".part", ".filepart", ".crdownload"];

/// A regular file that may be a batch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Its path.
    pub path: PathBuf,
    /// Its name, made printable.
    pub name: String,
    /// Its length now, in bytes.
    pub bytes: u64,
}

/// Lists candidates by name: a stable order that nothing depends on.
pub fn scan(folder: &Path) -> Result<Vec<Candidate>> {
    let failed = |e: std::io::Error| Failure::io(folder, &e, false);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().escape_debug().to_string();
        let unfinished = name.starts_with('.') || UNFINISHED_ENDINGS.iter().any(|e| name.ends_with(e));
        // The type is asked without following links: a link is no batch.
        let Some(meta) = entry.metadata().ok().filter(|m| m.is_file() && !unfinished) else { continue };
        found.push(Candidate { path: entry.path(), name, bytes: meta.len() });
        if found.len() == FILES_PER_PASS_MAX {
            break;
        }
    }
    found.sort();
    Ok(found)
}
