//! The export: collect and screen into a draft, release it, dispatch it.

mod collect;
mod screen;

use crate::agent::{Agent, EXPORT, LOCK};
use crate::source;
use collect::{Carrier, Collected, collect};
use ferry_channel::compose::{self, Composer, Saying};
use ferry_channel::failure::Result;
use ferry_channel::{dispatch, files, ledger, lock, outbox, progress, root};
use ferry_format::hex::to_hex;
use ferry_format::record::Record;
use ferry_format::seal::Document;
use rusqlite::TransactionBehavior;
use serde::Serialize;
use std::io::Read;

/// What an export did.
#[derive(Debug, Serialize)]
pub struct Exported {
    /// Numbering era.
    pub epoch: u64,
    /// Number of the batch.
    pub sequence: u64,
    /// Its length, bytes.
    pub bytes: u64,
    /// Records in it.
    pub records: u64,
    /// Documents in it.
    pub documents: u64,
    /// Records in it that remove.
    pub retracted: u64,
    /// Records held back.
    pub held: u64,
    /// State root after it.
    pub state_root: String,
}

impl Exported {
    /// One line for people.
    pub fn print(&self) {
        println!(
            "exported batch {}/{}: {} records ({} retracted), {} documents, {} bytes, {} held",
            self.epoch, self.sequence, self.records, self.retracted, self.documents, self.bytes, self.held
        );
    }
}

/// What the next export would carry.
#[derive(Debug, Serialize)]
pub struct Plan {
    /// By kind: new, changed, retracted, held.
    pub kinds: Collected,
}

impl Plan {
    /// How many records would be held.
    pub fn held(&self) -> u64 {
        self.kinds.total().held
    }

    /// A table for people.
    pub fn print(&self) {
        println!("{:<20}{:>10}{:>10}{:>10}{:>10}{:>10}", "kind", "new", "changed", "retracted", "held", "unchanged");
        for (kind, n) in &self.kinds.0 {
            println!("{kind:<20}{:>10}{:>10}{:>10}{:>10}{:>10}", n.new, n.changed, n.retracted, n.held, n.unchanged);
        }
        for (kind, key, reason) in &self.kinds.1 {
            println!("held: {kind} {}: {reason}", key.escape_debug());
        }
    }
}

impl Carrier for Composer {
    fn document(&mut self, document: Document, input: &mut dyn Read) -> Result<[u8; 32]> {
        self.document(document, input)
    }

    fn record(&mut self, record: &Record) -> Result<()> {
        self.record(record)
    }
}

/// Counts, and reads no document.
struct Nothing;

impl Carrier for Nothing {
    fn document(&mut self, _: Document, _: &mut dyn Read) -> Result<[u8; 32]> {
        Ok([0; 32])
    }

    fn record(&mut self, _: &Record) -> Result<()> {
        Ok(())
    }
}

/// Looks, and rolls everything back.
pub fn plan(agent: &mut Agent) -> Result<Plan> {
    let _lock = lock::take(&agent.config.state, LOCK)?;
    let source = source::open(agent)?;
    let (catalogue, now_s) = (&agent.catalogue, files::now_s());
    let tx = agent.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let bar = progress::records("planning");
    let kinds = collect(&tx, &source, catalogue, (0, 0), &mut Nothing, &bar, now_s)?;
    Ok(Plan { kinds: kinds.0 })
}

/// One whole run. Whatever ends it, the next one goes on from what is durable.
pub fn export(agent: &mut Agent) -> Result<Exported> {
    let _lock = lock::take(&agent.config.state, LOCK)?;
    let outcome = export_locked(agent);
    let error = outcome.as_ref().err().map(|f| f.message.clone());
    ledger::note_run(&agent.conn, EXPORT, files::now_s(), error.as_deref())?;
    outcome
}

fn export_locked(agent: &mut Agent) -> Result<Exported> {
    let outgoing = agent.outgoing()?;
    let source = source::open(agent)?;
    let now_s = files::now_s();
    outbox::sweep(&agent.conn, &outgoing.outlet)?;
    dispatch::dispatch(&agent.conn, &outgoing.outlet, now_s)?;

    let up = outgoing.outlet.channel.as_str();
    let down = agent.config.import.channel.as_str();
    let tx = agent.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut composer = Composer::begin(&outgoing)?;
    let number = compose::next_number(&tx, up)?;
    let bar = progress::records("exporting");
    let (kinds, change) = collect(&tx, &source, &agent.catalogue, number, &mut composer, &bar, now_s)?;
    let draft = composer.finish()?;
    bar.finish_and_clear();
    let quiet_since_s = now_s - agent.config.import.copy_deadline_s;
    let account = ledger::account(&tx, down, true, quiet_since_s)?;
    let saying = Saying { account, state_root: root::apply(&tx, up, &change)? };
    let (records, documents) = (draft.records, draft.documents);
    let released = compose::release(&tx, &outgoing, draft, &saying, now_s)?;
    tx.commit()?;
    dispatch::dispatch(&agent.conn, &outgoing.outlet, now_s)?;
    outbox::prune(&agent.conn, &outgoing.outlet, now_s)?;
    let total = kinds.total();
    for (kind, key, reason) in &kinds.1 {
        eprintln!("held: {kind} {}: {reason}", key.escape_debug());
    }
    Ok(Exported {
        epoch: released.epoch,
        sequence: released.sequence,
        bytes: released.bytes,
        records,
        documents,
        retracted: total.retracted,
        held: total.held,
        state_root: to_hex(&saying.state_root),
    })
}
