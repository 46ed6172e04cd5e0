//! What an operator does by hand about the channels, the same on both agents: send again, accept a gap, work on the
//! quarantine, let a stopped one go on.

use crate::audit;
use crate::config::Receiving;
use crate::ledger::{db, gaps};
use crate::operator::audit::Audit;
use crate::operator::trust::Trust;
use crate::operator::user::system_user;
use crate::operator::{Decision, Name, Numbers, Reason, numbers_text};
use crate::receive::{fork, quarantine};
use crate::runtime::lock;
use crate::send::dispatch;
use crate::send::outbox::Outlet;
use clap::{Args, Subcommand};
use ferry_format::frame::header::Direction;
use ferry_io::clock;
use ferry_io::error::Result;
use ferry_io::keys::load;
use ferry_io::outln;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// What an agent lays out for its operator.
pub struct Desk<'a> {
    /// Its database.
    pub conn: &'a mut Connection,
    /// The court.
    pub court: &'a str,
    /// Its state folder.
    pub state: &'a Path,
    /// Where it keeps what it sent.
    pub outlet: Outlet,
    /// Where it receives.
    pub receiving: &'a Receiving,
    /// Which way what it receives crosses.
    pub direction: Direction,
    /// Zone in which times are shown.
    pub zone: &'a TimeZone,
    /// Job that sends, whose lock is taken.
    pub sends: &'static str,
    /// Job that receives, whose lock is taken.
    pub receives: &'static str,
    /// Command that receives.
    pub receive: &'static str,
}

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
    Stopped(Stopped),
    #[allow(missing_docs, reason = "each says what it is where it is made")]
    #[command(subcommand)]
    Audit(Audit),
    #[allow(missing_docs, reason = "each says what it is where it is made")]
    #[command(subcommand)]
    Trust(Trust),
}

/// The same for a command that needs no database. Where there is none yet nothing is noted and none is made, so that a backup
/// can still be restored; what was trusted is then noted when it is used first.
pub fn note_in(database: &Path, command: &str, detail: &str) -> Result<()> {
    if !database.exists() {
        return Ok(());
    }
    note(&db::open_existing(database)?, command, detail)
}

/// A backup's folder, for the audit.
pub fn folder_text(folder: &Path, with_keys: bool) -> String {
    format!("{}{}", folder.display(), if with_keys { ", with keys" } else { "" })
}

/// The keys of the other side that were trusted, for the audit: their fingerprints as two people compare them.
pub fn pair_text(sender: &Path, recipient: &Path) -> String {
    let id = |path: &Path| {
        load::public_key(path).map_or_else(|f| f.message.english().to_owned(), |key| key.fingerprint().to_string())
    };
    format!("sender {}, recipient {}", id(sender), id(recipient))
}

/// Notes that a command was typed that changes something or copies the state, before it does.
pub fn note(conn: &Connection, command: &str, detail: &str) -> Result<()> {
    audit::note(conn, clock::now_s(), &system_user(), "command", command, detail)
}

impl Command {
    /// Does what was asked for.
    pub fn run(self, desk: Desk<'_>) -> Result<()> {
        match self {
            Self::Resend(asked) => asked.run(&desk),
            Self::Gaps(asked) => asked.run(desk),
            Self::Quarantine(asked) => asked.run(&desk),
            Self::Stopped(asked) => asked.run(desk),
            Self::Audit(asked) => asked.run(&desk),
            Self::Trust(asked) => asked.run(desk),
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

/// Sends kept batches once more, the same bytes 补发.
#[derive(Args)]
pub struct Resend {
    /// Number of a batch, or a range of them, such as 7-9.
    #[arg(value_name = "N|A-B")]
    numbers: Numbers,
    /// Only this volume of the one batch; 0 is its head.
    #[arg(long, value_name = "V")]
    volume: Option<u32>,
    /// How to print.
    #[command(flatten)]
    output: Json,
}

/// Missing batches: which are asked for, and accepting them for ever 缺批.
#[derive(Subcommand)]
pub enum Gaps {
    /// Each missing number, since when, and whether it is asked for or was accepted.
    List(Json),
    /// Accepts gaps for ever: they are asked for no longer, and what they carried crosses anew.
    Accept {
        /// Missing numbers, or ranges of them, such as 7-9.
        #[arg(required = true, value_name = "SEQUENCE")]
        numbers: Vec<Numbers>,
        /// Who decides.
        #[command(flatten)]
        who: Who,
        /// How to print.
        #[command(flatten)]
        output: Json,
    },
}

/// A channel that stopped because two signed batches have one number 通道停止.
#[derive(Subcommand)]
pub enum Stopped {
    /// Both batches of each such number, and whether the channel goes on.
    List(Json),
    /// Lets the channel go on; both batches stay as evidence.
    Resume {
        /// Who decides.
        #[command(flatten)]
        who: Who,
    },
}

/// Files that were refused 隔离区.
#[derive(Subcommand)]
pub enum Quarantine {
    /// Each file, and why it is here.
    List(Json),
    /// One file: what it says of itself, unverified, why it is here, and what to do.
    Show {
        /// Its number.
        number: i64,
        /// How to print.
        #[command(flatten)]
        output: Json,
    },
    /// Puts a file back among those that arrived; the next pass looks at it like at any other.
    Retry {
        /// Its number.
        number: i64,
    },
    /// Removes a file for ever.
    Discard {
        /// Its number.
        number: i64,
        /// Who decides.
        #[command(flatten)]
        who: Who,
    },
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
pub struct Who {
    /// Name of who decides.
    #[arg(long, value_name = "NAME")]
    by: Name,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Reason,
}

impl Who {
    /// As it is noted.
    pub fn decision(self) -> Decision {
        Decision { by: self.by, reason: self.reason }
    }
}

impl Resend {
    fn run(self, desk: &Desk<'_>) -> Result<()> {
        let _lock = lock::take(desk.state, desk.sends)?;
        note(desk.conn, "resend", &self.numbers.to_string())?;
        let done = dispatch::by_hand(desk.conn, &desk.outlet, self.numbers, self.volume, clock::now_s())?;
        self.output.print(&done, || done.print());
        Ok(())
    }
}

impl Gaps {
    fn run(self, desk: Desk<'_>) -> Result<()> {
        let channel = desk.receiving.channel.as_str();
        match self {
            Self::List(output) => {
                let found = gaps::list(desk.conn, channel, desk.zone)?;
                output.print(&found, || gaps::print(&found));
            }
            Self::Accept { numbers, who, output } => {
                let _lock = lock::take(desk.state, desk.receives)?;
                let accepted = gaps::accept(desk.conn, channel, &numbers, &who.decision(), clock::now_s())?;
                let text = || outln!("缺批已认可 accepted for ever: {}", numbers_text(&accepted));
                output.print(&serde_json::json!({ "accepted": &accepted }), text);
            }
        }
        Ok(())
    }
}

impl Stopped {
    fn run(self, desk: Desk<'_>) -> Result<()> {
        let channel = desk.receiving.channel.as_str();
        match self {
            Self::List(output) => {
                let found = fork::list(desk.conn, channel, desk.zone)?;
                output.print(&found, || fork::print(&found));
            }
            Self::Resume { who } => {
                let _lock = lock::take(desk.state, desk.receives)?;
                fork::resume(desk.conn, channel, &who.decision(), clock::now_s())?;
                outln!("通道恢复 the channel goes on: {channel}");
            }
        }
        Ok(())
    }
}

impl Quarantine {
    fn run(self, desk: &Desk<'_>) -> Result<()> {
        let (conn, part): (&Connection, _) = (desk.conn, desk.receiving);
        let folder = desk.state.join("quarantine");
        match self {
            Self::List(output) => {
                let held = quarantine::list(conn, &part.channel)?;
                output.print(&held, || quarantine::print(&held));
            }
            Self::Show { number, output } => {
                let held = quarantine::find(conn, &part.channel, number)?;
                let claimed = quarantine::claimed(&folder, &held);
                let both = serde_json::json!({ "file": &held, "claimed": &claimed });
                output.print(&both, || quarantine::print_one(&held, claimed.as_ref()));
            }
            Self::Retry { number } => {
                let _lock = lock::take(desk.state, desk.receives)?;
                quarantine::retry(conn, &part.channel, &folder, &part.received, number, clock::now_s())?;
                let receive = desk.receive;
                outln!("已放回，由下一次 {receive} 处理 put back; the next `{receive}` looks at it");
            }
            Self::Discard { number, who } => {
                let _lock = lock::take(desk.state, desk.receives)?;
                let decision = who.decision();
                quarantine::discard(conn, &part.channel, &folder, number, &decision, clock::now_s())?;
                outln!("已删除 removed: {number}");
            }
        }
        Ok(())
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
