//! `outer-agent reply`: one return batch.

use crate::config::Config;
use crate::context::Agent;
use crate::{reply, status};
use ferry_channel::operator::args::Json;
use ferry_channel::operator::commands as operator;
use ferry_channel::runtime::watchdog;
use ferry_io::error::Result;

/// Replies, and writes the metrics file whether or not that succeeded.
pub fn run(config: Config, output: Json) -> Result<()> {
    let mut agent = Agent::open(config)?;
    operator::record_command(&agent.store.conn, "reply", "")?;
    watchdog::step("reply");
    let result = reply::reply(&mut agent);
    status::write_metrics(&agent);
    let summary = result?;
    output.print(&summary, || summary.print());
    Ok(())
}
