//! The import: accept a return batch, settle it in the platform's staging tables, file its receipts.

mod case_file;
pub mod certificate;
mod checks;
pub mod clerk;
mod delivery;
pub mod held_outside;
mod misfit;
mod platform;
mod receipt;
mod receipt_table;
pub mod receipts;
mod settle;
pub mod staging;

use crate::agent::{Agent, EXPORT, IMPORT, LOCK};
use certificate::Press;
use ferry_channel::ledger::runs;
use ferry_channel::receive::pass;
use ferry_channel::receive::pass::{Grace, Pass};
use ferry_channel::recovery::retention;
use ferry_channel::runtime::lock;
use ferry_channel::send::dispatch;
use ferry_io::clock;
use ferry_io::error::Result;
use ferry_io::outln;
use serde::Serialize;
use settle::Settle;
use staging::Staging;

/// What an import did.
#[derive(Debug, Default, Serialize)]
pub struct Imported {
    /// Batches imported.
    pub batches: u64,
    /// Batches whose content was refused.
    pub refused: u64,
    /// Files put into quarantine.
    pub quarantined: u64,
    /// Files met before.
    pub known: u64,
    /// Files left for a later pass.
    pub waiting: u64,
    /// Service receipts.
    pub receipts: u64,
    /// Messages.
    pub messages: u64,
    /// Requests for access.
    pub requests: u64,
    /// Delivery report lines.
    pub reports: u64,
    /// Reports of items that the second look hides outside.
    pub held_outside: u64,
    /// Items on the clerk's list because they do not fit the catalogue or the ledger.
    pub held: u64,
    /// Receipts written into case files.
    pub filed: u64,
    /// Kept batches sent again because the other side misses them.
    pub resent: u64,
}

impl Imported {
    /// Two lines for people.
    pub fn print(&self) {
        outln!(
            "imported {} batches: {} receipts ({} filed), {} messages, {} requests, {} delivery reports, {} held outside, {} held",
            self.batches,
            self.receipts,
            self.filed,
            self.messages,
            self.requests,
            self.reports,
            self.held_outside,
            self.held
        );
        outln!(
            "refused {}, quarantined {}, known {}, waiting {}, resent {}",
            self.refused,
            self.quarantined,
            self.known,
            self.waiting,
            self.resent
        );
    }
}

/// Whether the database of the staging tables can be reached, and certificates can be printed. Nothing is made.
pub fn check(agent: &Agent) -> Result<()> {
    platform::open(&agent.config)?;
    Press::open(&agent.config).map(drop)
}

/// One pass. Whatever ends it, the next one goes on from what is durable.
pub fn import(agent: &mut Agent, grace: Grace) -> Result<Imported> {
    let _lock = lock::take(&agent.config.state, LOCK)?;
    let outcome = import_locked(agent, grace);
    runs::end_run(&agent.conn, IMPORT, clock::now_s(), outcome)
}

fn import_locked(agent: &mut Agent, grace: Grace) -> Result<Imported> {
    let now_s = clock::now_s();
    let mut incoming = agent.incoming()?;
    let outlet = agent.outlet()?;
    retention::keep(&agent.conn, &incoming, &agent.config.upkeep, now_s)?;
    let staging = Staging::open(&agent.config)?;
    let zone = agent.schedule.zone().clone();
    let mut settle = Settle::new(&staging, &agent.catalogue, &agent.config, &zone);
    let pass = pass::pass(&mut agent.conn, &mut incoming, &mut settle, grace, now_s)?;
    let (mut done, asked, fell_back) = settle.finish();
    let Pass { published, refused, quarantined, known, waiting } = pass;
    (done.batches, done.refused, done.quarantined) = (published, refused, quarantined);
    (done.known, done.waiting) = (known, waiting);
    if fell_back {
        done.resent = dispatch::dispatch(&agent.conn, &outlet, now_s)?;
    }
    if !asked.is_empty() {
        done.resent += dispatch::resend(&agent.conn, &outlet, &asked, now_s)?;
    }
    clerk::note(&mut agent.conn, staging.clerk_list()?)?;
    done.filed = case_file::file_receipts(&staging, &agent.config, &zone)?;
    Ok(done)
}

/// Whether an export is due now.
pub fn export_is_due(agent: &Agent, started_s: i64, now_s: i64) -> Result<bool> {
    Ok(agent.schedule.is_due(runs::last_success(&agent.conn, EXPORT)?, started_s, now_s))
}
