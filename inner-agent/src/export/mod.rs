//! The export: one run collects and screens the platform's rows into a batch and drafts, releases the batch and dispatches it.
//!
//! ```text
//! source → row → screening → stage → batch ─┬→ outbox → sent
//!                              │            └→ ledger (commit)
//!                              └──→ drafts → review
//! ```

mod absent;
mod baseline;
mod code_hashes;
mod collect;
mod collector;
mod changed_rows;
pub mod commit;
pub mod destination;
pub mod drafts;
mod plan;
mod recheck;
pub mod retraction_guard;
pub mod row;
mod same_person;
mod scope;
mod stage;
mod summary;
pub mod withhold;

pub use plan::plan;
pub use scope::Scope;
pub use summary::ExportSummary;

use crate::context::{self, Context};
use crate::source;
use crate::store::export_counts::{self, Counts};
use crate::store::exported::BatchStamp;
use crate::store::post_release_reviews;
use crate::texts::commands as texts;
use collect::{Collected, Request, collect};
use destination::{Destination, Sink};
use drafts::DraftSet;
use ferry_channel::audit;
use ferry_channel::ledger::acknowledgement::{build_acknowledgement, record_carrier};
use ferry_channel::ledger::{numbering, state_root};
use ferry_channel::runtime::disk_space;
use ferry_channel::send::compose::{self, Composer, Draft, Outgoing, Released, SeriesFields};
use ferry_channel::send::{dispatch, outbox};
use ferry_channel::types::{BatchNumber, ChannelId, UnixSeconds};
use ferry_format::batch::seal::Document;
use ferry_format::frame::header::BatchType;
use ferry_format::trust::trust_file::Trust;
use ferry_io::error::Result;
use ferry_io::output::language::Show;
use ferry_io::output::progress;
use indicatif::ProgressBar;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::io::Read;

/// How much a run exports.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What changed.
    Changes,
    /// What changed, found by comparing every row and file.
    Full,
    /// The whole published state in one batch under a new epoch.
    Baseline {
        /// Whether published records that cannot be exported as they are may be retracted.
        allow_retractions: bool,
    },
}

/// The sending ends of one run.
pub struct Endpoints {
    /// For the batch.
    pub batch: Outgoing,
    /// For drafts: they carry changes, even in a run that makes a baseline.
    pub drafts: Outgoing,
}

impl Endpoints {
    /// Opens them, and checks that the trust list in force lets this side send.
    pub fn open(context: &Context, extent: Extent, now: UnixSeconds) -> Result<Self> {
        let (mut batch, drafts) = (context.outgoing()?, context.outgoing()?);
        if matches!(extent, Extent::Baseline { .. }) {
            batch.address.batch_type = BatchType::Baseline;
        }
        context.check_sending(&batch, now)?;
        Ok(Self { batch, drafts })
    }
}

/// One whole run. The caller holds the lock. If it is interrupted, the next run continues from what was saved.
pub fn run(
    context: &Context,
    endpoints: &Endpoints,
    extent: Extent,
    scope: Scope,
    trust: Option<&Trust>,
    now: UnixSeconds,
) -> Result<ExportSummary> {
    let paths = &endpoints.batch.paths;
    // Old batches go first: that may free the space for this run.
    outbox::sweep(&context.conn, paths)?;
    outbox::prune(&context.conn, paths, now)?;
    disk_space::require(&context.export_space()?, context.config.maintenance.reserve_bytes())?;
    let mut source = source::open(context)?;
    dispatch::dispatch(&context.conn, paths, now)?;

    let tx = Transaction::new_unchecked(&context.conn, TransactionBehavior::Immediate)?;
    if let Extent::Baseline { .. } = extent {
        baseline::begin(context, &tx, now)?;
    }
    let drafts = DraftSet::open(&tx, &endpoints.drafts, &context.config.state, now)?;
    let mut sink = BatchSink { batch: Composer::begin(&endpoints.batch)?, drafts };
    let batch = BatchStamp { number: numbering::next_number(&tx, &paths.channel)?, now };
    let bar = progress::records(texts::exporting().show());
    let request = Request { batch, is_full: extent != Extent::Changes, scope };
    let collected = collect(context, &tx, &mut source, request, &mut sink, &bar)?;
    let draft = finish(&tx, sink, batch, &bar)?;
    if trust.is_some_and(context::has_reviewers) {
        post_release_reviews::insert(&tx, draft.content(), batch.number, draft.records, now)?;
    }
    let (records, documents) = (draft.records, draft.documents);
    let (released, state_root) = release(context, &tx, &endpoints.batch, draft, extent, (&collected, batch))?;
    tx.commit()?;
    dispatch::dispatch(&context.conn, paths, now)?;
    Ok(ExportSummary::new(collected, &released, (records, documents), &state_root))
}

/// Closes batch and drafts.
fn finish(conn: &Connection, sink: BatchSink<'_>, batch: BatchStamp, bar: &ProgressBar) -> Result<Draft> {
    sink.drafts.store(conn, batch.number, batch.now)?;
    let draft = sink.batch.finish()?;
    bar.finish_and_clear();
    Ok(draft)
}

/// Gives the batch its number, in the transaction that records what it carries. Gives the state root too.
fn release(
    context: &Context,
    conn: &Connection,
    outgoing: &Outgoing,
    draft: Draft,
    extent: Extent,
    (collected, batch): (&Collected, BatchStamp),
) -> Result<(Released, [u8; 32])> {
    let (up, down) = (&outgoing.paths.channel, &context.config.import.channel);
    let quiet_since_s = batch.now - context.config.import.stalled_copy_timeout_s;
    let acknowledgement = build_acknowledgement(conn, down, true, quiet_since_s)?;
    export_counts::insert(conn, batch, &collected.counts)?;
    let state_root = match extent {
        Extent::Baseline { allow_retractions } => {
            baseline::finish(context, conn, batch.number, allow_retractions, batch.now)?
        }
        Extent::Changes | Extent::Full => state_root::apply(conn, up, &collected.root_change)?,
    };
    record_counts(conn, (up, batch.number), &collected.counts.total(), batch.now)?;
    let fields = SeriesFields { acknowledgement, state_root };
    let released = compose::release(conn, outgoing, draft, &fields, batch.now)?;
    record_carrier(conn, down, &fields.acknowledgement, (up, released.number))?;
    Ok((released, state_root))
}

/// Records the counts in the audit before the batch is released, so that the audit head in the batch covers them.
fn record_counts(
    conn: &Connection,
    (channel, number): (&ChannelId, BatchNumber),
    total: &Counts,
    now: UnixSeconds,
) -> Result<()> {
    let Counts { held, kept_in, withheld, corrected, retracted, late, incomplete, .. } = total;
    let detail = format!(
        "{held} held, {kept_in} kept inside, {withheld} withheld, {corrected} corrected, {retracted} retracted, {late} late, \
         {incomplete} incomplete"
    );
    audit::record(conn, now, "agent", "collect", &format!("{channel}/{number}"), &detail)
}

/// The batch of a run, and its drafts.
struct BatchSink<'a> {
    batch: Composer,
    drafts: DraftSet<'a>,
}

impl Sink for BatchSink<'_> {
    fn document(&mut self, destination: Destination, document: Document, input: &mut dyn Read) -> Result<[u8; 32]> {
        match destination {
            Destination::Batch => self.batch.document(document, input),
            Destination::Flagged | Destination::Clean => self.drafts.document(destination, document, input),
        }
    }

    fn record(&mut self, destination: Destination, kind: &str, reason: &str, encoded: &[u8]) -> Result<()> {
        match destination {
            Destination::Batch => self.batch.encoded(kind, encoded),
            Destination::Flagged | Destination::Clean => self.drafts.record(destination, kind, reason, encoded),
        }
    }
}
