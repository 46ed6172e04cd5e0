//! The metrics file, written after every run.

use crate::context::Context;
use crate::review::pending;
use crate::status::overview;
use ferry_channel::monitor::metrics::Metrics;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::output::exit;
use std::path::Path;

/// Writes the metrics file, where one is configured. An error is reported, and does not end the run.
pub fn publish(context: &Context, now: UnixSeconds) {
    let Some(path) = &context.config.maintenance.metrics_file else { return };
    if let Err(error) = write(context, path, now) {
        exit::print_error(&error);
    }
}

fn write(context: &Context, path: &Path, now: UnixSeconds) -> Result<()> {
    let overview = overview(context, now)?;
    let mut metrics = Metrics::of(&overview.channels, &overview.machine, &overview.alarms);
    metrics.gauge("held_records", "Records held by the last export", overview.held as i64);
    let trust = context.up_trust()?;
    let drafts = pending::pending_drafts(context, trust.as_ref(), now)?;
    let post_release = pending::post_release(context, trust.as_ref(), now)?;
    let overdue = drafts.iter().filter(|d| d.is_overdue).count() + post_release.iter().filter(|b| b.is_overdue).count();
    metrics.gauge("drafts_waiting", "Drafts that wait for reviewers", drafts.len() as i64);
    metrics.gauge("left_unreviewed", "Released batches that are not reviewed yet", post_release.len() as i64);
    metrics.gauge("reviews_overdue", "Drafts and batches that were not reviewed in time", overdue as i64);
    metrics.write(path)
}
