//! `outer-agent ingest`: one pass over the files that arrived.

use crate::config::Config;
use crate::context::Context;
use crate::{ingest, status};
use ferry_channel::operator::args::Json;
use ferry_channel::operator::record;
use ferry_channel::receive::progress::CopyGrace;
use ferry_channel::runtime::watchdog;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Ingests, and writes the metrics file whether or not that succeeded.
pub fn run(config: Config, output: Json, now: UnixSeconds) -> Result<()> {
    let mut context = Context::open(config, now)?;
    record::record_command(&context.store.conn, "ingest", "", now)?;
    watchdog::step("ingest");
    let result = ingest::ingest(&mut context, CopyGrace::None, now);
    status::write_metrics(&context, &[], now);
    let summary = result?;
    output.print(&summary, || summary.print());
    Ok(())
}
