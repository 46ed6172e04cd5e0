//! The platform's document store: files in one folder and nowhere else.

use crate::texts::errors;
use ferry_format::names::SafeName;
use ferry_format::reason::{Key, Reason, ReasonCode};
use ferry_format::texts::errors::io as io_text;
use ferry_io::error::{Error, Result};
use rustix::fs::{Dir, Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// An opened folder.
pub struct DocumentStore {
    root: OwnedFd,
    path: PathBuf,
    /// Whether this system lacks `openat2`, so that paths are walked step by step.
    walks: AtomicBool,
}

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

impl FileState {
    /// What tells that the bytes may be others: a copy of the store has other inodes and the same bytes.
    pub fn length_and_time(&self) -> (u64, i128) {
        (self.bytes, self.modified_ns)
    }
}

/// An opened document.
pub struct OpenDocument {
    /// Its bytes.
    pub file: File,
    /// Its state when it was opened.
    pub state: FileState,
    /// Its path in the store.
    pub path: String,
}

/// A document, or why the record is held.
pub type Opened = std::result::Result<OpenDocument, Reason>;

impl DocumentStore {
    /// Opens the folder.
    pub fn open(path: &Path) -> Result<Self> {
        let opened = rustix::fs::open(path, FOLDER, Mode::empty());
        let failed = |e: Errno| Error::io(path, &e.into(), false);
        let root = opened.map_err(failed).map_err(|e| Error { exit: ferry_io::exit_code::CONFIGURATION, ..e })?;
        Ok(Self { root, path: path.to_owned(), walks: AtomicBool::new(false) })
    }

    /// Checks that the store is there and not empty.
    ///
    /// # Errors
    /// `FERRY-E0644`.
    pub fn check(&self) -> Result<()> {
        if self.is_away() {
            return Err(errors::store_away(self.path.display(), io_text(&Errno::NOENT.into())));
        }
        Ok(())
    }

    /// Opens a document by its path in the store, which may have the separators of Windows. Links and paths that leave the
    /// folder are refused. The inner error says why the record is held.
    ///
    /// # Errors
    /// `FERRY-E0644` where the store itself is away: that is no fault of a record.
    pub fn document(&self, path: &str) -> Result<Opened> {
        let path = path.replace('\\', "/");
        if let Some(rule) = SafeName::broken_rule(&path) {
            return Ok(Err(rule.into()));
        }
        match self.open_beneath(&path) {
            Ok(fd) => {
                let file = File::from(fd);
                Ok(state(&file).map(|state| OpenDocument { file, state, path }))
            }
            Err(e) if STORE_FAULTS.contains(&e) || (e == Errno::NOENT && self.is_away()) => {
                Err(errors::store_away(self.path.display(), io_text(&e.into())))
            }
            Err(e) => Ok(Err(failed(ReasonCode::DocumentCannotBeOpened, &e.into()))),
        }
    }

    fn open_beneath(&self, path: &str) -> std::result::Result<OwnedFd, Errno> {
        let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        if !self.walks.load(Ordering::Relaxed) {
            match openat2(&self.root, path, DOCUMENT, Mode::empty(), within) {
                // Kernels before 5.6, and filters of system calls such as `RestrictSUIDSGID=yes` of systemd.
                Err(Errno::NOSYS | Errno::PERM) => self.walks.store(true, Ordering::Relaxed),
                opened => return opened,
            }
        }
        self.walk(path)
    }

    /// Opens one folder of the path after the other, none of them through a link. [`SafeName`] refuses `..`.
    fn walk(&self, path: &str) -> std::result::Result<OwnedFd, Errno> {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut folder: Option<OwnedFd> = None;
        for part in folders.split('/').filter(|part| !part.is_empty()) {
            let from = folder.as_ref().unwrap_or(&self.root);
            folder = Some(openat(from, part, FOLDER | OFlags::PATH | OFlags::NOFOLLOW, Mode::empty())?);
        }
        openat(folder.as_ref().unwrap_or(&self.root), name, DOCUMENT | OFlags::NOFOLLOW, Mode::empty())
    }

    /// Whether the store is empty: it is not mounted, or was lost.
    fn is_away(&self) -> bool {
        let root = openat(&self.root, ".", FOLDER, Mode::empty()).and_then(Dir::new);
        root.is_ok_and(|mut entries| {
            !entries.any(|e| e.is_ok_and(|e| !matches!(e.file_name().to_bytes(), b"." | b".." | b"lost+found")))
        })
    }
}

/// How folders of the store are opened.
const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::RDONLY).union(OFlags::CLOEXEC);
/// How documents are opened: a pipe must not wait for a writer.
const DOCUMENT: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);
/// Faults of the file system or the server behind it, and not of a document.
const STORE_FAULTS: [Errno; 7] =
    [Errno::IO, Errno::STALE, Errno::NOTCONN, Errno::NODEV, Errno::TIMEDOUT, Errno::HOSTDOWN, Errno::HOSTUNREACH];

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
    if meta.len() == 0 {
        return Err(ReasonCode::DocumentEmpty.into());
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
        // A byte order mark or an empty line before its head makes a file no other.
        let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
        let found = infer::get(if start.starts_with(b"%PDF-") { start } else { &head }).map(|f| f.mime_type());
        let extension = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
        let expected = TYPES_BY_EXTENSION.iter().find(|(known, _)| known.contains(&extension.as_str()));
        match (expected, found) {
            // Its content is that of any package; the reader of documents looks for its first part.
            (Some(_), Some("application/zip")) if extension == "ofd" => Ok("application/ofd"),
            (Some(_), Some("application/zip" | DOCX)) if extension == "docx" => Ok(DOCX),
            (Some((_, types)), Some(found)) if types.contains(&found) => Ok(found),
            (Some(_), Some(found)) => {
                Err(Reason::new(ReasonCode::DocumentTypeDiffers).with(Key::Value, extension).with(Key::Detail, found))
            }
            (Some(_), None) => Err(Reason::new(ReasonCode::DocumentTypeUnknown).with(Key::Value, extension)),
            (None, Some(found)) => Ok(found),
            (None, None) if extension == "txt" => Ok(text_type(&head)),
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

/// The type of a text file by its first bytes, whose last character may be cut in two. The reader of documents reads all of it, and
/// in the encoding that is named here.
fn text_type(head: &[u8]) -> &'static str {
    let is_utf8 = std::str::from_utf8(head).map_or_else(|e| e.error_len().is_none(), |_| true);
    let is_gb18030 =
        |bytes: &[u8]| encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes).is_some();
    let cut = (0..4).filter_map(|n| head.len().checked_sub(n));
    match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "text/plain; charset=utf-16",
        _ if head.contains(&0) => "application/octet-stream",
        _ if is_utf8 => "text/plain; charset=utf-8",
        _ if cut.map(|end| &head[..end]).any(is_gb18030) => "text/plain; charset=gb18030",
        _ => "application/octet-stream",
    }
}

/// File name extensions, and the media types that content with such a name may have.
const TYPES_BY_EXTENSION: [(&[&str], &[&str]); 7] = [
    (&["ofd"], &["application/zip"]),
    (&["pdf"], &["application/pdf"]),
    (&["jpg", "jpeg"], &["image/jpeg"]),
    (&["png"], &["image/png"]),
    (&["mp4", "m4v"], &["video/mp4", "video/x-m4v"]),
    (&["mp3"], &["audio/mpeg"]),
    (&["docx"], &[DOCX, "application/zip"]),
];
/// The type of Word and WPS.
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// Both ways to open: by `openat2`, and by walking where the system has none.
    fn stores(path: &Path) -> [DocumentStore; 2] {
        [false, true].map(|walks| DocumentStore { walks: AtomicBool::new(walks), ..DocumentStore::open(path).unwrap() })
    }

    #[test]
    fn a_document_is_opened_below_the_store_and_nowhere_else_with_and_without_openat2() {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("store");
        std::fs::create_dir_all(store.join("2026/01")).unwrap();
        std::fs::write(store.join("2026/01/a.pdf"), "a").unwrap();
        std::fs::write(store.join("2026/01/empty.pdf"), "").unwrap();
        std::fs::write(dir.path().join("secret"), "secret").unwrap();
        symlink("../../../secret", store.join("2026/01/link")).unwrap();
        symlink(dir.path(), store.join("2026/out")).unwrap();
        symlink("01", store.join("2026/inside")).unwrap();
        for store in stores(&store) {
            for path in ["2026/01/a.pdf", "2026\\01\\a.pdf"] {
                let opened = store.document(path).unwrap().unwrap();
                assert_eq!((opened.path.as_str(), opened.state.bytes), ("2026/01/a.pdf", 1));
            }
            for path in [
                "2026/01/link",
                "2026/out/secret",
                "2026/inside/a.pdf",
                "../secret",
                "/etc/passwd",
                "2026/01",
                "2026/02/a",
            ] {
                assert!(store.document(path).unwrap().is_err(), "{path}");
            }
            let empty = store.document("2026/01/empty.pdf").unwrap().err().unwrap();
            assert_eq!(empty.code(), Some(ReasonCode::DocumentEmpty));
        }
    }

    #[test]
    fn a_store_that_is_empty_or_not_mounted_is_no_fault_of_a_document() {
        let dir = tempfile::tempdir().unwrap();
        for store in stores(dir.path()) {
            assert_eq!(store.document("2026/a.pdf").err().unwrap().code, "FERRY-E0644");
        }
        // A folder of one case may be empty.
        std::fs::create_dir_all(dir.path().join("2026")).unwrap();
        for store in stores(dir.path()) {
            assert!(store.document("2026/a.pdf").unwrap().is_err() && store.document("c.pdf").unwrap().is_err());
        }
    }
}
