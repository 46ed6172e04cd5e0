//! Copies released batches to the folder that the diode reads. Doing it twice is harmless.

use crate::audit;
use crate::durable;
use crate::epoch::AGAIN;
use crate::failure::{CANNOT_CREATE, Failure, NO_INPUT, Result};
use crate::files;
use crate::outbox::Outlet;
use ferry_format::statement::{SeriesStatement, VolumeRange};
use ferry_format::volume::{self, Cut};
use rusqlite::{Connection, OptionalExtension, params};
use std::path::{Path, PathBuf};

/// Dispatches everything that is released, oldest first. Returns how many.
pub fn dispatch(conn: &Connection, outlet: &Outlet, now_s: i64) -> Result<u64> {
    durable::remove_unfinished(&outlet.sent)?;
    let sql = "SELECT epoch, sequence, reason IS ?2 FROM ferry_out WHERE channel = ?1 AND state = 'released' ORDER BY epoch, sequence";
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
        Self { gaps: series.gap_requests.clone(), volumes: series.volume_requests.clone() }
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.gaps.is_empty() && self.volumes.is_empty()
    }
}

/// Sends kept batches and volumes once more, the same bytes. Returns how many batches were still kept.
pub fn resend(conn: &Connection, outlet: &Outlet, asked: &Asked, now_s: i64) -> Result<u64> {
    let mut sent = resend_ranges(conn, outlet, &asked.gaps, now_s)?;
    let mut last = None;
    for range in &asked.volumes {
        let sql = "SELECT epoch, file FROM ferry_out WHERE channel = ?1 AND sequence = ?2 AND file <> ''
                     AND state <> 'confirmed' AND epoch = (SELECT max(epoch) FROM ferry_out WHERE channel = ?1)";
        let key = params![outlet.channel.as_str(), range.sequence as i64];
        let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?));
        let Some((epoch, name)) = conn.query_row(sql, key, row).optional()? else { continue };
        let parts = Parts::of(outlet, &name)?;
        parts.remove(range.from, range.to)?;
        parts.write(range.from, range.to)?;
        let subject = format!("{}/{epoch}/{}", outlet.channel.as_str(), range.sequence);
        audit::note(conn, now_s, "agent", "resend", &subject, &format!("volumes {} to {}", range.from, range.to))?;
        sent += u64::from(last.replace(range.sequence) != Some(range.sequence));
    }
    Ok(sent)
}

fn resend_ranges(conn: &Connection, outlet: &Outlet, ranges: &[(u64, u64)], now_s: i64) -> Result<u64> {
    let sql = "SELECT epoch, sequence FROM ferry_out WHERE channel = ?1 AND sequence BETWEEN ?2 AND ?3 AND file <> ''
                 AND epoch = (SELECT max(epoch) FROM ferry_out WHERE channel = ?1) AND state <> 'confirmed'";
    let mut sent = 0;
    for (from, to) in ranges {
        let mut statement = conn.prepare_cached(sql)?;
        let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?));
        let range = params![outlet.channel.as_str(), *from as i64, *to as i64];
        let due: Vec<_> = statement.query_map(range, row)?.collect::<rusqlite::Result<_>>()?;
        for (epoch, sequence) in &due {
            // A new file, so that a diode that remembers what it carried carries it again.
            Parts::of(outlet, &name_of(conn, outlet, *epoch, *sequence)?)?.remove(0, u32::MAX)?;
            send(conn, outlet, *epoch, *sequence, "resend", now_s)?;
        }
        sent += due.len() as u64;
    }
    Ok(sent)
}

fn send(conn: &Connection, outlet: &Outlet, epoch: i64, sequence: i64, act: &str, now_s: i64) -> Result<()> {
    let channel = outlet.channel.as_str();
    let key = params![channel, epoch, sequence];
    let name = name_of(conn, outlet, epoch, sequence)?;
    Parts::of(outlet, &name)?.write(0, u32::MAX)?;
    let sql = "UPDATE ferry_out SET state = 'dispatched' WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3
               AND state = 'released'";
    conn.execute(sql, key)?;
    audit::note(conn, now_s, "agent", act, &format!("{channel}/{epoch}/{sequence}"), &name)
}

fn name_of(conn: &Connection, outlet: &Outlet, epoch: i64, sequence: i64) -> Result<String> {
    let sql = "SELECT file FROM ferry_out WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
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
            return Err(Failure::new(NO_INPUT, "FERRY-E0606", message, "restore the outbox from its backup"));
        };
        let cut = if meta.len() > outlet.volume_bytes {
            let segments = files::batch(&source)?.claimed_content().segments;
            Some(Cut::new(outlet.volume_bytes, segments).map_err(|e| Failure::about(&source, &e))?)
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
                    let about = |e| Failure::about(&self.source, &e);
                    let mut batch = files::batch(&self.source)?;
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
    let digest = |path: &Path| {
        let mut hasher = blake3::Hasher::new();
        let file = files::open_regular(path)?;
        hasher.update_reader(file).map_err(|e| Failure::io(path, &e, false))?;
        Ok::<_, Failure>(hasher.finalize())
    };
    if digest(source)? == digest(target)? {
        return durable::sync_folder(&durable::folder_of(target));
    }
    let message = format!("{}: another file stands in the way of this batch", target.display());
    Err(Failure::new(CANNOT_CREATE, "FERRY-E0607", message, "move that file away and run again"))
}
