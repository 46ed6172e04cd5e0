//! Copies released batches to the folder that the diode reads. Doing it twice is harmless.

use crate::audit;
use crate::ledger::gaps;
use crate::ledger::resends;
use crate::ledger::sent::{self, KeptBatch, LOST};
use crate::send::decide::{self, Dispatch};
use crate::send::outbox::OutboxPaths;
use crate::send::parts::{EVERYTHING, Parts};
use crate::texts;
use crate::types::number_range::{NumberRange, format_numbers};
use crate::types::{BatchNumber, BatchState, UnixSeconds};
use ferry_format::frame::statement::{SeriesStatement, VolumeRange};
use ferry_io::error::Result;
use ferry_io::fs::durable;
use rusqlite::Connection;
use serde::Serialize;

/// Dispatches everything that is released, oldest first. Returns how many. One whose file the outbox lost stops no other,
/// and one that the other side lost goes out again as often as a day allows.
pub fn dispatch(conn: &Connection, paths: &OutboxPaths, now: UnixSeconds) -> Result<u64> {
    durable::remove_unfinished(&paths.sent)?;
    let mut count = 0;
    for batch in &sent::in_state(conn, &paths.channel, BatchState::Released)? {
        let Some(how) = decide::dispatch(batch) else { continue };
        let Some(parts) = parts_of(conn, paths, batch, now)? else { continue };
        if how == Dispatch::Again && !may_go_again(conn, paths, batch, &parts, EVERYTHING, now)? {
            continue;
        }
        write_and_record(conn, paths, batch, &parts, how, now)?;
        if how == Dispatch::Again {
            resends::record(conn, &paths.channel, batch.number, parts.bytes(EVERYTHING), now)?;
        }
        count += 1;
    }
    Ok(count)
}

/// The files of a kept batch; `None` where the outbox lost it, which is recorded.
fn parts_of(conn: &Connection, paths: &OutboxPaths, batch: &KeptBatch, now: UnixSeconds) -> Result<Option<Parts>> {
    if let Some(parts) = Parts::find(paths, &batch.file)? {
        return Ok(Some(parts));
    }
    if batch.reason.as_deref() == Some(LOST) {
        return Ok(None);
    }
    let tx = conn.unchecked_transaction()?;
    sent::mark_lost(&tx, &paths.channel, batch.number)?;
    let subject = format!("{}/{}", paths.channel, batch.number);
    audit::record(&tx, now, "agent", "lost", &subject, &batch.file)?;
    tx.commit()?;
    Ok(None)
}

/// Whether a day allows to send that again without a person's word; recorded as waiting where it does not.
fn may_go_again(
    conn: &Connection,
    paths: &OutboxPaths,
    batch: &KeptBatch,
    parts: &Parts,
    range: (u32, u32),
    now: UnixSeconds,
) -> Result<bool> {
    let (channel, cost) = (&paths.channel, parts.bytes(range));
    let spent = resends::bytes_of_day(conn, channel, batch.number, now)?;
    if decide::may_be_resent(parts.bytes(EVERYTHING), spent, cost) {
        return Ok(true);
    }
    gaps::mark_resend_waiting(conn, channel, batch.number)?;
    Ok(false)
}

/// What the other side asks to be sent again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResendRequest {
    /// Numbers, as inclusive ranges.
    pub gaps: Vec<(u64, u64)>,
    /// Volumes of single batches.
    pub volumes: Vec<VolumeRange>,
}

impl ResendRequest {
    /// What a batch asks for.
    pub fn of(series: &SeriesStatement) -> Self {
        let volumes = series.volume_requests.iter().filter(|v| !v.is_given_up()).copied().collect();
        Self { gaps: series.gap_requests.clone(), volumes }
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.gaps.is_empty() && self.volumes.is_empty()
    }
}

/// Sends kept batches and volumes once more, the same bytes. Returns how many batches were sent.
pub fn resend(conn: &Connection, paths: &OutboxPaths, request: &ResendRequest, now: UnixSeconds) -> Result<u64> {
    let mut count = 0;
    for range in &request.gaps {
        for batch in decide::resend(&sent::in_range(conn, &paths.channel, *range)?) {
            let Some(parts) = parts_of(conn, paths, batch, now)? else { continue };
            if may_go_again(conn, paths, batch, &parts, EVERYTHING, now)? {
                write_and_record(conn, paths, batch, &parts, Dispatch::Again, now)?;
                resends::record(conn, &paths.channel, batch.number, parts.bytes(EVERYTHING), now)?;
                count += 1;
            }
        }
    }
    let mut last = None;
    for request in &request.volumes {
        let found = sent::in_range(conn, &paths.channel, (request.sequence, request.sequence))?;
        let Some(batch) = decide::resend(&found).next() else { continue };
        let Some(parts) = parts_of(conn, paths, batch, now)? else { continue };
        let range = (request.from, request.to);
        if may_go_again(conn, paths, batch, &parts, range, now)? {
            write_segments(conn, paths, batch, &parts, range, now)?;
            resends::record(conn, &paths.channel, batch.number, parts.bytes(range), now)?;
            count += u64::from(last.replace(request.sequence) != Some(request.sequence));
        }
    }
    Ok(count)
}

fn write_and_record(
    conn: &Connection,
    paths: &OutboxPaths,
    batch: &KeptBatch,
    parts: &Parts,
    how: Dispatch,
    now: UnixSeconds,
) -> Result<()> {
    let (channel, number) = (&paths.channel, batch.number);
    if how == Dispatch::Again {
        parts.remove(EVERYTHING)?;
    }
    parts.write(EVERYTHING)?;
    sent::mark_dispatched(conn, channel, number)?;
    audit::record(conn, now, "agent", how.act(), &format!("{channel}/{number}"), &batch.file)
}

fn write_segments(
    conn: &Connection,
    paths: &OutboxPaths,
    batch: &KeptBatch,
    parts: &Parts,
    (from, to): (u32, u32),
    now: UnixSeconds,
) -> Result<()> {
    parts.remove((from, to))?;
    parts.write((from, to))?;
    let subject = format!("{}/{}", paths.channel, batch.number);
    audit::record(conn, now, "agent", "resend", &subject, &format!("segments {from} to {to}"))
}

/// What an operator had sent again.
#[derive(Debug, Serialize)]
pub struct Resent {
    /// Numbering period.
    pub epoch: u64,
    /// Numbers, ascending.
    pub batches: Vec<u64>,
    /// The volume of the one batch, where only that was asked for; 0 is the head.
    pub volume: Option<u32>,
}

/// Sends batches of the newest epoch, or one volume of one, once more by hand: all that are named or none.
///
/// # Errors
/// No input: a number was never sent (`FERRY-E0671`), is no longer kept (`FERRY-E0672`), or has no such volume
/// (`FERRY-E0679`).
pub fn resend_by_hand(
    conn: &Connection,
    paths: &OutboxPaths,
    numbers: NumberRange,
    volume: Option<u32>,
    now: UnixSeconds,
) -> Result<Resent> {
    let channel = &paths.channel;
    let found = sent::in_range(conn, channel, (numbers.from, numbers.to))?;
    let is_released = |batch: &KeptBatch| batch.state == BatchState::Released;
    if found.len() as u64 != numbers.to - numbers.from + 1 || found.iter().any(is_released) {
        let newest = sent::newest(conn, channel, 1)?.first().map_or(0, |n| n.sequence);
        return Err(texts::errors::never_sent(channel, numbers, newest));
    }
    let gone: Vec<u64> = found.iter().filter(|batch| !batch.is_kept()).map(|batch| batch.number.sequence).collect();
    if !gone.is_empty() {
        return Err(texts::errors::no_longer_kept(channel, format_numbers(&gone)));
    }
    for batch in &found {
        let parts = Parts::find(paths, &batch.file)?
            .ok_or_else(|| texts::errors::batch_lost(paths.outbox.join(&batch.file).display()))?;
        match volume {
            None => write_and_record(conn, paths, batch, &parts, Dispatch::Again, now)?,
            Some(volume) => {
                let volumes = parts.cut.map_or(0, |cut| cut.volumes());
                if found.len() != 1 {
                    return Err(texts::errors::volume_of_several(channel));
                } else if volumes == 0 {
                    return Err(texts::errors::not_in_volumes(channel, numbers));
                } else if volume > volumes {
                    return Err(texts::errors::no_such_volume(channel, numbers, volume, volumes));
                }
                write_segments(conn, paths, batch, &parts, parts.segments_of(volume), now)?;
            }
        }
    }
    let epoch = found.first().map_or(BatchNumber::new(1, 0), |batch| batch.number).epoch;
    Ok(Resent { epoch, batches: found.iter().map(|batch| batch.number.sequence).collect(), volume })
}
