//! Where a refused file waits for a person, with the reason and what to do.

use crate::audit;
use crate::ledger::quarantine::{self, QuarantinedFile};
use crate::receive::scan::IncomingFile;
use crate::runtime::log::{self, About, Level};
use crate::runtime::user::system_user;
use crate::texts;
use crate::types::decision::Decision;
use crate::types::{BatchNumber, ChannelId, UnixSeconds};
use ferry_io::error::{Error, Result};
use ferry_io::fs::{durable, read};
use ferry_io::output::language::Show;
use rusqlite::Connection;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Stops a flood from filling the disk: files kept.
const FILES_MAX: u64 = 1000;
/// The same, in bytes.
const BYTES_MAX: u64 = 64 << 30;
/// Of files that are no batch at all so many are kept: enough to see where they come from, with room left for the rest.
const FOREIGN_MAX: u64 = 100;
/// A longer one proves nothing that its first bytes do not, and might have to be copied.
const FOREIGN_BYTES_MAX: u64 = 16 << 20;
/// Code of a file that is no batch.
const FOREIGN: &str = "FERRY-E0101";

/// What became of a refused file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuarantineOutcome {
    /// It is in quarantine.
    Moved,
    /// There is no room for it: it was deleted.
    Deleted,
    /// It stays where it is: the folder is not ours to change.
    ReadOnly,
    /// Somebody else took it away meanwhile.
    Vanished,
}

/// Moves a file into quarantine and records why. What is deleted is for the caller to report, once for all of a pass.
pub(crate) fn put(
    conn: &Connection,
    channel: &ChannelId,
    folder: &Path,
    file: &IncomingFile,
    why: &Error,
    now: UnixSeconds,
) -> Result<QuarantineOutcome> {
    if !has_room(conn, file.bytes)? {
        return delete_refused(file);
    }
    let about = About { code: Some(why.code), channel: Some(channel.as_str()), ..About::default() };
    let tx = conn.unchecked_transaction()?;
    let name = quarantine::record(&tx, channel, (&file.name, file.bytes), why, now)?;
    let detail = format!("{} {}", why.code, why.message.english());
    audit::record(&tx, now, "agent", "quarantine", &file.name, &detail)?;
    match durable::move_new(&file.path, &folder.join(name), 0o640) {
        Ok(()) => {}
        Err(_) if !file.path.exists() => return Ok(QuarantineOutcome::Vanished),
        Err(error) if is_read_only(&file.path) => {
            let text = texts::receive::refused_in_place(&file.name, &error.message);
            log::say(Level::Warning, &about, text.show());
            return Ok(QuarantineOutcome::ReadOnly);
        }
        Err(error) => return Err(error),
    }
    tx.commit()?;
    let text = texts::receive::quarantined(&file.name, &why.message, why.code, &why.hint);
    log::say(Level::Warning, &about, text.show());
    Ok(QuarantineOutcome::Moved)
}

/// Whether a file that is no batch is worth keeping as evidence.
pub(crate) fn wants_foreign(conn: &Connection, file: &IncomingFile) -> Result<bool> {
    let kept = quarantine::kept_with_code(conn, FOREIGN)?;
    Ok(file.bytes <= FOREIGN_BYTES_MAX && kept < FOREIGN_MAX && has_room(conn, file.bytes)?)
}

fn has_room(conn: &Connection, bytes: u64) -> Result<bool> {
    let (files, kept_bytes) = quarantine::kept(conn)?;
    // The first one is kept at any length.
    Ok(files < FILES_MAX && (files == 0 || kept_bytes.saturating_add(bytes) <= BYTES_MAX))
}

fn delete_refused(file: &IncomingFile) -> Result<QuarantineOutcome> {
    match durable::try_remove(&file.path) {
        Ok(()) => Ok(QuarantineOutcome::Deleted),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(QuarantineOutcome::Vanished),
        Err(_) if is_read_only(&file.path) => Ok(QuarantineOutcome::ReadOnly),
        Err(e) => Err(Error::io(&file.path, &e, false)),
    }
}

/// Whether the folder of a file is not ours to change.
fn is_read_only(path: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(durable::folder_of(path), Access::WRITE_OK).is_err()
}

/// Files that no row names: this program was ended between moving one here and recording it.
pub(crate) fn orphaned_files(conn: &Connection, folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |e: std::io::Error| Error::io(folder, &e, false);
    durable::remove_unfinished(folder)?;
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".ferry") && !quarantine::names_file(conn, &name)? {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Files that were short when they were put here, and whose slow copy has since been completed.
pub(crate) fn completed(
    conn: &Connection,
    channel: &ChannelId,
    folder: &Path,
    short_code: &str,
) -> Result<Vec<(i64, IncomingFile)>> {
    let rows = quarantine::list(conn, channel)?;
    let short = rows.into_iter().filter(|row| row.code == short_code && !row.file.is_empty());
    let grown = short.filter_map(|row| {
        let path = folder.join(row.file);
        let now = std::fs::symlink_metadata(&path).ok()?.len();
        (now > row.bytes).then_some((row.id, IncomingFile { path, name: row.name, bytes: now }))
    });
    Ok(grown.collect())
}

/// Forgets a row after its file was put back into the received folder.
pub(crate) fn release(conn: &Connection, id: i64, name: &str, now: UnixSeconds) -> Result<()> {
    quarantine::delete(conn, id)?;
    audit::record(conn, now, "agent", "unquarantine", name, "its copy was completed")
}

/// What a file says of itself. Nothing of it is verified.
#[derive(Clone, Debug, Serialize)]
pub struct ClaimedHeader {
    /// Court.
    pub court: String,
    /// Channel.
    pub channel: String,
    /// Direction.
    pub direction: &'static str,
    /// Epoch and number; none for a draft.
    pub place: Option<(u64, u64)>,
    /// Entries.
    pub entries: u32,
}

/// What a file in quarantine says of itself, as far as it can be read.
pub fn claimed_header(folder: &Path, file: &QuarantinedFile) -> Option<ClaimedHeader> {
    let batch = read::batch(&folder.join(&file.file)).ok()?;
    let header = batch.claimed_header();
    Some(ClaimedHeader {
        court: header.court.as_str().to_owned(),
        channel: header.channel.as_str().to_owned(),
        direction: header.direction.as_str(),
        place: batch.claimed_position().ok().map(|(epoch, sequence, _)| (epoch, sequence)),
        entries: batch.claimed_content().entries,
    })
}

impl ClaimedHeader {
    /// The number that it claims.
    pub fn number(&self) -> Option<BatchNumber> {
        self.place.map(BatchNumber::from)
    }
}

/// One file in quarantine.
///
/// # Errors
/// `FERRY-E0677`, no input: there is none of that number.
pub fn find(conn: &Connection, channel: &ChannelId, id: i64) -> Result<QuarantinedFile> {
    let found = quarantine::list(conn, channel)?.into_iter().find(|file| file.id == id);
    found.ok_or_else(|| texts::errors::not_in_quarantine(channel, id))
}

/// Puts a file back where it came from: the next pass looks at it like at any other.
///
/// # Errors
/// `FERRY-E0677`, no input: it was deleted, or there is none of that number.
pub fn retry(
    conn: &Connection,
    channel: &ChannelId,
    folder: &Path,
    received: &Path,
    id: i64,
    now: UnixSeconds,
) -> Result<()> {
    let row = find(conn, channel, id)?;
    if row.file.is_empty() {
        return Err(texts::errors::not_kept_in_quarantine(&row.name));
    }
    // The row goes last: a run that is ended in between finds the file put back already.
    let source = folder.join(&row.file);
    if source.exists() {
        durable::move_new(&source, &received.join(format!("again-{id}.ferry")), 0o640)?;
    }
    let tx = conn.unchecked_transaction()?;
    quarantine::delete(&tx, id)?;
    audit::record(&tx, now, &system_user(), "retry", &row.name, &row.code)?;
    Ok(tx.commit()?)
}

/// Deletes a file and its row permanently.
///
/// # Errors
/// `FERRY-E0677`, no input: there is none of that number.
pub fn discard(
    conn: &Connection,
    channel: &ChannelId,
    folder: &Path,
    id: i64,
    decision: &Decision,
    now: UnixSeconds,
) -> Result<()> {
    let row = find(conn, channel, id)?;
    let tx = conn.unchecked_transaction()?;
    quarantine::delete(&tx, id)?;
    let detail = format!("{} {}: {}", row.code, row.file, decision.reason.as_str());
    audit::record(&tx, now, decision.by.as_str(), "discard", &row.name, &detail)?;
    if !row.file.is_empty() {
        durable::remove(&folder.join(&row.file))?;
    }
    Ok(tx.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::migrations;
    use ferry_format::FormatError;

    #[test]
    fn quarantine_keeps_the_file_its_reason_and_an_audit_entry() {
        let dir = tempfile::tempdir().unwrap();
        let (conn, up) = (migrations::in_memory(), ChannelId::new("up").unwrap());
        let folder = dir.path().join("quarantine");
        durable::make_folder(&folder).unwrap();
        let path = dir.path().join("bad.ferry");
        std::fs::write(&path, b"bad").unwrap();
        let file = IncomingFile { path: path.clone(), name: "bad.ferry".into(), bytes: 3 };
        let why = Error::from(FormatError::Segment { segment: 1, segments: 1 });
        put(&conn, &up, &folder, &file, &why, UnixSeconds(7)).unwrap();
        assert!(!path.exists());
        let kept = quarantine::list(&conn, &up).unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].code.as_str(), kept[0].bytes), (why.code, 3));
        assert_eq!(std::fs::read(folder.join(&kept[0].file)).unwrap(), b"bad");
        assert_eq!(audit::verify(&conn).unwrap(), 1);
    }
}
