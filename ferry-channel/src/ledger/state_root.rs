//! The state root as a table: buckets that changed are written, the others stay.

use crate::types::ChannelId;
use ferry_format::record::Record;
use ferry_format::record::state_root::{Buckets, Change, SetHash};
use ferry_io::error::{Error, Result};
use rusqlite::{Connection, params};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// All buckets of a channel.
pub fn load(conn: &Connection, channel: &ChannelId) -> Result<Buckets> {
    let mut statement = conn.prepare_cached("SELECT kind, bucket, sum FROM ferry_state_root WHERE channel = ?1")?;
    let mut rows = statement.query([channel])?;
    let mut all = Buckets::default();
    while let Some(row) = rows.next()? {
        let sum: Vec<u8> = row.get(2)?;
        let bucket = (row.get(0)?, row.get(1)?);
        all.0.insert(bucket, SetHash::from_bytes(&sum).unwrap_or_default());
    }
    Ok(all)
}

/// Puts counted buckets in the place of the stored ones.
pub fn replace(conn: &Connection, channel: &ChannelId, counted: &Buckets) -> Result<()> {
    conn.execute("DELETE FROM ferry_state_root WHERE channel = ?1", [channel])?;
    apply(conn, channel, counted).map(|_| ())
}

/// Adds `change` to the stored buckets, in the caller's transaction, and gives the new root.
pub fn apply(conn: &Connection, channel: &ChannelId, change: &Buckets) -> Result<[u8; 32]> {
    let mut all = load(conn, channel)?;
    let sql = "INSERT INTO ferry_state_root VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET sum = excluded.sum";
    let mut write = conn.prepare_cached(sql)?;
    for ((kind, bucket), delta) in change.0.iter().filter(|(_, d)| !d.is_zero()) {
        let sum = all.0.entry((kind.clone(), *bucket)).or_default();
        sum.merge(delta);
        write.execute(params![channel, kind, bucket, sum.to_bytes()])?;
    }
    Ok(all.root())
}

/// Changes of one page.
const PAGE: usize = 512;
/// Pages that wait to be counted.
const PAGES: usize = 8;

/// Counts changes of the state root on a second core: each costs more than the row that it is about.
pub struct RootDelta {
    give: SyncSender<Vec<Change>>,
    counter: JoinHandle<Buckets>,
    page: Vec<Change>,
}

impl RootDelta {
    /// Nothing has changed yet.
    pub fn start() -> Self {
        let (give, pages) = sync_channel::<Vec<Change>>(PAGES);
        let counter = std::thread::spawn(move || {
            let mut buckets = Buckets::default();
            pages.into_iter().flatten().for_each(|change| buckets.make(&change));
            buckets
        });
        Self { give, counter, page: Vec::with_capacity(PAGE) }
    }

    /// Replaces `before` (the digest counted so far, if any) by `record`.
    pub fn replace(&mut self, record: &Record, before: Option<&[u8; 32]>, content: &[u8; 32]) -> Result<()> {
        self.page.push(Change::of(record, before, content));
        if self.page.len() >= PAGE { self.pass_on() } else { Ok(()) }
    }

    /// All changes.
    pub fn finish(mut self) -> Result<Buckets> {
        self.pass_on()?;
        drop(self.give);
        self.counter.join().map_err(|_| ended())
    }

    fn pass_on(&mut self) -> Result<()> {
        self.give.send(std::mem::replace(&mut self.page, Vec::with_capacity(PAGE))).map_err(|_| ended())
    }
}

/// One of our threads is gone.
pub(crate) fn ended() -> Error {
    crate::texts::errors::worker_ended()
}
