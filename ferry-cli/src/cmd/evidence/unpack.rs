//! The record and documents of a bundle as files: a folder that has no name until everything verified.
#![expect(clippy::disallowed_methods, reason = "the folder is staged and put in place as a whole")]

use crate::output::values;
use ferry_format::encoding::hex::to_hex;
use ferry_format::evidence::verify::Findings;
use ferry_format::names::SafeName;
use ferry_io::fs::durable;
use ferry_io::{Error, Result as Outcome};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The folder.
pub struct UnpackFolder {
    folder: TempDir,
    target: PathBuf,
}

impl UnpackFolder {
    /// A temporary folder beside its target.
    ///
    /// # Errors
    /// `FERRY-E0601` where the target exists or nothing can be created beside it.
    pub fn beside(target: &Path) -> Outcome<Self> {
        let cannot_create = |e: std::io::Error| Error::io(target, &e, true);
        if target.symlink_metadata().is_ok() {
            return Err(cannot_create(std::io::ErrorKind::AlreadyExists.into()));
        }
        let folder = TempDir::with_prefix_in(".ferry-", durable::folder_of(target)).map_err(cannot_create)?;
        Ok(Self { folder, target: target.to_owned() })
    }

    /// Where documents are written meanwhile.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Gives documents the names that the record has for them, writes the record, and renames the folder to its target.
    ///
    /// # Errors
    /// `FERRY-E0601` and `FERRY-E0660`; the temporary folder is removed then.
    pub fn publish(self, found: &Findings) -> Outcome<()> {
        let cannot_write = |e: std::io::Error| Error::io(&self.target, &e, true);
        let record = found.subject.as_ref().and_then(|s| s.record.as_ref());
        if let Some(record) = record {
            let text = format!("{:#}\n", values::record_json(record));
            std::fs::write(self.folder.path().join("record.json"), text).map_err(cannot_write)?;
            for document in record.documents() {
                let digest = to_hex(&document.sha256);
                let (from, name) = (self.folder.path().join(&digest), document.name.as_str());
                // Each name begins with the digest, so that two documents of one name are both kept.
                let is_plain = SafeName::check(name).is_ok() && !name.contains('/');
                if is_plain && from.exists() {
                    let to = self.folder.path().join(format!("{}-{name}", &digest[..16]));
                    std::fs::rename(&from, to).map_err(cannot_write)?;
                }
            }
        }
        durable::sync_file_system(self.folder.path())?;
        std::fs::rename(self.folder.path(), &self.target).map_err(cannot_write)?;
        // The folder has its final name; its guard must not remove it.
        let _ = self.folder.keep();
        durable::sync_folder(&durable::folder_of(&self.target))
    }
}

/// Where a document of the bundle goes: nowhere without a folder.
///
/// # Errors
/// An I/O error where the file cannot be created.
pub fn document_writer(folder: Option<&Path>, digest: &[u8; 32]) -> ferry_format::Result<Box<dyn Write>> {
    Ok(match folder {
        None => Box::new(std::io::sink()),
        Some(folder) => Box::new(BufWriter::new(File::create_new(folder.join(to_hex(digest)))?)),
    })
}
