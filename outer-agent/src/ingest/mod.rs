//! The ingest: scans the inbox, accepts and checks batches, and publishes them.

mod publish;
mod rescan;
mod sink;
mod summary;

use crate::context::{Agent, INGEST};
use crate::store::cleanup;
use ferry_channel::ledger::db;
use ferry_channel::ledger::runs;
use ferry_channel::receive::pass;
use ferry_channel::receive::progress::{CopyGrace, PassCounts};
use ferry_channel::receive::retention;
use ferry_channel::runtime::lock;
use ferry_channel::send::dispatch;
use ferry_io::clock;
use ferry_io::error::Result;
use ferry_io::exit_code::SYNC_FAILED;
use publish::{Outcome, Publisher};
use summary::IngestSummary;

/// Niceness of an ingest, so that visitors come first where the processor is short.
const NICENESS: i32 = 19;

/// One pass over the inbox. However it ends, the next one continues from what is durable.
pub fn ingest(agent: &mut Agent, grace: CopyGrace) -> Result<IngestSummary> {
    // On a thread of its own: niceness belongs to a thread, and the portal that the daemon starts would inherit that of
    // the main thread.
    std::thread::scope(|scope| {
        let pass = scope.spawn(|| {
            // Where this is not permitted, the ingest runs at normal priority.
            let _ = rustix::process::nice(NICENESS);
            pass(agent, grace)
        });
        pass.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn pass(agent: &mut Agent, grace: CopyGrace) -> Result<IngestSummary> {
    let _lock = lock::take(&agent.config.state, INGEST)?;
    let outcome = ingest_locked(agent, grace);
    if outcome.as_ref().is_err_and(|e| e.exit == SYNC_FAILED) {
        return outcome;
    }
    if !agent.store.conn.is_autocommit() {
        agent.store.conn.execute_batch("ROLLBACK")?;
    }
    // An interrupted staging must not leave the next transaction without durability.
    db::set_durable(&agent.store.conn, true)?;
    runs::end_run(&agent.store.conn, INGEST, clock::now_s(), outcome)
}

fn ingest_locked(agent: &mut Agent, grace: CopyGrace) -> Result<IngestSummary> {
    let now_s = clock::now_s();
    let mut incoming = agent.receive_endpoint()?;
    let paths = agent.outbox_paths()?;
    retention::run(&agent.store.conn, &incoming, &agent.config.maintenance, now_s)?;
    let documents = agent.store.documents.clone();
    cleanup::discard_unpublished(&agent.store.conn, &documents)?;
    cleanup::delete_superseded(&agent.store.conn, &documents)?;
    let rules = (&agent.catalogue, &agent.policy);
    let mut publisher = Publisher::new(rules, documents.clone(), &paths.channel);
    let pass = pass::run_pass(&mut agent.store.conn, &mut incoming, &mut publisher, grace, now_s)?;
    let Outcome { mut summary, resend, peer_rolled_back } = publisher.finish();
    let PassCounts { published, refused, quarantined, known, waiting } = pass;
    (summary.batches, summary.refused, summary.quarantined) = (published, refused, quarantined);
    (summary.known, summary.waiting) = (known, waiting);
    cleanup::delete_superseded(&agent.store.conn, &documents)?;
    if peer_rolled_back {
        summary.resent = dispatch::dispatch(&agent.store.conn, &paths, now_s)?;
    }
    if !resend.is_empty() {
        summary.resent += dispatch::resend(&agent.store.conn, &paths, &resend, now_s)?;
    }
    Ok(summary)
}
