//! The durable one-way channel that both agents use, once. It does not know what a court is.
//!
//! Modules stand in the order of a batch's path: composed, kept in the outbox, dispatched; met in
//! the inbox, put together from volumes, accepted or quarantined; and around it ledger, audit, schedule, the single-run lock
//! and the text of documents.
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")
)]

pub mod failure;
pub mod terminal;
pub mod files;
pub mod identity;
pub mod passphrase;
pub mod token;
pub mod durable;
#[cfg(feature = "agent")]
pub mod log;
pub mod progress;
pub mod table;
pub mod page;
#[cfg(feature = "agent")]
pub mod operator;
#[cfg(feature = "agent")]
pub mod config;
#[cfg(feature = "agent")]
pub mod database;
#[cfg(feature = "agent")]
pub mod ledger;
#[cfg(feature = "agent")]
pub mod gaps;
pub mod audit;
#[cfg(feature = "agent")]
pub mod root;
#[cfg(feature = "agent")]
pub mod compose;
#[cfg(feature = "agent")]
mod pack;
#[cfg(feature = "agent")]
pub mod outbox;
#[cfg(feature = "agent")]
pub mod dispatch;
#[cfg(feature = "agent")]
pub mod inbox;
#[cfg(feature = "agent")]
pub mod assemble;
#[cfg(feature = "agent")]
pub mod incoming;
#[cfg(feature = "agent")]
pub mod accept;
#[cfg(feature = "agent")]
mod refuse;
#[cfg(feature = "agent")]
mod noted;
#[cfg(feature = "agent")]
pub mod quarantine;
#[cfg(feature = "agent")]
pub mod waiting;
#[cfg(feature = "agent")]
pub mod left;
#[cfg(feature = "agent")]
pub mod evidence;
#[cfg(feature = "agent")]
pub mod schedule;
#[cfg(feature = "agent")]
pub mod space;
#[cfg(feature = "agent")]
pub mod retention;
#[cfg(feature = "agent")]
pub mod beat;
#[cfg(feature = "agent")]
pub mod metrics;
#[cfg(feature = "agent")]
pub mod lock;
#[cfg(feature = "agent")]
pub mod status;
#[cfg(feature = "agent")]
pub mod alarms;
#[cfg(feature = "agent")]
pub mod trusted;
#[cfg(feature = "agent")]
pub mod strike;
pub mod sandbox;
#[cfg(feature = "agent")]
pub mod text;
#[cfg(feature = "agent")]
pub mod watch;
#[cfg(feature = "agent")]
pub mod pairing;
#[cfg(feature = "agent")]
pub mod epoch;
#[cfg(feature = "agent")]
pub mod setback;
#[cfg(feature = "agent")]
pub mod backup;

pub use failure::{Failure, Result};
