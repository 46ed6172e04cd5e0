//! Commands that a person typed are entries of the audit.

use crate::audit as audit_log;
use crate::ledger::db;
use crate::runtime::user::system_user;
use crate::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::keys::load;
use rusqlite::Connection;
use std::path::Path;

/// Records that a command was typed that changes something or copies the state, before it does.
pub fn record_command(conn: &Connection, command: &str, detail: &str, now: UnixSeconds) -> Result<()> {
    audit_log::record(conn, now, &system_user(), "command", command, detail).map_err(|e| db::named(conn, e))
}

/// The same for a command that needs no database. Where there is none yet nothing is recorded and none is made, so that a
/// backup can still be restored; what was trusted is then recorded when it is used first.
pub fn record_command_in(database: &Path, command: &str, detail: &str, now: UnixSeconds) -> Result<()> {
    if !database.exists() {
        return Ok(());
    }
    record_command(&db::open_existing(database)?, command, detail, now)
}

/// A backup's folder, for the audit.
pub fn folder_text(folder: &Path, with_keys: bool) -> String {
    format!("{}{}", folder.display(), if with_keys { ", with keys" } else { "" })
}

/// The keys of the other side that were trusted, for the audit: their fingerprints as two people compare them.
pub fn pair_text(sender: &Path, recipient: &Path) -> String {
    let id = |path: &Path| load::public_key(path).map_or_else(|e| e.to_string(), |key| key.fingerprint().to_string());
    format!("sender {}, recipient {}", id(sender), id(recipient))
}
