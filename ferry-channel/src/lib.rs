//! The durable one-way channel that both agents use, once. It does not know what a court is.
//!
//! Modules stand in the order of a batch's path: composed, kept in the outbox, dispatched; met in
//! the inbox, put together from volumes, accepted or quarantined; and around it ledger, audit, schedule, the single-run lock
//! and the text of documents.
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")
)]

pub mod log;
pub mod operator;
pub mod config;
pub mod database;
pub mod ledger;
pub mod gaps;
pub mod audit;
pub mod root;
pub mod compose;
mod pack;
pub mod outbox;
pub mod dispatch;
pub mod inbox;
pub mod assemble;
pub mod incoming;
pub mod accept;
mod refuse;
mod noted;
pub mod quarantine;
pub mod waiting;
pub mod left;
pub mod evidence;
pub mod schedule;
pub mod space;
pub mod retention;
pub mod beat;
pub mod metrics;
pub mod lock;
pub mod status;
pub mod alarms;
pub mod trusted;
pub mod strike;
pub mod watch;
pub mod pairing;
pub mod epoch;
pub mod setback;
pub mod backup;
