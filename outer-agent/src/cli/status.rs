//! `outer-agent status`.

use crate::config::Config;
use crate::context::Agent;
use crate::status;
use ferry_channel::operator::args::Json;
use ferry_io::error::Result;
use ferry_io::out;

/// Prints the state of channels, published data and machine.
pub fn run(config: Config, output: Json) -> Result<()> {
    let agent = Agent::open(config)?;
    let report = status::status(&agent)?;
    output.print(&report, || out!("{}", status::screen(&report, &agent)));
    Ok(())
}
