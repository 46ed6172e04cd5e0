//! `outer-agent ingest`: one pass over the files that arrived.

use crate::config::Config;
use crate::context::Agent;
use crate::{ingest, status};
use ferry_channel::operator::args::Json;
use ferry_channel::operator::commands as operator;
use ferry_channel::receive::progress::CopyGrace;
use ferry_channel::runtime::watchdog;
use ferry_io::error::Result;

/// Ingests, and writes the metrics file whether or not that succeeded.
pub fn run(config: Config, output: Json) -> Result<()> {
    let mut agent = Agent::open(config)?;
    operator::record_command(&agent.store.conn, "ingest", "")?;
    watchdog::step("ingest");
    let result = ingest::ingest(&mut agent, CopyGrace::None);
    status::write_metrics(&agent);
    let summary = result?;
    output.print(&summary, || summary.print());
    Ok(())
}
