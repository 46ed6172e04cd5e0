//! `import`.

use crate::context::Context;
use crate::import;
use crate::output::Output;
use crate::status::metrics;
use ferry_channel::operator::record;
use ferry_channel::receive::progress::CopyGrace;
use ferry_channel::runtime::watchdog;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Runs the command.
pub fn run(context: &mut Context, output: Output, now: UnixSeconds) -> Result<()> {
    record::record_command(&context.conn, "import", "", now)?;
    watchdog::step("import");
    let summary = import::import(context, CopyGrace::None, now);
    metrics::publish(context, now);
    let summary = summary?;
    output.print(&summary, || summary.print());
    output.check_held(summary.held)
}
