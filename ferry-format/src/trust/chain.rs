//! The chain of a court's trust lists: the first is pinned, each next one is signed by the old roots and the new.

use crate::error::Result;
use crate::error::list_fault::ListFault;
use crate::frame::header::Direction;
use crate::keys::PublicKey;
use crate::texts;
use crate::trust::list::{SignedList, halves, name};
use crate::trust::trust_file::Trust;
use std::collections::BTreeMap;

/// A channel and its direction.
type Name = (String, Direction);

/// Lists in sequence, and what none of them may undo.
#[derive(Clone, Debug)]
pub struct Chain {
    newest: SignedList,
    /// The highest suite floor that a channel had.
    floors: BTreeMap<Name, u16>,
    /// From which batch each revoked key is no longer valid, by its public half.
    revoked: BTreeMap<(Name, [u8; 32]), (u64, u64)>,
}

/// What a list did to a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is in force now.
    Next,
    /// It was in force already.
    Same,
}

impl Chain {
    /// Begins with list 1: it names the given root keys, and all of them signed.
    ///
    /// # Errors
    /// [`ListFault::Skipped`], [`ListFault::Roots`], [`ListFault::Signatures`], and as [`SignedList`] for signatures.
    pub fn begin(first: SignedList, pinned: &[PublicKey]) -> Result<Self> {
        if first.list.number != 1 {
            return Err(ListFault::Skipped { found: first.list.number, expected: 1 }.into());
        }
        let roots = halves(&first.list.roots);
        if roots != halves(pinned) {
            return Err(ListFault::Roots.into());
        }
        first.check_signatures(&roots)?;
        first.require(&roots, roots.len(), texts::trust::this_list())?;
        let mut chain = Self { newest: first, floors: BTreeMap::new(), revoked: BTreeMap::new() };
        chain.record_newest();
        Ok(chain)
    }

    /// The list in force.
    pub fn newest(&self) -> &SignedList {
        &self.newest
    }

    /// Adds the next list. A rejected list leaves the chain unchanged.
    ///
    /// # Errors
    /// [`ListFault`] by its rule; [`crate::FormatError::Signature`] or [`crate::FormatError::UnknownSigner`] for a signature
    /// that does not verify or is by an unknown key.
    pub fn follow(&mut self, next: SignedList) -> Result<Step> {
        let (old, new) = (&self.newest.list, &next.list);
        if new.court != old.court {
            return Err(ListFault::Court { found: new.court.to_string(), expected: old.court.to_string() }.into());
        }
        if new.number < old.number {
            return Err(ListFault::Rollback { found: new.number, newest: old.number }.into());
        }
        if new.number == old.number {
            return match next.digest() == self.newest.digest() {
                true => Ok(Step::Same),
                false => Err(ListFault::Fork(texts::trust::number_taken()).into()),
            };
        }
        if new.number != old.number + 1 {
            return Err(ListFault::Skipped { found: new.number, expected: old.number + 1 }.into());
        }
        if new.previous != self.newest.digest() {
            return Err(ListFault::Fork(texts::trust::previous_differs()).into());
        }
        let (before, now) = (halves(&old.roots), halves(&new.roots));
        next.check_signatures(&before.union(&now).copied().collect())?;
        next.require(&before, old.root_threshold, texts::trust::the_previous_list())?;
        next.require(&now, new.root_threshold, texts::trust::this_list())?;
        if new.created_s < old.created_s {
            return Err(ListFault::Backward(texts::trust::made_before_previous()).into());
        }
        new.channels.iter().try_for_each(|channel| self.check_monotonic(channel))?;
        self.newest = next;
        self.record_newest();
        Ok(Step::Next)
    }

    /// Floors only rise; a revoked key stays revoked, from the same batch or an earlier one, under every role.
    fn check_monotonic(&self, channel: &Trust) -> Result<()> {
        let Some(of) = name(channel) else { return Ok(()) };
        let floor = self.floors.get(&of).copied().unwrap_or_default();
        if channel.suite_floor < floor {
            let why = texts::trust::suite_floor_falls(&of.0, floor, channel.suite_floor);
            return Err(ListFault::Backward(why).into());
        }
        for (key, half, from) in keys_of(channel) {
            let Some(stands_until) = self.revoked.get(&(of.clone(), half)) else { continue };
            if from.is_none_or(|from| from > *stands_until) {
                let why = texts::trust::key_was_revoked(&of.0, key.fingerprint());
                return Err(ListFault::Backward(why).into());
            }
        }
        Ok(())
    }

    fn record_newest(&mut self) {
        for channel in &self.newest.list.channels {
            let Some(of) = name(channel) else { continue };
            self.floors.insert(of.clone(), channel.suite_floor);
            for (_, half, from) in keys_of(channel) {
                if let Some(from) = from {
                    self.revoked.insert((of.clone(), half), from);
                }
            }
        }
    }
}

/// The keys of a channel by their public halves, with the batch from which each is revoked.
fn keys_of(channel: &Trust) -> impl Iterator<Item = (&PublicKey, [u8; 32], Option<(u64, u64)>)> {
    channel.keys.iter().flat_map(|key| {
        let from = channel.constraints.get(&key.fingerprint()).and_then(|t| t.revoked_from);
        [key.verifying, key.sealing].into_iter().flatten().map(move |half| (key, half, from))
    })
}
