//! The `ferry` command: for reviewers, operators, auditors and scripts. No configuration, no state.
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")
)]

mod approve;
mod audit;
mod catalogue;
mod changes;
mod decide;
mod diff;
mod evidence;
mod evidence_audit;
mod evidence_make;
mod evidence_table;
mod evidence_verify;
mod inspect;
mod join;
mod key;
mod keygen;
mod labels;
mod manual;
mod markdown;
mod open;
mod page;
mod passes;
mod refuse;
mod review;
mod seal;
mod secret;
mod sheet;
mod show;
mod split;
mod trust;
mod trust_edit;
mod trust_show;
mod trusting;
mod verify;

use clap::{Parser, Subcommand};
use ferry_format::text::Language;
use ferry_io::output::language;

/// Seals, verifies, inspects and opens Ferry batches (数据摆渡批次).
#[derive(Parser)]
#[command(name = "ferry", version)]
struct Cli {
    /// Language of texts: zh or en. Without it the configuration decides, then the locale, then Chinese.
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
    Approve(approve::Args),
    Refuse(refuse::Args),
    Review(review::Args),
    Sheet(sheet::Args),
    #[command(subcommand)]
    Audit(audit::Command),
    #[command(subcommand)]
    Catalogue(catalogue::Command),
    Diff(diff::Args),
    #[command(subcommand)]
    Evidence(evidence::Command),
    Split(split::Args),
    Join(join::Args),
    Manual(manual::Args),
}

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    language::set_option(cli.lang);
    ferry_io::output::exit::report(match cli.command {
        Command::Keygen(args) => args.run(),
        Command::Key(command) => command.run(),
        Command::Trust(command) => command.run(),
        Command::Seal(args) => args.run(),
        Command::Verify(args) => args.run(),
        Command::Inspect(args) => args.run(),
        Command::Open(args) => args.run(),
        Command::Approve(args) => args.run(),
        Command::Audit(audit::Command::Verify(args)) => args.run(),
        Command::Refuse(args) => args.run(),
        Command::Review(args) => args.run(),
        Command::Sheet(args) => args.run(),
        Command::Catalogue(command) => command.run(),
        Command::Diff(args) => args.run(),
        Command::Evidence(command) => command.run(),
        Command::Split(args) => args.run(),
        Command::Join(args) => args.run(),
        Command::Manual(args) => args.run::<Cli>(),
    })
}
