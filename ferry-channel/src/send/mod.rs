//! The way of a batch out.
//!
//! ```text
//! records, documents --> compose::Composer --> Draft --> compose::release --> outbox --> dispatch --> folder of the diode
//!                           |                  (waits     number, signature,   (kept      parts:       (batch, or head
//!                           +- compress          for       row of the ledger    until      whole or     and volumes)
//!                              (second core)     reviewers) in one transaction   confirmed) volumes
//!                                                                                  ^
//!                                               ResendRequest of the other side ---+ decide: what goes out, again, is deleted
//! ```

pub mod compose;
mod compress;
pub mod decide;
pub mod outbox;
mod parts;
pub mod dispatch;
