//! The command line: one file per command.

mod backup;
mod channel;
mod check_config;
mod doctor;
mod hide;
mod ingest;
mod init;
mod portal;
mod reply;
mod status;

use crate::config::Config;
use crate::context::Context;
use crate::daemon;
use crate::store::DATABASE;
use crate::texts::help_zh;
use clap::{Parser, Subcommand};
use ferry_channel::monitor::doctor::Doctor;
use ferry_channel::monitor::status::check;
use ferry_channel::operator::args::Json;
use ferry_channel::operator::commands as operator;
use ferry_channel::operator::frame::{AgentOptions, Pair, Pairing};
use ferry_channel::types::UnixSeconds;
use ferry_format::frame::header::Direction;
use ferry_io::error::Result;
use ferry_io::output::{help, language};

const EXAMPLES: &str = "\
Examples:
  outer-agent --config outer.toml ingest    publish the batches that arrived
  outer-agent --config outer.toml portal    serve the portal
  outer-agent --config outer.toml status    show missing batches, quarantine and state root";

/// Verifies and publishes batches, serves the portal, and replies with receipts and messages.
#[derive(Parser)]
#[command(name = "outer-agent", version, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    options: AgentOptions,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes missing folders and keys, and prints the fingerprints that the other side compares.
    Init,
    Pair(Pair),
    /// Checks configuration, keys, catalogue and certificate without changing anything.
    CheckConfig,
    /// Processes the files that arrived, once; does not wait for half-copied files.
    Ingest(Json),
    /// Makes one return batch now.
    Reply(Json),
    /// Serves the portal, a process without channel keys.
    Portal(portal::Args),
    /// Makes the credential of a channel that may call the API, and prints the lines for the configuration.
    Channel(channel::Args),
    /// Backs up the state, consistently, also while the daemon runs; updates a folder with an earlier backup.
    Backup(operator::Folder),
    /// Restores a backup into a state folder without a database, and starts a new epoch.
    Restore(operator::Folder),
    /// Runs as a daemon until it is stopped: ingest, portal and replies.
    Run,
    #[command(flatten)]
    Operator(operator::Command),
    /// Takes an item off the portal at once; only the inner side shows it again.
    Hide(hide::Hide),
    /// Looks at everything this side stands on, where any of it may be broken, and says what to do in which order.
    Doctor(Doctor),
    /// Shows channels, published data, quarantine and state root.
    Status(status::Status),
}

/// Runs the command line.
pub fn run() -> Result<()> {
    let cli: Cli = help::parse(&help_zh::table());
    let is_check = matches!(&cli.command, Command::Status(args) if args.is_check());
    let config = check::or_end(is_check, Config::load(&cli.options.config))?;
    language::set_configured(config.language);
    let now = UnixSeconds::now();
    match cli.command {
        Command::Init => init::run(&config),
        Command::Pair(pair) => {
            let (sending, receiving, database) = (&config.reply, &config.ingest, &config.state.join(DATABASE));
            pair.run(&Pairing { court: &config.court, incoming: Direction::Export, sending, receiving, database }, now)
        }
        Command::CheckConfig => check_config::run(config, now),
        Command::Ingest(output) => ingest::run(config, output, now),
        Command::Reply(output) => reply::run(config, output, now),
        Command::Portal(args) => portal::run(config, &args, now),
        Command::Channel(args) => channel::run(&config, &args, now),
        Command::Backup(folder) => backup::run(config, &folder, now),
        Command::Restore(folder) => backup::restore(&config, &folder, now),
        Command::Operator(command) => command.run(Context::open(config, now)?.command_context(now)?),
        Command::Run => daemon::run(Context::open(config, now)?, now),
        Command::Doctor(options) => doctor::run(&config, options, now),
        Command::Hide(args) => args.run(config, now),
        Command::Status(args) => args.run(config, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_command_and_argument_has_its_help_in_chinese() {
        assert_eq!(help::missing(Cli::command(), &help_zh::table()), Vec::<String>::new());
        assert_eq!(help::unused(Cli::command(), &help_zh::table()), Vec::<&str>::new());
    }
}
