//! Backup and restore of this side's state.

use crate::config::Config;
use crate::context::Context;
use crate::store::{self, drafts, version_floor};
use ferry_channel::ledger::numbering;
use ferry_channel::operator::record;
use ferry_channel::recovery::backup::{self, BackupContent, Made, Restored};
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Copies the state while the daemon runs. Case files and staging tables belong to the court's own stores, and are backed up with
/// them.
pub fn backup(context: &Context, folder: &Path, with_keys: bool, now: UnixSeconds) -> Result<Made> {
    backup::make(&context.conn, &content(&context.config), folder, with_keys, now)
}

/// Restores a backup into a state folder without a database. The next export begins a new epoch, gives versions above all that
/// were given before, and compares every row.
pub fn restore(config: &Config, folder: &Path, with_keys: bool, now: UnixSeconds) -> Result<Restored> {
    let outbox = config.state.join("outbox");
    backup::restore(&content(config), folder, with_keys, &|database| {
        let mut conn = store::open(database)?;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let epoch = numbering::mark_restored(&tx, &config.export.channel, &|file| outbox.join(file).exists(), now)?;
        // After the audit entry of the epoch: from that one on, audit heads that the lost state had signed do not count.
        record::record_command(&tx, "restore", &record::folder_text(folder, with_keys), now)?;
        version_floor::raise(&tx, now)?;
        tx.commit()?;
        conn.close().map_err(|(_, e)| e)?;
        Ok(epoch)
    })
}

/// What a backup contains.
fn content(config: &Config) -> BackupContent<'_> {
    let keys = vec![
        ("sender.key", config.export.sender_key.clone()),
        ("sender.pub", config.export.sender_key.with_extension("pub")),
        ("recipient.key", config.import.recipient_key.clone()),
        ("recipient.pub", config.import.recipient_key.with_extension("pub")),
        ("trust.toml", config.import.trust.clone()),
        ("login.key", config.source.login_key.clone()),
    ];
    let peers = config.export.recipients.iter().cloned().zip(["peer-1.pub", "peer-2.pub", "peer-3.pub"]);
    let keys = keys.into_iter().chain(peers.map(|(path, name)| (name, path))).collect();
    let (court, state, database) = (&config.court, &config.state, store::DATABASE);
    BackupContent { agent: "inner", court, state, database, keys, named: &for_each_file }
}

/// Calls `visit` with every file below the state folder that the database names.
fn for_each_file(conn: &Connection, visit: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
    backup::named_by_ledger(conn, visit)?;
    drafts::for_each_name(conn, &mut |name| visit(&format!("drafts/{name}")))
}
