//! Marks by which a folder is known again: where a disk is not mounted, an empty folder lies in its place, and what is written
//! there is lost when the disk comes back.
//!
//! Each marked folder holds a file with a random id; the state folder keeps the ids by what a folder is for. A folder that is moved on
//! purpose takes its mark along.

use crate::runtime::{disk_space, lock};
use crate::texts::errors;
use ferry_format::encoding::hex::to_hex;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A folder that is marked: what it is for, and where it is.
pub type Marked = (&'static str, PathBuf);

/// The file of the ids, in the state folder.
pub const FILE: &str = "folder-marks";
/// The file of an id, in its folder.
pub const MARK: &str = ".folder-id";

/// Checks that a folder, where it was used before, is there, and is the same.
///
/// # Errors
/// `FERRY-E0657` (75) where it is missing, or another one is in its place.
pub fn check(state: &Path, (purpose, folder): &Marked) -> Result<()> {
    let known = ids(state)?;
    let Some(id) = known.get(*purpose) else { return Ok(()) };
    disk_space::require_folder(folder)?;
    match id_of(folder)?.as_deref() == Some(id) {
        true => Ok(()),
        false => Err(errors::folder_replaced(folder.display(), MARK)),
    }
}

/// Marks folders that are there and unknown.
///
/// # Errors
/// Where a mark cannot be written.
pub fn mark_new(state: &Path, folders: &[Marked]) -> Result<()> {
    let is_new =
        |known: &BTreeMap<String, String>, (purpose, folder): &Marked| !known.contains_key(*purpose) && folder.is_dir();
    let known = ids(state)?;
    if !folders.iter().any(|folder| is_new(&known, folder)) {
        return Ok(());
    }
    let _alone = lock::wait_for(state, FILE)?;
    let mut known = ids(state)?;
    for folder in folders {
        if is_new(&known, folder) {
            known.insert(folder.0.to_owned(), mark(&folder.1)?);
        }
    }
    let path = state.join(FILE);
    let text = serde_json::to_string(&known).map_err(|e| Error::io(&path, &e.into(), true))?;
    durable::write_over(&path, text.as_bytes())
}

/// Forgets all marks: what a restoration made is another folder.
///
/// # Errors
/// Where the file cannot be removed.
pub fn forget(state: &Path) -> Result<()> {
    durable::remove(&state.join(FILE))
}

/// The id of a folder; it gets one where it has none.
fn mark(folder: &Path) -> Result<String> {
    if let Some(id) = id_of(folder)? {
        return Ok(id);
    }
    let path = folder.join(MARK);
    let mut id = [0; 16];
    let failed = |_| Error::io(&path, &ErrorKind::Other.into(), true);
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut id).map_err(failed)?;
    let id = to_hex(&id);
    durable::write_over(&path, id.as_bytes())?;
    Ok(id)
}

fn id_of(folder: &Path) -> Result<Option<String>> {
    let path = folder.join(MARK);
    match std::fs::read_to_string(&path) {
        Ok(id) => Ok(Some(id)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::io(&path, &e, false)),
    }
}

/// What the state folder keeps; nothing where the file cannot be read as that.
fn ids(state: &Path) -> Result<BTreeMap<String, String>> {
    let path = state.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(serde_json::from_str(&text).unwrap_or_default()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(e) => Err(Error::io(&path, &e, false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_away_or_another_one_is_named_until_it_is_back() {
        let dir = tempfile::tempdir().unwrap();
        let (state, folder, away) = (dir.path().join("state"), dir.path().join("files"), dir.path().join("away"));
        std::fs::create_dir(&state).unwrap();
        let files: Marked = ("files", folder.clone());
        let mark = || mark_new(&state, std::slice::from_ref(&files)).unwrap();
        mark();
        assert!(!state.join(FILE).exists(), "a folder that is yet to be made");
        std::fs::create_dir(&folder).unwrap();
        mark();
        mark();
        std::fs::rename(&folder, &away).unwrap();
        assert_eq!(check(&state, &files).unwrap_err().code, "FERRY-E0657");
        std::fs::create_dir(&folder).unwrap();
        mark();
        assert_eq!(check(&state, &files).unwrap_err().code, "FERRY-E0657", "an empty one in its place");
        std::fs::remove_dir(&folder).unwrap();
        std::fs::rename(&away, &folder).unwrap();
        check(&state, &files).unwrap();
    }
}
