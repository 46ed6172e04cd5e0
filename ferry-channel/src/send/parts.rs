//! The files that a kept batch is sent as: itself, or beyond a length a head and volumes.

use crate::send::outbox::OutboxPaths;
use crate::texts;
use ferry_format::batch::volume::{self, VolumeLayout};
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::CANNOT_CREATE;
use ferry_io::fs::{durable, read};
use std::path::{Path, PathBuf};

/// The files that a kept batch is sent as: itself, or beyond a length a head and volumes.
pub(super) struct Parts {
    source: PathBuf,
    sent: PathBuf,
    name: String,
    pub(super) cut: Option<VolumeLayout>,
}

impl Parts {
    pub(super) fn of(paths: &OutboxPaths, name: &str) -> Result<Self> {
        let source = paths.outbox.join(name);
        let Ok(meta) = std::fs::metadata(&source) else {
            return Err(texts::errors::batch_lost(source.display()));
        };
        let cut = if meta.len() > paths.volume_bytes {
            let segments = read::batch(&source)?.claimed_content().segments;
            Some(VolumeLayout::new(paths.volume_bytes, segments).map_err(|e| Error::about(&source, &e))?)
        } else {
            None
        };
        Ok(Self { source, sent: paths.sent.clone(), name: name.to_owned(), cut })
    }

    /// Numbers and targets within `from..=to`; the head is 0 and comes last: where it lies, all volumes lie too.
    fn targets(&self, from: u32, to: u32) -> Vec<(u32, PathBuf)> {
        let Some(cut) = self.cut else { return vec![(0, self.sent.join(&self.name))] };
        let stem = self.name.trim_end_matches(".ferry");
        let name = |n| if n == 0 { format!("{stem}.head") } else { format!("{stem}.{n:04}.volume") };
        let numbers = (1..=cut.volumes()).chain([0]).filter(|n| (from..=to).contains(n));
        numbers.map(|n| (n, self.sent.join(name(n)))).collect()
    }

    pub(super) fn remove(&self, from: u32, to: u32) -> Result<()> {
        for (_, target) in self.targets(from, to) {
            durable::remove(&target)?;
        }
        Ok(())
    }

    pub(super) fn write(&self, from: u32, to: u32) -> Result<()> {
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
