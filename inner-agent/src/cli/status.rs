//! `status`.

use crate::context::Context;
use crate::output::Output;
use crate::status;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::out;

/// Runs the command.
pub fn run(context: &Context, output: Output, now: UnixSeconds) -> Result<()> {
    let status = status::status(context, now)?;
    output.print(&status, || out!("{}", status.screen(context, now)));
    output.check_held(status.held)
}
