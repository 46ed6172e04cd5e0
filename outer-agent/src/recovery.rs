//! What this side does when it, or the far side, lost its newest state.

use crate::agent::Agent;
use crate::config::Config;
use crate::store::{DATABASE, Store, outgoing};
use ferry_channel::ledger::numbering;
use ferry_channel::operator::commands as operator;
use ferry_channel::recovery::backup;
use ferry_channel::recovery::backup::{Kept, Made, Restored};
use ferry_channel::recovery::rollback::Heard;
use ferry_format::encoding::hex::to_hex;
use ferry_io::clock;
use ferry_io::error::Result;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Copies the state while the daemon runs.
pub fn backup(agent: &Agent, folder: &Path, with_keys: bool) -> Result<Made> {
    backup::make(&agent.store.conn, &kept(&agent.config), folder, with_keys, clock::now_s())
}

/// Restores a backup into a state folder without a database: the next reply numbers from a new epoch and carries everything
/// again that was not acknowledged.
pub fn restore(config: &Config, folder: &Path, with_keys: bool) -> Result<Restored> {
    let now_s = clock::now_s();
    backup::restore(&kept(config), folder, with_keys, &|database| {
        let mut conn = Store::open_database(database)?;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let epoch = numbering::restored(&tx, &config.reply.channel, &config.state.join("outbox"), now_s)?;
        // After the epoch's own entry: from that one on, heads that the lost state had signed are no longer covered.
        operator::note(&tx, "restore", &operator::folder_text(folder, with_keys))?;
        outgoing::requeue(&tx)?;
        // Whoever logged out since the backup was made stays logged out.
        tx.execute("DELETE FROM session", [])?;
        tx.commit()?;
        conn.close().map_err(|(_, e)| e)?;
        Ok(epoch)
    })
}

/// Answers what a newest ↑ batch showed, in the transaction that publishes it.
pub fn answer(conn: &Connection, up: &str, down: &str, heard: &Heard, now_s: i64) -> Result<()> {
    if heard.we_fell_back {
        outgoing::requeue(conn)?;
    }
    if heard.far_fell_back {
        // The far side forgot what it was told of its own batches.
        conn.execute("UPDATE ferry_received SET reported = 0 WHERE channel = ?1", [up])?;
    }
    if heard.not_kept > 0 {
        // Their items were settled in the platform; without a new epoch the far side would ask for them for ever.
        numbering::begin(conn, down, 0, "the inner side lost batches that are no longer kept", now_s)?;
        outgoing::requeue(conn)?;
    }
    Ok(())
}

fn kept(config: &Config) -> Kept<'_> {
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
    Kept { agent: "outer", court: &config.court, state: &config.state, database: DATABASE, keys, named: &named }
}

fn named(conn: &Connection, each: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
    backup::named_by_ledger(conn, each)?;
    // What is staged and not shown belongs to a batch that is ingested again.
    let sql =
        "SELECT DISTINCT sha256 FROM document WHERE generation <= (SELECT generation FROM visible) ORDER BY sha256";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let hex = to_hex(&row.get::<_, [u8; 32]>(0)?);
        each(&format!("documents/{}/{}", &hex[..2], &hex[2..]))?;
    }
    Ok(())
}
