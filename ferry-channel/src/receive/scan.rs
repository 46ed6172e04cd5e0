//! What lies in a received folder. Names and times carry no meaning; a scan is always right.

use crate::receive::skipped::{SkipCounts, SkipReason};
use ferry_format::batch::volume::{HEAD_MAGIC, VOLUME_MAGIC};
use ferry_format::frame::header::MAGIC;
use ferry_io::error::{Error, Result};
use ferry_io::fs::{durable, read};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Stops a flooded folder: files that may be batches, looked at in one pass; the next pass takes the rest.
pub const FILES_PER_PASS_MAX: usize = 4096;
/// Other files of which one pass takes note: more than quarantine ever keeps of them.
pub const FOREIGN_PER_PASS_MAX: usize = 256;
/// Files of which one pass takes note that are too short to tell.
const SHORT_PER_PASS_MAX: usize = 256;
/// Endings under which common transfer tools write files that are not finished.
const UNFINISHED_ENDINGS: [&str; 4] = [".tmp", ".part", ".filepart", ".crdownload"];

/// A regular file that may be a batch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IncomingFile {
    /// Its path.
    pub path: PathBuf,
    /// Its name, made printable.
    pub name: String,
    /// Its length now, in bytes.
    pub bytes: u64,
}

impl IncomingFile {
    /// Removes a file that is dealt with. Where the folder is not ours to change it stays, and is known next time.
    pub(crate) fn remove(&self) -> Result<()> {
        self.take_away().map(drop)
    }

    /// The same; whether it is gone now.
    pub(crate) fn take_away(&self) -> Result<bool> {
        use std::io::ErrorKind::{NotFound, PermissionDenied, ReadOnlyFilesystem};
        match durable::try_remove(&self.path) {
            Err(e) if matches!(e.kind(), PermissionDenied | ReadOnlyFilesystem) => Ok(false),
            Err(e) if e.kind() != NotFound => Err(Error::io(&self.path, &e, false)),
            _ => Ok(true),
        }
    }
}

/// A folder, sorted by what its files may be.
#[derive(Debug, Default)]
pub struct Found {
    /// Files that begin like a batch, a head or a volume, or are too short to tell.
    pub batches: Vec<IncomingFile>,
    /// Files that are none, whatever follows.
    pub foreign: Vec<IncomingFile>,
    /// What is skipped.
    pub skipped: SkipCounts,
}

/// Lists what may be a batch, by name: a stable order that nothing depends on. Foreign files take nothing of its bound.
pub fn look(folder: &Path) -> Result<Found> {
    let failed = |e: std::io::Error| Error::io(folder, &e, false);
    let mut found = Found::default();
    // Each kind has a bound of its own: what anybody can make must not displace what is signed.
    let (mut volumes, mut short) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().escape_debug().to_string();
        // The type is asked without following links: a link is no batch. What vanished meanwhile is nobody's.
        let Ok(meta) = entry.metadata() else { continue };
        if name.starts_with('.') {
            continue;
        } else if !meta.is_file() {
            found.skipped.add(SkipReason::NoFile, &name);
        } else if UNFINISHED_ENDINGS.iter().any(|e| name.ends_with(e)) {
            found.skipped.add(SkipReason::Unfinished, &name);
        } else {
            let file = IncomingFile { path: entry.path(), name, bytes: meta.len() };
            let (of_its_kind, bound, beyond) = match classify(&file.path) {
                Some(FileKind::Whole) => (&mut found.batches, FILES_PER_PASS_MAX, SkipReason::OverLimit),
                Some(FileKind::Volume) => (&mut volumes, FILES_PER_PASS_MAX, SkipReason::OverLimit),
                Some(FileKind::Short) => (&mut short, SHORT_PER_PASS_MAX, SkipReason::OverLimit),
                Some(FileKind::Foreign) => (&mut found.foreign, FOREIGN_PER_PASS_MAX, SkipReason::Foreign),
                None => {
                    found.skipped.add(SkipReason::Unreadable, &file.name);
                    continue;
                }
            };
            if of_its_kind.len() < bound {
                of_its_kind.push(file);
            } else {
                found.skipped.add(beyond, &file.name);
            }
        }
    }
    found.batches.append(&mut volumes);
    found.batches.append(&mut short);
    found.batches.sort();
    found.foreign.sort();
    Ok(found)
}

/// The candidates of a folder.
pub fn scan(folder: &Path) -> Result<Vec<IncomingFile>> {
    let Found { mut batches, foreign, .. } = look(folder)?;
    batches.extend(foreign);
    batches.sort();
    Ok(batches)
}

/// Whether a folder holds a candidate of the same bytes as a file elsewhere.
pub fn holds(folder: &Path, file: &Path) -> Result<bool> {
    let bytes = std::fs::metadata(file).map_err(|e| Error::io(file, &e, false))?.len();
    let digest = read::digest(file)?;
    let is_same = |there: &IncomingFile| there.bytes == bytes && read::digest(&there.path).is_ok_and(|d| d == digest);
    Ok(scan(folder)?.iter().any(is_same))
}

/// What a file's first bytes say of it.
enum FileKind {
    /// A batch or a head.
    Whole,
    /// A volume; its front is not signed.
    Volume,
    /// Too short to tell.
    Short,
    /// Something else, whatever follows.
    Foreign,
}

/// Looks at a file's first bytes; `None` where it cannot be read.
fn classify(path: &Path) -> Option<FileKind> {
    let mut first = Vec::with_capacity(MAGIC.len());
    read::open_regular(path).ok()?.take(MAGIC.len() as u64).read_to_end(&mut first).ok()?;
    Some(match first.as_slice() {
        first if first == MAGIC || first == HEAD_MAGIC => FileKind::Whole,
        first if first == VOLUME_MAGIC => FileKind::Volume,
        first if [MAGIC, HEAD_MAGIC, VOLUME_MAGIC].iter().any(|magic| magic.starts_with(first)) => FileKind::Short,
        _ => FileKind::Foreign,
    })
}
