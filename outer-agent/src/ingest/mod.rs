//! The ingest: scan, accept, check, publish.

mod publish;
mod reading;
mod second_checks;
mod second_look;
mod second_scan;

use crate::agent::{Agent, INGEST};
use crate::store::write;
use ferry_channel::ledger::db;
use ferry_channel::ledger::runs;
use ferry_channel::receive::pass;
use ferry_channel::receive::pass::{Grace, Pass};
use ferry_channel::recovery::retention;
use ferry_channel::runtime::lock;
use ferry_channel::send::dispatch;
use ferry_io::clock;
use ferry_io::error::Result;
use ferry_io::exit_code::SYNC_FAILED;
use ferry_io::outln;
use publish::Publish;
use serde::Serialize;

/// What a pass did.
#[derive(Debug, Default, Serialize)]
pub struct Ingested {
    /// Batches published.
    pub batches: u64,
    /// Batches whose content was refused.
    pub refused: u64,
    /// Files put into quarantine.
    pub quarantined: u64,
    /// Files met before.
    pub known: u64,
    /// Files left for a later pass.
    pub waiting: u64,
    /// Records published.
    pub records: u64,
    /// Documents published.
    pub documents: u64,
    /// Kept return batches sent again.
    pub resent: u64,
}

impl Ingested {
    /// One line for people.
    pub fn print(&self) {
        outln!(
            "published {} batches: {} records, {} documents; refused {}, quarantined {}, known {}, waiting {}, resent {}",
            self.batches,
            self.records,
            self.documents,
            self.refused,
            self.quarantined,
            self.known,
            self.waiting,
            self.resent
        );
    }

    /// Whether anything happened.
    pub fn is_quiet(&self) -> bool {
        self.batches + self.refused + self.quarantined + self.known == 0
    }
}

/// How far a publication stands back where the processor is short (nice).
const NICENESS: i32 = 19;

/// One pass. Whatever ends it, the next one goes on from what is durable.
pub fn ingest(agent: &mut Agent, grace: Grace) -> Result<Ingested> {
    // On a thread of its own that gives way to visitors: niceness is a thread's, and the portal that the daemon starts
    // would inherit that of its main one.
    std::thread::scope(|scope| {
        let pass = scope.spawn(|| {
            // Where it is not allowed, the publication is as quick as everyone.
            let _ = rustix::process::nice(NICENESS);
            pass(agent, grace)
        });
        pass.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn pass(agent: &mut Agent, grace: Grace) -> Result<Ingested> {
    let _lock = lock::take(&agent.config.state, INGEST)?;
    let outcome = ingest_locked(agent, grace);
    if outcome.as_ref().is_err_and(|f| f.exit == SYNC_FAILED) {
        return outcome;
    }
    if !agent.store.conn.is_autocommit() {
        agent.store.conn.execute_batch("ROLLBACK")?;
    }
    // An interrupted staging must not leave the next writer less durable than it thinks.
    db::set_durable(&agent.store.conn, true)?;
    runs::end_run(&agent.store.conn, INGEST, clock::now_s(), outcome)
}

fn ingest_locked(agent: &mut Agent, grace: Grace) -> Result<Ingested> {
    let now_s = clock::now_s();
    let mut incoming = agent.incoming()?;
    let outlet = agent.outlet()?;
    retention::keep(&agent.store.conn, &incoming, &agent.config.upkeep, now_s)?;
    let blobs = agent.store.blobs.clone();
    write::discard_unseen(&agent.store.conn, &blobs)?;
    write::clean(&agent.store.conn, &blobs)?;
    let mut publish = Publish::new((&agent.catalogue, &agent.policy), blobs.clone(), outlet.channel.as_str());
    let pass = pass::pass(&mut agent.store.conn, &mut incoming, &mut publish, grace, now_s)?;
    let (mut done, asked, fell_back) = publish.finish();
    let Pass { published, refused, quarantined, known, waiting } = pass;
    (done.batches, done.refused, done.quarantined) = (published, refused, quarantined);
    (done.known, done.waiting) = (known, waiting);
    write::clean(&agent.store.conn, &blobs)?;
    if fell_back {
        done.resent = dispatch::dispatch(&agent.store.conn, &outlet, now_s)?;
    }
    if !asked.is_empty() {
        done.resent += dispatch::resend(&agent.store.conn, &outlet, &asked, now_s)?;
    }
    Ok(done)
}
