//! `outer-agent status`.

use crate::config::Config;
use crate::context::Context;
use crate::status;
use ferry_channel::operator::args::Json;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::out;

/// Prints the state of channels, published data and machine.
pub fn run(config: Config, output: Json, now: UnixSeconds) -> Result<()> {
    let context = Context::open(config, now)?;
    let report = status::status(&context, now)?;
    output.print(&report, || out!("{}", status::screen(&report, &context, now)));
    Ok(())
}
