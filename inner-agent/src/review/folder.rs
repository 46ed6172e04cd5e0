//! The folder in which reviewers find drafts and leave signed files. Nothing in it is trusted.

use crate::context::Context;
use crate::export::drafts;
use crate::review::intake;
use crate::store::{self, review_files};
use crate::texts::review as texts;
use ferry_channel::runtime::log;
use ferry_channel::runtime::log::{About, Level};
use ferry_channel::types::UnixSeconds;
use ferry_format::crypto::hash::sha256;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use ferry_io::output::language::Show;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files that one pass looks at: a flood of files must not cost more.
const FILES_MAX: usize = 256;
/// Longest draft that is compared byte by byte: longer than any trust list.
const COMPARED_BYTES_MAX: u64 = 4 << 20;

/// Records what reviewers left there, and copies waiting drafts into it; gives how many files were accepted. The caller
/// holds the lock. A folder that cannot be read (a network share that is away) is logged and stops no run.
pub fn visit(context: &Context, now: UnixSeconds) -> Result<u64> {
    let Some(folder) = &context.config.export.review_folder else { return Ok(0) };
    match exchange(context, folder, now) {
        Err(e) if !is_internal(&e) => {
            let text = texts::folder_unavailable(&e.message, e.code, &e.hint);
            log::say(Level::Warning, &About { code: Some(e.code), ..About::default() }, text.show());
            Ok(0)
        }
        outcome => outcome,
    }
}

fn exchange(context: &Context, folder: &Path, now: UnixSeconds) -> Result<u64> {
    durable::make_folder(folder)?;
    let mut accepted = 0;
    let files = if context.up_trust()?.is_some() { files_of(folder)? } else { Vec::new() };
    for path in files {
        let is_draft = path.extension().is_some_and(|e| e == "draft");
        if !is_draft && accept(context, &path, now)? {
            accepted += 1;
        }
    }
    copy_drafts(context, folder)?;
    Ok(accepted)
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io(folder, &e, false))?.flatten();
    let is_hidden = |path: &PathBuf| path.file_name().is_none_or(|n| n.to_string_lossy().starts_with('.'));
    let mut found: Vec<_> = entries.map(|e| e.path()).filter(|p| !is_hidden(p)).take(FILES_MAX * 4).collect();
    found.sort();
    found.truncate(FILES_MAX);
    Ok(found)
}

/// Records one file and removes it. A file that is not accepted stays, and the reason is logged once.
fn accept(context: &Context, path: &Path, now: UnixSeconds) -> Result<bool> {
    let bytes = intake::read(path);
    let digest = sha256(bytes.as_deref().unwrap_or_default());
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if review_files::ignored(&context.conn, &name)? == Some(digest) {
        return Ok(false);
    }
    let error = match bytes.and_then(|_| intake::add(context, &[path.to_owned()], now)) {
        Ok(_) => {
            review_files::stop_ignoring(&context.conn, &name)?;
            return durable::remove(path).map(|()| true);
        }
        Err(e) if is_internal(&e) => return Err(e),
        Err(e) => e,
    };
    review_files::ignore(&context.conn, &name, &digest)?;
    let text = texts::not_accepted(&error.message, error.code);
    log::say(Level::Warning, &About { code: Some(error.code), ..About::default() }, text.show());
    Ok(false)
}

/// Whether an error concerns the ledger, the disk or the configuration, not a reviewer's file.
fn is_internal(error: &Error) -> bool {
    ["FERRY-E0604", "FERRY-E0660", "FERRY-E0502", "FERRY-E0501"].contains(&error.code)
}

/// Copies waiting drafts into the folder; removes those that no longer wait, and unfinished copies. Entries with other names
/// and folders are left alone.
fn copy_drafts(context: &Context, folder: &Path) -> Result<()> {
    let waiting: BTreeSet<String> = store::drafts::waiting(&context.conn)?.into_iter().map(|d| d.name).collect();
    let prefix = format!("{}-", context.config.export.channel);
    for entry in std::fs::read_dir(folder).map_err(|e| Error::io(folder, &e, false))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_over = name.starts_with(&prefix) && name.ends_with(".draft") && !waiting.contains(&name);
        let is_removed = is_over || name.starts_with(durable::UNFINISHED_PREFIX);
        if is_removed && entry.file_type().is_ok_and(|t| !t.is_dir()) {
            durable::remove(&entry.path())?;
        }
    }
    let source = drafts::folder(&context.config.state);
    for name in &waiting {
        let (from, to) = (source.join(name), folder.join(name));
        if from.exists() && !is_copied(&from, &to)? {
            durable::remove(&to)?;
            durable::copy_new(&from, &to, 0o640)?;
        }
    }
    Ok(())
}

/// Whether a draft has been copied. A trust list that is proposed again has the name of its predecessor, so its bytes are
/// compared; a draft of records has a name of its own, and only its length is.
fn is_copied(from: &Path, to: &Path) -> Result<bool> {
    let Ok(copy) = std::fs::symlink_metadata(to) else { return Ok(false) };
    let bytes = std::fs::metadata(from).map_err(|e| Error::io(from, &e, false))?.len();
    if !copy.is_file() || copy.len() != bytes {
        return Ok(false);
    }
    let read = |path: &Path| std::fs::read(path).map_err(|e| Error::io(path, &e, false));
    Ok(bytes > COMPARED_BYTES_MAX || read(from)? == read(to)?)
}
