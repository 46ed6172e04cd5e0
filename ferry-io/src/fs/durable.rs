//! Durable file changes: a file is written beside its target, synced, renamed without replacing anything, and the
//! folder is synced.
//!
//! **Architecture invariant:** what the agents change on a disk outside a database is changed here (`clippy.toml` bans the
//! calls elsewhere; the few other places say why).
#![expect(clippy::disallowed_methods, reason = "this is where they are allowed")]

use crate::error::{Error, Result};
use std::fs::{File, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Prefix of unfinished files. Scans skip every name that starts with a dot.
pub const UNFINISHED_PREFIX: &str = ".ferry-";

/// Bytes of a copy after which a heartbeat is sent.
const COPY_BYTES: u64 = 64 << 20;

/// A temporary file beside `target`; it vanishes unless it is persisted.
pub fn staged(target: &Path) -> Result<NamedTempFile> {
    staged_in(&folder_of(target))
}

/// A temporary file in `folder`.
pub fn staged_in(folder: &Path) -> Result<NamedTempFile> {
    NamedTempFile::with_prefix_in(UNFINISHED_PREFIX, folder).map_err(|e| Error::io(folder, &e, true))
}

/// Renames a staged file to its target durably; an existing file is never replaced.
pub fn persist(staged: NamedTempFile, target: &Path, mode: u32) -> Result<()> {
    let failed = |e: std::io::Error| Error::io(target, &e, true);
    staged.as_file().set_permissions(Permissions::from_mode(mode)).map_err(failed)?;
    staged.as_file().sync_all().map_err(|e| Error::sync(target, &e))?;
    staged.persist_noclobber(target).map_err(|e| failed(e.error))?;
    sync_folder(&folder_of(target))
}

/// Renames a staged file to its target durably, and replaces what is there.
pub fn persist_over(staged: NamedTempFile, target: &Path) -> Result<()> {
    staged.as_file().sync_all().map_err(|e| Error::sync(target, &e))?;
    staged.persist(target).map_err(|e| Error::io(target, &e.error, true))?;
    sync_folder(&folder_of(target))
}

/// Renames a staged file to its target without syncing, and replaces what is there: for callers that sync the whole file
/// system afterwards, or do not need durability.
pub fn put_unsynced(staged: NamedTempFile, target: &Path, mode: u32) -> Result<()> {
    let failed = |e: std::io::Error| Error::io(target, &e, true);
    staged.as_file().set_permissions(Permissions::from_mode(mode)).map_err(failed)?;
    staged.persist(target).map_err(|e| failed(e.error))?;
    Ok(())
}

/// Renames a file within a file system without syncing: for callers that sync the whole file system afterwards.
pub fn rename_unsynced(source: &Path, target: &Path) -> Result<()> {
    std::fs::rename(source, target).map_err(|e| Error::io(source, &e, true))
}

/// Creates a file that grows in place, for data that is too long to be written twice; see [`sync`].
pub fn create_new(path: &Path) -> Result<File> {
    File::create_new(path).map_err(|e| Error::io(path, &e, true))
}

/// Opens such a file to continue it.
pub fn open_to_write(path: &Path) -> Result<File> {
    File::options().write(true).open(path).map_err(|e| Error::io(path, &e, true))
}

/// Syncs a file.
pub fn sync(file: &File, path: &Path) -> Result<()> {
    file.sync_all().map_err(|e| Error::sync(path, &e))
}

/// Sets the mode of a file or folder.
pub fn set_mode(path: &Path, mode: u32) -> Result<()> {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).map_err(|e| Error::io(path, &e, true))
}

/// Writes a small file durably.
pub fn write_new(target: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let mut file = staged(target)?;
    file.write_all(bytes).map_err(|e| Error::io(target, &e, true))?;
    persist(file, target, mode)
}

/// Replaces a small existing file atomically, with its owner and mode: the only way an existing file is changed.
pub fn replace(target: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |e: std::io::Error| Error::io(target, &e, true);
    let before = crate::fs::read::open_regular(target)?.metadata().map_err(failed)?;
    let mut file = staged(target)?;
    file.write_all(bytes).map_err(failed)?;
    std::os::unix::fs::fchown(file.as_file(), Some(before.uid()), Some(before.gid())).map_err(failed)?;
    file.as_file().set_permissions(before.permissions()).map_err(failed)?;
    persist_over(file, target)
}

/// Writes a small file durably, readable by this account alone, and replaces what is there. Its writers exclude each other: what an
/// interrupted one left is overwritten by the next.
pub fn write_over(target: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |e: std::io::Error| Error::io(target, &e, true);
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let staged = target.with_file_name(format!("{UNFINISHED_PREFIX}{name}"));
    let mut file = File::options().create(true).truncate(true).write(true).mode(0o600).open(&staged).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.sync_all().map_err(|e| Error::sync(target, &e))?;
    std::fs::rename(&staged, target).map_err(failed)?;
    sync_folder(&folder_of(target))
}

/// Copies `source` durably to `target`.
pub fn copy_new(source: &Path, target: &Path, mode: u32) -> Result<()> {
    let mut input = crate::fs::read::open_regular(source)?;
    let mut file = staged(target)?;
    while std::io::copy(&mut (&mut input).take(COPY_BYTES), &mut file).map_err(|e| Error::io(target, &e, true))? > 0 {
        crate::heartbeat::tick();
    }
    persist(file, target, mode)
}

/// Moves a file durably, also to another file system; an existing target is never replaced.
pub fn move_new(source: &Path, target: &Path, mode: u32) -> Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, source, CWD, target, RenameFlags::NOREPLACE) {
        Ok(()) => sync_folder(&folder_of(target))?,
        Err(rustix::io::Errno::XDEV | rustix::io::Errno::INVAL) => {
            copy_new(source, target, mode)?;
            remove(source)?;
        }
        Err(e) => return Err(Error::io(target, &e.into(), true)),
    }
    sync_folder(&folder_of(source))
}

/// Removes a file, for callers that handle the error.
///
/// # Errors
/// Those of the operating system.
pub fn try_remove(path: &Path) -> std::io::Result<()> {
    std::fs::remove_file(path)
}

/// Removes a file; a missing file is no error.
pub fn remove(path: &Path) -> Result<()> {
    match try_remove(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io(path, &e, false)),
        _ => Ok(()),
    }
}

/// Creates a folder and its parents durably: a synced file is lost where the name of its folder is lost.
pub fn make_folder(path: &Path) -> Result<()> {
    let (parent, stood) = (folder_of(path), path.is_dir());
    if !stood && !parent.is_dir() {
        make_folder(&parent)?;
    }
    make_folder_unsynced(path)?;
    sync_name(&parent, stood)
}

/// Syncs the name of a folder in its parent, also where it `stood`: an earlier run may have ended between making it and that.
fn sync_name(parent: &Path, stood: bool) -> Result<()> {
    match File::open(parent) {
        // An administrator made it in a folder that this account may not read: it cannot be synced, and need not be.
        Err(e) if stood && e.kind() == ErrorKind::PermissionDenied => Ok(()),
        _ => sync_folder(parent),
    }
}

/// Creates a folder durably below `base`, which must exist. Creating a missing `base` would hide that it is not mounted, and what is
/// written into it would be lost when the real one returns.
///
/// # Errors
/// Where `base` is away, or a folder cannot be made.
pub fn make_folder_below(base: &Path, path: &Path) -> Result<()> {
    let inside = path.strip_prefix(base).map_err(|_| Error::io(path, &ErrorKind::InvalidInput.into(), true))?;
    let mut folder = base.to_owned();
    for name in inside {
        let parent = folder.clone();
        folder.push(name);
        let stood = folder.is_dir();
        match std::fs::create_dir(&folder) {
            Err(e) if !(stood && e.kind() == ErrorKind::AlreadyExists) => return Err(Error::io(&folder, &e, true)),
            _ => sync_name(&parent, stood)?,
        }
    }
    Ok(())
}

/// The same; one that is created is for this account alone.
pub fn make_private_folder(path: &Path) -> Result<()> {
    let stood = path.is_dir();
    make_folder(path)?;
    if stood { Ok(()) } else { set_mode(path, 0o700) }
}

/// Creates a folder and its parents without syncing: for callers that sync the whole file system afterwards.
pub fn make_folder_unsynced(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|e| Error::io(path, &e, true))
}

/// Syncs a folder: renames and removals in it become durable.
pub fn sync_folder(folder: &Path) -> Result<()> {
    let opened = File::open(folder).map_err(|e| Error::io(folder, &e, true))?;
    opened.sync_all().map_err(|e| Error::sync(folder, &e))
}

/// Syncs the whole file system of `folder`: one call for many files.
pub fn sync_file_system(folder: &Path) -> Result<()> {
    let opened = File::open(folder).map_err(|e| Error::io(folder, &e, true))?;
    rustix::fs::syncfs(&opened).map_err(|e| Error::sync(folder, &e.into()))
}

/// Removes unfinished files that interrupted writes left in `folder`; folders of such names are not ours.
pub fn remove_unfinished(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder).map_err(|e| Error::io(folder, &e, false))?.flatten() {
        let is_file = entry.file_type().is_ok_and(|t| !t.is_dir());
        if is_file && entry.file_name().to_string_lossy().starts_with(UNFINISHED_PREFIX) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// The folder of a path; `.` for a bare name.
pub fn folder_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_below_one_that_is_there_and_never_makes_that_one() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().join("base");
        let inner = base.join("a/b");
        assert!(make_folder_below(&base, &inner).is_err());
        assert!(!base.exists());
        std::fs::create_dir(&base).unwrap();
        for _ in 0..2 {
            make_folder_below(&base, &inner).unwrap();
        }
        assert!(inner.is_dir());
        assert!(make_folder_below(&base, dir.path()).is_err(), "not below it");
        std::fs::write(base.join("file"), "").unwrap();
        assert!(make_folder_below(&base, &base.join("file")).is_err());
    }
    use crate::exit_code::CANNOT_CREATE;

    #[test]
    fn what_an_interrupted_writer_left_is_overwritten_by_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("clock");
        std::fs::write(dir.path().join(".ferry-clock"), b"half of a longer text").unwrap();
        for bytes in [b"one".as_slice(), b"two"] {
            write_over(&target, bytes).unwrap();
            assert_eq!(std::fs::read(&target).unwrap(), bytes);
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all_and_never_over_another() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a");
        write_new(&target, b"one", 0o640).unwrap();
        assert_eq!(write_new(&target, b"two", 0o640).unwrap_err().exit, CANNOT_CREATE);
        assert_eq!(std::fs::read(&target).unwrap(), b"one");
        std::fs::write(dir.path().join(".ferry-left"), b"half").unwrap();
        remove_unfinished(dir.path()).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        move_new(&target, &dir.path().join("b"), 0o640).unwrap();
        assert!(!target.exists());
    }
}
