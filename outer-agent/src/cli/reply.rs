//! `outer-agent reply`: one return batch.

use crate::config::Config;
use crate::context::Context;
use crate::{reply, status};
use ferry_channel::operator::args::Json;
use ferry_channel::operator::record;
use ferry_channel::runtime::watchdog;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Replies, and writes the metrics file whether or not that succeeded.
pub fn run(config: Config, output: Json, now: UnixSeconds) -> Result<()> {
    let mut context = Context::open(config, now)?;
    record::record_command(&context.store.conn, "reply", "", now)?;
    watchdog::step("reply");
    let result = reply::reply(&mut context, now);
    status::write_metrics(&context, &[], now);
    let summary = result?;
    output.print(&summary, || summary.print());
    Ok(())
}
