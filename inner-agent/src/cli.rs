//! What an operator types.

use crate::agent::Agent;
use crate::config::Config;
use crate::export::Extent;
use crate::store::DATABASE;
use crate::{export, import, notify, propose, recovery, report, review, run, source, status};
use clap::{Parser, Subcommand};
use ferry_channel::operator::commands as operator;
use ferry_channel::operator::trust::Trust;
use ferry_channel::receive::pass::Grace;
use ferry_channel::runtime::schedule::Schedule;
use ferry_channel::runtime::watchdog;
use ferry_channel::trust::pairing;
use ferry_format::frame::header::Direction;
use ferry_format::text::Language;
use ferry_io::clock;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::TEMPORARY;
use ferry_io::fs::pdf_text;
use ferry_io::output::language;
use ferry_io::{out, outln};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  inner-agent --config inner.toml plan      what tonight's run would carry 今晚将导出什么
  inner-agent --config inner.toml export    one run now 立即导出一次
  inner-agent --config inner.toml status    what crossed, what is held 到了哪一批、暂留了什么
  inner-agent --config inner.toml review list   drafts that wait for approvals 待审草稿
  inner-agent --config inner.toml report --month 2026-11 --html -o 2026-11.html   公开工作月报";

/// Exports signed and encrypted batches of case data; imports receipts and messages (数据摆渡·内网端).
#[derive(Parser)]
#[command(name = "inner-agent", version, after_help = EXAMPLES)]
struct Cli {
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Language of texts: zh or en. Without it the configuration decides, then the locale, then Chinese.
    #[arg(long, global = true, value_name = "zh|en")]
    lang: Option<Language>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes folders and keys that do not exist yet, and prints what the other side compares.
    Init,
    /// Trusts the other side's keys.
    Pair {
        /// Public key of the outer sender.
        #[arg(long)]
        peer_sender: PathBuf,
        /// Public key of the outer recipient.
        #[arg(long)]
        peer_recipient: PathBuf,
    },
    /// Checks configuration, keys, catalogue, mapping and database without changing anything.
    CheckConfig,
    /// Shows what the next export would carry and what it would hold, and changes nothing.
    Plan {
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        reading: Reading,
    },
    /// One export now: collect, screen, compose, release, dispatch.
    Export {
        #[command(flatten)]
        output: Output,
        #[command(flatten)]
        reading: Reading,
    },
    /// Gives every draft with its approvals, checked anew, its number, and dispatches it.
    Release(Output),
    /// Drafts that wait for reviewers, and what they signed.
    #[command(subcommand)]
    Review(review::commands::Command),
    /// Compares every row and file, and repairs what the far side holds otherwise: one full export now.
    Reconcile(Output),
    /// Carries the whole published state anew, in one batch under a new epoch: the far side then holds exactly that.
    Baseline {
        /// Let it take back published records that cannot go out as they are now.
        #[arg(long)]
        take_back: bool,
        #[command(flatten)]
        output: Output,
    },
    /// One import now.
    Import(Output),
    /// Everything on schedule, until it is stopped.
    Run,
    /// Channels, held records and state root.
    Status(Output),
    /// Copies the state, consistently, while the daemon runs; a folder with an earlier backup is brought up to date.
    Backup(operator::Folder),
    /// Restores a backup into a state folder without a database, and begins a new epoch.
    Restore(operator::Folder),
    #[command(flatten)]
    Operator(operator::Command),
    Report(report::Args),
    Notify(notify::Args),
}

#[derive(clap::Args, Clone, Copy)]
struct Reading {
    /// Compare every row and file, not only what changed.
    #[arg(long)]
    full: bool,
}

#[derive(clap::Args, Clone, Copy)]
pub struct Output {
    /// One JSON object on stdout.
    #[arg(long)]
    pub json: bool,
    /// Exit with 75 when single records were held.
    #[arg(long)]
    pub strict: bool,
}

/// Runs the command line.
pub fn run() -> Result<()> {
    let cli = Cli::parse();
    language::set_option(cli.lang);
    let config = Config::load(&cli.config)?;
    language::set_configured(config.language);
    match cli.command {
        Command::Init => pairing::init(&config.export, &config.import),
        Command::Pair { peer_sender, peer_recipient } => {
            let (out, into) = (&config.export, &config.import);
            pairing::pair(&config.court, Direction::Return, out, into, &peer_sender, &peer_recipient)?;
            let detail = operator::pair_text(&peer_sender, &peer_recipient);
            operator::note_in(&config.state.join(DATABASE), "pair", &detail)
        }
        Command::CheckConfig => {
            let agent = Agent::open(config)?;
            agent.may_send(&agent.outgoing()?, clock::now_s())?;
            agent.up_trust()?;
            agent.incoming()?;
            import::check(&agent)?;
            notify::check(&agent)?;
            let source = source::open(&agent)?;
            source::sample::print(&source)?;
            pdf_text::check(&agent.policy)?;
            outln!("ok: {} kinds are mapped", agent.config.source.kinds.len());
            Ok(())
        }
        Command::Plan { output, reading } => {
            let plan = export::plan(&Agent::open(config)?, reading.full)?;
            print(output, &plan, || plan.print());
            strict(output, plan.held())
        }
        Command::Export { output, reading } => {
            let extent = if reading.full { Extent::Full } else { Extent::Changes };
            let agent = Agent::open(config)?;
            operator::note(&agent.conn, "export", if reading.full { "full" } else { "" })?;
            let done = exported(&agent, extent)?;
            print(output, &done, || done.print());
            strict(output, done.held)
        }
        Command::Release(output) => review::commands::release_now(&Agent::open(config)?, output),
        Command::Review(command) => command.run(&Agent::open(config)?),
        Command::Reconcile(output) => {
            let agent = Agent::open(config)?;
            operator::note(&agent.conn, "reconcile", "")?;
            let done = exported(&agent, Extent::Full)?;
            print(output, &done, || done.print());
            strict(output, done.held)
        }
        Command::Baseline { take_back, output } => {
            let agent = Agent::open(config)?;
            operator::note(&agent.conn, "baseline", if take_back { "take-back" } else { "" })?;
            let done = exported(&agent, Extent::Baseline { take_back })?;
            print(output, &done, || done.print());
            strict(output, done.held)
        }
        Command::Import(output) => {
            let mut agent = Agent::open(config)?;
            operator::note(&agent.conn, "import", "")?;
            watchdog::step("import");
            let done = import::import(&mut agent, Grace::None);
            status::publish(&agent);
            let done = done?;
            print(output, &done, || done.print());
            strict(output, done.held)
        }
        Command::Operator(operator::Command::Trust(Trust::Propose { list })) => {
            let draft = propose::propose(&Agent::open(config)?, &list)?;
            outln!("草案待审 the draft waits for its reviewers: {}", draft.display());
            Ok(())
        }
        Command::Operator(asked) => {
            let mut agent = Agent::open(config)?;
            asked.run(agent.desk()?)
        }
        Command::Run => run::run(Agent::open(config)?),
        Command::Backup(operator::Folder { folder, with_keys, output }) => {
            let agent = Agent::open(config)?;
            operator::note(&agent.conn, "backup", &operator::folder_text(&folder, with_keys))?;
            let made = recovery::backup(&agent, &folder, with_keys)?;
            output.print(&made, || made.print());
            made.check()
        }
        Command::Restore(operator::Folder { folder, with_keys, output }) => {
            let zone = Schedule::new(&config.path, &config.export.schedule, &config.time_zone)?;
            let done = recovery::restore(&config, &folder, with_keys)?;
            output.print(&done, || done.print(zone.zone()));
            Ok(())
        }
        Command::Report(args) => args.run(&Agent::open(config)?),
        Command::Notify(args) => args.run(&Agent::open(config)?),
        Command::Status(output) => {
            let agent = Agent::open(config)?;
            let status = status::status(&agent)?;
            print(output, &status, || out!("{}", status.screen(&agent)));
            strict(output, status.held)
        }
    }
}

/// One run, after which metrics say how it ended.
fn exported(agent: &Agent, extent: Extent) -> Result<export::Exported> {
    watchdog::step("export");
    let done = export::export(agent, extent);
    status::publish(agent);
    done
}

pub fn print<T: serde::Serialize>(output: Output, value: &T, plain: impl FnOnce()) {
    match serde_json::to_string(value) {
        Ok(text) if output.json => outln!("{text}"),
        _ => plain(),
    }
}

fn strict(output: Output, held: u64) -> Result<()> {
    if !output.strict || held == 0 {
        return Ok(());
    }
    let hint = "`status` names them; correct them in the case platform or the mapping";
    Err(Error::new(TEMPORARY, "FERRY-E0902", format!("{held} records are held"), hint))
}
