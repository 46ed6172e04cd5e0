//! The ingest: scans the inbox, accepts and checks batches, and publishes them.

mod publish;
mod rescan;
mod sink;
mod summary;

use crate::context::{Context, DOCUMENTS, INGEST, OUTBOX};
use crate::store::{cleanup, document_check};
use ferry_channel::ledger::db;
use ferry_channel::ledger::runs;
use ferry_channel::receive::pass;
use ferry_channel::receive::progress::{CopyGrace, PassCounts};
use ferry_channel::receive::retention;
use ferry_channel::runtime::lock;
use ferry_channel::send::dispatch;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::exit_code::SYNC_FAILED;
use publish::{Outcome, Publisher};
use summary::IngestSummary;

/// Niceness of an ingest, so that visitors come first where the processor is short.
const NICENESS: i32 = 19;

/// One pass over the inbox. However it ends, the next one continues from what is durable.
pub fn ingest(context: &mut Context, grace: CopyGrace, now: UnixSeconds) -> Result<IngestSummary> {
    // On a thread of its own: niceness belongs to a thread, and the portal that the daemon starts would inherit that of
    // the main thread.
    std::thread::scope(|scope| {
        let pass = scope.spawn(|| {
            // Where this is not permitted, the ingest runs at normal priority.
            let _ = rustix::process::nice(NICENESS);
            pass(context, grace, now)
        });
        pass.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn pass(context: &mut Context, grace: CopyGrace, now: UnixSeconds) -> Result<IngestSummary> {
    let _lock = lock::take(&context.config.state, INGEST)?;
    let clock = context.clock()?;
    // A signed retraction is applied whatever this clock says; how old a batch may be, and which rules hold, is judged by the
    // newest time that may be believed.
    let outcome = ingest_locked(context, grace, clock.believed(now)).and_then(|summary| {
        clock.record_often(now)?;
        Ok(summary)
    });
    if outcome.as_ref().is_err_and(|e| e.exit == SYNC_FAILED) {
        return outcome;
    }
    if !context.store.conn.is_autocommit() {
        context.store.conn.execute_batch("ROLLBACK")?;
    }
    // An interrupted staging must not leave the next transaction without durability.
    db::set_durable(&context.store.conn, true)?;
    let summary = runs::end_run(&context.store.conn, INGEST, clock.believed(UnixSeconds::now()), outcome)?;
    context.guard().end_job(&context.store.conn)?;
    Ok(summary)
}

fn ingest_locked(context: &mut Context, grace: CopyGrace, now: UnixSeconds) -> Result<IngestSummary> {
    context.guard().begin_job(&context.store.conn, &[OUTBOX, DOCUMENTS])?;
    let mut endpoint = context.receive_endpoint()?;
    let paths = context.outbox_paths()?;
    retention::run(&context.store.conn, &endpoint, &context.config.maintenance, now)?;
    let documents = context.store.documents.clone();
    cleanup::discard_unpublished(&context.store.conn, &documents)?;
    cleanup::delete_superseded(&context.store.conn, &documents)?;
    let clamd = context.malware()?;
    let rules = (&context.catalogue, &context.policy);
    let mut publisher = Publisher::new(rules, documents.clone(), &paths.channel, clamd);
    let counts = pass::run_pass(&mut context.store.conn, &mut endpoint, &mut publisher, grace, now)?;
    let Outcome { summary, resend, peer_rolled_back } = publisher.finish();
    let PassCounts { published, refused, quarantined, known, waiting } = counts;
    let mut summary = IngestSummary { batches: published, refused, quarantined, known, waiting, ..summary };
    cleanup::delete_superseded(&context.store.conn, &documents)?;
    document_check::look(&context.store.conn, &documents, &context.config.ingest.channel, now)?;
    if peer_rolled_back {
        summary.resent = dispatch::dispatch(&context.store.conn, &paths, now)?;
    }
    if !resend.is_empty() {
        summary.resent += dispatch::resend(&context.store.conn, &paths, &resend, now)?;
    }
    Ok(summary)
}
