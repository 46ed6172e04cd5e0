//! The platform's document store: files in one folder and nowhere else.

use ferry_format::names::SafeName;
use ferry_format::reason::{Key, Reason, ReasonCode};
use ferry_io::error::{Error, Result};
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// An opened folder.
pub struct DocumentStore(OwnedFd);

/// Identifies a file and its state: two equal ones mean that nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileState {
    /// Inode number.
    pub inode: u64,
    /// Length.
    pub bytes: u64,
    /// When it last changed, nanoseconds since 1970.
    pub modified_ns: i128,
}

/// An opened document.
pub struct OpenDocument {
    /// Its bytes.
    pub file: File,
    /// Its state when it was opened.
    pub state: FileState,
}

impl DocumentStore {
    /// Opens the folder.
    pub fn open(path: &Path) -> Result<Self> {
        let opened = rustix::fs::open(path, OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
        let failed = |e: rustix::io::Errno| Error::io(path, &e.into(), false);
        Ok(Self(opened.map_err(failed).map_err(|e| Error { exit: ferry_io::exit_code::CONFIGURATION, ..e })?))
    }

    /// Opens a document by its path in the store; the kernel refuses links and paths that leave the folder.
    ///
    /// # Errors
    /// Why the record is held.
    pub fn document(&self, path: &str) -> std::result::Result<OpenDocument, Reason> {
        if let Some(rule) = SafeName::broken_rule(path) {
            return Err(rule.into());
        }
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let fd = openat2(&self.0, path, flags, Mode::empty(), within)
            .map_err(|e| failed(ReasonCode::DocumentCannotBeOpened, &e.into()))?;
        let file = File::from(fd);
        let state = state(&file)?;
        Ok(OpenDocument { file, state })
    }
}

fn failed(code: ReasonCode, error: &std::io::Error) -> Reason {
    Reason::new(code).with(Key::Detail, error)
}

fn unreadable(error: std::io::Error) -> Reason {
    failed(ReasonCode::DocumentUnreadable, &error)
}

fn state(file: &File) -> std::result::Result<FileState, Reason> {
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() {
        return Err(ReasonCode::DocumentNotAFile.into());
    }
    let modified_ns = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
    Ok(FileState { inode: meta.ino(), bytes: meta.len(), modified_ns })
}

impl OpenDocument {
    /// The media type by content; for text, by name. A document of unknown type is only offered for download.
    ///
    /// # Errors
    /// Why the record is held: the content has another type than the name says.
    pub fn media_type(&mut self, name: &str) -> std::result::Result<&'static str, Reason> {
        let mut head = Vec::with_capacity(8192);
        (&mut self.file).take(8192).read_to_end(&mut head).map_err(unreadable)?;
        self.file.rewind().map_err(unreadable)?;
        let found = infer::get(&head).map(|f| f.mime_type());
        let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
        let expected = TYPES_BY_EXTENSION.iter().find(|(known, _)| known.contains(&extension.as_str()));
        match (expected, found) {
            (Some((_, types)), Some(found)) if types.contains(&found) => Ok(found),
            (Some(_), Some(found)) => {
                Err(Reason::new(ReasonCode::DocumentTypeDiffers).with(Key::Value, extension).with(Key::Detail, found))
            }
            (Some(_), None) => Err(Reason::new(ReasonCode::DocumentTypeUnknown).with(Key::Value, extension)),
            (None, Some(found)) => Ok(found),
            (None, None) if extension == "txt" && !head.contains(&0) => Ok("text/plain; charset=utf-8"),
            (None, None) => Ok("application/octet-stream"),
        }
    }

    /// SHA-256 of its bytes; the file is at its beginning again.
    ///
    /// # Errors
    /// Why the record is held.
    pub fn sha256(&mut self) -> std::result::Result<[u8; 32], Reason> {
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        let mut buffer = vec![0; 1 << 20];
        loop {
            let n = self.file.read(&mut buffer).map_err(unreadable)?;
            if n == 0 {
                break;
            }
            context.update(&buffer[..n]);
        }
        self.file.rewind().map_err(unreadable)?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(context.finish().as_ref());
        Ok(sha256)
    }

    /// Whether it has not changed since it was opened.
    pub fn is_unchanged(&self) -> bool {
        state(&self.file).is_ok_and(|now| now == self.state)
    }
}

/// File name extensions, and the media types that content with such a name may have.
const TYPES_BY_EXTENSION: [(&[&str], &[&str]); 6] = [
    (&["pdf"], &["application/pdf"]),
    (&["jpg", "jpeg"], &["image/jpeg"]),
    (&["png"], &["image/png"]),
    (&["mp4", "m4v"], &["video/mp4", "video/x-m4v"]),
    (&["mp3"], &["audio/mpeg"]),
    (&["docx"], &["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip"]),
];
