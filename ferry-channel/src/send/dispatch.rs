//! Copies released batches to the folder that the diode reads. Doing it twice is harmless.

use crate::audit;
use crate::ledger::numbering::AGAIN;
use crate::ledger::sent;
use crate::operator::{Numbers, numbers_text};
use crate::send::outbox::Outlet;
use ferry_format::batch::volume;
use ferry_format::batch::volume::Cut;
use ferry_format::frame::statement::{SeriesStatement, VolumeRange};
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::{CANNOT_CREATE, NO_INPUT};
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::outln;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Dispatches everything that is released, oldest first. Returns how many.
pub fn dispatch(conn: &Connection, outlet: &Outlet, now_s: i64) -> Result<u64> {
    durable::remove_unfinished(&outlet.sent)?;
    let sql = "SELECT epoch, sequence, reason IS ?2 FROM ferry_sent WHERE channel = ?1 AND state = 'released' ORDER BY epoch, sequence";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?, r.get::<_, bool>(2)?));
    let due: Vec<_> =
        statement.query_map(params![outlet.channel.as_str(), AGAIN], row)?.collect::<rusqlite::Result<_>>()?;
    for (epoch, sequence, is_again) in &due {
        if *is_again {
            Parts::of(outlet, &name_of(conn, outlet, *epoch, *sequence)?)?.remove(0, u32::MAX)?;
        }
        send(conn, outlet, *epoch, *sequence, if *is_again { "resend" } else { "dispatch" }, now_s)?;
    }
    Ok(due.len() as u64)
}

/// What the other side asks to be sent again.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Numbers, as inclusive ranges.
    pub gaps: Vec<(u64, u64)>,
    /// Volumes of single batches.
    pub volumes: Vec<VolumeRange>,
}

impl Asked {
    /// What a batch asks for.
    pub fn by(series: &SeriesStatement) -> Self {
        let volumes = series.volume_requests.iter().filter(|v| !v.is_given_up()).copied().collect();
        Self { gaps: series.gap_requests.clone(), volumes }
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.gaps.is_empty() && self.volumes.is_empty()
    }
}

/// Sends kept batches and volumes once more, the same bytes. Returns how many batches were still kept.
///
/// Batches that were confirmed are sent too while they are kept: a receiver that was restored from a backup misses them.
pub fn resend(conn: &Connection, outlet: &Outlet, asked: &Asked, now_s: i64) -> Result<u64> {
    let mut sent = resend_ranges(conn, outlet, &asked.gaps, now_s)?;
    let mut last = None;
    for range in &asked.volumes {
        let sql = "SELECT epoch, file FROM ferry_sent WHERE channel = ?1 AND sequence = ?2 AND file <> ''
                     AND epoch = (SELECT max(epoch) FROM ferry_sent WHERE channel = ?1)";
        let key = params![outlet.channel.as_str(), range.sequence as i64];
        let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?));
        let Some((epoch, name)) = conn.query_row(sql, key, row).optional()? else { continue };
        resend_volumes(conn, outlet, (epoch, &name), range, now_s)?;
        sent += u64::from(last.replace(range.sequence) != Some(range.sequence));
    }
    Ok(sent)
}

fn resend_ranges(conn: &Connection, outlet: &Outlet, ranges: &[(u64, u64)], now_s: i64) -> Result<u64> {
    let sql = "SELECT epoch, sequence FROM ferry_sent WHERE channel = ?1 AND sequence BETWEEN ?2 AND ?3 AND file <> ''
                 AND epoch = (SELECT max(epoch) FROM ferry_sent WHERE channel = ?1)";
    let mut sent = 0;
    for (from, to) in ranges {
        let mut statement = conn.prepare_cached(sql)?;
        let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?));
        let range = params![outlet.channel.as_str(), *from as i64, *to as i64];
        let due: Vec<_> = statement.query_map(range, row)?.collect::<rusqlite::Result<_>>()?;
        for (epoch, sequence) in &due {
            resend_one(conn, outlet, *epoch, *sequence, now_s)?;
        }
        sent += due.len() as u64;
    }
    Ok(sent)
}

fn resend_one(conn: &Connection, outlet: &Outlet, epoch: i64, sequence: i64, now_s: i64) -> Result<()> {
    // A new file, so that a diode that remembers what it carried carries it again.
    Parts::of(outlet, &name_of(conn, outlet, epoch, sequence)?)?.remove(0, u32::MAX)?;
    send(conn, outlet, epoch, sequence, "resend", now_s)
}

fn resend_volumes(
    conn: &Connection,
    outlet: &Outlet,
    (epoch, name): (i64, &str),
    range: &VolumeRange,
    now_s: i64,
) -> Result<()> {
    let parts = Parts::of(outlet, name)?;
    parts.remove(range.from, range.to)?;
    parts.write(range.from, range.to)?;
    let subject = format!("{}/{epoch}/{}", outlet.channel.as_str(), range.sequence);
    audit::note(conn, now_s, "agent", "resend", &subject, &format!("volumes {} to {}", range.from, range.to))
}

/// What an operator had sent again.
#[derive(Debug, Serialize)]
pub struct Resent {
    /// Numbering era.
    pub epoch: u64,
    /// Numbers, ascending.
    pub batches: Vec<u64>,
    /// The volume of the one batch, where only that was asked for; 0 is the head.
    pub volume: Option<u32>,
}

impl Resent {
    /// One line for people.
    pub fn print(&self) {
        let volume = self.volume.map(|v| format!(", volume {v}")).unwrap_or_default();
        outln!("补发 sent again: {}/{}{volume}", self.epoch, numbers_text(&self.batches));
    }
}

/// Sends batches of the newest epoch, or one volume of one, once more by hand: all that are named or none.
///
/// # Errors
/// No input: a number was never sent (`FERRY-E0671`), is kept no longer (`FERRY-E0672`), or has no such volume
/// (`FERRY-E0679`).
pub fn by_hand(
    conn: &Connection,
    outlet: &Outlet,
    numbers: Numbers,
    volume: Option<u32>,
    now_s: i64,
) -> Result<Resent> {
    let channel = outlet.channel.as_str();
    let sql = "SELECT epoch, sequence, file, state FROM ferry_sent WHERE channel = ?1 AND sequence BETWEEN ?2 AND ?3
                 AND epoch = (SELECT max(epoch) FROM ferry_sent WHERE channel = ?1) ORDER BY sequence";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?, r.get::<_, String>(2)?, r.get::<_, String>(3)? == "released"))
    };
    let range = params![channel, numbers.from as i64, numbers.to as i64];
    let found: Vec<_> = statement.query_map(range, row)?.collect::<rusqlite::Result<_>>()?;
    let newest = sent::newest_sent(conn, channel, 1)?.first().map_or(0, |n| n.sequence);
    if found.len() as u64 != numbers.to - numbers.from + 1 || found.iter().any(|(.., released)| *released) {
        let message = format!("channel {channel}: {numbers} was never sent; the newest batch is {newest}");
        return Err(Error::new(NO_INPUT, "FERRY-E0671", message, "`status` says which numbers were sent"));
    }
    let gone: Vec<u64> = found.iter().filter(|(_, _, file, _)| file.is_empty()).map(|(_, n, ..)| *n as u64).collect();
    if !gone.is_empty() {
        let message = format!("channel {channel}: kept no longer: {}", numbers_text(&gone));
        let hint = "it was acknowledged and its days are over; `reconcile` repairs single records, `baseline` carries \
                    everything anew";
        return Err(Error::new(NO_INPUT, "FERRY-E0672", message, hint));
    }
    for (epoch, sequence, file, _) in &found {
        match volume {
            None => resend_one(conn, outlet, *epoch, *sequence, now_s)?,
            Some(volume) => {
                let parts = Parts::of(outlet, file)?;
                let volumes = parts.cut.map_or(0, |cut| cut.volumes());
                if found.len() != 1 || volumes == 0 || volume > volumes {
                    let message = format!("batch {numbers} of channel {channel} has no volume {volume}");
                    let hint = if found.len() > 1 {
                        "name one batch with `--volume`".to_owned()
                    } else if volumes == 0 {
                        "it crosses as one file: leave `--volume` out".to_owned()
                    } else {
                        format!("its volumes are 1 to {volumes}; 0 is the head")
                    };
                    return Err(Error::new(NO_INPUT, "FERRY-E0679", message, hint));
                }
                let one = VolumeRange { sequence: *sequence as u64, from: volume, to: volume };
                resend_volumes(conn, outlet, (*epoch, file), &one, now_s)?;
            }
        }
    }
    let epoch = found.first().map_or(1, |(epoch, ..)| *epoch as u64);
    Ok(Resent { epoch, batches: found.iter().map(|(_, n, ..)| *n as u64).collect(), volume })
}

fn send(conn: &Connection, outlet: &Outlet, epoch: i64, sequence: i64, act: &str, now_s: i64) -> Result<()> {
    let channel = outlet.channel.as_str();
    let key = params![channel, epoch, sequence];
    let name = name_of(conn, outlet, epoch, sequence)?;
    Parts::of(outlet, &name)?.write(0, u32::MAX)?;
    let sql = "UPDATE ferry_sent SET state = 'dispatched' WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3
               AND state = 'released'";
    conn.execute(sql, key)?;
    audit::note(conn, now_s, "agent", act, &format!("{channel}/{epoch}/{sequence}"), &name)
}

fn name_of(conn: &Connection, outlet: &Outlet, epoch: i64, sequence: i64) -> Result<String> {
    let sql = "SELECT file FROM ferry_sent WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    Ok(conn.query_row(sql, params![outlet.channel.as_str(), epoch, sequence], |r| r.get(0))?)
}

/// The files that a kept batch is sent as: itself, or beyond a length a head and volumes.
struct Parts {
    source: PathBuf,
    sent: PathBuf,
    name: String,
    cut: Option<Cut>,
}

impl Parts {
    fn of(outlet: &Outlet, name: &str) -> Result<Self> {
        let source = outlet.outbox.join(name);
        let Ok(meta) = std::fs::metadata(&source) else {
            let message = format!("{}: the outbox lost this batch", source.display());
            return Err(Error::new(NO_INPUT, "FERRY-E0606", message, "restore the outbox from its backup"));
        };
        let cut = if meta.len() > outlet.volume_bytes {
            let segments = read::batch(&source)?.claimed_content().segments;
            Some(Cut::new(outlet.volume_bytes, segments).map_err(|e| Error::about(&source, &e))?)
        } else {
            None
        };
        Ok(Self { source, sent: outlet.sent.clone(), name: name.to_owned(), cut })
    }

    /// Numbers and targets within `from..=to`; the head is 0 and comes last: where it lies, all volumes lie too.
    fn targets(&self, from: u32, to: u32) -> Vec<(u32, PathBuf)> {
        let Some(cut) = self.cut else { return vec![(0, self.sent.join(&self.name))] };
        let stem = self.name.trim_end_matches(".ferry");
        let name = |n| if n == 0 { format!("{stem}.head") } else { format!("{stem}.{n:04}.volume") };
        let numbers = (1..=cut.volumes()).chain([0]).filter(|n| (from..=to).contains(n));
        numbers.map(|n| (n, self.sent.join(name(n)))).collect()
    }

    fn remove(&self, from: u32, to: u32) -> Result<()> {
        for (_, target) in self.targets(from, to) {
            durable::remove(&target)?;
        }
        Ok(())
    }

    fn write(&self, from: u32, to: u32) -> Result<()> {
        for (number, target) in self.targets(from, to) {
            let made = match self.cut {
                None => self.source.clone(),
                Some(cut) => {
                    let about = |e| Error::about(&self.source, &e);
                    let mut batch = read::batch(&self.source)?;
                    let mut out = durable::staged(&target)?;
                    if number == 0 {
                        volume::write_head(&mut batch, cut, &mut out).map_err(about)?;
                    } else {
                        volume::write_volume(&mut batch, cut, number, &mut out).map_err(about)?;
                    }
                    if target.exists() {
                        same_bytes(out.path(), &target)?;
                    } else {
                        durable::persist(out, &target, 0o644)?;
                    }
                    continue;
                }
            };
            match durable::copy_new(&made, &target, 0o644) {
                Err(f) if f.exit == CANNOT_CREATE && target.exists() => same_bytes(&made, &target)?,
                other => other?,
            }
        }
        Ok(())
    }
}

/// A copy that an interrupted run made is as good as a new one, once its name is durable.
fn same_bytes(source: &Path, target: &Path) -> Result<()> {
    if read::digest(source)? == read::digest(target)? {
        return durable::sync_folder(&durable::folder_of(target));
    }
    let message = format!("{}: another file stands in the way of this batch", target.display());
    Err(Error::new(CANNOT_CREATE, "FERRY-E0607", message, "move that file away and run again"))
}
