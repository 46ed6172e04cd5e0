//! The platform's document store: a folder that is never left.

use ferry_format::names::SafeName;
use ferry_io::error::{Error, Result};
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// An opened folder.
pub struct DocumentStore(OwnedFd);

/// Which file it is, and whether it is still the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileState {
    /// Which file, whatever its path.
    pub inode: u64,
    /// Its length.
    pub bytes: u64,
    /// When it last changed, nanoseconds since 1970.
    pub modified_ns: i128,
}

/// An opened document.
pub struct OpenDocument {
    /// Its bytes.
    pub file: File,
    /// What it was when it was opened.
    pub state: FileState,
}

impl DocumentStore {
    /// Opens the folder.
    pub fn open(path: &Path) -> Result<Self> {
        let opened = rustix::fs::open(path, OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
        let failed = |e: rustix::io::Errno| Error::io(path, &e.into(), false);
        Ok(Self(opened.map_err(failed).map_err(|f| Error { exit: ferry_io::exit_code::CONFIGURATION, ..f })?))
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
        let state = state(&file)?;
        Ok(OpenDocument { file, state })
    }
}

fn state(file: &File) -> std::result::Result<FileState, String> {
    let meta = file.metadata().map_err(|e| format!("the document cannot be read: {e}"))?;
    if !meta.is_file() {
        return Err("the document is no regular file".into());
    }
    let modified_ns = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
    Ok(FileState { inode: meta.ino(), bytes: meta.len(), modified_ns })
}

impl OpenDocument {
    /// The media type by content; a text by its name. Anything unknown is only offered for download.
    ///
    /// # Errors
    /// A file whose content is of another type than its name says.
    pub fn media_type(&mut self, name: &str) -> std::result::Result<&'static str, String> {
        let failed = |e: std::io::Error| format!("the document cannot be read: {e}");
        let mut head = Vec::with_capacity(8192);
        (&mut self.file).take(8192).read_to_end(&mut head).map_err(failed)?;
        self.file.rewind().map_err(failed)?;
        let found = infer::get(&head);
        let named = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
        let said = SAID.iter().find(|(extensions, _)| extensions.contains(&named.as_str())).map(|(_, types)| *types);
        match (said, &found) {
            (Some(types), Some(f)) if types.contains(&f.mime_type()) => Ok(f.mime_type()),
            (Some(_), f) => {
                let is = f.map_or("of no type that is known", |f| f.mime_type());
                Err(format!("the document is named .{named} but its content is {is}"))
            }
            (None, Some(f)) => Ok(f.mime_type()),
            (None, None) if named == "txt" && !head.contains(&0) => Ok("text/plain; charset=utf-8"),
            (None, None) => Ok("application/octet-stream"),
        }
    }

    /// SHA-256 of its bytes; leaves the file at its beginning.
    pub fn sha256(&mut self) -> std::result::Result<[u8; 32], String> {
        let failed = |e: std::io::Error| format!("the document cannot be read: {e}");
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        let mut buffer = vec![0; 1 << 20];
        loop {
            let n = self.file.read(&mut buffer).map_err(failed)?;
            if n == 0 {
                break;
            }
            context.update(&buffer[..n]);
        }
        self.file.rewind().map_err(failed)?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(context.finish().as_ref());
        Ok(sha256)
    }

    /// Whether it is still what it was when it was opened.
    pub fn is_unchanged(&self) -> bool {
        state(&self.file).is_ok_and(|now| now == self.state)
    }
}

/// What a name says of the content.
const SAID: [(&[&str], &[&str]); 6] = [
    (&["pdf"], &["application/pdf"]),
    (&["jpg", "jpeg"], &["image/jpeg"]),
    (&["png"], &["image/png"]),
    (&["mp4", "m4v"], &["video/mp4", "video/x-m4v"]),
    (&["mp3"], &["audio/mpeg"]),
    (&["docx"], &["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip"]),
];
