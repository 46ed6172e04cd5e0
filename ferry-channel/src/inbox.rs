//! What lies in a received folder. Names and times carry no meaning; a scan is always right.

use crate::failure::{Failure, Result};
use crate::files;
use crate::left::{Reason, Tally};
use ferry_format::header::MAGIC;
use ferry_format::volume::{HEAD_MAGIC, VOLUME_MAGIC};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Stops a flooded folder: files that may be batches, looked at in one pass; the next pass takes the rest.
pub const FILES_PER_PASS_MAX: usize = 4096;
/// Other files of which one pass takes note: more than quarantine ever keeps of them.
pub const FOREIGN_PER_PASS_MAX: usize = 256;
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

/// A folder, sorted by what its files may be.
#[derive(Debug, Default)]
pub struct Found {
    /// Files that begin like a batch, a head or a volume, or are too short to tell.
    pub batches: Vec<Candidate>,
    /// Files that are none, whatever follows.
    pub foreign: Vec<Candidate>,
    /// What is left alone.
    pub left: Tally,
}

/// Lists what may be a batch, by name: a stable order that nothing depends on. Foreign files take nothing of its bound.
pub fn look(folder: &Path) -> Result<Found> {
    let failed = |e: std::io::Error| Failure::io(folder, &e, false);
    let mut found = Found::default();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().escape_debug().to_string();
        // The type is asked without following links: a link is no batch. What vanished meanwhile is nobody's.
        let Ok(meta) = entry.metadata() else { continue };
        if name.starts_with('.') {
            continue;
        } else if !meta.is_file() {
            found.left.add(Reason::NoFile, &name);
        } else if UNFINISHED_ENDINGS.iter().any(|e| name.ends_with(e)) {
            found.left.add(Reason::Unfinished, &name);
        } else {
            let file = Candidate { path: entry.path(), name, bytes: meta.len() };
            match may_be_batch(&file.path) {
                Some(true) if found.batches.len() < FILES_PER_PASS_MAX => found.batches.push(file),
                Some(true) => found.left.add(Reason::Later, &file.name),
                Some(false) if found.foreign.len() < FOREIGN_PER_PASS_MAX => found.foreign.push(file),
                Some(false) => found.left.add(Reason::Foreign, &file.name),
                None => found.left.add(Reason::Unreadable, &file.name),
            }
        }
    }
    found.batches.sort();
    found.foreign.sort();
    Ok(found)
}

/// The candidates of a folder.
pub fn scan(folder: &Path) -> Result<Vec<Candidate>> {
    let Found { mut batches, foreign, .. } = look(folder)?;
    batches.extend(foreign);
    batches.sort();
    Ok(batches)
}

/// Whether a file's first bytes are those of something of ours, or the beginning of them; `None` where it cannot be read.
fn may_be_batch(path: &Path) -> Option<bool> {
    let mut first = Vec::with_capacity(MAGIC.len());
    files::open_regular(path).ok()?.take(MAGIC.len() as u64).read_to_end(&mut first).ok()?;
    Some([MAGIC, HEAD_MAGIC, VOLUME_MAGIC].iter().any(|magic| magic.starts_with(&first)))
}
