//! Backup and restore, and what to do when this side or the inner side has lost its newest state.

use crate::config::Config;
use crate::context::Context;
use crate::store::{DATABASE, Store, outgoing, sessions, visible};
use ferry_channel::ledger::numbering;
use ferry_channel::ledger::received;
use ferry_channel::operator::record;
use ferry_channel::recovery::backup;
use ferry_channel::recovery::backup::{BackupContent, Made, Restored};
use ferry_channel::recovery::rollback::StateLoss;
use ferry_channel::types::{ChannelId, EpochReason, UnixSeconds};
use ferry_format::encoding::hex::to_hex;
use ferry_io::error::Result;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Copies the state while the daemon runs.
pub fn backup(context: &Context, folder: &Path, with_keys: bool, now: UnixSeconds) -> Result<Made> {
    backup::make(&context.store.conn, &contents(&context.config), folder, with_keys, now)
}

/// Restores a backup into a state folder without a database. The next reply starts a new epoch and carries everything again
/// that was not acknowledged.
pub fn restore(config: &Config, folder: &Path, with_keys: bool, now: UnixSeconds) -> Result<Restored> {
    let outbox = config.state.join("outbox");
    backup::restore(&contents(config), folder, with_keys, &|database| {
        let mut conn = Store::open_database(database)?;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let epoch = numbering::mark_restored(&tx, &config.reply.channel, &|file| outbox.join(file).exists(), now)?;
        // After the entry of the new epoch: from that entry on, audit heads that the lost state had signed are not covered.
        record::record_command(&tx, "restore", &record::folder_text(folder, with_keys), now)?;
        outgoing::requeue_all(&tx)?;
        // A session that was ended after the backup was made stays ended.
        sessions::end_all(&tx)?;
        tx.commit()?;
        conn.close().map_err(|(_, e)| e)?;
        Ok(epoch)
    })
}

/// Acts on the state loss that the newest ↑ batch shows, in the transaction that publishes it.
pub fn apply_state_loss(
    conn: &Connection,
    up: &ChannelId,
    down: &ChannelId,
    loss: &StateLoss,
    now: UnixSeconds,
) -> Result<()> {
    if loss.we_lost_state {
        outgoing::requeue_all(conn)?;
    }
    if loss.peer_lost_state {
        // The inner side has lost our reports of its batches.
        received::report_all_again(conn, up)?;
    }
    if loss.not_kept > 0 {
        // Their records were settled inside before. Without a new epoch the inner side would ask for them permanently.
        numbering::begin(conn, down, 0, EpochReason::PeerLostBatches, now)?;
        outgoing::requeue_all(conn)?;
    }
    Ok(())
}

/// What a backup of this side contains.
fn contents(config: &Config) -> BackupContent<'_> {
    let portal = &config.portal;
    let keys = vec![
        ("sender.key", config.reply.sender_key.clone()),
        ("sender.pub", config.reply.sender_key.with_extension("pub")),
        ("recipient.key", config.ingest.recipient_key.clone()),
        ("recipient.pub", config.ingest.recipient_key.with_extension("pub")),
        ("trust.toml", config.ingest.trust.clone()),
        ("login.key", portal.login_key.clone()),
        ("tls.key", portal.private_key.clone()),
        ("tls.crt", portal.certificate.clone()),
    ];
    let peers = config.reply.recipients.iter().cloned().zip(["peer-1.pub", "peer-2.pub", "peer-3.pub"]);
    let keys = keys.into_iter().chain(peers.map(|(path, name)| (name, path))).collect();
    BackupContent {
        agent: "outer",
        court: &config.court,
        state: &config.state,
        database: DATABASE,
        keys,
        named: &each_file,
    }
}

/// Calls `each` with the path of every file that the database refers to.
fn each_file(conn: &Connection, each: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
    backup::named_by_ledger(conn, each)?;
    // What is staged and not visible belongs to a batch that is ingested again.
    visible::each_document(conn, |sha256| {
        let hex = to_hex(sha256);
        each(&format!("documents/{}/{}", &hex[..2], &hex[2..]))
    })
}
