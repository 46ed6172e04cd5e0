//! `release`: records what reviewers left in the review folder, then releases every draft with the required approvals.

use crate::context::{Context, LOCK};
use crate::output::Output;
use crate::review::{folder, release};
use crate::status::metrics;
use ferry_channel::runtime::lock;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Runs the command.
pub fn run(context: &Context, output: Output, now: UnixSeconds) -> Result<()> {
    {
        let _lock = lock::take(&context.config.state, LOCK)?;
        folder::visit(context, now)?;
    }
    let released = release::release(context, now);
    metrics::publish(context, now);
    let released = released?;
    output.print(&released, || released.print());
    Ok(())
}
