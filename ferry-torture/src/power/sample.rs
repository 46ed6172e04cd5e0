//! Which cuts are tried where not all are.

use crate::power::disk::{VARIANTS, Variant};
use crate::power::scene::{Cut, Scene};
use ferry_testkit::random::Random;
use std::collections::BTreeSet;

/// How many cuts of a hundred fall beside a sync or a change of names; the others fall anywhere, mostly between writes.
const BESIDE_NAMES_PERCENT: u64 = 60;

/// A moment in a job, by what it does there, in the words of [`super::disk::Disk::describe`].
enum Moment {
    Before(&'static str),
    After(&'static str),
    End,
}

use Moment::{After, Before, End};

/// Moments at which something was lost, torn, doubled or left over once, or would be if the order were another.
const PLACES: [(&str, Moment, Variant); 17] = [
    // A folder's own name is durable before what lies in it is relied on; a number that was sent is never used again.
    ("export on the first day", End, Variant::Lost),
    ("ingest on the first day", End, Variant::Lost),
    ("reply on the first day", End, Variant::Nameless),
    // A document's bytes are durable before its name.
    ("ingest on the first day", After("renaming to outer/state/documents/"), Variant::Zeroed),
    ("ingest on the first day", After("renaming to outer/state/documents/"), Variant::Missing),
    // What the platform has committed stays, and certificates stay in folders that were made for them.
    ("import on the later day", End, Variant::Lost),
    ("import on the later day", End, Variant::Odd),
    // Half a certificate is swept.
    ("import on the later day", After("making case-files/"), Variant::Kept),
    // What was replaced leaves the outer disk for good.
    ("ingest on the later day", End, Variant::Lost),
    ("ingest on the heavy day", Before("removing outer/state/documents/"), Variant::Kept),
    ("ingest on the heavy day", After("removing outer/state/documents/"), Variant::Lost),
    // A file that was refused and not yet recorded is looked at again, and stops no later pass.
    ("ingest on the heavy day", After("renaming to outer/state/quarantine/"), Variant::Kept),
    ("import on the heavy day", After("renaming to inner/state/quarantine/"), Variant::Kept),
    // One that was on its way to quarantine came once, also where it lies in both folders.
    ("ingest on the heavy day", After("syncing outer/state/quarantine"), Variant::Lost),
    ("import on the heavy day", After("syncing inner/state/quarantine"), Variant::Even),
    // Volumes that come back after their batch was put together are no other batch.
    ("ingest on the heavy day", After("renaming to outer/state/assembly/"), Variant::Lost),
    // A head whose batch was put together is swept.
    ("ingest on the heavy day", Before("removing outer/state/assembly/"), Variant::Kept),
];

/// The cuts at the known places of a scene, and so many more, the variants in turn, going on after `turn` of them.
pub fn sample(scene: &Scene, share: usize, turn: usize, random: &mut Random) -> Vec<Cut> {
    let mut chosen: BTreeSet<Cut> = known(scene).collect();
    let cuts = scene.cuts();
    for variant in VARIANTS.iter().cycle().skip(turn).take(share) {
        let beside_names = random.chance(BESIDE_NAMES_PERCENT);
        let fits = |cut: &&Cut| cut.variant == *variant && (!beside_names || scene.is_beside_names(cut));
        let fitting: Vec<&Cut> = cuts.iter().filter(fits).collect();
        chosen.insert(fitting[random.below(fitting.len() as u64) as usize].clone());
    }
    chosen.into_iter().collect()
}

fn known(scene: &Scene) -> impl Iterator<Item = Cut> {
    let of_scene = PLACES.iter().filter(|(name, ..)| *name == scene.name());
    of_scene.flat_map(|(_, moment, variant)| {
        let (step, sent) = match moment {
            Before(what) => (scene.step_of(what), false),
            After(what) => (scene.step_of(what) + 1, false),
            End => (scene.steps(), scene.sends()),
        };
        // Where the job sent something, the diode may have been quick or slow.
        [false, true].into_iter().filter(move |carried| !carried || sent).map(move |carried| Cut {
            step,
            variant: *variant,
            carried,
        })
    })
}
