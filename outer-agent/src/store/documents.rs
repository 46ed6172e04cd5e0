//! The folder of documents, each under its SHA-256. A file is complete or absent; the row that refers to it is written
//! after it.

use ferry_format::encoding::hex::{from_hex, to_hex};
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Folder for documents of a batch that is not verified to its end yet.
const STAGING: &str = ".staging";
/// Bytes that are collected before they are written.
const BUFFER_BYTES: usize = 1 << 17;

/// The folder of documents.
#[derive(Clone)]
pub struct DocumentStore {
    root: PathBuf,
}

/// A document that is being written.
pub struct DocumentWriter(BufWriter<NamedTempFile>);

impl DocumentStore {
    /// Opens the folder, and makes it where it is missing.
    pub fn open(root: &Path) -> Result<Self> {
        durable::make_folder_below(&durable::folder_of(root), &root.join(STAGING))?;
        Ok(Self::at(root))
    }

    /// The folder as it is; it may be away.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Path of a published document.
    pub fn path(&self, sha256: &[u8; 32]) -> PathBuf {
        let hex = to_hex(sha256);
        self.root.join(&hex[..2]).join(&hex[2..])
    }

    fn staged_path(&self, sha256: &[u8; 32]) -> PathBuf {
        self.root.join(STAGING).join(to_hex(sha256))
    }

    /// Whether a document is published or staged.
    pub fn contains(&self, sha256: &[u8; 32]) -> bool {
        self.path(sha256).exists() || self.staged_path(sha256).exists()
    }

    /// Opens a published document.
    pub fn open_published(&self, sha256: &[u8; 32]) -> Result<File> {
        let path = self.path(sha256);
        File::open(&path).map_err(|e| Error::io(&path, &e, false))
    }

    /// Opens a document that is published or staged.
    pub fn open_staged(&self, sha256: &[u8; 32]) -> Result<File> {
        let staged = self.staged_path(sha256);
        if staged.exists() {
            File::open(&staged).map_err(|e| Error::io(&staged, &e, false))
        } else {
            self.open_published(sha256)
        }
    }

    /// Begins to write a document, whose digest is not known yet.
    pub fn create(&self) -> Result<DocumentWriter> {
        let file = durable::staged_in(&self.root.join(STAGING))?;
        Ok(DocumentWriter(BufWriter::with_capacity(BUFFER_BYTES, file)))
    }

    /// Stages a written document under its digest, once that is verified. It takes the place of a published file of that
    /// name: that one may be damaged.
    pub fn stage(&self, document: DocumentWriter, sha256: &[u8; 32]) -> Result<()> {
        let target = self.staged_path(sha256);
        let file = document.0.into_inner().map_err(|e| Error::io(&target, &e.into_error(), true))?;
        durable::put_unsynced(file, &target, 0o600)
    }

    /// Moves every staged document that a record refers to into its place, durably. The others are deleted: they belong
    /// to versions that newer ones had replaced before they arrived.
    pub fn publish_staged(&self, is_referenced: impl Fn(&[u8; 32]) -> Result<bool>) -> Result<()> {
        let staging = self.root.join(STAGING);
        let failed = |e: std::io::Error| Error::io(&staging, &e, true);
        // Content before names: later batches take a file that has its name for complete.
        durable::sync_file_system(&self.root)?;
        for entry in std::fs::read_dir(&staging).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let sha256 = from_hex(&name).and_then(|b| <[u8; 32]>::try_from(b).ok());
            let Some(sha256) = sha256 else { continue };
            if !is_referenced(&sha256)? {
                durable::remove(&entry.path())?;
                continue;
            }
            let folder = self.root.join(&name[..2]);
            durable::make_folder_unsynced(&folder)?;
            durable::rename_unsynced(&entry.path(), &folder.join(&name[2..]))?;
        }
        durable::sync_file_system(&self.root)
    }

    /// Deletes what an interrupted or refused batch staged.
    pub fn discard_staged(&self) -> Result<()> {
        let staging = self.root.join(STAGING);
        let failed = |e: std::io::Error| Error::io(&staging, &e, true);
        for entry in std::fs::read_dir(&staging).map_err(failed)? {
            durable::remove(&entry.map_err(failed)?.path())?;
        }
        Ok(())
    }

    /// Deletes a published document that no record refers to any longer.
    pub fn remove(&self, sha256: &[u8; 32]) -> Result<()> {
        durable::remove(&self.path(sha256))
    }

    /// Makes deletions durable.
    pub fn sync(&self) -> Result<()> {
        durable::sync_file_system(&self.root)
    }
}

impl DocumentWriter {
    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.write_all(bytes)
    }
}
