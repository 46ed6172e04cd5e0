//! Collecting: the platform's rows are compared with what was exported. A full run walks both in the order of their keys. A run of
//! changes reads the rows that changed since the last run, what the deletion log names, and what an approval form or a consent
//! concerns that changed; its cost depends on the number of changes only.

use crate::context::Context;
use crate::export::collector::Collector;
use crate::export::commit::ExportCommit;
use crate::export::destination::Sink;
use crate::export::recheck::Recheck;
use crate::export::retraction_guard::{Bound, RetractionGuard};
use crate::export::scope::Scope;
use crate::export::stage::ExportStage;
use crate::export::withhold::Withholding;
use crate::screening::{self, Screening};
use crate::source::{Source, value};
use crate::store::export_counts::KindCounts;
use crate::store::exported::BatchStamp;
use crate::store::peer_state::PeerOnlyVersions;
use crate::store::{
    approval_forms, document_files, drafts, full_run, held, held_outside, screening_rules, shared_logins,
};
use ferry_channel::types::UnixSeconds;
use ferry_format::reason::{Reason, ReasonCode};
use ferry_format::record::state_root::Buckets;
use ferry_io::error::Result;
use indicatif::ProgressBar;
use rusqlite::Connection;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// What a run collected.
pub struct Collected {
    /// Counts by kind.
    pub counts: KindCounts,
    /// The first held records: kind, key and reason.
    pub held: Vec<(String, String, Reason)>,
    /// The change of the state root.
    pub root_change: Buckets,
    /// Whether every row was compared.
    pub is_full: bool,
    /// Rows that were read.
    pub rows: u64,
    /// Approval forms that withhold nothing, and why.
    pub defective_forms: Vec<(String, ReasonCode)>,
    /// Buckets of the state root whose lists were requested.
    pub bucket_requests: u64,
    /// What might cross.
    pub scope: Scope,
    /// Records that wait until the clock is right.
    pub postponed: u64,
}

/// What a run is asked to do.
#[derive(Clone, Copy)]
pub struct Request {
    /// The batch that it fills.
    pub batch: BatchStamp,
    /// Whether every row is compared; without it, the schedule and the mapping decide.
    pub is_full: bool,
    /// What may cross.
    pub scope: Scope,
}

/// Collects every kind into `sink`, in the caller's transaction.
pub fn collect(
    context: &Context,
    conn: &Connection,
    source: &mut Source,
    request: Request,
    sink: &mut dyn Sink,
    bar: &ProgressBar,
) -> Result<Collected> {
    let Request { batch, is_full, scope } = request;
    let now = batch.now;
    let today = value::today(now, context.schedule.zone());
    let horizon = source.database().horizon()?.unwrap_or_else(|| value::local(now, context.schedule.zone()));
    source.database().begin()?;
    let is_full = is_full || full_run::is_due(conn, &context.full_schedule, now)?;
    let is_full = find_people(conn, source, is_full)?;
    let source = &*source;
    let mut withholding = Withholding::load(conn, source, &today)?;
    let recheck = Recheck::load(conn, source, &withholding, (&horizon, scope))?;
    held::begin(conn)?;
    if is_full && scope == Scope::Everything {
        held::set_aside_kind(conn, None)?;
    }
    let review = context.review_rules()?;
    let mut collector = Collector {
        source,
        horizon: &horizon,
        is_full,
        stage: ExportStage::new(ExportCommit::new(context, conn, batch, !is_full), sink)?,
        hidden_outside: if review.has_reviewers { held_outside::reviewable(conn)? } else { HashMap::new() },
        clean_needs_approval: review.clean_needs_approval,
        screening: Screening::new(context, conn, today.clone(), now)?,
        peer_only: PeerOnlyVersions::load(conn)?,
        withholding: &withholding,
        recheck: &recheck,
        held: Vec::new(),
        guard: RetractionGuard::new(Bound::of_config(context.config.source.retractions)),
        absent: Vec::new(),
        is_out_of_order: false,
        published_cases: RefCell::default(),
        keys_of_retracted: RefCell::default(),
        visited_people: HashSet::new(),
        scope,
        postponed: 0,
        bar,
        rows: 0,
        compares_files: document_files::is_comparison_due(conn, &today)?,
        screens_again: is_full && !screening_rules::are_current(conn, screening::rules(&context.config))?,
    };
    let bucket_requests = collector.everything(context, batch)?;
    collector.screening.end()?;
    let screened_by = collector.screening.can_read().then(|| screening::rules(&context.config));
    let Collector { stage, rows, held, postponed, compares_files, .. } = collector;
    let ExportCommit { counts, root_change, .. } = stage.commit;
    if scope == Scope::Everything {
        withholding.store(conn)?;
    }
    withholding.name_unmet(conn, is_full)?;
    let defective_forms = withholding.in_force.defective;
    approval_forms::replace_defective(conn, &defective_forms, now)?;
    drafts::supersede(conn, now)?;
    if scope == Scope::Everything {
        record_comparisons(conn, source, Compared { is_full, screened_by, compares_files }, (&today, now))?;
    }
    shared_logins::replace(conn, source.people.shared_keys())?;
    source.database().end()?;
    let root_change = root_change.finish()?;
    Ok(Collected { counts, held, root_change, is_full, rows, defective_forms, bucket_requests, scope, postponed })
}

/// Finds the people who stand in several rows. Whether every row is compared: also where the mapping or these people are others than
/// in the last comparison.
fn find_people(conn: &Connection, source: &mut Source, is_full: bool) -> Result<bool> {
    source.find_people(conn, is_full)?;
    let is_outdated = !is_full && full_run::is_outdated(conn, &source.digest())?;
    if is_outdated {
        source.find_people(conn, true)?;
    }
    Ok(is_full || is_outdated)
}

/// What a run compared beyond the rows that it found changed.
struct Compared {
    is_full: bool,
    /// The rules by which all documents were looked at, where all could be.
    screened_by: Option<u32>,
    compares_files: bool,
}

fn record_comparisons(
    conn: &Connection,
    source: &Source,
    compared: Compared,
    (today, now): (&str, UnixSeconds),
) -> Result<()> {
    if compared.is_full {
        full_run::record(conn, &source.digest(), now)?;
        if let Some(rules) = compared.screened_by {
            screening_rules::record(conn, rules)?;
        }
    }
    if compared.is_full || compared.compares_files {
        document_files::record_comparison(conn, today, now)?;
    }
    Ok(())
}
