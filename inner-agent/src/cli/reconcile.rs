//! `reconcile`.

use crate::cli::export;
use crate::context::Context;
use crate::export::Extent;
use crate::output::Output;
use crate::store::peer_state;
use ferry_channel::operator::record;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Runs the command.
pub fn run(context: &Context, output: Output, now: UnixSeconds) -> Result<()> {
    record::record_command(&context.conn, "reconcile", "", now)?;
    peer_state::allow_requests(&context.conn)?;
    export::run(context, Extent::Full, output, now)
}
