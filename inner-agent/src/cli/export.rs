//! `export`.

use crate::context::Context;
use crate::export::Extent;
use crate::jobs;
use crate::output::Output;
use crate::status::metrics;
use ferry_channel::operator::record;
use ferry_channel::runtime::watchdog;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Runs one export now: collects, screens, composes, releases and dispatches.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    reading: Reading,
}

/// Which rows are read.
#[derive(clap::Args, Clone, Copy)]
pub struct Reading {
    /// Compare every row and file, not only what changed.
    #[arg(long)]
    pub full: bool,
}

impl Args {
    /// Runs the command.
    pub fn run(self, context: &Context, now: UnixSeconds) -> Result<()> {
        let (extent, detail) = if self.reading.full { (Extent::Full, "full") } else { (Extent::Changes, "") };
        record::record_command(&context.conn, "export", detail, now)?;
        run(context, extent, self.output, now)
    }
}

/// One export; the metrics show how it ended.
pub fn run(context: &Context, extent: Extent, output: Output, now: UnixSeconds) -> Result<()> {
    watchdog::step("export");
    let done = jobs::export(context, extent, now);
    metrics::publish(context, now);
    let done = done?;
    output.print(&done, || done.summary.print());
    output.check_held(done.summary.held)
}
