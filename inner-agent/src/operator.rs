//! What an operator does by hand about the channels: send again, accept a gap, let a stopped one go on.

use crate::agent::{Agent, LOCK};
use clap::{Args, Subcommand};
use ferry_channel::failure::Result;
use ferry_channel::operator::{Decision, Name, Numbers, Reason, numbers_text};
use ferry_channel::{dispatch, evidence, files, gaps, lock, quarantine};

/// Sends kept batches once more, the same bytes 补发.
#[derive(Args)]
pub struct Resend {
    /// Number of a batch, or a range of them, such as 7-9.
    #[arg(value_name = "N|A-B")]
    numbers: Numbers,
    /// Only this volume of the one batch; 0 is its head.
    #[arg(long, value_name = "V")]
    volume: Option<u32>,
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
        #[command(flatten)]
        who: Who,
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
        #[command(flatten)]
        who: Who,
    },
}

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
    fn decision(self) -> Decision {
        Decision { by: self.by, reason: self.reason }
    }
}

impl Resend {
    pub fn run(self, agent: &Agent) -> Result<()> {
        let _lock = lock::take(&agent.config.state, LOCK)?;
        let done = dispatch::by_hand(&agent.conn, &agent.outlet()?, self.numbers, self.volume, files::now_s())?;
        self.output.print(&done, || done.print());
        Ok(())
    }
}

impl Gaps {
    pub fn run(self, agent: &mut Agent) -> Result<()> {
        let channel = agent.config.import.channel.clone();
        match self {
            Self::List(output) => {
                let found = gaps::list(&agent.conn, &channel, agent.schedule.zone())?;
                output.print(&found, || gaps::print(&found));
            }
            Self::Accept { numbers, who, output } => {
                let _lock = lock::take(&agent.config.state, LOCK)?;
                let conn = &mut agent.conn;
                let accepted = gaps::accept(conn, &channel, &numbers, &who.decision(), files::now_s())?;
                let text = || println!("缺批已认可 accepted for ever: {}", numbers_text(&accepted));
                output.print(&serde_json::json!({ "accepted": &accepted }), text);
            }
        }
        Ok(())
    }
}

impl Stopped {
    pub fn run(self, agent: &mut Agent) -> Result<()> {
        let channel = agent.config.import.channel.clone();
        match self {
            Self::List(output) => {
                let found = evidence::list(&agent.conn, &channel, agent.schedule.zone())?;
                output.print(&found, || evidence::print(&found));
            }
            Self::Resume { who } => {
                let _lock = lock::take(&agent.config.state, LOCK)?;
                evidence::resume(&mut agent.conn, &channel, &who.decision(), files::now_s())?;
                println!("通道恢复 the channel goes on: {channel}");
            }
        }
        Ok(())
    }
}

impl Quarantine {
    pub fn run(self, agent: &Agent) -> Result<()> {
        let (conn, part) = (&agent.conn, &agent.config.import);
        let folder = agent.config.state.join("quarantine");
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
                let _lock = lock::take(&agent.config.state, LOCK)?;
                quarantine::retry(conn, &part.channel, &folder, &part.received, number, files::now_s())?;
                println!("已放回，由下一次 import 处理 put back; the next `import` looks at it");
            }
            Self::Discard { number, who } => {
                let _lock = lock::take(&agent.config.state, LOCK)?;
                let decision = who.decision();
                quarantine::discard(conn, &part.channel, &folder, number, &decision, files::now_s())?;
                println!("已删除 removed: {number}");
            }
        }
        Ok(())
    }
}

impl Json {
    fn print<T: serde::Serialize>(self, value: &T, plain: impl FnOnce()) {
        match serde_json::to_string(value) {
            Ok(text) if self.json => println!("{text}"),
            _ => plain(),
        }
    }
}
