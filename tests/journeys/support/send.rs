//! Batches that the inner side composes, signs and dispatches through the real channel, without the agent's own checks.

use ferry_channel::config::{self, RuleDigests, Sending};
use ferry_channel::ledger::acknowledgement::build_acknowledgement;
use ferry_channel::ledger::{db, numbering, state_root};
use ferry_channel::send::compose::{Composer, Outgoing, SeriesFields, release};
use ferry_channel::send::dispatch::dispatch;
use ferry_channel::types::UnixSeconds;
use ferry_channel::types::{BatchNumber, ChannelId};
use ferry_format::frame::header::{BatchType, Direction};
use ferry_format::record::state_root::Buckets;
use ferry_testkit::stage::Court;
use rusqlite::Connection;

/// What the inner agent's configuration says of its sending end.
#[derive(serde::Deserialize)]
struct Inner {
    court: String,
    export: Sending,
}

/// Sends the next batch with what `fill` puts into it; `fill` gives the change of the state root.
pub fn send(
    court: &Court,
    batch_type: BatchType,
    fill: impl FnOnce(&Connection, &mut Composer, BatchNumber) -> Buckets,
) {
    let Inner { court: name, mut export } = config::read(&court.path("inner.toml")).unwrap();
    export.resolve(&court.path(""));
    let (catalogue, policy) = config::rules(&court.path("catalogue.toml"), &court.path("policy.toml")).unwrap();
    let rules = RuleDigests::of(&catalogue, &policy).unwrap();
    let state = court.path("inner/state");
    let mut outgoing = Outgoing::open(&export, &name, Direction::Export, rules, &state).unwrap();
    outgoing.address.batch_type = batch_type;
    let conn = db::open_existing(&state.join("inner.db")).unwrap();
    let tx = conn.unchecked_transaction().unwrap();
    let [up, down] = ["up", "down"].map(|id| ChannelId::new(id).unwrap());
    let mut composer = Composer::begin(&outgoing).unwrap();
    let change = fill(&tx, &mut composer, numbering::next_number(&tx, &up).unwrap());
    let acknowledgement = build_acknowledgement(&tx, &down, true, UnixSeconds::now()).unwrap();
    let fields = SeriesFields { acknowledgement, state_root: state_root::apply(&tx, &up, &change).unwrap() };
    release(&tx, &outgoing, composer.finish().unwrap(), &fields, UnixSeconds::now()).unwrap();
    tx.commit().unwrap();
    dispatch(&conn, &outgoing.paths, UnixSeconds::now()).unwrap();
}
