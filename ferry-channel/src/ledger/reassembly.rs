//! Batches that are being put together from volumes: one row for each batch, one for each run of segments that came.

use crate::types::{BatchNumber, ChannelId, Digest, UnixSeconds};
use ferry_format::frame::statement::VolumeRange;
use ferry_format::limits::VOLUME_RANGES_MAX;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use std::collections::BTreeSet;

/// A batch that is being put together.
#[derive(Clone, Debug, Serialize)]
pub struct Assembling {
    /// Number of the batch.
    pub sequence: u64,
    /// How many segments of 1 MiB it has; 0 while its head has not come.
    pub segments: u32,
    /// Segments that are missing, as inclusive ranges from 1; the head is 0.
    pub missing: Vec<(u32, u32)>,
    #[serde(skip)]
    growth_s: UnixSeconds,
}

/// What a head or volume belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Assembly {
    /// The batch that it says it is part of.
    pub(crate) number: BatchNumber,
    /// That batch's digest.
    pub(crate) digest: Digest,
}

/// What is being put together on a channel.
pub fn under_way(conn: &Connection, channel: &ChannelId) -> Result<Vec<Assembling>> {
    let sql = "SELECT batch, sequence, segments, growth_s FROM ferry_reassembly WHERE channel = ?1
               ORDER BY sequence, batch";
    let mut statement = conn.prepare_cached(sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, Digest>(0)?, r.get(1)?, r.get::<_, u32>(2)?, r.get(3)?));
    let rows: Vec<_> = statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?;
    let mut found = Vec::new();
    for (batch, sequence, segments, growth_s) in rows {
        let missing = if segments == 0 { vec![(0, 0)] } else { missing_segments(conn, channel, batch, segments)? };
        found.push(Assembling { sequence, segments, missing, growth_s });
    }
    Ok(found)
}

/// The segments to ask for: of batches that have not grown since `quiet_since_s`, and of those up to `acknowledged`, which
/// the sender would delete otherwise; none of the numbers in `accepted`. A batch is named with all its ranges or not at
/// all, and there are at most `room` ranges.
pub(crate) fn requests(
    conn: &Connection,
    channel: &ChannelId,
    accepted: &[u64],
    acknowledged: u64,
    quiet_since_s: UnixSeconds,
    room: usize,
) -> Result<Vec<VolumeRange>> {
    let mut requests: Vec<VolumeRange> = Vec::new();
    for batch in under_way(conn, channel)?.into_iter().filter(|b| !accepted.contains(&b.sequence)) {
        let is_due = batch.sequence <= acknowledged || batch.growth_s < quiet_since_s;
        let is_named = requests.iter().any(|r| r.sequence == batch.sequence);
        if is_due && !is_named && requests.len() + batch.missing.len() <= room {
            let sequence = batch.sequence;
            requests.extend(batch.missing.iter().map(|(from, to)| VolumeRange { sequence, from: *from, to: *to }));
        }
    }
    Ok(requests)
}

/// How many segments a batch has: `None` where nothing of it came, 0 while its head has not come.
pub(crate) fn segments_of(conn: &Connection, channel: &ChannelId, batch: Digest) -> Result<Option<u32>> {
    let sql = "SELECT segments FROM ferry_reassembly WHERE channel = ?1 AND batch = ?2";
    Ok(conn.query_row(sql, params![channel, batch], |r| r.get(0)).optional()?)
}

/// Whether all segments of an inclusive range came already.
pub(crate) fn has_segments(
    conn: &Connection,
    channel: &ChannelId,
    batch: Digest,
    (first, last): (u32, u32),
) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM ferry_segments
               WHERE channel = ?1 AND batch = ?2 AND first <= ?3 AND last >= ?4)";
    Ok(conn.query_row(sql, params![channel, batch, first, last], |r| r.get(0))?)
}

/// The runs of segments that came, ascending. Two of them never touch: a run that touches another is one with it.
fn runs(conn: &Connection, channel: &ChannelId, batch: Digest) -> Result<Vec<(u32, u32)>> {
    let sql = "SELECT first, last FROM ferry_segments WHERE channel = ?1 AND batch = ?2 ORDER BY first";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![channel, batch], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn missing_segments(conn: &Connection, channel: &ChannelId, batch: Digest, segments: u32) -> Result<Vec<(u32, u32)>> {
    let (mut missing, mut next) = (Vec::new(), 1);
    for (first, last) in runs(conn, channel, batch)? {
        if first > next {
            missing.push((next, first - 1));
        }
        next = last + 1;
    }
    if next <= segments {
        missing.push((next, segments));
    }
    Ok(missing)
}

/// Records a head, in the caller's transaction. What volumes without a head said of this number, or of this batch under
/// another one, counts no longer.
pub(crate) fn record_head(
    conn: &Connection,
    channel: &ChannelId,
    assembly: Assembly,
    segments: u32,
    now: UnixSeconds,
) -> Result<()> {
    let Assembly { number: BatchNumber { epoch, sequence }, digest } = assembly;
    conn.execute(
        "DELETE FROM ferry_reassembly WHERE channel = ?1 AND segments = 0
           AND (batch = ?4 OR (epoch = ?2 AND sequence = ?3))",
        params![channel, epoch, sequence, digest],
    )?;
    conn.execute(
        "INSERT INTO ferry_reassembly(channel, batch, epoch, sequence, segments, growth_s) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![channel, digest, epoch, sequence, segments, now],
    )?;
    Ok(())
}

/// Records the segments of a volume, in the caller's transaction.
pub(crate) fn record_segments(
    conn: &Connection,
    channel: &ChannelId,
    batch: Digest,
    (first, last): (u32, u32),
    now: UnixSeconds,
) -> Result<()> {
    let touching = runs(conn, channel, batch)?.into_iter().filter(|(a, z)| *a <= last + 1 && first <= *z + 1);
    let (mut from, mut to) = (first, last);
    for (a, z) in touching {
        (from, to) = (from.min(a), to.max(z));
        let sql = "DELETE FROM ferry_segments WHERE channel = ?1 AND batch = ?2 AND first = ?3";
        conn.execute(sql, params![channel, batch, a])?;
    }
    let sql = "INSERT INTO ferry_segments(channel, batch, first, last) VALUES (?1, ?2, ?3, ?4)";
    conn.execute(sql, params![channel, batch, from, to])?;
    let sql = "UPDATE ferry_reassembly SET growth_s = ?3 WHERE channel = ?1 AND batch = ?2";
    conn.execute(sql, params![channel, batch, now])?;
    Ok(())
}

/// Remembers that volumes of a batch came without its head, for as many batches as one request may name. What the volume
/// says of itself is not signed: it only leads to asking for a head.
pub(crate) fn await_head(conn: &Connection, channel: &ChannelId, claimed: Assembly, now: UnixSeconds) -> Result<()> {
    let Assembly { number: BatchNumber { epoch, sequence }, digest } = claimed;
    if sequence == 0 || i64::try_from(sequence.max(epoch)).is_err() {
        return Ok(());
    }
    let sql = "INSERT INTO ferry_reassembly(channel, batch, epoch, sequence, segments, growth_s)
               SELECT ?1, ?2, ?3, ?4, 0, ?5
               WHERE (SELECT count(*) FROM ferry_reassembly WHERE channel = ?1 AND segments = 0) < ?6
                 AND NOT EXISTS (SELECT 1 FROM ferry_reassembly WHERE channel = ?1 AND (batch = ?2 OR sequence = ?4))";
    conn.execute(sql, params![channel, digest, epoch, sequence, now, VOLUME_RANGES_MAX])?;
    Ok(())
}

/// Batches of which every segment came, and how many there are.
pub(crate) fn complete(conn: &Connection, channel: &ChannelId) -> Result<Vec<(Assembly, u32)>> {
    let sql = "SELECT batch, epoch, sequence, segments FROM ferry_reassembly a WHERE channel = ?1 AND segments > 0
                 AND EXISTS (SELECT 1 FROM ferry_segments s WHERE s.channel = ?1 AND s.batch = a.batch
                             AND s.first = 1 AND s.last = a.segments)";
    let mut statement = conn.prepare_cached(sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok((assembly(r)?, r.get(3)?));
    Ok(statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?)
}

/// Batches whose number was accepted or refused meanwhile, and whether a head of another batch came under it.
pub(crate) fn settled(conn: &Connection, channel: &ChannelId) -> Result<Vec<(Assembly, bool)>> {
    let sql = "SELECT a.batch, a.epoch, a.sequence, a.segments > 0 AND i.digest <> a.batch FROM ferry_reassembly a
               JOIN ferry_received i ON i.channel = a.channel AND i.epoch = a.epoch AND i.sequence = a.sequence
               WHERE a.channel = ?1 AND i.digest IS NOT NULL";
    let mut statement = conn.prepare_cached(sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok((assembly(r)?, r.get(3)?));
    Ok(statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?)
}

/// Batches to which nothing was added since `before_s`.
pub(crate) fn unchanged_since(conn: &Connection, channel: &ChannelId, before_s: UnixSeconds) -> Result<Vec<Assembly>> {
    let sql = "SELECT batch, epoch, sequence FROM ferry_reassembly WHERE channel = ?1 AND growth_s < ?2";
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_map(params![channel, before_s], assembly)?.collect::<rusqlite::Result<_>>()?)
}

fn assembly(row: &rusqlite::Row<'_>) -> rusqlite::Result<Assembly> {
    Ok(Assembly { number: BatchNumber::new(row.get(1)?, row.get(2)?), digest: row.get(0)? })
}

/// Digests of the batches whose head came, on all channels.
pub(crate) fn with_head(conn: &Connection) -> Result<BTreeSet<Digest>> {
    let mut statement = conn.prepare("SELECT batch FROM ferry_reassembly WHERE segments > 0")?;
    Ok(statement.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Begins to count again where a clock was set back: quiet begins now instead of in some years.
pub(crate) fn clip_growth(conn: &Connection, channel: &ChannelId, now: UnixSeconds) -> Result<()> {
    let sql = "UPDATE ferry_reassembly SET growth_s = ?2 WHERE channel = ?1 AND growth_s > ?2";
    conn.execute(sql, params![channel, now])?;
    Ok(())
}

/// Forgets a batch, in one transaction.
pub(crate) fn forget(conn: &Connection, channel: &ChannelId, batch: Digest) -> Result<()> {
    let tx = conn.unchecked_transaction()?;
    tx.execute("DELETE FROM ferry_segments WHERE channel = ?1 AND batch = ?2", params![channel, batch])?;
    tx.execute("DELETE FROM ferry_reassembly WHERE channel = ?1 AND batch = ?2", params![channel, batch])?;
    Ok(tx.commit()?)
}

/// Forgets everything that is being put together: after a restoration all of it is asked for again.
pub(crate) fn forget_all(conn: &Connection) -> Result<()> {
    Ok(conn.execute_batch("DELETE FROM ferry_segments; DELETE FROM ferry_reassembly;")?)
}
