//! The commands that both agents have for their operators.

pub mod args;
pub mod record;
pub mod frame;
pub mod commands;
mod channel;
mod clock;
mod quarantine;
pub mod audit;
pub mod trust;
