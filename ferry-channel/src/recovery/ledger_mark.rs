//! What a state folder knows of its ledger, beside it: how far the audit chain had come after the newest run. A ledger that is
//! missing, empty, older or another one than worked here would send numbers again that the other side has.

use crate::audit;
use crate::runtime::lock;
use crate::texts::errors;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::statement::AuditHead;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The file's name in the state folder.
pub const FILE: &str = "ledger-mark";
/// Folders of the state in which only a ledger puts something.
const FILLED: [&str; 2] = ["outbox", "documents"];

/// How far the audit chain had come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LedgerMark {
    entries: u64,
    digest: String,
}

impl LedgerMark {
    fn of(head: &AuditHead) -> Self {
        Self { entries: head.entries, digest: to_hex(&head.digest) }
    }

    /// The mark of a state folder; nothing where none was written, or it cannot be read as one.
    fn read(state: &Path) -> Result<Option<Self>> {
        let path = state.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(serde_json::from_str(&text).ok()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::io(&path, &e, false)),
        }
    }
}

/// Checks, before a ledger is opened, that it is not missing where one has worked.
///
/// # Errors
/// `FERRY-E0658` (74).
pub fn check_present(state: &Path, database: &str) -> Result<()> {
    let path = state.join(database);
    let is_there = std::fs::metadata(&path).is_ok_and(|meta| meta.len() > 0);
    if is_there || (LedgerMark::read(state)?.is_none() && !FILLED.iter().any(|folder| holds_files(&state.join(folder))))
    {
        return Ok(());
    }
    Err(errors::ledger_missing(path.display()))
}

/// Whether a file lies in a folder or one of its folders, beside what an interrupted run left.
fn holds_files(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        !is_hidden && entry.file_type().is_ok_and(|of| if of.is_dir() { holds_files(&entry.path()) } else { true })
    })
}

/// Checks that an opened ledger is the one that worked here last, and no older copy of it.
///
/// # Errors
/// `FERRY-E0659` (74).
pub fn check_current(conn: &Connection, state: &Path) -> Result<()> {
    let Some(mark) = LedgerMark::read(state)? else { return Ok(()) };
    let known = audit::digest_of(conn, mark.entries)?.map(|digest| to_hex(&digest));
    if mark.entries == 0 || known.as_deref() == Some(&mark.digest) {
        return Ok(());
    }
    let has = audit::head(conn)?.entries;
    Err(errors::ledger_older(conn.path().unwrap_or_default(), mark.entries, has))
}

/// Notes how far the chain has come. Another job may have noted more meanwhile.
///
/// # Errors
/// Where the file cannot be written.
pub fn note(conn: &Connection, state: &Path) -> Result<()> {
    let now = LedgerMark::of(&audit::head(conn)?);
    if LedgerMark::read(state)?.is_some_and(|mark| mark == now) {
        return Ok(());
    }
    let _alone = lock::wait_for(state, FILE)?;
    // Read again: what was noted meanwhile is not taken back.
    let now = LedgerMark::of(&audit::head(conn)?);
    if LedgerMark::read(state)?.is_some_and(|mark| mark.entries >= now.entries) {
        return Ok(());
    }
    let path = state.join(FILE);
    let text = serde_json::to_string(&now).map_err(|e| Error::io(&path, &e.into(), true))?;
    durable::write_over(&path, text.as_bytes())
}

/// Forgets the mark: a restored ledger takes the place of the one that worked here.
///
/// # Errors
/// Where the file cannot be removed.
pub fn forget(state: &Path) -> Result<()> {
    durable::remove(&state.join(FILE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::migrations;
    use crate::types::UnixSeconds;

    fn ledger(entries: u64) -> Connection {
        let conn = migrations::in_memory();
        (0..entries).for_each(|n| audit::record(&conn, UnixSeconds(n as i64), "agent", "act", "subject", "").unwrap());
        conn
    }

    #[test]
    fn a_ledger_that_went_on_is_current_and_an_older_or_another_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path();
        check_current(&ledger(0), state).unwrap();
        let conn = ledger(2);
        note(&conn, state).unwrap();
        let add = || audit::record(&conn, UnixSeconds(9), "agent", "act", "subject", "").unwrap();
        add();
        note(&conn, state).unwrap();
        check_current(&conn, state).unwrap();
        add();
        check_current(&conn, state).unwrap();
        for entries in [2, 1, 0] {
            conn.execute("DELETE FROM ferry_audit WHERE number > ?1", [entries]).unwrap();
            note(&conn, state).unwrap();
            assert_eq!(check_current(&conn, state).unwrap_err().code, "FERRY-E0659", "{entries}");
        }
        let other = ledger(0);
        (0..5).for_each(|_| audit::record(&other, UnixSeconds(7), "agent", "other", "", "").unwrap());
        assert_eq!(check_current(&other, state).unwrap_err().code, "FERRY-E0659");
        forget(state).unwrap();
        check_current(&other, state).unwrap();
    }

    #[test]
    fn a_missing_or_empty_ledger_is_refused_only_where_one_has_worked() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path();
        let code = || check_present(state, "x.db").err().map(|e| e.code);
        assert_eq!(code(), None, "a new installation");
        std::fs::create_dir_all(state.join("documents/.staging")).unwrap();
        std::fs::create_dir(state.join("outbox")).unwrap();
        assert_eq!(code(), None, "folders alone");
        std::fs::write(state.join("outbox/up-1-00000001.ferry"), "batch").unwrap();
        assert_eq!(code(), Some("FERRY-E0658"));
        std::fs::write(state.join("x.db"), "").unwrap();
        assert_eq!(code(), Some("FERRY-E0658"), "an empty file");
        std::fs::write(state.join("x.db"), "SQLite format 3").unwrap();
        assert_eq!(code(), None);
    }
}
