//! What lies in a received folder. Names and times carry no meaning; a scan is always right.

use crate::receive::skipped::SkipReason;
use ferry_format::batch::volume::{HEAD_MAGIC, VOLUME_MAGIC};
use ferry_format::frame::header::MAGIC;
use ferry_io::error::{Error, Result};
use ferry_io::fs::{durable, read};
use ferry_io::heartbeat;
use std::io::Read;
use std::path::{Path, PathBuf};

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

/// What lies under a name of a folder.
pub enum Entry {
    /// A regular file that can be read.
    File(IncomingFile, FileKind),
    /// What is skipped, and its name made printable.
    Skipped(SkipReason, String),
}

/// Looks at a whole folder, one entry after another in the order of the file system: nothing depends on that order, and
/// nothing here grows with the folder.
pub fn visit(folder: &Path, mut each: impl FnMut(Entry) -> Result<()>) -> Result<()> {
    let failed = |e: std::io::Error| Error::io(folder, &e, false);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        heartbeat::tick();
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().escape_debug().to_string();
        // The type is asked without following links: a link is no batch. What vanished meanwhile is nobody's.
        let Ok(meta) = entry.metadata() else { continue };
        if name.starts_with('.') {
            continue;
        }
        each(if !meta.is_file() {
            Entry::Skipped(SkipReason::NoFile, name)
        } else if UNFINISHED_ENDINGS.iter().any(|e| name.ends_with(e)) {
            Entry::Skipped(SkipReason::Unfinished, name)
        } else {
            let file = IncomingFile { path: entry.path(), name, bytes: meta.len() };
            match kind_of(&file.path) {
                Some(kind) => Entry::File(file, kind),
                None => Entry::Skipped(SkipReason::Unreadable, file.name),
            }
        })?;
    }
    Ok(())
}

/// The files of a folder of our own, by name.
pub fn scan(folder: &Path) -> Result<Vec<IncomingFile>> {
    let mut files = Vec::new();
    visit(folder, |entry| {
        if let Entry::File(file, _) = entry {
            files.push(file);
        }
        Ok(())
    })?;
    files.sort();
    Ok(files)
}

/// Whether a folder holds a candidate of the same bytes as a file elsewhere.
pub fn holds(folder: &Path, file: &Path) -> Result<bool> {
    let bytes = std::fs::metadata(file).map_err(|e| Error::io(file, &e, false))?.len();
    let digest = read::digest(file)?;
    let is_same = |there: &IncomingFile| there.bytes == bytes && read::digest(&there.path).is_ok_and(|d| d == digest);
    let mut holds = false;
    visit(folder, |entry| {
        holds = holds || matches!(&entry, Entry::File(there, _) if is_same(there));
        Ok(())
    })?;
    Ok(holds)
}

/// What a file's first bytes say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A batch.
    Batch,
    /// The head of a batch that crosses in volumes.
    Head,
    /// A volume; its front is not signed.
    Volume,
    /// Too short to tell.
    Short,
    /// Something else, whatever follows.
    Foreign,
}

/// Looks at a file's first bytes; `None` where it cannot be read.
pub(crate) fn kind_of(path: &Path) -> Option<FileKind> {
    let mut first = Vec::with_capacity(MAGIC.len());
    read::open_regular(path).ok()?.take(MAGIC.len() as u64).read_to_end(&mut first).ok()?;
    Some(match first.as_slice() {
        first if first == MAGIC => FileKind::Batch,
        first if first == HEAD_MAGIC => FileKind::Head,
        first if first == VOLUME_MAGIC => FileKind::Volume,
        first if [MAGIC, HEAD_MAGIC, VOLUME_MAGIC].iter().any(|magic| magic.starts_with(first)) => FileKind::Short,
        _ => FileKind::Foreign,
    })
}
