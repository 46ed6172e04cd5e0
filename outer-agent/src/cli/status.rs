//! `outer-agent status`.

use crate::config::Config;
use crate::context::Context;
use crate::status;
use ferry_channel::operator::args::Json;
use ferry_io::error::Result;
use ferry_io::out;

/// Prints the state of channels, published data and machine.
pub fn run(config: Config, output: Json) -> Result<()> {
    let context = Context::open(config)?;
    let report = status::status(&context)?;
    output.print(&report, || out!("{}", status::screen(&report, &context)));
    Ok(())
}
