//! What must hold in every state, asked of the product's ledgers.

use crate::model::side::{Batch, Side, Who};
use crate::model::{Action, Core, State};
use ferry_channel::config::OnGap;
use ferry_channel::ledger::gaps::{self, GapState};
use ferry_channel::ledger::{received, state_root};
use ferry_channel::receive::fork;
use ferry_channel::recovery::rollback;
use ferry_channel::types::{BatchNumber, UnixSeconds};
use jiff::tz::TimeZone;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Days on a good channel after which both sides are at rest.
const DAYS_TO_REST: usize = 8;

/// Gaps of a receiving side that nobody accepted.
pub fn open_gaps(side: &Side) -> usize {
    let gaps = side.ledger.ask(|conn| gaps::list(conn, side.who.receives()).unwrap());
    gaps.iter().filter(|gap| gap.state != GapState::Accepted).count()
}

/// Whether every number below the newest of its epoch is known: here, missing by name, or accepted.
pub fn are_gaps_named(state: &State) -> bool {
    state.sides.iter().all(|side| {
        side.ledger.ask(|conn| {
            let channel = side.who.receives();
            let Some(newest) = received::newest(conn, channel).unwrap() else { return true };
            let gaps = gaps::list(conn, channel).unwrap();
            (1..newest.sequence).all(|sequence| {
                let number = BatchNumber::new(newest.epoch, sequence);
                received::digest_of(conn, channel, number).unwrap().is_some() || gaps.iter().any(|g| g.number == number)
            })
        })
    })
}

/// Whether two batches that cross leave the same behind in either order, on a channel that continues after a gap and that no
/// thief writes to: of a forged batch and its original the first counts.
pub fn is_order_free(core: &Core, state: &State) -> bool {
    if core.scope.on_gap == OnGap::Wait || state.has_forged {
        return true;
    }
    Who::ALL.into_iter().all(|to| {
        let crossing = &state.crossing[to as usize];
        let [first, second, ..] = crossing.as_slice() else { return true };
        let is_one_epoch = first.series.epoch == second.series.epoch;
        if first == second || !is_one_epoch {
            return true;
        }
        after(core, state, to, [first, second]) == after(core, state, to, [second, first])
    })
}

/// What a side holds, and what it knows of each number, after two batches.
fn after(core: &Core, state: &State, to: Who, order: [&Arc<Batch>; 2]) -> impl PartialEq + use<> {
    let mut side = state.sides[to as usize].clone();
    let mut breach = None;
    for batch in order {
        side.folder.push(batch.clone());
        side.receive(&core.rules, core.scope.on_gap, false, &mut breach);
    }
    let known = side.ledger.ask(|conn| received::count_by_verdict(conn, to.receives()).unwrap());
    (side.held.clone(), known, side.folder.len())
}

/// Whether no file waits for a gap of which every number was accepted.
pub fn is_accepted_passed(core: &Core, state: &State) -> bool {
    if !state.has_accepted || core.scope.on_gap == OnGap::Apply {
        return true;
    }
    state.sides.iter().all(|side| {
        let mut side = side.clone();
        let mut breach = None;
        side.receive(&core.rules, core.scope.on_gap, false, &mut breach);
        let is_stopped = side.ledger.ask(|conn| fork::check_not_stopped(conn, side.who.receives()).is_err());
        side.folder.is_empty() || is_stopped || open_gaps(&side) > 0
    })
}

/// Whether a good channel brings both sides to the same state, or the product names what hinders it.
pub fn comes_to_rest(core: &Core, state: &State) -> bool {
    if state.breach.is_some() || !is_chosen(core, state) {
        return true;
    }
    let mut state = state.clone();
    for _ in 0..DAYS_TO_REST {
        for who in Who::ALL {
            core.make(&mut state, &Action::Send(who));
            core.make(&mut state, &Action::ArriveAll(who.other()));
        }
    }
    Who::ALL.into_iter().all(|from| {
        let (sender, receiver) = (&state.sides[from as usize], &state.sides[from.other() as usize]);
        is_named(sender, receiver) || is_equal(sender, receiver)
    })
}

/// Whether both sides have the same items of this sender, and the same root over them.
fn is_equal(sender: &Side, receiver: &Side) -> bool {
    let channel = sender.who.sends();
    let root = |side: &Side| side.ledger.ask(|conn| state_root::load(conn, channel).unwrap().root());
    sender.own.keys().eq(receiver.held.iter()) && root(sender) == root(receiver)
}

/// Whether one of the alarms stands by which a person repairs what cannot repair itself: a stopped channel, batches that are
/// asked for and no longer kept, a lost state that cannot be sent again.
fn is_named(sender: &Side, receiver: &Side) -> bool {
    let channel = sender.who.sends();
    let is_stopped = |side: &Side| side.ledger.ask(|conn| fork::check_not_stopped(conn, side.who.receives()).is_err());
    let is_unanswerable = sender.ledger.ask(|conn| {
        let lost = rollback::peer_rollback(conn, channel, &TimeZone::UTC, UnixSeconds(1)).unwrap();
        !gaps::unanswerable(conn, channel).unwrap().is_empty() || lost.is_some_and(|loss| loss.not_kept > 0)
    });
    is_stopped(sender) || is_stopped(receiver) || is_unanswerable
}

/// One state of so many, the same ones in each run of the program.
fn is_chosen(core: &Core, state: &State) -> bool {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    hasher.finish().is_multiple_of(core.scope.rest_every)
}
