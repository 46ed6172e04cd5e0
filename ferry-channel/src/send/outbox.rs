//! Sent batches are kept: for a resend until they are confirmed, and some days longer.

use crate::config::Sending;
use ferry_format::names::Id;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use rusqlite::{Connection, params};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where the batches of a channel are kept and dispatched. It holds no key.
pub struct Outlet {
    /// Channel id.
    pub channel: Id,
    /// Kept batches.
    pub outbox: PathBuf,
    /// Folder that the diode reads.
    pub sent: PathBuf,
    /// Longer batches are sent as a head and volumes of this length, in bytes.
    pub volume_bytes: u64,
    /// Days that a settled batch is kept.
    pub keep_days: u32,
}

impl Outlet {
    /// Makes the outbox folder in `state`.
    pub fn open(config: &Sending, state: &Path) -> Result<Self> {
        let outbox = state.join("outbox");
        durable::make_folder(&outbox)?;
        let channel = Id::new(&config.channel)?;
        Ok(Self {
            channel,
            outbox,
            sent: config.sent.clone(),
            volume_bytes: u64::from(config.volume_mib.get()) << 20,
            keep_days: config.keep_days,
        })
    }
}

/// Removes what an interrupted run left: unfinished files, and batches that the ledger does not name.
pub fn sweep(conn: &Connection, outlet: &Outlet) -> Result<()> {
    let (channel, outbox) = (outlet.channel.as_str(), &outlet.outbox);
    durable::remove_unfinished(outbox)?;
    let mut statement = conn.prepare("SELECT file FROM ferry_sent WHERE channel = ?1 AND file <> ''")?;
    let known: BTreeSet<String> = statement.query_map([channel], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    for entry in std::fs::read_dir(outbox).map_err(|e| Error::io(outbox, &e, false))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&format!("{channel}-")) && !known.contains(&name) {
            durable::remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes batches that were settled, or whose epoch ended, longer ago than they are kept and that nobody asks for.
/// Returns how many.
pub fn prune(conn: &Connection, outlet: &Outlet, now_s: i64) -> Result<u64> {
    let (channel, outbox) = (outlet.channel.as_str(), &outlet.outbox);
    let before_s = now_s - i64::from(outlet.keep_days) * 86_400;
    let sql = "SELECT epoch, sequence, file FROM ferry_sent o
               WHERE channel = ?1 AND file <> '' AND settled_s < ?2
                 AND (state IN ('confirmed', 'refused') OR (state = 'missing' AND reason = 'epoch-over'))
                 AND NOT EXISTS (SELECT 1 FROM ferry_resend_requested a
                   WHERE a.channel = ?1 AND a.epoch = o.epoch AND a.sequence = o.sequence)";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?, r.get::<_, String>(2)?));
    let old: Vec<_> = statement.query_map(params![channel, before_s], row)?.collect::<rusqlite::Result<_>>()?;
    for (epoch, sequence, file) in &old {
        let path = outbox.join(file);
        durable::remove(&path)?;
        let sql = "UPDATE ferry_sent SET file = '' WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
        conn.execute(sql, params![channel, epoch, sequence])?;
    }
    Ok(old.len() as u64)
}
