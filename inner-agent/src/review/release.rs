//! Release: a draft whose approvals are valid is checked again and gets its number; everything that the ledger keeps of it
//! is recorded in the same transaction.

use crate::context::{Context, LOCK};
pub use crate::review::release_draft::ReleasedDraft;
use crate::review::{folder, release_draft, rules};
use crate::source::{self, Source};
use crate::store::drafts::{self, StoredDraft};
use crate::store::review_files;
use crate::texts::review as texts;
use ferry_channel::runtime::lock;
use ferry_channel::send::compose::Outgoing;
use ferry_channel::send::{dispatch, outbox};
use ferry_channel::types::{BatchNumber, UnixSeconds};
use ferry_format::frame::statement::Approval;
use ferry_format::texts::list;
use ferry_format::trust::release::{self, Decision};
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::error::{Error, Result};
use ferry_io::outln;
use ferry_io::output::exit::continue_unless_fatal;
use ferry_io::output::language::Show;
use rusqlite::{Transaction, TransactionBehavior};
use serde::Serialize;

/// What a release did. The field names are those of `release --json`.
#[derive(Debug, Default, Serialize)]
pub struct ReleaseSummary {
    /// Drafts that became batches.
    pub batches: Vec<ReleasedDraft>,
    /// Drafts that still wait.
    pub waiting: u64,
    /// Drafts that ended because one of their items changed.
    pub superseded: Vec<String>,
    /// Approvals that are no longer valid: draft, reviewer, reason.
    pub lapsed: Vec<(String, String, String)>,
}

impl ReleaseSummary {
    /// Prints the summary.
    pub fn print(&self) {
        for b in &self.batches {
            let (number, by) = (BatchNumber::new(b.epoch, b.sequence), list::items(&b.approved_by));
            outln!("{}", texts::released(&b.draft, number, b.records, b.documents, by).show());
        }
        for name in &self.superseded {
            outln!("{}", texts::superseded_line(name).show());
        }
        for (name, person, reason) in &self.lapsed {
            outln!("{}", texts::lapsed(name, person.escape_debug(), reason).show());
        }
        outln!("{}", texts::waiting(self.waiting).show());
    }

    /// Whether there is nothing to report.
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty() && self.superseded.is_empty()
    }
}

/// Releases every draft that has the required approvals.
///
/// # Errors
/// `FERRY-E0730` if drafts wait and no reviewer is known.
pub fn release(context: &Context, now: UnixSeconds) -> Result<ReleaseSummary> {
    let _lock = lock::take(&context.config.state, LOCK)?;
    if context.config.export.trust.is_none() && !drafts::waiting(&context.conn)?.is_empty() {
        rules::reviewers(context)?;
    }
    release_locked(context, &context.outgoing()?, now)
}

/// What the daemon does between runs: records what reviewers signed, and releases drafts with the required approvals. Keys
/// are opened only if a draft with signed files waits.
pub fn due(context: &Context, now: UnixSeconds) -> Result<ReleaseSummary> {
    let _lock = lock::take(&context.config.state, LOCK)?;
    folder::visit(context, now)?;
    if review_files::exist_for_waiting_drafts(&context.conn)? {
        return release_locked(context, &context.outgoing()?, now);
    }
    Ok(ReleaseSummary::default())
}

/// The release at the end of an export. The export counts, whatever this comes to.
///
/// # Errors
/// Only fatal ones.
pub fn after_export(context: &Context, outgoing: &Outgoing, now: UnixSeconds) -> Result<Vec<ReleasedDraft>> {
    let outcome =
        release_locked(context, outgoing, now).and_then(|summary| folder::visit(context, now).map(|_| summary.batches));
    match outcome {
        Ok(batches) => Ok(batches),
        Err(e) => continue_unless_fatal(Err(e)).map(|()| Vec::new()),
    }
}

/// The same for a caller that holds the lock. Without a trust file all drafts keep waiting.
fn release_locked(context: &Context, outgoing: &Outgoing, now: UnixSeconds) -> Result<ReleaseSummary> {
    // An interrupted release left a file without a row, or a row that was not dispatched.
    outbox::sweep(&context.conn, &outgoing.paths)?;
    let mut summary = ReleaseSummary { superseded: supersede(context, now)?, ..ReleaseSummary::default() };
    let waiting = drafts::waiting(&context.conn)?;
    if !waiting.is_empty() {
        context.check_clock(now)?;
    }
    let trust = context.up_trust()?;
    let mut source = None;
    for draft in waiting {
        let approvals = match &trust {
            Some(trust) => approvals_if_ready(context, trust, &draft, now, &mut summary)?,
            None => None,
        };
        let Some(approvals) = approvals else {
            summary.waiting += 1;
            continue;
        };
        let source = open_source(&mut source, context, outgoing, now)?;
        match release_draft::release_draft(context, outgoing, source, &draft, approvals, now)? {
            Some(released) => summary.batches.push(released),
            None => summary.superseded.push(draft.name),
        }
    }
    dispatch::dispatch(&context.conn, &outgoing.paths, now)?;
    Ok(summary)
}

/// Opens the platform when it is needed first.
fn open_source<'s>(
    source: &'s mut Option<Source>,
    context: &Context,
    outgoing: &Outgoing,
    now: UnixSeconds,
) -> Result<&'s Source> {
    match source {
        Some(source) => Ok(source),
        none => {
            // Whoever approved: the trust list in force may have revoked the sender's key.
            context.check_sending(outgoing, now)?;
            Ok(none.insert(source::open(context)?))
        }
    }
}

/// Ends drafts that the ledger knows to be outdated; gives their names.
fn supersede(context: &Context, now: UnixSeconds) -> Result<Vec<String>> {
    let tx = Transaction::new_unchecked(&context.conn, TransactionBehavior::Immediate)?;
    let names = drafts::supersede(&tx, now)?;
    tx.commit()?;
    Ok(names)
}

/// The approvals of a draft, if it has the required ones. Those that are no longer valid are left out and reported.
fn approvals_if_ready(
    context: &Context,
    trust: &Trust,
    draft: &StoredDraft,
    now: UnixSeconds,
    summary: &mut ReleaseSummary,
) -> Result<Option<Vec<Approval>>> {
    let at = Moment::now(now.get());
    let reviews = review_files::of_content(&context.conn, &draft.content.digest())?;
    let (valid, lapsed) = rules::valid_approvals(&reviews, trust, &draft.content, &at);
    let reason = |error| Error::from(error).message.show().to_owned();
    summary.lapsed.extend(lapsed.into_iter().map(|(person, error)| (draft.name.clone(), person, reason(error))));
    match release::decide(trust, draft.class, &draft.content, &valid, &[], &at)? {
        Decision::Ready(approvals) => Ok(Some(approvals)),
        Decision::Waiting { .. } | Decision::Refused { .. } => Ok(None),
    }
}
