//! The platform's document store: a folder that is never left.

use ferry_channel::failure::{Failure, Result};
use ferry_format::names::SafeName;
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// An opened folder.
pub struct DocumentStore(OwnedFd);

/// An opened document.
pub struct OpenDocument {
    /// Its bytes.
    pub file: File,
    /// Its length.
    pub bytes: u64,
    /// When it last changed, nanoseconds since 1970.
    pub modified_ns: i128,
    /// Which file it is, whatever its path.
    pub inode: u64,
}

impl DocumentStore {
    /// Opens the folder.
    pub fn open(path: &Path) -> Result<Self> {
        let opened = rustix::fs::open(path, OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
        let failed = |e: rustix::io::Errno| Failure::io(path, &e.into(), false);
        Ok(Self(opened.map_err(failed).map_err(|f| Failure { exit: ferry_channel::failure::CONFIGURATION, ..f })?))
    }

    /// Opens a document by its path in the store; the kernel refuses links and ways out of the folder.
    ///
    /// # Errors
    /// The reason why it cannot be exported, as it is written beside the held record.
    pub fn document(&self, path: &str) -> std::result::Result<OpenDocument, String> {
        let name = SafeName::check(path).map_err(|e| e.to_string())?;
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let fd = openat2(&self.0, name.as_str(), flags, Mode::empty(), within)
            .map_err(|e| format!("the document cannot be opened: {}", std::io::Error::from(e)))?;
        let file = File::from(fd);
        let meta = file.metadata().map_err(|e| format!("the document cannot be read: {e}"))?;
        if !meta.is_file() {
            return Err("the document is no regular file".into());
        }
        let modified_ns = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
        Ok(OpenDocument { file, bytes: meta.len(), modified_ns, inode: meta.ino() })
    }
}

impl OpenDocument {
    /// The media type by content; a text by its name. Anything unknown is only offered for download.
    pub fn media_type(&mut self, name: &str) -> std::io::Result<&'static str> {
        let mut head = Vec::with_capacity(8192);
        (&mut self.file).take(8192).read_to_end(&mut head)?;
        self.file.rewind()?;
        Ok(match infer::get(&head) {
            Some(found) => found.mime_type(),
            None if name.ends_with(".txt") && !head.contains(&0) => "text/plain; charset=utf-8",
            None => "application/octet-stream",
        })
    }
}
