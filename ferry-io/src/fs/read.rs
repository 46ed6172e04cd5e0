//! Reading files that others wrote: only regular files, never through a link, never without a limit.

use crate::error::{Error, Result};
use crate::texts::errors as texts;
use ferry_format::batch::open::UnverifiedBatch;
use ferry_format::limits::TRUST_LIST_BYTES_MAX;
use std::fs::File;
use std::io::{BufReader, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Longest key, trust or approval file that is read, in bytes.
const SMALL_FILE_BYTES_MAX: u64 = TRUST_LIST_BYTES_MAX as u64 + 1;

/// Opens a regular file without following a link in its last part.
pub fn open_regular(path: &Path) -> Result<File> {
    let flags = (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32;
    #[expect(clippy::disallowed_methods, reason = "nothing is written")]
    let opened = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(|e| Error::io(path, &e, false))?;
    let meta = file.metadata().map_err(|e| Error::io(path, &e, false))?;
    if !meta.is_file() {
        return Err(texts::not_a_regular_file(path.display()));
    }
    Ok(file)
}

/// BLAKE3 of a regular file, read in pieces.
pub fn digest(path: &Path) -> Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(open_regular(path)?).map_err(|e| Error::io(path, &e, false))?;
    Ok(hasher.finalize())
}

/// Reads a small text file.
pub fn text(path: &Path) -> Result<String> {
    text_of(path, open_regular(path)?)
}

pub(crate) fn text_of(path: &Path, file: File) -> Result<String> {
    let bytes = file.metadata().map_or(0, |meta| meta.len().min(SMALL_FILE_BYTES_MAX));
    // Room for all of it at once: the text of a secret leaves no copies behind.
    let mut text = String::with_capacity(bytes as usize + 1);
    file.take(SMALL_FILE_BYTES_MAX).read_to_string(&mut text).map_err(|e| Error::io(path, &e, false))?;
    Ok(text)
}

/// Reads the front and trailer of a batch or draft.
pub fn batch(path: &Path) -> Result<UnverifiedBatch<BufReader<File>>> {
    UnverifiedBatch::read(BufReader::new(open_regular(path)?)).map_err(|e| Error::about(path, &e))
}
