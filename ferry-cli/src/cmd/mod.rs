//! The commands: one file or folder each, with its arguments and what it does.

mod keygen;
mod key;
mod trust;
mod seal;
mod verify;
mod inspect;
mod open;
mod review;
mod approve;
mod refuse;
mod release_form;
mod diff;
mod split;
mod join;
mod catalogue;
mod evidence;
mod audit;
mod man;

use crate::texts::help_zh::HELP;
use clap::{Parser, Subcommand};
use ferry_format::text::Language;
use ferry_io::Result as Outcome;
use ferry_io::output::help;

/// Seals, verifies, reviews and opens Ferry batches.
#[derive(Parser)]
#[command(name = "ferry", version)]
struct Cli {
    /// Language of all texts: zh or en. Without it the locale decides; without a locale it is Chinese.
    #[arg(long, global = true, value_name = "zh|en")]
    lang: Option<Language>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Keygen(keygen::Args),
    #[command(subcommand)]
    Key(key::Command),
    #[command(subcommand)]
    Trust(trust::Command),
    Seal(seal::Args),
    Verify(verify::Args),
    Inspect(inspect::Args),
    Open(open::Args),
    Review(review::Args),
    Approve(approve::Args),
    Refuse(refuse::Args),
    ReleaseForm(release_form::Args),
    Diff(diff::Args),
    Split(split::Args),
    Join(join::Args),
    #[command(subcommand)]
    Catalogue(catalogue::Command),
    #[command(subcommand)]
    Evidence(evidence::Command),
    #[command(subcommand)]
    Audit(audit::Command),
    Man(man::Args),
}

/// Parses the command line of this process and does what it says.
///
/// # Errors
/// Those of each command; a wrong usage ends the process with 2.
pub fn run() -> Outcome<()> {
    match help::parse::<Cli>(HELP).command {
        Command::Keygen(args) => args.run(),
        Command::Key(command) => command.run(),
        Command::Trust(command) => command.run(),
        Command::Seal(args) => args.run(),
        Command::Verify(args) => args.run(),
        Command::Inspect(args) => args.run(),
        Command::Open(args) => args.run(),
        Command::Review(args) => args.run(),
        Command::Approve(args) => args.run(),
        Command::Refuse(args) => args.run(),
        Command::ReleaseForm(args) => args.run(),
        Command::Diff(args) => args.run(),
        Command::Split(args) => args.run(),
        Command::Join(args) => args.run(),
        Command::Catalogue(command) => command.run(),
        Command::Evidence(command) => command.run(),
        Command::Audit(command) => command.run(),
        Command::Man(args) => args.run(&help::command::<Cli>(HELP)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_command_and_argument_has_a_chinese_help() {
        assert_eq!(help::missing(Cli::command(), HELP), Vec::<String>::new());
        assert_eq!(help::unused(Cli::command(), HELP), Vec::<&str>::new());
    }
}
