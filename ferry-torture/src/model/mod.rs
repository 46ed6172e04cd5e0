//! The core, explored: two ledgers, the product's own verdicts and records on both, and a channel that loses, doubles and
//! reorders what crosses, while sides crash, are restored from older backups, and a thief signs with a stolen key.
//!
//! Nothing of the product is copied here. A step puts the rows of a side's ledger into a database, calls the functions that
//! the agents call, and reads the rows out again ([`ledger`]). What the model adds is what an agent keeps beside the ledger:
//! which batch carries an item ([`side`]). Files, keys and the clock are left out.

mod check;
mod ledger;
mod properties;
mod rules;
mod side;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod without;

use crate::Outcome;
use crate::model::properties::{
    ACCEPTED_WAITS, APPLIED_TWICE, Breach, FORK_APPLIED, GAP_UNNAMED, NOT_AT_REST, NUMBER_TWICE, ORDER_MATTERS,
    REVOKED_STOPS,
};
use crate::model::rules::{PRODUCT, Rules};
use crate::model::side::{Batch, SendCrash, Side, Who};
use ferry_channel::config::OnGap;
use ferry_channel::ledger::gaps;
use ferry_channel::types::decision::Decision;
use ferry_channel::types::number_range::NumberRange;
use ferry_channel::types::{BatchNumber, UnixSeconds};
use stateright::{Checker, HasDiscoveries, Model, Property};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

/// A long exploration brings both sides to rest in one state of so many.
const REST_EVERY: u64 = 16;

/// Seconds between two restorations, by which an epoch differs from every other.
const RESTORE_STEP_S: i64 = 100;

/// What may go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A batch comes again.
    Double,
    /// A batch is lost.
    Lose,
    /// A run ends between two of its effects.
    Crash,
    /// The content of a batch is refused.
    Refuse,
    /// A side is restored from an older backup.
    Restore,
    /// Old batches are deleted.
    Prune,
    /// A thief signs a second batch under a number.
    Forge,
}

impl Fault {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Double, Self::Lose, Self::Crash, Self::Refuse, Self::Restore, Self::Prune, Self::Forge];
}

/// How much is tried.
#[derive(Clone, Debug)]
pub struct Scope {
    /// What the receiving sides do after a gap.
    pub on_gap: OnGap,
    /// Items of each side.
    pub items: u8,
    /// Batches of the inner and of the outer side.
    pub batches: [usize; 2],
    /// What goes wrong.
    pub kinds: &'static [Fault],
    /// How often something does.
    pub faults: u8,
    /// Steps.
    pub depth: usize,
    /// In one state of so many both sides are brought to rest.
    pub rest_every: u64,
}

/// The rules over a scope.
#[derive(Clone)]
pub struct Core {
    /// What decides.
    pub rules: Rules,
    /// How much is tried.
    pub scope: Scope,
}

/// Both sides and what is between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    sides: [Side; 2],
    /// What crosses to each side.
    crossing: [Vec<Arc<Batch>>; 2],
    backups: [Option<Arc<Side>>; 2],
    used: BTreeSet<(Who, BatchNumber)>,
    faults: u8,
    restores: u8,
    has_accepted: bool,
    has_forged: bool,
    breach: Option<Breach>,
}

impl State {
    fn side(&mut self, who: Who) -> &mut Side {
        &mut self.sides[who as usize]
    }

    fn batches_of(&self, who: Who) -> usize {
        self.used.iter().filter(|(sender, _)| *sender == who).count()
    }

    fn send_to(&mut self, who: Who, batches: Vec<Arc<Batch>>) {
        let crossing = &mut self.crossing[who as usize];
        crossing.extend(batches);
        crossing.sort();
    }
}

/// What happens next.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A new item on a side.
    Write(Who),
    /// A run that sends.
    Send(Who),
    /// One that ends too early.
    SendCrash(Who, SendCrash),
    /// One whose batch the other side refuses for what is in it.
    SendRefused(Who),
    /// One of the crossing batches arrives, and a run receives it.
    Arrive(Who, usize),
    /// The same, and the channel brings it once more later.
    Double(Who, usize),
    /// The same, and the run ends too early.
    ArriveCrash(Who, usize),
    /// All of them arrive, and one run receives them.
    ArriveAll(Who),
    /// A crossing batch is lost.
    Lose(Who, usize),
    /// A side is backed up.
    Backup(Who),
    /// A side is restored from its backup.
    Restore(Who),
    /// Kept batches whose days are over are deleted.
    Prune(Who),
    /// A person accepts every gap of a receiving side.
    Accept(Who),
    /// A thief sends another batch under the number of one that is kept.
    Forge(Who),
    /// The key of a sender is revoked; it has another one from now on.
    Revoke(Who),
}

impl Action {
    /// What goes wrong in it.
    fn fault(&self) -> Option<Fault> {
        Some(match self {
            Self::Write(_) | Self::Send(_) | Self::Arrive(..) | Self::ArriveAll(_) => return None,
            Self::Accept(_) | Self::Revoke(_) | Self::Backup(_) => return None,
            Self::Double(..) => Fault::Double,
            Self::Lose(..) => Fault::Lose,
            Self::SendCrash(..) | Self::ArriveCrash(..) => Fault::Crash,
            Self::SendRefused(_) => Fault::Refuse,
            Self::Restore(_) => Fault::Restore,
            Self::Prune(_) => Fault::Prune,
            Self::Forge(_) => Fault::Forge,
        })
    }
}

impl Core {
    /// Makes a step; the state says afterwards what was breached.
    fn make(&self, state: &mut State, action: &Action) {
        state.faults += u8::from(action.fault().is_some());
        match *action {
            Action::Write(who) => state.side(who).write(),
            Action::Send(who) => self.send(state, who, true, None),
            Action::SendCrash(who, crash) => self.send(state, who, true, Some(crash)),
            Action::SendRefused(who) => self.send(state, who, false, None),
            Action::Arrive(to, at) => {
                let batch = state.crossing[to as usize].remove(at);
                self.arrive(state, to, vec![batch], false);
            }
            Action::Double(to, at) => {
                let batch = state.crossing[to as usize][at].clone();
                self.arrive(state, to, vec![batch], false);
            }
            Action::ArriveCrash(to, at) => {
                let batch = state.crossing[to as usize].remove(at);
                self.arrive(state, to, vec![batch], true);
            }
            Action::ArriveAll(to) => {
                let batches = std::mem::take(&mut state.crossing[to as usize]);
                self.arrive(state, to, batches, false);
            }
            Action::Lose(to, at) => {
                state.crossing[to as usize].remove(at);
            }
            Action::Backup(who) => {
                let mut side = state.side(who).clone();
                side.folder.clear();
                state.backups[who as usize] = Some(Arc::new(side));
            }
            Action::Restore(who) => {
                state.restores += 1;
                let at = UnixSeconds(RESTORE_STEP_S * i64::from(state.restores));
                if let Some(backup) = state.backups[who as usize].clone() {
                    *state.side(who) = backup.restored(&state.sides[who as usize], &self.rules, at);
                }
            }
            Action::Prune(who) => state.side(who).prune(),
            Action::Accept(who) => {
                state.has_accepted = true;
                accept_gaps(state.side(who));
            }
            Action::Forge(from) => {
                state.has_forged = true;
                let forged = state.side(from).kept().last().map(|batch| Arc::new(batch.forge()));
                state.send_to(from.other(), forged.into_iter().collect());
            }
            Action::Revoke(from) => {
                state.side(from).key = 2;
                state.side(from.other()).revokes = true;
            }
        }
    }

    fn send(&self, state: &mut State, who: Who, is_approved: bool, crash: Option<SendCrash>) {
        let leaving = state.sides[who as usize].send(is_approved, crash, &mut state.used, &mut state.breach);
        state.send_to(who.other(), leaving);
    }

    fn arrive(&self, state: &mut State, to: Who, batches: Vec<Arc<Batch>>, crash: bool) {
        let side = &mut state.sides[to as usize];
        side.folder.extend(batches);
        let again = side.receive(&self.rules, self.scope.on_gap, crash, &mut state.breach);
        state.send_to(to.other(), again);
    }
}

fn accept_gaps(side: &mut Side) {
    let channel = side.who.receives();
    side.ledger.step(|conn| {
        let newest = gaps::list(conn, channel).unwrap();
        let epoch = newest.iter().map(|gap| gap.number.epoch).max();
        let open = |state: gaps::GapState| state != gaps::GapState::Accepted;
        let numbers: Vec<NumberRange> = newest
            .iter()
            .filter(|gap| Some(gap.number.epoch) == epoch && open(gap.state))
            .map(|gap| NumberRange { from: gap.number.sequence, to: gap.number.sequence })
            .collect();
        let decision = Decision { by: "Li".parse().unwrap(), reason: "lost".parse().unwrap() };
        // A gap of an older epoch is not accepted; the product says so.
        let _ = gaps::accept(conn, channel, &numbers, &decision, UnixSeconds(1));
    });
}

impl Model for Core {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut sides = Who::ALL.map(Side::new);
        sides.iter_mut().for_each(Side::write);
        vec![State {
            sides,
            crossing: [Vec::new(), Vec::new()],
            backups: [None, None],
            used: BTreeSet::new(),
            faults: 0,
            restores: 0,
            has_accepted: false,
            has_forged: false,
            breach: None,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let may_fail = state.faults < self.scope.faults;
        let mut all = Vec::new();
        for who in Who::ALL {
            let side = &state.sides[who as usize];
            let crossing = &state.crossing[who as usize];
            if side.own.len() < usize::from(self.scope.items) {
                all.push(Action::Write(who));
            }
            if state.batches_of(who) < self.scope.batches[who as usize] {
                all.extend([Action::Send(who), Action::SendCrash(who, SendCrash::Released)]);
                all.push(Action::SendCrash(who, SendCrash::Left));
                if who == Who::Inner && side.own.values().any(Option::is_none) {
                    all.push(Action::SendRefused(who));
                }
            }
            for at in (0..crossing.len()).filter(|at| *at == 0 || crossing[*at] != crossing[at - 1]) {
                all.extend([Action::Arrive(who, at), Action::Double(who, at)]);
                all.extend([Action::ArriveCrash(who, at), Action::Lose(who, at)]);
            }
            if crossing.len() > 1 {
                all.push(Action::ArriveAll(who));
            }
            match state.backups[who as usize] {
                Some(_) => all.push(Action::Restore(who)),
                None if may_fail && self.scope.kinds.contains(&Fault::Restore) => all.push(Action::Backup(who)),
                None => {}
            }
            if side.kept().next().is_some() {
                all.extend([Action::Prune(who), Action::Forge(who)]);
            }
            if !state.has_accepted && check::open_gaps(side) > 0 {
                all.push(Action::Accept(who));
            }
            if state.has_forged && !side.revokes {
                all.push(Action::Revoke(who.other()));
            }
        }
        let may_happen =
            |action: &Action| action.fault().is_none_or(|fault| may_fail && self.scope.kinds.contains(&fault));
        actions.extend(all.into_iter().filter(may_happen));
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        self.make(&mut state, &action);
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NUMBER_TWICE, |_, state: &State| state.breach != Some(NUMBER_TWICE)),
            Property::always(APPLIED_TWICE, |_, state: &State| state.breach != Some(APPLIED_TWICE)),
            Property::always(FORK_APPLIED, |_, state: &State| state.breach != Some(FORK_APPLIED)),
            Property::always(REVOKED_STOPS, |_, state: &State| state.breach != Some(REVOKED_STOPS)),
            Property::always(GAP_UNNAMED, |_, state: &State| check::are_gaps_named(state)),
            Property::always(ORDER_MATTERS, |core: &Self, state: &State| check::is_order_free(core, state)),
            Property::always(ACCEPTED_WAITS, |core: &Self, state: &State| check::is_accepted_passed(core, state)),
            Property::always(NOT_AT_REST, |core: &Self, state: &State| check::comes_to_rest(core, state)),
        ]
    }
}

/// What was explored.
#[derive(Debug)]
pub struct Explored {
    /// Different states.
    pub states: usize,
    /// Steps of the longest way.
    pub depth: usize,
    /// The properties that do not hold, each with the shortest way there that was found.
    pub breaches: Vec<(Breach, String)>,
}

/// Explores every state within a scope, or until one property fails.
pub fn explore(rules: Rules, scope: Scope, until: Option<Breach>) -> Explored {
    let depth = scope.depth;
    let ends = until.map_or(HasDiscoveries::AllFailures, |name| HasDiscoveries::AnyOf(BTreeSet::from([name])));
    let builder = Core { rules, scope }.checker().threads(2).target_max_depth(depth).finish_when(ends);
    let checker = builder.spawn_bfs().join();
    let way = |path: stateright::Path<State, Action>| format!("{:?}", path.into_actions());
    let mut breaches: Vec<(Breach, String)> =
        checker.discoveries().into_iter().map(|(name, path)| (name, way(path))).collect();
    breaches.sort();
    Explored { states: checker.unique_state_count(), depth: checker.max_depth(), breaches }
}

/// Steps that a long exploration goes, unless another number is given.
const DEPTH: u64 = 6;

/// Explores channels that continue after a gap and such that wait for it, to a depth. Counts states.
pub fn run(depth: Option<u64>) -> Outcome {
    let mut outcome = Outcome::default();
    let depth = usize::try_from(depth.unwrap_or(DEPTH)).unwrap_or(usize::MAX);
    for on_gap in [OnGap::Apply, OnGap::Wait] {
        let begun = Instant::now();
        let scope =
            Scope { on_gap, items: 2, batches: [3, 3], kinds: Fault::ALL, faults: 2, depth, rest_every: REST_EVERY };
        let explored = explore(PRODUCT, scope, None);
        let seconds = begun.elapsed().as_secs();
        eprintln!("{on_gap:?}: {} states to depth {} in {seconds} s", explored.states, explored.depth);
        let violations =
            explored.breaches.into_iter().map(|(what, way)| format!("{on_gap:?}: not true that {what}: {way}"));
        outcome.add(Outcome::new(explored.states as u64, violations.collect()));
    }
    outcome
}
