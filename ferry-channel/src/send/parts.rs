//! The files that a kept batch is sent as: itself, or beyond a length a head and volumes.

use crate::send::outbox::OutboxPaths;
use crate::texts;
use ferry_format::batch::volume::{self, VolumeLayout};
use ferry_format::limits::SEGMENT_BYTES;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::CANNOT_CREATE;
use ferry_io::fs::{durable, read};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A head and all volumes.
pub(super) const EVERYTHING: (u32, u32) = (0, u32::MAX);

/// The files that a kept batch is sent as: itself, or beyond a length a head and volumes.
pub(super) struct Parts {
    source: PathBuf,
    sent: PathBuf,
    name: String,
    whole_bytes: u64,
    pub(super) cut: Option<VolumeLayout>,
}

impl Parts {
    /// The files of a kept batch; `None` where the outbox lost it.
    pub(super) fn find(paths: &OutboxPaths, name: &str) -> Result<Option<Self>> {
        let source = paths.outbox.join(name);
        let meta = match std::fs::metadata(&source) {
            Ok(meta) => meta,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io(&source, &e, false)),
        };
        let cut = if meta.len() > paths.volume_bytes {
            let segments = read::batch(&source)?.claimed_content().segments;
            Some(VolumeLayout::new(paths.volume_bytes, segments).map_err(|e| Error::about(&source, &e))?)
        } else {
            None
        };
        Ok(Some(Self { source, sent: paths.sent.clone(), name: name.to_owned(), whole_bytes: meta.len(), cut }))
    }

    /// Numbers and targets of what has segments of `from..=to`; the head is 0 and comes last: where it lies, all volumes lie
    /// too.
    fn targets(&self, (from, to): (u32, u32)) -> Vec<(u32, PathBuf)> {
        let Some(cut) = self.cut else { return vec![(0, self.sent.join(&self.name))] };
        let stem = self.name.trim_end_matches(".ferry");
        let name = |n| if n == 0 { format!("{stem}.head") } else { format!("{stem}.{n:04}.volume") };
        let head = (from == 0).then_some(0);
        cut.volumes_with((from, to)).chain(head).map(|n| (n, self.sent.join(name(n)))).collect()
    }

    /// The segments of a volume by its number; 0 is the head.
    pub(super) fn segments_of(&self, volume: u32) -> (u32, u32) {
        self.cut.filter(|_| volume > 0).map_or((0, 0), |cut| cut.segments_of(volume))
    }

    /// The bytes of the batch that are sent with a range of segments; the head counts like one of them.
    pub(super) fn bytes(&self, range: (u32, u32)) -> u64 {
        let Some(cut) = self.cut else { return self.whole_bytes };
        let segments: u64 =
            cut.volumes_with(range).map(|n| cut.segments_of(n)).map(|(a, z)| u64::from(z - a) + 1).sum();
        ((segments + u64::from(range.0 == 0)) * SEGMENT_BYTES as u64).min(self.whole_bytes)
    }

    pub(super) fn remove(&self, range: (u32, u32)) -> Result<()> {
        for (_, target) in self.targets(range) {
            durable::remove(&target)?;
        }
        Ok(())
    }

    pub(super) fn write(&self, range: (u32, u32)) -> Result<()> {
        for (number, target) in self.targets(range) {
            let made = match self.cut {
                None => self.source.clone(),
                Some(cut) => {
                    let about = |e| Error::about(&self.source, &e);
                    let mut batch = read::batch(&self.source)?;
                    let mut out = durable::staged(&target)?;
                    if number == 0 {
                        volume::write_head(&mut batch, &mut out).map_err(about)?;
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
    if claimed_number(target).is_some_and(|number| claimed_number(source) == Some(number)) {
        let state = durable::folder_of(&durable::folder_of(source));
        return Err(texts::errors::sent_by_another_ledger(target.display(), state.display()));
    }
    Err(texts::errors::foreign_file_in_the_way(target.display()))
}

/// Epoch and sequence that a file says of itself; nothing where it is no batch.
fn claimed_number(path: &Path) -> Option<(u64, u64)> {
    let (epoch, sequence, _) = read::batch(path).ok()?.claimed_position().ok()?;
    Some((epoch, sequence))
}
