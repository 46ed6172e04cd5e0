//! `resend`, `gaps` and `fork`: sending again, accepting gaps, and letting a stopped channel continue.

use crate::ledger::forks;
use crate::ledger::gaps::{self, Gap, GapState};
use crate::operator::args::{CommandContext, DecisionArgs, Json};
use crate::operator::record::record_command;
use crate::receive::fork;
use crate::runtime::lock;
use crate::runtime::schedule::rfc3339;
use crate::send::dispatch::{self, Resent};
use crate::texts::commands as texts;
use crate::types::number_range::{NumberRange, format_numbers};
use clap::{Args, Subcommand};
use ferry_format::text::Text;
use ferry_io::error::Result;
use ferry_io::outln;
use ferry_io::output::language::Show;
use jiff::tz::TimeZone;
use serde::Serialize;

/// Sends kept batches once more, the same bytes.
#[derive(Args)]
pub struct Resend {
    /// Number of a batch, or a range of them, such as 7-9.
    #[arg(value_name = "N|A-B")]
    numbers: NumberRange,
    /// Only this volume of the one batch; 0 is its head.
    #[arg(long, value_name = "V")]
    volume: Option<u32>,
    /// How to print.
    #[command(flatten)]
    output: Json,
}

impl Resend {
    pub(super) fn run(self, context: &CommandContext<'_>) -> Result<()> {
        let _lock = lock::take(context.state, context.sends)?;
        record_command(context.conn, "resend", &self.numbers.to_string(), context.now)?;
        let (numbers, volume) = (self.numbers, self.volume);
        let done = dispatch::resend_by_hand(context.conn, &context.paths, numbers, volume, context.now)?;
        self.output.print(&done, || outln!("{}", resent_text(&done).show()));
        Ok(())
    }
}

fn resent_text(done: &Resent) -> Text {
    let batches = format!("{}/{}", done.epoch, format_numbers(&done.batches));
    match done.volume {
        Some(volume) => texts::volume_sent_again(batches, volume),
        None => texts::sent_again(batches),
    }
}

/// Missing batches: which are asked for, and accepting them permanently.
#[derive(Subcommand)]
pub enum Gaps {
    /// Each missing number, since when, and whether it is asked for or was accepted.
    List(Json),
    /// Accepts gaps permanently: they are no longer asked for, and what they carried crosses again.
    Accept {
        /// Missing numbers, or ranges of them, such as 7-9.
        #[arg(required = true, value_name = "SEQUENCE")]
        numbers: Vec<NumberRange>,
        /// Who decides.
        #[command(flatten)]
        who: DecisionArgs,
        /// How to print.
        #[command(flatten)]
        output: Json,
    },
}

/// A gap in JSON.
#[derive(Serialize)]
struct GapLine {
    epoch: u64,
    sequence: u64,
    since: String,
    state: &'static str,
    asked_in: Option<u64>,
    accepted_by: Option<String>,
    reason: Option<String>,
    accepted_at: Option<String>,
}

impl GapLine {
    fn of(gap: Gap, zone: &TimeZone) -> Self {
        let (by, reason, at) = gap.accepted.map_or((None, None, None), |accepted| {
            (Some(accepted.by), Some(accepted.reason), Some(rfc3339(accepted.at_s, zone)))
        });
        Self {
            epoch: gap.number.epoch,
            sequence: gap.number.sequence,
            since: rfc3339(gap.since_s, zone),
            state: gap.state.as_str(),
            asked_in: gap.asked_in,
            accepted_by: by,
            reason,
            accepted_at: at,
        }
    }
}

fn state_text(state: GapState) -> Text {
    match state {
        GapState::Missing => texts::state_missing(),
        GapState::Requested => texts::state_requested(),
        GapState::Unanswered => texts::state_unanswered(),
        GapState::Accepted => texts::state_accepted(),
    }
}

impl Gaps {
    pub(super) fn run(self, context: CommandContext<'_>) -> Result<()> {
        let channel = &context.receiving.channel;
        match self {
            Self::List(output) => {
                let found = gaps::list(context.conn, channel)?;
                let lines: Vec<_> = found.iter().map(|gap| GapLine::of(gap.clone(), context.zone)).collect();
                output.print(&lines, || print_gaps(&found, context.zone));
            }
            Self::Accept { numbers, who, output } => {
                let _lock = lock::take(context.state, context.receives)?;
                let accepted = gaps::accept(context.conn, channel, &numbers, &who.decision(), context.now)?;
                let text = || outln!("{}", texts::gaps_accepted(format_numbers(&accepted)).show());
                output.print(&serde_json::json!({ "accepted": &accepted }), text);
            }
        }
        Ok(())
    }
}

fn print_gaps(gaps: &[Gap], zone: &TimeZone) {
    if gaps.is_empty() {
        outln!("{}", texts::no_gaps().show());
    }
    for gap in gaps {
        let asked = gap.asked_in.map_or_else(Text::default, texts::gap_asked_in);
        let line = texts::gap(gap.number, state_text(gap.state), rfc3339(gap.since_s, zone));
        outln!("{}{}", line.show(), asked.show());
        if let Some(accepted) = &gap.accepted {
            let at = rfc3339(accepted.at_s, zone);
            outln!("{}", texts::gap_accepted_by(&accepted.by, at, &accepted.reason).show());
        }
    }
}

/// A channel that stopped because two signed batches have one number.
#[derive(Subcommand)]
pub enum Fork {
    /// Both batches of each such number, and whether the channel continues.
    List(Json),
    /// Lets the channel continue; both batches stay as evidence.
    Resume {
        /// Who decides.
        #[command(flatten)]
        who: DecisionArgs,
    },
}

/// A fork in JSON.
#[derive(Serialize)]
struct ForkLine {
    epoch: u64,
    sequence: u64,
    first: String,
    second: String,
    file: String,
    at: String,
    resumed_by: Option<String>,
    reason: Option<String>,
}

impl Fork {
    pub(super) fn run(self, context: CommandContext<'_>) -> Result<()> {
        let channel = &context.receiving.channel;
        match self {
            Self::List(output) => {
                let found = forks::list(context.conn, channel)?;
                let lines: Vec<_> = found.into_iter().map(|fork| fork_line(fork, context.zone)).collect();
                output.print(&lines, || print_forks(&lines));
            }
            Self::Resume { who } => {
                let _lock = lock::take(context.state, context.receives)?;
                fork::resume(context.conn, channel, &who.decision(), context.now)?;
                outln!("{}", texts::channel_resumed(channel).show());
            }
        }
        Ok(())
    }
}

fn fork_line(fork: forks::Fork, zone: &TimeZone) -> ForkLine {
    ForkLine {
        epoch: fork.number.epoch,
        sequence: fork.number.sequence,
        first: fork.first.to_string(),
        second: fork.second.to_string(),
        file: fork.file,
        at: rfc3339(fork.at_s, zone),
        resumed_by: fork.resumed_by,
        reason: fork.reason,
    }
}

fn print_forks(forks: &[ForkLine]) {
    if forks.is_empty() {
        outln!("{}", texts::no_forks().show());
    }
    for fork in forks {
        let state = fork.resumed_by.as_ref().map_or_else(texts::fork_stopped, texts::fork_resumed_by);
        let number = format!("{}/{}", fork.epoch, fork.sequence);
        outln!("{}", texts::fork(number, &fork.at, state).show());
        outln!("{}", texts::fork_digests(&fork.first, &fork.second, &fork.file).show());
        if let Some(reason) = &fork.reason {
            outln!("    {reason}");
        }
    }
}
