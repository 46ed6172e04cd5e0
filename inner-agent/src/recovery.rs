//! What this side does when it, or the far side, lost its newest state.

use crate::agent::Agent;
use crate::config::Config;
use crate::export::floor;
use crate::store;
use ferry_channel::ledger::numbering;
use ferry_channel::operator::commands as operator;
use ferry_channel::recovery::backup;
use ferry_channel::recovery::backup::{Kept, Made, Restored};
use ferry_io::clock;
use ferry_io::error::Result;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Copies the state while the daemon runs. Case files and staging tables belong to the court's own stores and are backed up
/// with them.
pub fn backup(agent: &Agent, folder: &Path, with_keys: bool) -> Result<Made> {
    backup::make(&agent.conn, &kept(&agent.config), folder, with_keys, clock::now_s())
}

/// Restores a backup into a state folder without a database: the next export numbers from a new epoch, gives versions above
/// all that were given before, and compares every row.
pub fn restore(config: &Config, folder: &Path, with_keys: bool) -> Result<Restored> {
    let now_s = clock::now_s();
    backup::restore(&kept(config), folder, with_keys, &|database| {
        let mut conn = store::open(database)?;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let epoch = numbering::restored(&tx, &config.export.channel, &config.state.join("outbox"), now_s)?;
        // After the epoch's own entry: from that one on, heads that the lost state had signed are no longer covered.
        operator::note(&tx, "restore", &operator::folder_text(folder, with_keys))?;
        floor::raise(&tx, now_s)?;
        tx.commit()?;
        conn.close().map_err(|(_, e)| e)?;
        Ok(epoch)
    })
}

fn kept(config: &Config) -> Kept<'_> {
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
    Kept { agent: "inner", court: &config.court, state: &config.state, database: store::DATABASE, keys, named: &named }
}

fn named(conn: &Connection, each: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
    backup::named_by_ledger(conn, each)?;
    let mut statement = conn.prepare("SELECT name FROM draft ORDER BY name")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(&format!("drafts/{}", row.get::<_, String>(0)?))?;
    }
    Ok(())
}
