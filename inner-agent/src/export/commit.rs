//! What the ledger records when a record crosses: the one place for it, whether the record crosses with the daily batch or with
//! a draft that was approved.

use crate::context::Context;
use crate::source::value;
use crate::store::export_counts::{Counts, KindCounts};
use crate::store::exported::{self, BatchStamp, ExportedRecord, OutgoingRecord};
use crate::store::{case_access, case_steps, consents, corrections, served_versions};
use ferry_channel::ledger::state_root::RootDelta;
use ferry_channel::types::{DAY_S, UnixSeconds};
use ferry_format::record::Record;
use ferry_io::error::Result;
use rusqlite::Connection;
use std::collections::BTreeSet;

/// What one batch commits to the ledger.
pub struct ExportCommit<'a> {
    /// The agent's context.
    pub context: &'a Context,
    /// The ledger, in the batch's transaction.
    pub conn: &'a Connection,
    /// The batch.
    pub batch: BatchStamp,
    /// Counts by kind.
    pub counts: KindCounts,
    /// The change of the state root.
    pub root_change: RootDelta,
    /// Case and person of consents that changed with this batch. Filled only where the caller follows them: a full run needs
    /// none, because it checks every row.
    pub consents: BTreeSet<(String, String)>,
    /// Cases that were retracted with this batch: their records go with them.
    pub retracted_cases: BTreeSet<String>,
    follows_consents: bool,
    /// The field of a case that holds its number.
    case_number: Option<&'a str>,
}

impl<'a> ExportCommit<'a> {
    /// Nothing is committed yet.
    pub fn new(context: &'a Context, conn: &'a Connection, batch: BatchStamp, follows_consents: bool) -> Self {
        let (counts, root_change, consents) = (KindCounts::default(), RootDelta::start(), BTreeSet::new());
        let case_number = context.catalogue.case_number_field();
        let retracted_cases = BTreeSet::new();
        Self { context, conn, batch, counts, root_change, consents, retracted_cases, follows_consents, case_number }
    }

    /// Records a record that crosses; `known` is what was exported of it before.
    pub fn record(&mut self, outgoing: &OutgoingRecord<'_>, known: Option<&ExportedRecord>) -> Result<()> {
        let OutgoingRecord { key, record, content, document, quality, late_approver, .. } = *outgoing;
        let visible = known.filter(|k| !k.retracted);
        self.root_change.replace(record, visible.map(|k| &k.content), &content)?;
        // A rejected version was never published, so a newer one corrects nothing.
        let is_published = visible.is_some_and(|k| !k.was_rejected());
        let is_corrected = is_published && !record.text("correction-why").is_empty();
        if is_corrected {
            corrections::insert_correction(self.conn, self.batch, key, record)?;
        }
        // A late entry counts once, when it crosses, and not with every later change of the record.
        let is_counted = known.is_some_and(|k| k.lateness == quality.lateness() && !k.was_rejected());
        let lateness = if is_counted { 0 } else { quality.lateness() };
        if lateness > 0 {
            corrections::insert_late_entry(self.conn, self.batch, key, record, late_approver)?;
        }
        let counts = self.counts.of(&record.kind);
        match known {
            // A first version that was rejected was never published.
            Some(k) if k.version > 1 || !k.was_rejected() => counts.changed += 1,
            _ => counts.new += 1,
        }
        counts.corrected += u64::from(is_corrected);
        counts.late += u64::from(lateness == 1);
        counts.late_approved += u64::from(lateness == 2);
        counts.incomplete += u64::from(quality.incomplete);
        counts.identifiers += quality.identifiers;
        counts.unscannable += u64::from(quality.unscannable);
        counts.unknown_case_types += u64::from(quality.unknown_case_type);
        self.record_dependencies(record)?;
        let is_served = self.context.catalogue.kinds.get(&record.kind).is_some_and(|kind| kind.served);
        if let Some(sha256) = document.filter(|_| is_served) {
            served_versions::insert(self.conn, record, &sha256, self.batch)?;
        }
        exported::insert(self.conn, outgoing, self.batch)
    }

    /// Records the retraction of what was exported as `known`.
    pub fn record_retraction(&mut self, outgoing: &OutgoingRecord<'_>, known: &ExportedRecord) -> Result<()> {
        let before = (!known.retracted).then_some(&known.content);
        self.root_change.replace(outgoing.record, before, &outgoing.content)?;
        self.counts.of(&outgoing.record.kind).retracted += 1;
        if outgoing.record.kind == self.context.catalogue.roles.case {
            self.retracted_cases.insert(outgoing.record.id.clone());
        }
        self.record_dependencies(outgoing.record)?;
        exported::insert(self.conn, outgoing, self.batch)
    }

    /// Records what the program itself makes, such as the entry of a withheld item.
    pub fn record_made(&mut self, outgoing: &OutgoingRecord<'_>, known: Option<&ExportedRecord>) -> Result<()> {
        let visible = known.filter(|k| !k.retracted);
        self.root_change.replace(outgoing.record, visible.map(|k| &k.content), &outgoing.content)?;
        let counts: &mut Counts = self.counts.of(&outgoing.record.kind);
        match (known, outgoing.record.retracted) {
            (_, true) => counts.retracted += 1,
            (None, _) => counts.new += 1,
            (Some(_), _) => counts.changed += 1,
        }
        exported::insert(self.conn, outgoing, self.batch)
    }

    /// Records what other records depend on: the step of a case, who has access to it, and consents to electronic service.
    pub fn record_dependencies(&mut self, record: &Record) -> Result<()> {
        let roles = &self.context.catalogue.roles;
        if record.kind == roles.case {
            let number = self.case_number.map_or("", |field| record.text(field));
            case_steps::record(self.conn, record, number)?;
        }
        if record.kind == roles.member || record.kind == roles.agent {
            case_access::record(self.conn, roles, record, &self.day(self.batch.now))?;
        }
        if record.kind == roles.consent {
            consents::record(self.conn, record, &self.day(self.batch.now - DAY_S))?;
            if self.follows_consents {
                self.consents.insert((record.case_id.clone(), record.person.clone()));
            }
        }
        Ok(())
    }

    /// The court's day of a second, `YYYY-MM-DD`.
    fn day(&self, at_s: UnixSeconds) -> String {
        value::today(at_s, self.context.schedule.zone())
    }
}
