//! Documents by their SHA-256. A file is whole or absent; the row that names it comes after it.

use ferry_format::encoding::hex::{from_hex, to_hex};
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Folder for documents of a batch that is not yet verified to its end.
const STAGING: &str = ".staging";

/// The folder of documents.
#[derive(Clone)]
pub struct Blobs {
    root: PathBuf,
}

/// A document that is being written.
pub struct Incoming(BufWriter<NamedTempFile>);

impl Blobs {
    /// Opens the folder.
    pub fn open(root: &Path) -> Result<Self> {
        durable::make_folder(&root.join(STAGING))?;
        Ok(Self { root: root.to_owned() })
    }

    /// Where a document lies.
    pub fn path(&self, sha256: &[u8; 32]) -> PathBuf {
        let hex = to_hex(sha256);
        self.root.join(&hex[..2]).join(&hex[2..])
    }

    fn staged_path(&self, sha256: &[u8; 32]) -> PathBuf {
        self.root.join(STAGING).join(to_hex(sha256))
    }

    /// Whether a document is here, or staged by the batch under way.
    pub fn has(&self, sha256: &[u8; 32]) -> bool {
        self.path(sha256).exists() || self.staged_path(sha256).exists()
    }

    /// Begins to stage a document.
    pub fn begin(&self) -> Result<Incoming> {
        Ok(Incoming(BufWriter::with_capacity(1 << 17, durable::staged_in(&self.root.join(STAGING))?)))
    }

    /// Names a staged document, once its digest matched.
    pub fn stage(&self, incoming: Incoming, sha256: &[u8; 32]) -> Result<()> {
        let target = self.staged_path(sha256);
        let failed = |e: std::io::Error| Error::io(&target, &e, true);
        let file = incoming.0.into_inner().map_err(|e| failed(e.into_error()))?;
        if self.has(sha256) {
            return Ok(());
        }
        durable::put_unsynced(file, &target, 0o600)
    }

    /// Puts everything staged that a record names into its place and makes it durable. The rest is dropped: it
    /// belonged to versions that newer ones had replaced before they came.
    pub fn publish_staged(&self, named: impl Fn(&[u8; 32]) -> Result<bool>) -> Result<()> {
        let staging = self.root.join(STAGING);
        let failed = |e: std::io::Error| Error::io(&staging, &e, true);
        // Bytes before names: what has its name is taken for whole by every later batch.
        durable::sync_file_system(&self.root)?;
        for entry in std::fs::read_dir(&staging).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let sha256 = from_hex(&name).and_then(|b| <[u8; 32]>::try_from(b).ok());
            let Some(sha256) = sha256 else { continue };
            if !named(&sha256)? {
                durable::remove(&entry.path())?;
                continue;
            }
            let folder = self.root.join(&name[..2]);
            durable::make_folder_unsynced(&folder)?;
            durable::rename_unsynced(&entry.path(), &folder.join(&name[2..]))?;
        }
        durable::sync_file_system(&self.root)
    }

    /// Drops what an interrupted or refused batch staged.
    pub fn discard_staged(&self) -> Result<()> {
        let staging = self.root.join(STAGING);
        let failed = |e: std::io::Error| Error::io(&staging, &e, true);
        for entry in std::fs::read_dir(&staging).map_err(failed)? {
            durable::remove(&entry.map_err(failed)?.path())?;
        }
        Ok(())
    }

    /// Removes a document that no record names any more.
    pub fn remove(&self, sha256: &[u8; 32]) -> Result<()> {
        durable::remove(&self.path(sha256))
    }

    /// Makes removals durable.
    pub fn sync(&self) -> Result<()> {
        durable::sync_file_system(&self.root)
    }

    /// Opens a document that is here, or staged by the batch under way.
    pub fn read_coming(&self, sha256: &[u8; 32]) -> Result<File> {
        let staged = self.staged_path(sha256);
        if staged.exists() { File::open(&staged).map_err(|e| Error::io(&staged, &e, false)) } else { self.read(sha256) }
    }

    /// Opens a document for reading.
    pub fn read(&self, sha256: &[u8; 32]) -> Result<File> {
        let path = self.path(sha256);
        File::open(&path).map_err(|e| Error::io(&path, &e, false))
    }
}

impl Incoming {
    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.write_all(bytes)
    }
}
