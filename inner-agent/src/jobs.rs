//! The export with the review around it, as the commands and the daemon run it.

use crate::context::{Context, EXPORT, LOCK, OUTBOX};
use crate::export::{self, Endpoints, ExportSummary, Extent, Scope};
use crate::review::{folder, release, rules};
use ferry_channel::ledger::runs;
use ferry_channel::runtime::clock_guard::ClockVerdict;
use ferry_channel::runtime::lock;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use serde::Serialize;

/// What an export did, and the drafts that were released after it.
#[derive(Debug, Serialize)]
pub struct ExportDone {
    /// The export.
    #[serde(flatten)]
    pub summary: ExportSummary,
    /// Drafts that had their approvals.
    pub released: Vec<release::ReleasedDraft>,
}

/// One export, whose outcome is recorded for `status`.
pub fn export(context: &Context, extent: Extent, now: UnixSeconds) -> Result<ExportDone> {
    let _lock = lock::take(&context.config.state, LOCK)?;
    let outcome = export_locked(context, extent, now);
    let done = runs::end_run(&context.conn, EXPORT, UnixSeconds::now(), outcome)?;
    context.guard().end_job(&context.conn)?;
    Ok(done)
}

fn export_locked(context: &Context, extent: Extent, now: UnixSeconds) -> Result<ExportDone> {
    context.guard().begin_job(&context.conn, &[OUTBOX])?;
    let clock = context.clock()?;
    let is_behind =
        matches!(clock.verdict(now), ClockVerdict::Behind { .. }) && !matches!(extent, Extent::Baseline { .. });
    if !is_behind {
        context.check_clock(now)?;
    }
    // Rules by date never go back: a run of a clock that is behind is judged by the newest run before it.
    let now = clock.believed(now);
    let endpoints = Endpoints::open(context, extent, now)?;
    let trust = context.up_trust()?;
    if matches!(extent, Extent::Baseline { .. }) {
        rules::check_baseline(trust.as_ref())?;
    }
    if is_behind {
        let summary = export::run(context, &endpoints, extent, Scope::Retractions, trust.as_ref(), now)?;
        return Ok(ExportDone { summary, released: Vec::new() });
    }
    // What reviewers signed since the last run counts in this one.
    folder::visit(context, now)?;
    let summary = export::run(context, &endpoints, extent, Scope::Everything, trust.as_ref(), now)?;
    clock.record(now)?;
    let released = release::after_export(context, &endpoints.drafts, now)?;
    summary.print_held();
    Ok(ExportDone { summary, released })
}
