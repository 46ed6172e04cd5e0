//! Space: looked at before a run, so that a full disk pauses it before anything is half done.

use crate::texts;
use crate::types::batch_fault::BatchFault;
use ferry_format::FormatError;
use ferry_io::error::{Error, Result};
use serde::Serialize;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Code of a run that waits for space.
pub const CODE: &str = "FERRY-E0691";
/// Names that a file system must still have room for: a run makes folders, temporary files and journals.
const NAMES_MIN: u64 = 256;

/// With less than this a database cannot even be opened: its index of the write-ahead log takes 32 KiB.
const FULL_BYTES: u64 = 64 << 10;

/// What a run is going to write into a folder.
#[derive(Clone, Debug)]
pub struct SpaceRequirement {
    /// The folder.
    pub folder: PathBuf,
    /// Bytes.
    pub bytes: u64,
}

/// A file system with our folders on it.
#[derive(Clone, Debug, Serialize)]
pub struct FilesystemSpace {
    /// The folders, in the order they were asked for.
    pub folders: Vec<PathBuf>,
    /// Bytes that this user may still write.
    pub free_bytes: u64,
    /// Bytes that the next run is going to write.
    pub needed_bytes: u64,
    /// Bytes that are to stay free beside them.
    pub reserve_bytes: u64,
    /// Whether there is room for both.
    pub enough: bool,
    #[serde(skip)]
    device: u64,
}

/// The file systems of these folders, and what is needed on each. A folder that is yet to be made counts for the one that
/// it will be made in.
///
/// # Errors
/// A file system that cannot be asked.
pub fn filesystems(needs: &[SpaceRequirement], reserve_bytes: u64) -> Result<Vec<FilesystemSpace>> {
    let mut filesystems: Vec<FilesystemSpace> = Vec::new();
    for need in needs {
        let there = need.folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
        let device = std::fs::metadata(there).map_err(|e| Error::io(there, &e, false))?.dev();
        if let Some(filesystem) = filesystems.iter_mut().find(|filesystem| filesystem.device == device) {
            filesystem.needed_bytes = filesystem.needed_bytes.saturating_add(need.bytes);
            filesystem.folders.push(need.folder.clone());
            continue;
        }
        let free_bytes = free(there)?;
        let folders = vec![need.folder.clone()];
        filesystems.push(FilesystemSpace {
            folders,
            free_bytes,
            needed_bytes: need.bytes,
            reserve_bytes,
            enough: true,
            device,
        });
    }
    for filesystem in &mut filesystems {
        filesystem.enough = filesystem.free_bytes >= filesystem.needed_bytes.saturating_add(filesystem.reserve_bytes);
    }
    Ok(filesystems)
}

/// Stops a run that would not have space.
///
/// # Errors
/// Temporary (75) where a file system has too little; the next pass looks again.
pub fn require(needs: &[SpaceRequirement], reserve_bytes: u64) -> Result<()> {
    filesystems(needs, reserve_bytes)?.iter().find_map(FilesystemSpace::shortage).map_or(Ok(()), Err)
}

impl FilesystemSpace {
    /// What is missing, if something is.
    pub fn shortage(&self) -> Option<Error> {
        (!self.enough).then(|| {
            let folder = self.folders.first().map(|f| f.display().to_string()).unwrap_or_default();
            let (free, needed, reserve) = (size(self.free_bytes), size(self.needed_bytes), size(self.reserve_bytes));
            texts::errors::no_space(folder, free, needed, reserve)
        })
    }
}

/// Refuses what its file system could not hold if it were empty: waiting for space would never end. The fault is `FERRY-E0105` by
/// [`FormatError::OverLimit`].
///
/// # Errors
/// `FERRY-E0657` for a folder that is missing, and a file system that cannot be asked.
pub fn check_bound(needs: &[SpaceRequirement]) -> Result<std::result::Result<(), BatchFault>> {
    for need in needs {
        require_folder(&need.folder)?;
        let s = rustix::fs::statvfs(&need.folder).map_err(|e| Error::io(&need.folder, &e.into(), false))?;
        let limit = s.f_blocks.saturating_mul(s.f_frsize);
        if need.bytes > limit {
            let over = FormatError::OverLimit { what: texts::receive::content(), found: need.bytes, limit };
            return Ok(Err(BatchFault::of(over)?));
        }
    }
    Ok(Ok(()))
}

/// Stops a run whose folder is away: renamed, or not mounted. What would be made in its place would be found by nobody.
///
/// # Errors
/// `FERRY-E0657` (75), which names it.
pub fn require_folder(folder: &Path) -> Result<()> {
    match std::fs::metadata(folder) {
        Ok(meta) if meta.is_dir() => Ok(()),
        Ok(_) => Err(texts::errors::folder_missing(folder.display())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(texts::errors::folder_missing(folder.display())),
        Err(e) => Err(Error::io(folder, &e, false)),
    }
}

/// Whether a folder's file system has no room for a database's own small files.
pub fn is_full(folder: &Path) -> bool {
    free(folder).is_ok_and(|bytes| bytes < FULL_BYTES)
}

/// Bytes that this user may still write below a folder; 0 where no further name fits.
fn free(folder: &Path) -> Result<u64> {
    let s = rustix::fs::statvfs(folder).map_err(|e| Error::io(folder, &e.into(), false))?;
    // File systems that make names as they need them say that they have none.
    let has_names = s.f_files == 0 || s.f_favail >= NAMES_MIN;
    Ok(if has_names { s.f_bavail.saturating_mul(s.f_frsize) } else { 0 })
}

/// A number of bytes as people read it.
pub fn size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_io::exit_code::TEMPORARY;

    #[test]
    fn folders_of_one_file_system_share_its_room_and_too_little_is_a_pause_with_its_own_code() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        [&a, &b].into_iter().for_each(|folder| std::fs::create_dir(folder).unwrap());
        let needs =
            |bytes| [SpaceRequirement { folder: a.clone(), bytes }, SpaceRequirement { folder: b.clone(), bytes }];
        let filesystems = filesystems(&needs(7), 0).unwrap();
        assert_eq!((filesystems.len(), filesystems[0].needed_bytes, filesystems[0].folders.len()), (1, 14, 2));
        assert!(filesystems[0].enough);
        require(&needs(1), 0).unwrap();
        let half = filesystems[0].free_bytes / 2 + (1 << 30);
        let paused = require(&needs(half), 0).unwrap_err();
        assert_eq!((paused.exit, paused.code), (TEMPORARY, CODE), "each fits, both do not");
        assert_eq!(require(&needs(0), filesystems[0].free_bytes.saturating_mul(2)).unwrap_err().code, CODE);
        assert_eq!(require(&needs(u64::MAX), u64::MAX).unwrap_err().code, CODE, "no sum runs over");
    }

    #[test]
    fn what_no_disk_of_this_size_could_hold_is_refused_and_what_needs_room_now_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let need = |bytes| [SpaceRequirement { folder: dir.path().to_owned(), bytes }];
        let free_bytes = filesystems(&need(0), 0).unwrap()[0].free_bytes;
        check_bound(&need(free_bytes)).unwrap().unwrap();
        assert_eq!(check_bound(&need(1 << 62)).unwrap().unwrap_err().error().code(), "FERRY-E0105");
        let away = [SpaceRequirement { folder: dir.path().join("away"), bytes: 0 }];
        let error = check_bound(&away).unwrap_err();
        assert_eq!((error.exit, error.code), (TEMPORARY, "FERRY-E0657"));
    }

    #[test]
    fn sizes_are_read_in_binary_units() {
        assert_eq!((size(0).as_str(), size(1536).as_str()), ("0.0 KiB", "1.5 KiB"));
        assert_eq!((size(3 << 30).as_str(), size(u64::MAX).as_str()), ("3.0 GiB", "16384.0 PiB"));
    }
}
