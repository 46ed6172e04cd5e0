//! The release of one draft: checked against the platform once more, numbered, recorded.

use crate::context::Context;
use crate::export::commit::ExportCommit;
use crate::export::drafts as draft_files;
use crate::export::row::SourceRow;
use crate::export::withhold::Withholding;
use crate::review::rules;
use crate::screening::fields::Rules;
use crate::source::database::Rows;
use crate::source::{Source, value};
use crate::store::drafts::{self, DraftItem, StoredDraft};
use crate::store::exported::{self, BatchStamp};
use crate::store::held::REASON_BYTES_MAX;
use crate::store::peer_state::PeerOnlyVersions;
use crate::store::{export_counts, full_run};
use ferry_channel::audit;
use ferry_channel::ledger::acknowledgement::{build_acknowledgement, record_carrier};
use ferry_channel::ledger::{numbering, state_root};
use ferry_channel::runtime::disk_space;
use ferry_channel::send::compose::{self, Draft, Outgoing, SeriesFields};
use ferry_channel::types::{BatchNumber, UnixSeconds};
use ferry_format::frame::statement::Approval;
use ferry_format::keys::Role;
use ferry_format::reason::{Key, Reason, ReasonCode};
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde::Serialize;
use std::path::Path;

/// A draft that became a batch.
#[derive(Debug, Serialize)]
pub struct ReleasedDraft {
    /// The draft's name.
    pub draft: String,
    /// Epoch.
    pub epoch: u64,
    /// Sequence number.
    pub sequence: u64,
    /// Records in it.
    pub records: u64,
    /// Documents in it.
    pub documents: u64,
    /// Who approved it.
    pub approved_by: Vec<String>,
}

/// Gives a draft its number; `None` if it is superseded instead.
pub fn release_draft(
    context: &Context,
    outgoing: &Outgoing,
    source: &Source,
    draft: &StoredDraft,
    approvals: Vec<Approval>,
    now: UnixSeconds,
) -> Result<Option<ReleasedDraft>> {
    let path = draft_files::folder(&context.config.state).join(&draft.name);
    disk_space::require(&context.export_space()?, context.config.maintenance.reserve_bytes())?;
    let tx = Transaction::new_unchecked(&context.conn, TransactionBehavior::Immediate)?;
    let sealed = match check_platform(context, &tx, source, draft, now)? {
        Some(reason) => Err(reason),
        None => read(outgoing, &path, draft, approvals.clone()),
    };
    let sealed = match sealed {
        Ok(sealed) => sealed,
        Err(reason) => {
            drafts::end(&tx, &draft.name, "superseded", &reason.encode_within(REASON_BYTES_MAX), now)?;
            tx.commit()?;
            return Ok(None);
        }
    };
    let trust = rules::reviewers(context)?;
    let approved_by: Vec<String> = approvals.iter().map(|a| person(&trust, a, now)).collect::<Result<_>>()?;
    let number = numbering::next_number(&tx, &outgoing.paths.channel)?;
    let fields = record_items(context, outgoing, &tx, draft, BatchStamp { number, now })?;
    compose::release(&tx, outgoing, sealed, &fields, now)?;
    let down = &context.config.import.channel;
    record_carrier(&tx, down, &fields.acknowledgement, (&outgoing.paths.channel, number))?;
    drafts::mark_released(&tx, &draft.name, number, now)?;
    let detail = format!("batch {number}, approved by {}", approved_by.join(", "));
    audit::record(&tx, now, "agent", "release-draft", &draft.name, &detail)?;
    tx.commit()?;
    durable::remove(&path)?;
    let BatchNumber { epoch, sequence } = number;
    let (name, records, documents) = (draft.name.clone(), draft.records, draft.documents);
    Ok(Some(ReleasedDraft { draft: name, epoch, sequence, records, documents, approved_by }))
}

/// The sealed draft in its file, or why it cannot be used.
fn read(
    outgoing: &Outgoing,
    path: &Path,
    draft: &StoredDraft,
    approvals: Vec<Approval>,
) -> std::result::Result<Draft, Reason> {
    let (approved, counts) = ((draft.class, &draft.content), (draft.records, draft.documents));
    let unreadable = |e: Error| Reason::new(ReasonCode::DraftUnreadable).with(Key::Detail, e.message.english());
    Draft::read(outgoing, path, approved, approvals, counts).map_err(unreadable)
}

/// Records the items of a draft in the ledger; gives what its batch says besides them.
fn record_items(
    context: &Context,
    outgoing: &Outgoing,
    conn: &Connection,
    draft: &StoredDraft,
    batch: BatchStamp,
) -> Result<SeriesFields> {
    let mut commit = ExportCommit::new(context, conn, batch, true);
    let peer_only = PeerOnlyVersions::load(conn)?;
    drafts::for_each_item(conn, &draft.name, &mut |item: DraftItem| {
        commit.record(&item.outgoing(), item.exported(conn)?.as_ref())?;
        peer_only.delete(conn, &item.record.kind, &item.record.id)
    })?;
    let ExportCommit { counts, root_change, consents, .. } = commit;
    if !consents.is_empty() {
        // The next export finds what a consent concerns by comparing every row.
        full_run::request(conn)?;
    }
    export_counts::insert(conn, batch, &counts)?;
    let state_root = state_root::apply(conn, &outgoing.paths.channel, &root_change.finish()?)?;
    let quiet_since_s = batch.now - context.config.import.stalled_copy_timeout_s;
    let acknowledgement = build_acknowledgement(conn, &context.config.import.channel, true, quiet_since_s)?;
    Ok(SeriesFields { acknowledgement, state_root })
}

fn person(trust: &Trust, approval: &Approval, now: UnixSeconds) -> Result<String> {
    let key = trust.valid_key(Role::Reviewer, &approval.reviewer, &Moment::now(now.get()))?;
    Ok(trust.person(key))
}

/// Reads the rows of a draft from the platform once more; gives the reason if one of them is no longer what was drafted.
fn check_platform(
    context: &Context,
    conn: &Connection,
    source: &Source,
    draft: &StoredDraft,
    now: UnixSeconds,
) -> Result<Option<Reason>> {
    let today = value::today(now, context.schedule.zone());
    source.database().begin()?;
    let withholding = Withholding::load(conn, source, &today)?;
    let mut reason = None;
    drafts::for_each_item(conn, &draft.name, &mut |item| {
        if reason.is_none() && !is_unchanged(context, source, &withholding, &item)? {
            let differs = Reason::new(ReasonCode::DraftItemDiffers);
            reason = Some(differs.with(Key::Kind, &item.record.kind).with(Key::Item, item.key.escape_debug()));
        }
        Ok(())
    })?;
    source.database().end()?;
    Ok(reason)
}

/// Whether the platform has a row for an item that would be drafted in the same way today.
fn is_unchanged(context: &Context, source: &Source, withholding: &Withholding, item: &DraftItem) -> Result<bool> {
    let Some(map) = source.kinds.iter().find(|map| map.kind == item.record.kind) else { return Ok(false) };
    let rules = Rules { catalogue: &context.catalogue, policy: &context.policy };
    let case_kind = &context.catalogue.roles.case;
    let has_cases = source.kinds.iter().any(|map| map.kind == *case_kind);
    let mut is_unchanged = false;
    let wanted = Rows::With { column: map.config.key_column(), value: &item.key };
    source.database().rows(&map.config.sql, &map.columns, wanted, &mut |row| {
        // A collation may find other keys too.
        if map.key(row)? != item.key {
            return Ok(());
        }
        let row = SourceRow::read(map, row, source, rules, false)?;
        let case = row.case.as_deref().filter(|_| map.definition.in_case && map.kind != *case_kind);
        let is_case_out = match case.filter(|_| has_cases) {
            Some(case) => exported::is_case_published(&context.conn, case_kind, case)?,
            None => true,
        };
        let form = withholding.in_force.covers(map.config.table.as_deref(), &item.key, row.case.as_deref());
        is_unchanged |= row.is_of_kind
            && row.kept_in.is_none()
            && form.is_none()
            && is_case_out
            && row.fingerprint.as_slice() == item.fingerprint.as_slice();
        Ok(())
    })?;
    Ok(is_unchanged)
}
