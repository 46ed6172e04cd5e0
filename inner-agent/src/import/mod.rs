//! The import: verifies reply batches, settles their items in the platform's staging tables, files their receipts.
//!
//! ```text
//! received folder → settle (one batch, one platform transaction) → staging → case_file
//!                     │ item: catalogue → validate (ledger) ─┬─ fits → FERRY_RECEIPT, FERRY_MESSAGE, …
//!                     │                                      └─ rejection → FERRY_HELD (review queue)
//!                     └ delivery reports, acknowledgements → ledger
//! ```

mod budget;
mod case_file;
mod certificate;
mod delivery;
mod item;
mod platform_identity;
mod receipt;
mod rejection;
mod settle;
pub mod staging;
mod summary;
mod validate;

pub use summary::ImportSummary;

use crate::context::{CASE_FILES, Context, IMPORT, LOCK, OUTBOX};
use crate::store::{review_queue, waiting_items};
use certificate::PdfRenderer;
use ferry_channel::audit;
use ferry_channel::ledger::runs;
use ferry_channel::receive::pass;
use ferry_channel::receive::progress::CopyGrace;
use ferry_channel::receive::retention;
use ferry_channel::runtime::{disk_space, lock};
use ferry_channel::send::dispatch;
use ferry_channel::types::UnixSeconds;
use ferry_channel::types::decision::Decision;
use ferry_io::error::Result;
use settle::{BatchSettler, Bounds};
use staging::Staging;

/// Checks that the folders are there, the database of the staging tables can be opened and certificates can be printed. Nothing is written.
pub fn check(context: &Context) -> Result<()> {
    require_folders(context)?;
    staging::open_database(&context.config)?;
    PdfRenderer::open(&context.config).map(drop)
}

/// Before anything is taken: what a batch needs for its receipts must not be missed half way.
fn require_folders(context: &Context) -> Result<()> {
    context.import_folders().iter().try_for_each(|folder| disk_space::require_folder(folder))
}

/// One pass over the received folder. If it is interrupted, the next pass continues from what is durable.
/// `is_platform_restored` says that the platform may lack what was settled before.
pub fn import(
    context: &mut Context,
    grace: CopyGrace,
    is_platform_restored: bool,
    now: UnixSeconds,
) -> Result<ImportSummary> {
    let _lock = lock::take(&context.config.state, LOCK)?;
    let clock = context.clock()?;
    // Which keys hold, how old a batch may be and what is kept is judged by the newest time that may be believed.
    let outcome = import_locked(context, grace, is_platform_restored, clock.believed(now));
    let outcome = runs::end_run(&context.conn, IMPORT, clock.believed(UnixSeconds::now()), outcome)?;
    context.guard().end_job(&context.conn)?;
    Ok(outcome)
}

/// Settles everything that waits, whatever a day takes: a person decided so. Gives how many items.
///
/// # Errors
/// Those of the platform's database and of the ledger.
pub fn settle_waiting_now(context: &mut Context, decision: &Decision, now: UnixSeconds) -> Result<u64> {
    let _lock = lock::take(&context.config.state, LOCK)?;
    let now = context.clock()?.believed(now);
    require_folders(context)?;
    context.guard().begin_job(&context.conn, &[OUTBOX, CASE_FILES])?;
    let staging = Staging::open(&context.config)?;
    platform_identity::check(context, &staging)?;
    let items = waiting_items::count(&context.conn)?.items;
    let detail = format!("{items} items: {}", decision.reason.as_str());
    audit::record(&context.conn, now, decision.by.as_str(), "waiting-settle", "", &detail)?;
    let zone = context.schedule.zone().clone();
    let mut settler = BatchSettler::new(&staging, &context.catalogue, &context.config, &zone);
    settler.settle_waiting(&mut context.conn, Bounds::Lifted, now)?;
    review_queue::replace(&mut context.conn, staging.review_queue()?)?;
    case_file::file_receipts(&staging, context, &zone)?;
    context.guard().end_job(&context.conn)?;
    Ok(items.saturating_sub(waiting_items::count(&context.conn)?.items))
}

fn import_locked(
    context: &mut Context,
    grace: CopyGrace,
    is_platform_restored: bool,
    now: UnixSeconds,
) -> Result<ImportSummary> {
    require_folders(context)?;
    context.guard().begin_job(&context.conn, &[OUTBOX, CASE_FILES])?;
    let mut endpoint = context.incoming()?;
    let outlet = context.outbox_paths()?;
    retention::run(&context.conn, &endpoint, &context.config.maintenance, now)?;
    let staging = Staging::open(&context.config)?;
    if is_platform_restored {
        platform_identity::accept(context, &staging, now)?;
    }
    platform_identity::check(context, &staging)?;
    let zone = context.schedule.zone().clone();
    let mut settler = BatchSettler::new(&staging, &context.catalogue, &context.config, &zone);
    // First: what waited is older than what arrives.
    settler.settle_waiting(&mut context.conn, Bounds::OfTheDay, now)?;
    let pass = pass::run_pass(&mut context.conn, &mut endpoint, &mut settler, grace, now)?;
    let settled = settler.finish();
    let mut summary = settled.summary;
    summary.set_files(&pass);
    if settled.peer_lost_state {
        summary.resent = dispatch::dispatch(&context.conn, &outlet, now)?;
    }
    if !settled.resend_request.is_empty() {
        summary.resent += dispatch::resend(&context.conn, &outlet, &settled.resend_request, now)?;
    }
    review_queue::replace(&mut context.conn, staging.review_queue()?)?;
    summary.filed = case_file::file_receipts(&staging, context, &zone)?;
    Ok(summary)
}
