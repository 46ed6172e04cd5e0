//! Power cuts after every step of every job, with what was not synced lost, kept, torn or in another order
//! (`docs/decisions/0023-power-cuts.md`).
//!
//! Each job runs once under `strace`. For each step of it and each [`Variant`] the disk is made as it may be found after
//! the cut, the real agents start on it, finish the journey, and must end where a run that was left alone ended.

pub mod disk;
mod sample;
mod scene;
pub mod trace;

use crate::power::disk::VARIANTS;
use crate::power::scene::{Cut, Scene, scenes};
use crate::{Outcome, Selection};
use ferry_testkit::random::Random;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Disks on which agents are started at once.
const WORKERS: usize = 2;

/// Disks after which a line says how far it is.
const PROGRESS: usize = 100;

/// Tries cuts in all jobs: every step in every variant; or one in so many of these, evenly over steps and variants; or
/// those at which something was lost once and a seeded sample of so many more, in which every job and every variant has
/// its share. Cuts that leave the same disk are tried once and counted each. Of every tenth cut that is tried, the recovery
/// is cut too, at a step and in a variant from the seed.
///
/// # Panics
/// Where a run that is left alone fails, or `strace` is missing.
pub fn try_cuts(selection: Selection, seed: u64) -> Outcome {
    let mut random = Random::new(seed, 0);
    let mut outcome = Outcome::default();
    let scenes = scenes();
    let mut total = 0;
    let mut work: Vec<(&Scene, Cut, u64)> = Vec::new();
    for (n, scene) in scenes.iter().enumerate() {
        let mut seen: BTreeMap<[u8; 32], usize> = BTreeMap::new();
        let all = scene.cuts();
        eprintln!("{}: {} points", scene.name(), all.len());
        total += all.len() as u64;
        let cuts = if let Selection::Sample(count) = selection {
            let share = (count as usize).div_ceil(scenes.len());
            sample::sample(scene, share, n * share, &mut random)
        } else {
            let first = total - all.len() as u64;
            let cuts = all.into_iter().zip(first..);
            cuts.filter(|(_, n)| selection.includes(*n, VARIANTS.len() as u64, seed)).map(|(cut, _)| cut).collect()
        };
        for cut in cuts {
            outcome.tried += 1;
            let first = *seen.entry(scene.digest(&cut)).or_insert(work.len());
            if first == work.len() {
                work.push((scene, cut, random.number()));
            }
        }
    }
    eprintln!("{} cuts leave {} different disks", outcome.tried, work.len());
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Outcome::default()));
    let claim = || {
        let at = next.fetch_add(1, Ordering::Relaxed);
        work.get(at).map(|one| (at, one))
    };
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((at, (scene, cut, seed))) = claim() {
                    if at % PROGRESS == PROGRESS - 1 {
                        eprintln!("{} of {} disks", at + 1, work.len());
                    }
                    let mut tried = scene.try_cut(cut);
                    if seed % 10 == 0 {
                        tried.add(scene.try_second_cut(cut, *seed));
                    }
                    tried.violations.iter().for_each(|violation| eprintln!("violation: {violation}"));
                    found.lock().unwrap().add(tried);
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    // Cuts of a recovery are points too.
    let total = Some(total + found.tried);
    outcome.add(found);
    Outcome { total, ..outcome }
}
