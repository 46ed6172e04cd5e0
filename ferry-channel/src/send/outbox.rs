//! Sent batches are kept: for a resend until they are confirmed, and some days longer.

use crate::config::Sending;
use crate::ledger::sent::{self, KeptBatch};
use crate::runtime::disk_space::SpaceRequirement;
use crate::send::decide;
use crate::types::{BatchState, ChannelId, UnixSeconds};
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where the batches of a channel are kept and dispatched. It holds no key.
pub struct OutboxPaths {
    /// Channel id.
    pub channel: ChannelId,
    /// Kept batches.
    pub outbox: PathBuf,
    /// Folder that the diode reads.
    pub sent: PathBuf,
    /// Longer batches are sent as a head and volumes of this length, in bytes.
    pub volume_bytes: u64,
    /// Days that a settled batch is kept.
    pub retention_days: u32,
}

impl OutboxPaths {
    /// Makes the outbox folder in `state`.
    pub fn open(config: &Sending, state: &Path) -> Result<Self> {
        let outbox = state.join("outbox");
        durable::make_folder_below(state, &outbox)?;
        Ok(Self {
            channel: config.channel.clone(),
            outbox,
            sent: config.sent.clone(),
            volume_bytes: u64::from(config.volume_mib.get()) << 20,
            retention_days: config.retention_days,
        })
    }
}

/// Removes what an interrupted run left: unfinished files, and batches that the ledger does not name.
pub fn sweep(conn: &Connection, paths: &OutboxPaths) -> Result<()> {
    let (channel, outbox) = (&paths.channel, &paths.outbox);
    durable::remove_unfinished(outbox)?;
    let known: BTreeSet<String> = sent::with_file(conn, channel)?.into_iter().map(|batch| batch.file).collect();
    for entry in std::fs::read_dir(outbox).map_err(|e| Error::io(outbox, &e, false))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&format!("{channel}-")) && !known.contains(&name) {
            durable::remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Numbers whose files the outbox lost before the other side had them.
pub fn lost(conn: &Connection, channel: &ChannelId, outbox: &Path) -> Result<Vec<u64>> {
    let is_open = |batch: &KeptBatch| !matches!(batch.state, BatchState::Confirmed | BatchState::Refused);
    let kept = sent::with_file(conn, channel)?.into_iter().filter(is_open);
    Ok(kept.filter(|batch| !outbox.join(&batch.file).exists()).map(|batch| batch.number.sequence).collect())
}

/// Removes batches whose days are over. Returns how many.
pub fn prune(conn: &Connection, paths: &OutboxPaths, now: UnixSeconds) -> Result<u64> {
    let before_s = now.days_before(paths.retention_days);
    let mut old = sent::with_file(conn, &paths.channel)?;
    old.retain(|batch| decide::may_be_deleted(batch, before_s));
    for batch in &old {
        durable::remove(&paths.outbox.join(&batch.file))?;
        sent::forget_file(conn, &paths.channel, &batch.file)?;
    }
    Ok(old.len() as u64)
}

/// What the next batch of a channel is going to write: as much as the last one, once in the outbox and once for the
/// diode. Of a channel that has sent nothing yet, nothing is known.
pub fn space_needed(conn: &Connection, paths: &OutboxPaths) -> Result<Vec<SpaceRequirement>> {
    let bytes = sent::newest_bytes(conn, &paths.channel)?;
    Ok([&paths.outbox, &paths.sent].map(|folder| SpaceRequirement { folder: folder.clone(), bytes }).to_vec())
}
