//! What the operators' commands share: the agent that they work on, and the options they have in common.

use crate::config::Receiving;
use crate::send::outbox::OutboxPaths;
use crate::types::UnixSeconds;
use crate::types::decision::{Decision, Name, Reason};
use clap::Args;
use ferry_format::frame::header::Direction;
use ferry_io::outln;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use std::path::Path;

/// The agent that a command works on.
pub struct CommandContext<'a> {
    /// Its database.
    pub conn: &'a mut Connection,
    /// The court.
    pub court: &'a str,
    /// Its state folder.
    pub state: &'a Path,
    /// Where it keeps what it sent.
    pub paths: OutboxPaths,
    /// Where it receives.
    pub receiving: &'a Receiving,
    /// Which way what it receives crosses.
    pub direction: Direction,
    /// Now, seconds.
    pub now: UnixSeconds,
    /// Zone in which times are shown.
    pub zone: &'a TimeZone,
    /// Job that sends, whose lock is taken.
    pub sends: &'static str,
    /// Job that receives, whose lock is taken.
    pub receives: &'static str,
    /// Command that receives.
    pub receive: &'static str,
}

/// How to print.
#[derive(Args, Clone, Copy)]
pub struct Json {
    /// JSON on stdout.
    #[arg(long)]
    json: bool,
}

/// Who decides, for the audit.
#[derive(Args)]
pub struct DecisionArgs {
    /// Name of the person who decides.
    #[arg(long, visible_alias = "name", value_name = "NAME")]
    by: Name,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Reason,
}

impl DecisionArgs {
    /// As it is recorded.
    pub fn decision(self) -> Decision {
        Decision { by: self.by, reason: self.reason }
    }
}

impl Json {
    /// Prints a value as JSON, or as `plain` does.
    pub fn print<T: serde::Serialize>(self, value: &T, plain: impl FnOnce()) {
        match serde_json::to_string(value) {
            Ok(text) if self.json => outln!("{text}"),
            _ => plain(),
        }
    }
}
