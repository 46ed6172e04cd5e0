//! What an operator does by hand about the channels, the same on both agents: send again, accept a gap, work on the
//! quarantine, let a stopped channel continue.

use crate::operator::args::{CommandContext, Json};
use crate::operator::audit::Audit;
use crate::operator::channel::{Fork, Gaps, Resend};
use crate::operator::clock::Clock;
use crate::operator::quarantine::Quarantine;
use crate::operator::trust::Trust;
use crate::recovery::ledger_mark;
use clap::{Args, Subcommand};
use ferry_io::error::Result;
use std::path::PathBuf;

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
    #[allow(missing_docs, reason = "each says what it is where it is made")]
    #[command(subcommand)]
    Clock(Clock),
}

impl Command {
    /// Does what was asked for. What changes the ledger is refused on one that is older than its state folder.
    ///
    /// # Errors
    /// `FERRY-E0659`, and those of the command.
    pub fn run(self, context: CommandContext<'_>) -> Result<()> {
        let (state, changes) = (context.state, self.changes_ledger());
        if changes {
            ledger_mark::check_current(context.conn, state)?;
        }
        self.run_on(CommandContext { conn: &mut *context.conn, ..context })?;
        if changes { ledger_mark::note(context.conn, state) } else { Ok(()) }
    }

    fn changes_ledger(&self) -> bool {
        let reads = matches!(
            self,
            Self::Gaps(Gaps::List(_))
                | Self::Quarantine(Quarantine::List(_) | Quarantine::Show { .. })
                | Self::Fork(Fork::List(_))
                | Self::Audit(Audit::Verify(_) | Audit::Show(_) | Audit::Export(_))
                | Self::Trust(Trust::Show(_))
        );
        !reads
    }

    fn run_on(self, context: CommandContext<'_>) -> Result<()> {
        match self {
            Self::Resend(args) => args.run(&context),
            Self::Gaps(command) => command.run(context),
            Self::Quarantine(command) => command.run(&context),
            Self::Fork(command) => command.run(context),
            Self::Audit(command) => command.run(&context),
            Self::Trust(command) => command.run(context),
            Self::Clock(command) => command.run(&context),
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
