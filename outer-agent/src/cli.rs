//! What an operator types.

use crate::agent::Agent;
use crate::config::Config;
use crate::config::channels::ChannelName;
use crate::store::DATABASE;
use crate::{channel, ingest, portal, recovery, reply, run, status};
use clap::{Parser, Subcommand};
use ferry_channel::operator::commands as operator;
use ferry_channel::receive::pass::Grace;
use ferry_channel::runtime::schedule::Schedule;
use ferry_channel::runtime::watchdog;
use ferry_channel::trust::pairing;
use ferry_format::frame::header::Direction;
use ferry_format::text::Language;
use ferry_io::clock;
use ferry_io::error::Result;
use ferry_io::fs::pdf_text;
use ferry_io::output::language;
use ferry_io::{out, outln};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  outer-agent --config outer.toml ingest    publish what arrived 发布已到的批次
  outer-agent --config outer.toml portal    serve the portal 启动门户
  outer-agent --config outer.toml status    gaps, quarantine, state root 缺批、隔离区、状态根";

/// Verifies and publishes batches, serves the portal, replies with receipts and messages (数据摆渡·外网端).
#[derive(Parser)]
#[command(name = "outer-agent", version, after_help = EXAMPLES)]
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
        /// Public key of the inner sender.
        #[arg(long)]
        peer_sender: PathBuf,
        /// Public key of the inner recipient.
        #[arg(long)]
        peer_recipient: PathBuf,
    },
    /// Checks configuration, keys, catalogue and certificate without changing anything.
    CheckConfig,
    /// One pass over what arrived; a half-copied file is not waited for.
    Ingest(Output),
    /// One return batch now.
    Reply(Output),
    /// The portal, a process without channel keys.
    Portal {
        /// Stop when stdin closes: so it ends with the process that started it, however that ends.
        #[arg(long)]
        until_stdin_closes: bool,
    },
    /// Makes the credential of a channel that may call the API, and prints the lines for the configuration.
    Channel {
        /// Its name, as it will stand in receipts and messages.
        name: ChannelName,
        /// The channel's client certificate, PEM: instead of a token.
        #[arg(long, value_name = "FILE")]
        certificate: Option<PathBuf>,
    },
    /// Copies the state, consistently, while the daemon runs; a folder with an earlier backup is brought up to date.
    Backup(operator::Folder),
    /// Restores a backup into a state folder without a database, and begins a new epoch.
    Restore(operator::Folder),
    /// Everything, until it is stopped.
    Run,
    #[command(flatten)]
    Operator(operator::Command),
    /// Channels, published data, quarantine and state root.
    Status(Output),
}

#[derive(clap::Args, Clone, Copy)]
struct Output {
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

/// Runs the command line.
pub fn run() -> Result<()> {
    let cli = Cli::parse();
    language::set_option(cli.lang);
    let config = Config::load(&cli.config)?;
    language::set_configured(config.language);
    match cli.command {
        Command::Init => pairing::init(&config.reply, &config.ingest),
        Command::Pair { peer_sender, peer_recipient } => {
            let (out, into) = (&config.reply, &config.ingest);
            pairing::pair(&config.court, Direction::Export, out, into, &peer_sender, &peer_recipient)?;
            let detail = operator::pair_text(&peer_sender, &peer_recipient);
            operator::note_in(&config.state.join(DATABASE), "pair", &detail)
        }
        Command::CheckConfig => {
            let agent = Agent::open(config)?;
            agent.may_send(&agent.outgoing()?, clock::now_s())?;
            agent.incoming()?;
            portal::check(&agent)?;
            pdf_text::check(&agent.policy)?;
            outln!("ok: {} kinds may cross", agent.catalogue.kinds.len());
            Ok(())
        }
        Command::Ingest(output) => {
            let mut agent = Agent::open(config)?;
            operator::note(&agent.store.conn, "ingest", "")?;
            watchdog::step("ingest");
            let done = ingest::ingest(&mut agent, Grace::None);
            status::publish(&agent);
            let done = done?;
            print(output, &done, || done.print());
            Ok(())
        }
        Command::Reply(output) => {
            let mut agent = Agent::open(config)?;
            operator::note(&agent.store.conn, "reply", "")?;
            watchdog::step("reply");
            let done = reply::reply(&mut agent);
            status::publish(&agent);
            let done = done?;
            print(output, &done, || done.print());
            Ok(())
        }
        Command::Portal { until_stdin_closes } => portal::serve(Agent::open(config)?, until_stdin_closes),
        Command::Channel { name, certificate } => {
            operator::note_in(&config.state.join(DATABASE), "channel", &name.to_string())?;
            channel::make(&config, &name, certificate.as_deref())
        }
        Command::Backup(operator::Folder { folder, with_keys, output }) => {
            let agent = Agent::open(config)?;
            operator::note(&agent.store.conn, "backup", &operator::folder_text(&folder, with_keys))?;
            let made = recovery::backup(&agent, &folder, with_keys)?;
            output.print(&made, || made.print());
            made.check()
        }
        Command::Restore(operator::Folder { folder, with_keys, output }) => {
            let zone = Schedule::new(&config.path, &config.reply.schedule, &config.time_zone)?;
            let done = recovery::restore(&config, &folder, with_keys)?;
            output.print(&done, || done.print(zone.zone()));
            Ok(())
        }
        Command::Operator(asked) => {
            let mut agent = Agent::open(config)?;
            asked.run(agent.desk()?)
        }
        Command::Run => run::run(Agent::open(config)?),
        Command::Status(output) => {
            let agent = Agent::open(config)?;
            let status = status::status(&agent)?;
            print(output, &status, || out!("{}", status.screen(&agent)));
            Ok(())
        }
    }
}

fn print<T: serde::Serialize>(output: Output, value: &T, plain: impl FnOnce()) {
    match serde_json::to_string(value) {
        Ok(text) if output.json => outln!("{text}"),
        _ => plain(),
    }
}
