//! `baseline`.

use crate::cli::export;
use crate::context::Context;
use crate::export::Extent;
use crate::output::Output;
use ferry_channel::operator::record;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Exports the whole published state in one batch under a new epoch: the outer side then holds exactly that.
#[derive(clap::Args)]
pub struct Args {
    /// Allow the baseline to retract published records that cannot be exported as they are.
    #[arg(long)]
    allow_retractions: bool,
    #[command(flatten)]
    output: Output,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context, now: UnixSeconds) -> Result<()> {
        let allow_retractions = self.allow_retractions;
        let detail = if allow_retractions { "allow-retractions" } else { "" };
        record::record_command(&context.conn, "baseline", detail, now)?;
        export::run(context, Extent::Baseline { allow_retractions }, self.output, now)
    }
}
