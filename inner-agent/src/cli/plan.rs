//! `plan`.

use crate::cli::export::Reading;
use crate::context::Context;
use crate::export;
use crate::output::Output;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Shows what the next export would carry and what it would hold. Changes nothing.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    reading: Reading,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context, now: UnixSeconds) -> Result<()> {
        let plan = export::plan(context, self.reading.full, now)?;
        self.output.print(&plan, || plan.print());
        self.output.check_held(plan.held())
    }
}
