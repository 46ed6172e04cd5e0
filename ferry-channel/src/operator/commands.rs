//! What an operator does by hand about the channels, the same on both agents: send again, accept a gap, work on the
//! quarantine, let a stopped channel continue.

use crate::audit as audit_log;
use crate::ledger::db;
use crate::operator::args::{CommandContext, Json};
use crate::operator::audit::Audit;
use crate::operator::channel::{Fork, Gaps, Resend};
use crate::operator::quarantine::Quarantine;
use crate::operator::trust::Trust;
use crate::runtime::user::system_user;
use clap::{Args, Subcommand};
use ferry_io::clock;
use ferry_io::error::Result;
use ferry_io::keys::load;
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    #[allow(missing_docs, reason = "each says what it is where it is made")]
    Resend(Resend),
    #[allow(missing_docs, reason = "each says what it is where it is made")]
    #[command(subcommand)]
    Gaps(Gaps),
    #[allow(missing_docs, reason = "each says what it is where it is made")]
    #[command(subcommand)]
    Quarantine(Quarantine),
    #[allow(missing_docs, reason = "each says what it is where it is made")]
    #[command(subcommand)]
    Fork(Fork),
    #[allow(missing_docs, reason = "each says what it is where it is made")]
    #[command(subcommand)]
    Audit(Audit),
    #[allow(missing_docs, reason = "each says what it is where it is made")]
    #[command(subcommand)]
    Trust(Trust),
}

impl Command {
    /// Does what was asked for.
    pub fn run(self, context: CommandContext<'_>) -> Result<()> {
        match self {
            Self::Resend(args) => args.run(&context),
            Self::Gaps(command) => command.run(context),
            Self::Quarantine(command) => command.run(&context),
            Self::Fork(command) => command.run(context),
            Self::Audit(command) => command.run(&context),
            Self::Trust(command) => command.run(context),
        }
    }
}

/// A backup's folder.
#[derive(Args)]
pub struct Folder {
    /// Folder of the backup.
    pub folder: PathBuf,
    /// Keys and trust files too: keep the folder as you keep them.
    #[arg(long)]
    pub with_keys: bool,
    /// How to print.
    #[command(flatten)]
    pub output: Json,
}

/// Records that a command was typed that changes something or copies the state, before it does.
pub fn record_command(conn: &Connection, command: &str, detail: &str) -> Result<()> {
    audit_log::record(conn, clock::now_s(), &system_user(), "command", command, detail)
}

/// The same for a command that needs no database. Where there is none yet nothing is recorded and none is made, so that a
/// backup can still be restored; what was trusted is then recorded when it is used first.
pub fn record_command_in(database: &Path, command: &str, detail: &str) -> Result<()> {
    if !database.exists() {
        return Ok(());
    }
    record_command(&db::open_existing(database)?, command, detail)
}

/// A backup's folder, for the audit.
pub fn folder_text(folder: &Path, with_keys: bool) -> String {
    format!("{}{}", folder.display(), if with_keys { ", with keys" } else { "" })
}

/// The keys of the other side that were trusted, for the audit: their fingerprints as two people compare them.
pub fn pair_text(sender: &Path, recipient: &Path) -> String {
    let id = |path: &Path| load::public_key(path).map_or_else(|e| e.to_string(), |key| key.fingerprint().to_string());
    format!("sender {}, recipient {}", id(sender), id(recipient))
}
