//! `release`: records what reviewers left in the review folder, then releases every draft with the required approvals.

use crate::context::{Context, LOCK};
use crate::output::Output;
use crate::review::{folder, release};
use crate::status::metrics;
use ferry_channel::runtime::lock;
use ferry_io::error::Result;

/// Runs the command.
pub fn run(context: &Context, output: Output, now_s: i64) -> Result<()> {
    {
        let _lock = lock::take(&context.config.state, LOCK)?;
        folder::visit(context, now_s)?;
    }
    let released = release::release(context, now_s);
    metrics::publish(context, now_s);
    let released = released?;
    output.print(&released, || released.print());
    Ok(())
}
