//! The command line: one file per command.

mod backup;
mod baseline;
mod check_config;
mod doctor;
mod export;
mod import;
mod init;
mod plan;
mod propose;
mod reconcile;
mod release;
mod restore;
mod retractions;
mod waiting;
mod status;

use crate::config::Config;
use crate::context::Context;
use crate::output::Output;
use crate::store::DATABASE;
use crate::texts::{commands, help_zh};
use crate::{daemon, notify, report, review};
use clap::{Parser, Subcommand};
use ferry_channel::monitor::doctor::Doctor;
use ferry_channel::monitor::status::check;
use ferry_channel::operator::commands as operator;
use ferry_channel::operator::frame::{AgentOptions, Pair, Pairing};
use ferry_channel::operator::trust::Trust;
use ferry_channel::types::UnixSeconds;
use ferry_format::frame::header::Direction;
use ferry_io::error::Result;
use ferry_io::output::{help, language};

/// Exports signed and encrypted batches of case data; imports receipts and messages (the intranet side of Ferry).
#[derive(Parser)]
#[command(name = "inner-agent", version, after_help = commands::EXAMPLES)]
struct Cli {
    #[command(flatten)]
    options: AgentOptions,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes the folders and keys that do not exist yet, and prints what the other side compares.
    Init,
    Pair(Pair),
    /// Checks configuration, keys, catalogue, mapping and database, and shows what each mapping reads. Changes nothing.
    CheckConfig,
    Plan(plan::Args),
    Export(export::Args),
    /// Checks the approvals of every draft again, and numbers and dispatches the drafts that have what they need.
    Release(Output),
    /// Drafts that wait for reviewers, and what reviewers signed.
    #[command(subcommand)]
    Review(review::commands::Command),
    /// Compares every row and file, and repairs what differs outside: one full export now.
    Reconcile(Output),
    Baseline(baseline::Args),
    /// Retractions that wait for a person: more records than the bound are no longer in the platform.
    #[command(subcommand)]
    Retractions(retractions::Retractions),
    /// Items of return batches that wait, because more came than a day takes.
    #[command(subcommand)]
    Waiting(waiting::Waiting),
    /// Runs one import now.
    Import(import::Import),
    /// Does everything on schedule, until it is stopped.
    Run,
    /// Shows channels, held records, what is to do, and the state root.
    Status(status::Status),
    /// Looks at everything this side stands on, where any of it may be broken, and says what to do in which order.
    Doctor(Doctor),
    /// Copies the state consistently while the daemon runs; a folder with an earlier backup is updated.
    Backup(operator::Folder),
    /// Restores a backup into a state folder without a database, and begins a new epoch.
    Restore(operator::Folder),
    #[command(flatten)]
    Operator(operator::Command),
    Report(report::commands::Args),
    Notify(notify::commands::Args),
}

/// Runs the command line of this process.
pub fn run() -> Result<()> {
    let cli: Cli = help::parse(&help_zh::table());
    let is_check = matches!(&cli.command, Command::Status(args) if args.is_check());
    let config = check::or_end(is_check, Config::load(&cli.options.config))?;
    language::set_configured(config.language);
    cli.command.run(config, UnixSeconds::now())
}

impl Command {
    fn run(self, config: Config, now: UnixSeconds) -> Result<()> {
        match self {
            Self::Init => init::run(&config),
            Self::Pair(pair) => {
                let (sending, receiving, database) = (&config.export, &config.import, &config.state.join(DATABASE));
                pair.run(
                    &Pairing { court: &config.court, incoming: Direction::Return, sending, receiving, database },
                    now,
                )
            }
            Self::Restore(folder) => restore::run(&config, &folder, now),
            Self::Doctor(options) => doctor::run(&config, options, now),
            Self::Status(args) => args.run(config, now),
            Self::Run => daemon::run(Context::open(config)?),
            command => command.run_with(Context::open(config)?, now),
        }
    }

    /// The commands that work on the database.
    fn run_with(self, mut context: Context, now: UnixSeconds) -> Result<()> {
        match self {
            Self::CheckConfig => check_config::run(&context, now),
            Self::Plan(args) => args.run(&context, now),
            Self::Export(args) => args.run(&context, now),
            Self::Release(output) => release::run(&context, output, now),
            Self::Review(command) => command.run(&context, now),
            Self::Reconcile(output) => reconcile::run(&context, output, now),
            Self::Baseline(args) => args.run(&context, now),
            Self::Retractions(command) => command.run(&context, now),
            Self::Waiting(command) => command.run(&mut context, now),
            Self::Import(args) => args.run(&mut context, now),
            Self::Backup(folder) => backup::run(&context, &folder, now),
            Self::Operator(operator::Command::Trust(Trust::Propose { list })) => propose::run(&context, &list, now),
            Self::Operator(command) => command.run(context.operator(now)?),
            Self::Report(args) => args.run(&context, now),
            Self::Notify(args) => args.run(&context, now),
            Self::Init | Self::Pair(_) | Self::Restore(_) | Self::Doctor(_) | Self::Status(_) | Self::Run => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_command_and_option_has_a_chinese_help_text_and_no_text_is_unused() {
        assert_eq!(help::missing(Cli::command(), &help_zh::table()), Vec::<String>::new());
        assert_eq!(help::unused(Cli::command(), &help_zh::table()), Vec::<&str>::new());
    }
}
