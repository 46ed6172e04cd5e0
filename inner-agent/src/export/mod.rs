//! The export: collect and screen into a draft, release it, dispatch it.

mod baseline;
pub mod books;
pub mod carry;
mod checks;
mod collect;
mod counts;
mod cursor;
pub mod drafts;
pub mod floor;
pub mod held;
pub mod history;
pub mod remember;
mod revisit;
mod scan;
pub mod screen;
pub mod served;
pub mod sight;
pub mod secrets;
pub mod withhold;

use crate::agent::{Agent, EXPORT, LOCK};
use crate::review;
use crate::source;
use carry::{Bay, Carrier};
use collect::{Run, collect};
use counts::{Collected, Counts};
use drafts::Drafts;
use ferry_channel::audit;
use ferry_channel::ledger::acknowledgement;
use ferry_channel::ledger::runs;
use ferry_channel::ledger::{gaps, state_root};
use ferry_channel::runtime::{disk_space, lock};
use ferry_channel::send::compose;
use ferry_channel::send::compose::{Composer, Saying};
use ferry_channel::send::{dispatch, outbox};
use ferry_format::batch::seal::Document;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::header::BatchType;
use ferry_io::clock;
use ferry_io::error::Result;
use ferry_io::output::progress;
use ferry_io::{errln, outln};
use history::At;
use rusqlite::{Connection, Transaction, TransactionBehavior};
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
    /// Records withheld under an approval form.
    pub withheld: u64,
    /// Records that a rule of the notice keeps inside.
    pub kept_in: u64,
    /// Corrections of what was published.
    pub corrected: u64,
    /// Records that were entered late without an approval.
    pub late: u64,
    /// Records without a field that they must have.
    pub incomplete: u64,
    /// Case numbers whose type code is not among the known ones; they crossed.
    pub unknown_case_types: u64,
    /// Whether every row was compared, and not only what changed.
    pub full: bool,
    /// Rows of the platform that were read.
    pub rows: u64,
    /// Approval forms that withhold nothing, with the reason.
    pub defective_forms: Vec<(String, String)>,
    /// Buckets of the state root that differ and whose lists were asked for.
    pub asked_buckets: u64,
    /// State root after it.
    pub state_root: String,
    /// Drafts that had their approvals and were released after it.
    pub released: Vec<review::release::Batch>,
}

impl Exported {
    /// One line for people.
    pub fn print(&self) {
        outln!(
            "exported batch {}/{}: {} records ({} retracted, {} corrected), {} documents, {} bytes; {} withheld, {} held, {} kept inside",
            self.epoch,
            self.sequence,
            self.records,
            self.retracted,
            self.corrected,
            self.documents,
            self.bytes,
            self.withheld,
            self.held,
            self.kept_in
        );
        if self.late + self.incomplete > 0 {
            outln!("  {} entered late, {} incomplete", self.late, self.incomplete);
        }
        if self.asked_buckets > 0 {
            outln!("  the far side's state differs: the lists of {} buckets were asked for", self.asked_buckets);
        }
        if self.unknown_case_types > 0 {
            outln!("  warning: {} case numbers have a type code that is not known", self.unknown_case_types);
        }
        for (form, why) in &self.defective_forms {
            outln!("  approval form {} withholds nothing: {why}", form.escape_debug());
        }
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
        let names = ["kind", "new", "changed", "retracted", "withheld", "held", "kept in", "unchanged"];
        let [kind, rest @ ..] = names;
        outln!("{kind:<20}{}", rest.map(|n| format!("{n:>10}")).concat());
        for (kind, n) in &self.kinds.0 {
            let counts = [n.new, n.changed, n.retracted, n.withheld, n.held, n.kept_in, n.unchanged];
            outln!("{kind:<20}{}", counts.map(|n| format!("{n:>10}")).concat());
        }
        for (kind, key, reason) in &self.kinds.1 {
            outln!("held: {kind} {}: {reason}", key.escape_debug());
        }
    }
}

/// The batch of a run, and beside it the drafts.
struct Composing<'a> {
    batch: Composer,
    drafts: Drafts<'a>,
}

impl Carrier for Composing<'_> {
    fn document(&mut self, bay: Bay, document: Document, input: &mut dyn Read) -> Result<[u8; 32]> {
        match bay {
            Bay::Batch => self.batch.document(document, input),
            Bay::Flagged | Bay::Clean => self.drafts.document(bay, document, input),
        }
    }

    fn record(&mut self, bay: Bay, kind: &str, reason: &str, encoded: &[u8]) -> Result<()> {
        match bay {
            Bay::Batch => self.batch.encoded(kind, encoded),
            Bay::Flagged | Bay::Clean => self.drafts.record(bay, kind, reason, encoded),
        }
    }
}

/// Counts, and reads no document.
struct Nothing;

impl Carrier for Nothing {
    fn document(&mut self, _: Bay, _: Document, _: &mut dyn Read) -> Result<[u8; 32]> {
        Ok([0; 32])
    }

    fn record(&mut self, _: Bay, _: &str, _: &str, _: &[u8]) -> Result<()> {
        Ok(())
    }
}

/// Looks, and rolls everything back.
pub fn plan(agent: &Agent, full: bool) -> Result<Plan> {
    let _lock = lock::take(&agent.config.state, LOCK)?;
    let source = source::open(agent)?;
    let tx = Transaction::new_unchecked(&agent.conn, TransactionBehavior::Immediate)?;
    let bar = progress::records("planning");
    let run = collect(agent, &tx, &source, (0, 0), &mut Nothing, &bar, (clock::now_s(), full))?;
    Ok(Plan { kinds: run.collected })
}

/// How much a run carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What changed.
    Changes,
    /// What changed, found by comparing every row and file.
    Full,
    /// The whole published state anew.
    Baseline {
        /// Whether published records that cannot go out now may be taken back.
        take_back: bool,
    },
}

/// What a run held, kept in and withheld, before its batch is released: the head that the batch carries covers it.
fn note_counts(conn: &Connection, (up, number): (&str, (u64, u64)), total: &Counts, now_s: i64) -> Result<()> {
    let Counts { held, kept_in, withheld, corrected, retracted, late, incomplete, .. } = total;
    let detail = format!(
        "{held} held, {kept_in} kept inside, {withheld} withheld, {corrected} corrected, {retracted} retracted, {late} late, \
         {incomplete} incomplete"
    );
    audit::note(conn, now_s, "agent", "collect", &format!("{up}/{}/{}", number.0, number.1), &detail)
}

/// One whole run. Whatever ends it, the next one goes on from what is durable.
pub fn export(agent: &Agent, extent: Extent) -> Result<Exported> {
    let _lock = lock::take(&agent.config.state, LOCK)?;
    let outcome = export_locked(agent, extent);
    runs::end_run(&agent.conn, EXPORT, clock::now_s(), outcome)
}

fn export_locked(agent: &Agent, extent: Extent) -> Result<Exported> {
    let mut outgoing = agent.outgoing()?;
    // A draft carries what changed, also beside a baseline.
    let drafting = agent.outgoing()?;
    if matches!(extent, Extent::Baseline { .. }) {
        outgoing.address.batch_type = BatchType::Baseline;
    }
    let now_s = clock::now_s();
    agent.may_send(&outgoing, now_s)?;
    let trust = agent.up_trust()?;
    if matches!(extent, Extent::Baseline { .. }) {
        review::check_baseline(trust.as_ref())?;
    }
    // What reviewers signed meanwhile counts in this run.
    review::folder::visit(agent, now_s)?;
    // What may go goes first: it may be what makes room.
    outbox::sweep(&agent.conn, &outgoing.outlet)?;
    outbox::prune(&agent.conn, &outgoing.outlet, now_s)?;
    disk_space::require(&agent.needs_to_send()?, agent.config.upkeep.reserve_bytes())?;
    let source = source::open(agent)?;
    dispatch::dispatch(&agent.conn, &outgoing.outlet, now_s)?;

    let up = outgoing.outlet.channel.as_str();
    let down = agent.config.import.channel.as_str();
    let tx = Transaction::new_unchecked(&agent.conn, TransactionBehavior::Immediate)?;
    if let Extent::Baseline { .. } = extent {
        baseline::begin(agent, &tx, now_s)?;
    }
    let drafts = Drafts::open(&tx, &drafting, &agent.config.state, now_s)?;
    let mut composing = Composing { batch: Composer::begin(&outgoing)?, drafts };
    let number = compose::next_number(&tx, up)?;
    let bar = progress::records("exporting");
    let run = collect(agent, &tx, &source, number, &mut composing, &bar, (now_s, extent != Extent::Changes))?;
    let Run { collected: kinds, change, full, rows, defective_forms, asked_buckets } = run;
    composing.drafts.keep(&tx, number, now_s)?;
    let draft = composing.batch.finish()?;
    review::note_left(&tx, trust.as_ref(), draft.content(), number, draft.records, now_s)?;
    bar.finish_and_clear();
    let quiet_since_s = now_s - agent.config.import.copy_deadline_s;
    let account = acknowledgement::account(&tx, down, true, quiet_since_s)?;
    history::note(&tx, At { number, now_s }, &kinds)?;
    let state_root = match extent {
        Extent::Baseline { take_back } => baseline::finish(agent, &tx, number, take_back, now_s)?,
        Extent::Changes | Extent::Full => state_root::apply(&tx, up, &change)?,
    };
    let saying = Saying { account, state_root };
    let (records, documents) = (draft.records, draft.documents);
    note_counts(&tx, (up, number), &kinds.total(), now_s)?;
    let released = compose::release(&tx, &outgoing, draft, &saying, now_s)?;
    gaps::note_said(&tx, down, &saying.account, (up, released.epoch, released.sequence))?;
    tx.commit()?;
    dispatch::dispatch(&agent.conn, &outgoing.outlet, now_s)?;
    let released_drafts = review::release::after_export(agent, &drafting, now_s)?;
    let total = kinds.total();
    for (kind, key, reason) in &kinds.1 {
        errln!("held: {kind} {}: {reason}", key.escape_debug());
    }
    Ok(Exported {
        epoch: released.epoch,
        sequence: released.sequence,
        bytes: released.bytes,
        records,
        documents,
        retracted: total.retracted,
        held: total.held,
        withheld: total.withheld,
        kept_in: total.kept_in,
        corrected: total.corrected,
        late: total.late,
        incomplete: total.incomplete,
        unknown_case_types: total.unknown_case_types,
        full,
        rows,
        defective_forms,
        asked_buckets,
        state_root: to_hex(&saying.state_root),
        released: released_drafts,
    })
}
