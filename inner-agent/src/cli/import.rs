//! `import`.

use crate::context::Context;
use crate::import;
use crate::output::Output;
use crate::status::metrics;
use clap::Args;
use ferry_channel::operator::record;
use ferry_channel::receive::progress::CopyGrace;
use ferry_channel::runtime::watchdog;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Options.
#[derive(Args)]
pub struct Import {
    /// The platform was restored from an older backup: go on although it lacks what was settled since.
    #[arg(long)]
    platform_restored: bool,
    #[command(flatten)]
    output: Output,
}

impl Import {
    /// Runs the command.
    pub fn run(self, context: &mut Context, now: UnixSeconds) -> Result<()> {
        let detail = if self.platform_restored { "--platform-restored" } else { "" };
        record::record_command(&context.conn, "import", detail, now)?;
        run(context, self.platform_restored, self.output, now)
    }
}

fn run(context: &mut Context, is_platform_restored: bool, output: Output, now: UnixSeconds) -> Result<()> {
    watchdog::step("import");
    let summary = import::import(context, CopyGrace::None, is_platform_restored, now);
    metrics::publish(context, now);
    let summary = summary?;
    output.print(&summary, || summary.print());
    output.check_held(summary.held)
}
