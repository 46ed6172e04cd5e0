//! Drills: a fault is set up on a made-up court in its own folder, and an operator is led through it with the real commands.
//! A test runs each to its end and checks what its commands print.

mod drill;
mod damaged_ledger;
mod documents_gone;
mod doubled;
mod foreign_files;
mod forked_number;
mod junk_flood;
mod lost_batch;
mod lost_outbox;
mod lost_outer;
mod lost_return;
mod no_room;
mod poisoned_head;
mod portal_down;
mod re_pairing;
mod reordered;
mod rolled_back_ledger;
mod root_differs;
mod rotate_keys;
mod stale;
mod torn_batch;
mod two_agents;
mod wrong_clock;
mod wrong_key;
mod wrong_mapping;

pub use drill::{Drill, Step};

/// All of them, in the order in which they are best learnt.
pub const DRILLS: &[Drill] = &[
    lost_batch::DRILL,
    torn_batch::DRILL,
    reordered::DRILL,
    doubled::DRILL,
    stale::DRILL,
    lost_return::DRILL,
    foreign_files::DRILL,
    wrong_key::DRILL,
    root_differs::DRILL,
    no_room::DRILL,
    two_agents::DRILL,
    forked_number::DRILL,
    lost_outer::DRILL,
    rotate_keys::DRILL,
    wrong_mapping::DRILL,
    wrong_clock::DRILL,
    lost_outbox::DRILL,
    damaged_ledger::DRILL,
    rolled_back_ledger::DRILL,
    documents_gone::DRILL,
    re_pairing::DRILL,
    junk_flood::DRILL,
    poisoned_head::DRILL,
    portal_down::DRILL,
];
