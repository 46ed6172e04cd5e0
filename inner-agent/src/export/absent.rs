//! Published records whose rows are absent: they wait until their kind was read, and are then judged together.

use crate::export::collector::Collector;
use crate::export::retraction_guard::KindFacts;
use crate::source::mapping::KindMapping;
use crate::store::corrections::ChangeReason;
use crate::store::exported::{self, ExportedRecord};
use crate::store::held_retractions::{self, HeldRetraction, State};
use ferry_format::reason::{Reason, ReasonCode};
use ferry_io::error::Result;

/// A published record whose row is absent.
pub struct AbsentRecord {
    /// What was exported of it.
    pub known: ExportedRecord,
    /// What is absent.
    pub reason: Reason,
}

impl Collector<'_> {
    /// A row that disappeared, or is no longer of this kind. Where nobody approved that and it was published, it waits until the
    /// whole kind is known.
    pub(super) fn remove(&mut self, map: &KindMapping, known: ExportedRecord, code: ReasonCode) -> Result<()> {
        let approval = self.recheck.approval(map.config.table.as_deref(), &known.key);
        let is_outside = !known.retracted || known.must_be_exported_again();
        // A retraction that was decided already and did not arrive is repeated.
        if approval.is_empty() && is_outside && !known.retracted {
            self.absent.push(AbsentRecord { known, reason: code.into() });
            return Ok(());
        }
        self.stage.remove(map, known, ChangeReason::of_deletion(approval, code))
    }

    /// Retracts at once what an approval form covers, and what only follows its case; gives what is left to judge.
    fn let_go_what_hangs_on_others(&mut self, map: &KindMapping) -> Result<Vec<AbsentRecord>> {
        let (mut left, withholding) = (Vec::new(), self.withholding);
        for AbsentRecord { known, reason } in std::mem::take(&mut self.absent) {
            let form = withholding.in_force.covers(map.config.table.as_deref(), &known.key, Some(&known.case_id));
            if let Some(form) = form {
                self.stage.remove(map, known, ChangeReason::of_form(form))?;
            } else if !self.is_published_case(map, Some(&known.case_id))? {
                self.stage.remove(map, known, ChangeReason::of(&ReasonCode::CaseNotPublished.into()))?;
            } else {
                left.push(AbsentRecord { known, reason });
            }
        }
        Ok(left)
    }

    /// Retracts what is absent of a kind, or holds that where it is more than the bound. Consents and authorities are never held:
    /// who withdrew one must not be served.
    pub(super) fn judge_absent(&mut self, map: &KindMapping) -> Result<()> {
        let (conn, now) = (self.stage.commit.conn, self.stage.commit.batch.now);
        let absent = self.let_go_what_hangs_on_others(map)?;
        let roles = &self.stage.commit.context.catalogue.roles;
        let before = held_retractions::of_kind(conn, &map.kind)?;
        let decided = |record: &AbsentRecord| before.get(&record.known.key).map_or(State::Waiting, |h| h.state);
        let is_never_held = map.kind == roles.consent || map.kind == roles.agent;
        let count = absent.iter().filter(|a| decided(a) == State::Waiting).count() as u64;
        let mut following = 0;
        if map.kind == roles.case && count > 0 {
            let cases = absent.iter().filter(|a| decided(a) == State::Waiting).map(|a| &a.known.id);
            following = exported::count_of_cases(conn, cases)?.saturating_sub(count);
        }
        // Counting takes long, and where nothing is absent nothing depends on it.
        let new = self.stage.commit.counts.0.get(&map.kind).map_or(0, |counts| counts.new);
        let published = if count == 0 { 0 } else { exported::count_of_kind(conn, &map.kind)?.saturating_sub(new) };
        if count > 0 && !self.guard.knows_published() {
            let new: u64 = self.stage.commit.counts.0.values().map(|counts| counts.new).sum();
            self.guard.set_published(exported::count_published(conn)?.0.saturating_sub(new));
        }
        let facts = KindFacts { published, absent: count, following, has_new: new > 0 };
        let is_certain = !std::mem::take(&mut self.is_out_of_order);
        let goes = is_never_held || (is_certain && self.guard.lets_go(facts));
        let mut held = Vec::new();
        for record in absent {
            let state = decided(&record);
            if state == State::Released || (goes && state == State::Waiting) {
                let mut reason = ChangeReason::of(&record.reason);
                if let Some(decision) = before.get(&record.known.key).filter(|_| state == State::Released) {
                    reason.approved_by.clone_from(&decision.decided_by);
                    reason.reason.clone_from(&decision.decision);
                }
                self.stage.remove(map, record.known, reason)?;
                continue;
            }
            let earlier = before.get(&record.known.key);
            held.push(HeldRetraction {
                kind: map.kind.clone(),
                key: record.known.key,
                id: record.known.id,
                reason: record.reason,
                since_s: earlier.map_or(now, |h| h.since_s),
                state,
                decided_by: earlier.map_or_else(String::new, |h| h.decided_by.clone()),
                decision: earlier.map_or_else(String::new, |h| h.decision.clone()),
            });
        }
        let waiting = held.iter().filter(|h| h.state == State::Waiting).count() as u64;
        if waiting > 0 {
            self.counts(map).retractions_held = waiting;
        }
        held_retractions::replace_kind(conn, &map.kind, &held)
    }
}
