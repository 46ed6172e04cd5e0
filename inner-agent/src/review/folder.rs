//! The folder where reviewers find drafts and put what they sign. Whoever may write there is believed in nothing.

use crate::agent::Agent;
use crate::export::drafts;
use crate::review::take;
use ferry_channel::runtime::log;
use ferry_channel::runtime::log::{About, Level};
use ferry_format::crypto::hash::sha256;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files of one pass that are looked at: a flood costs no more.
const LOOKED_AT_MAX: usize = 256;
/// Longest draft that is compared byte by byte: longer than any list.
const COMPARED_BYTES_MAX: u64 = 4 << 20;

/// Takes in what reviewers put there, and lays out the drafts that wait. Gives how many files were taken in. The caller holds
/// the lock. A folder that cannot be had (a share that is away) is said, and stops no run.
pub fn visit(agent: &Agent, now_s: i64) -> Result<u64> {
    let Some(folder) = &agent.config.export.review_folder else { return Ok(0) };
    match look(agent, folder, now_s) {
        Err(failure) if !is_ours(&failure) => {
            let text = format!(
                "warning: the review folder: {} [{}]\nhint: {}",
                failure.message.english(),
                failure.code,
                failure.hint.english()
            );
            log::say(Level::Warning, &About { code: Some(failure.code), ..About::default() }, &text);
            Ok(0)
        }
        done => done,
    }
}

fn look(agent: &Agent, folder: &Path, now_s: i64) -> Result<u64> {
    durable::make_folder(folder)?;
    let mut taken = 0;
    let files = if agent.up_trust()?.is_some() { files_of(folder)? } else { Vec::new() };
    for path in files {
        let is_draft = path.extension().is_some_and(|e| e == "draft");
        if !is_draft && take_in(agent, &path, now_s)? {
            taken += 1;
        }
    }
    lay_out(agent, folder)?;
    Ok(taken)
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io(folder, &e, false))?.flatten();
    let is_hidden = |path: &PathBuf| path.file_name().is_none_or(|n| n.to_string_lossy().starts_with('.'));
    let mut found: Vec<_> = entries.map(|e| e.path()).filter(|p| !is_hidden(p)).take(LOOKED_AT_MAX * 4).collect();
    found.sort();
    found.truncate(LOOKED_AT_MAX);
    Ok(found)
}

/// Takes one file in and removes it. What does not count stays, and its reason is said once.
fn take_in(agent: &Agent, path: &Path, now_s: i64) -> Result<bool> {
    let bytes = take::read(path);
    let digest = sha256(bytes.as_deref().unwrap_or_default());
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let sql = "SELECT digest FROM review_ignored WHERE name = ?1";
    let before: Option<[u8; 32]> = agent.conn.query_row(sql, [&name], |r| r.get(0)).optional()?;
    if before == Some(digest) {
        return Ok(false);
    }
    let why = match bytes.and_then(|_| take::add(agent, &[path.to_owned()], now_s)) {
        Ok(_) => {
            agent.conn.execute("DELETE FROM review_ignored WHERE name = ?1", [&name])?;
            return durable::remove(path).map(|()| true);
        }
        Err(failure) if is_ours(&failure) => return Err(failure),
        Err(failure) => failure,
    };
    agent.conn.execute("INSERT OR REPLACE INTO review_ignored VALUES (?1, ?2)", params![name, digest.as_slice()])?;
    let text = format!("warning: not taken in: {} [{}]", why.message.english(), why.code);
    log::say(Level::Warning, &About { code: Some(why.code), ..About::default() }, &text);
    Ok(false)
}

/// Whether a failure is not the reviewer's file's: the ledger's or the disk's.
fn is_ours(failure: &Error) -> bool {
    ["FERRY-E0604", "FERRY-E0660", "FERRY-E0502", "FERRY-E0501"].contains(&failure.code)
}

/// Copies drafts that wait, and removes those that do no longer and half copies. What has another name, or is no file, is
/// not ours.
fn lay_out(agent: &Agent, folder: &Path) -> Result<()> {
    let waiting: BTreeSet<String> = drafts::waiting(&agent.conn)?.into_iter().map(|kept| kept.name).collect();
    let prefix = format!("{}-", agent.config.export.channel);
    for entry in std::fs::read_dir(folder).map_err(|e| Error::io(folder, &e, false))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_over = name.starts_with(&prefix) && name.ends_with(".draft") && !waiting.contains(&name);
        let goes = is_over || name.starts_with(durable::UNFINISHED_PREFIX);
        if goes && entry.file_type().is_ok_and(|t| !t.is_dir()) {
            durable::remove(&entry.path())?;
        }
    }
    let source = drafts::folder(&agent.config.state);
    for name in &waiting {
        let (from, to) = (source.join(name), folder.join(name));
        if from.exists() && !is_same(&from, &to)? {
            durable::remove(&to)?;
            durable::copy_new(&from, &to, 0o640)?;
        }
    }
    Ok(())
}

/// Whether a draft lies there as it is. A list that is proposed anew has the name of the one before it; a draft of records
/// never has, and is not read again whole.
fn is_same(from: &Path, to: &Path) -> Result<bool> {
    let Ok(there) = std::fs::symlink_metadata(to) else { return Ok(false) };
    let bytes = std::fs::metadata(from).map_err(|e| Error::io(from, &e, false))?.len();
    if !there.is_file() || there.len() != bytes {
        return Ok(false);
    }
    let read = |path: &Path| std::fs::read(path).map_err(|e| Error::io(path, &e, false));
    Ok(bytes > COMPARED_BYTES_MAX || read(from)? == read(to)?)
}
