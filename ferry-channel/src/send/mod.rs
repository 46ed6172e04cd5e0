//! The way of a batch out.

pub mod compose;
mod compress;
pub mod outbox;
pub mod dispatch;
