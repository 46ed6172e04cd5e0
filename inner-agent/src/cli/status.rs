//! `status`.

use crate::context::Context;
use crate::output::Output;
use crate::status;
use ferry_io::error::Result;
use ferry_io::out;

/// Runs the command.
pub fn run(context: &Context, output: Output, now_s: i64) -> Result<()> {
    let status = status::status(context, now_s)?;
    output.print(&status, || out!("{}", status.screen(context, now_s)));
    output.check_held(status.held)
}
