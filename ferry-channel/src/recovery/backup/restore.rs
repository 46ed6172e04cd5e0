//! Restoring: into a state folder without a database only, and only what the manifest says.

use crate::recovery::backup::manifest;
use crate::recovery::backup::manifest::Entry;
use crate::recovery::backup::{BackupContent, DATABASE, KEYS, PRIVATE_FILE, copy, digest};
use crate::recovery::ledger_mark;
use crate::runtime::{folder_marks, lock};
use crate::texts;
use crate::types::UnixSeconds;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::output::language::Show;
use ferry_io::output::progress;
use ferry_io::{errln, outln};
use indicatif::ProgressBar;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What a restoration did.
#[derive(Clone, Debug, Serialize)]
pub struct Restored {
    /// Files that were put back.
    pub files: u64,
    /// When the backup was made, seconds.
    pub made_s: UnixSeconds,
    /// The epoch that the sending side begins.
    pub epoch: u64,
    /// Keys that were put back.
    pub keys: u64,
}

impl Restored {
    /// For people.
    pub fn print(&self, zone: &jiff::tz::TimeZone) {
        let made = crate::runtime::schedule::rfc3339(self.made_s, zone);
        outln!("{}", texts::backup::restored(self.files, made, self.keys).show());
        outln!("{}", texts::backup::new_epoch(self.epoch).show());
    }
}

/// Restores a backup. `mark` brings the database up to date and marks it as restored, before it has its name; it gives the
/// epoch that begins.
///
/// # Errors
/// Cannot create where the state folder has a database; bad data where the manifest is not whole, is of another agent or
/// court, or a file is not what it says. Nothing of the state can be used before all of it is there.
pub fn restore(
    content: &BackupContent<'_>,
    folder: &Path,
    with_keys: bool,
    mark: &dyn Fn(&Path) -> Result<u64>,
) -> Result<Restored> {
    let (of, entries) = manifest::read(folder)?;
    if (of.agent.as_str(), of.court.as_str()) != (content.agent, content.court) {
        return Err(texts::errors::backup_of_other_agent(of.agent, of.court));
    }
    durable::make_private_folder(content.state)?;
    let _alone = lock::take_daemon(content.state)?;
    let target = content.state.join(content.database);
    if target.exists() {
        return Err(texts::errors::database_in_the_way(target.display()));
    }
    for entry in &entries {
        check(folder, entry)?;
    }
    let bar = progress::bytes("restoring", Some(entries.iter().map(|e| e.bytes).sum()));
    let (mut files, mut keys, mut database) = (0, 0, None);
    for entry in &entries {
        if entry.path.starts_with(&format!("{DATABASE}/")) {
            database = Some(entry);
        } else if let Some(name) = entry.path.strip_prefix(&format!("{KEYS}/")) {
            keys += u64::from(with_keys && put_key(content, folder, entry, name, &bar)?);
        } else {
            put(folder, entry, &content.state.join(&entry.path), &bar)?;
            files += 1;
        }
    }
    let Some(database) = database else {
        return Err(texts::errors::backup_without_database(folder.display()));
    };
    durable::sync_file_system(content.state)?;
    let staged = content.state.join(format!("{}restored.db", durable::UNFINISHED_PREFIX));
    // Private from the start, whatever it was where the backup was made.
    put(folder, &Entry { mode: PRIVATE_FILE, ..database.clone() }, &staged, &bar)?;
    let epoch = mark(&staged)?;
    ledger_mark::forget(content.state)?;
    folder_marks::forget(content.state)?;
    durable::move_new(&staged, &target, PRIVATE_FILE)?;
    bar.finish_and_clear();
    Ok(Restored { files: files + 1 + keys, made_s: of.made_s, epoch, keys })
}

fn check(folder: &Path, entry: &Entry) -> Result<()> {
    let path = folder.join(&entry.path);
    if path.is_file() && digest(&path)? == (entry.sha256, entry.bytes) { Ok(()) } else { Err(damaged(&path)) }
}

fn damaged(path: &Path) -> Error {
    texts::errors::backup_damaged(path.display())
}

/// Copies a file of the backup to its place, and looks at its bytes once more as they pass.
fn put(folder: &Path, entry: &Entry, target: &Path, bar: &ProgressBar) -> Result<()> {
    let source = folder.join(&entry.path);
    let place = durable::folder_of(target);
    durable::make_folder(&place)?;
    let mut staged = durable::staged_in(&place)?;
    if copy(&mut read::open_regular(&source)?, &mut staged, &source, bar)? != (entry.sha256, entry.bytes) {
        return Err(damaged(&source));
    }
    // What an interrupted restoration left is replaced.
    durable::put_unsynced(staged, target, entry.mode)
}

/// Puts a key where the configuration has it, unless there is one.
fn put_key(content: &BackupContent<'_>, folder: &Path, entry: &Entry, name: &str, bar: &ProgressBar) -> Result<bool> {
    let target: Option<&PathBuf> = content.keys.iter().find(|(n, _)| *n == name).map(|(_, path)| path);
    let Some(target) = target else { return Ok(false) };
    if target.exists() {
        errln!("{}", texts::backup::key_kept(target.display()).show());
        return Ok(false);
    }
    put(folder, entry, target, bar)?;
    durable::sync_folder(&durable::folder_of(target))?;
    Ok(true)
}
