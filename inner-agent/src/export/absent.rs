//! Published records whose rows are absent: they wait until their kind was read, and are then judged together.

use crate::export::collector::Collector;
use crate::export::retraction_guard::KindFacts;
use crate::reconcile;
use crate::source::mapping::KindMapping;
use crate::store::corrections::ChangeReason;
use crate::store::exported::ExportedRecord;
use crate::store::held_retractions::{self, HeldRetraction, ONLY_OUTSIDE, State};
use crate::store::peer_state::PeerOnlyRecord;
use crate::store::{exported, peer_state};
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
        if approval.is_empty() && is_outside {
            self.absent.push(AbsentRecord { known, reason: code.into() });
            return Ok(());
        }
        self.stage.remove(map, known, ChangeReason::of_deletion(approval, code))
    }

    /// Retracts what is absent of a kind, or holds that where it is more than the bound. Consents and authorities are never held:
    /// who withdrew one must not be served.
    pub(super) fn judge_absent(&mut self, map: &KindMapping, published: u64) -> Result<()> {
        let (conn, now) = (self.stage.commit.conn, self.stage.commit.batch.now);
        let absent = std::mem::take(&mut self.absent);
        let roles = &self.stage.commit.context.catalogue.roles;
        let before = held_retractions::of_kind(conn, &map.kind)?;
        let decided = |record: &AbsentRecord| before.get(&record.known.key).map_or(State::Waiting, |h| h.state);
        let is_never_held = map.kind == roles.consent || map.kind == roles.agent;
        let count = absent.iter().filter(|a| decided(a) == State::Waiting).count() as u64;
        let has_new = self.stage.commit.counts.0.get(&map.kind).is_some_and(|counts| counts.new > 0);
        let goes = is_never_held || self.guard.lets_go(KindFacts { published, absent: count, has_new });
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
        if !held.is_empty() {
            self.counts(map).retractions_held = held.len() as u64;
        }
        held_retractions::replace_kind(conn, &map.kind, &held)
    }

    /// Retracts what only the outer side shows, or holds that where it is more than the bound: then it is this side that lost its
    /// records.
    pub(super) fn judge_only_outside(&mut self) -> Result<()> {
        let (conn, context) = (self.stage.commit.conn, self.stage.commit.context);
        let before = held_retractions::of_kind(conn, ONLY_OUTSIDE)?;
        let key = |found: &PeerOnlyRecord| format!("{}/{}", found.kind, found.id);
        let state = |found: &PeerOnlyRecord| before.get(&key(found)).map_or(State::Waiting, |h| h.state);
        let visible = peer_state::visible_peer_only(conn)?;
        let waiting = visible.iter().filter(|found| state(found) == State::Waiting).count() as u64;
        let published = exported::count_published(conn)?.0;
        let goes = self.guard.lets_go(KindFacts { published, absent: waiting, has_new: true });
        let may_go =
            |found: &PeerOnlyRecord| state(found) == State::Released || (goes && state(found) == State::Waiting);
        for record in reconcile::retract_peer_only(conn, &context.catalogue, &may_go)? {
            self.stage.retract_peer_only(&record)?;
        }
        let now = self.stage.commit.batch.now;
        let held = visible.iter().filter(|found| !may_go(found)).map(|found| {
            let earlier = before.get(&key(found));
            HeldRetraction {
                kind: ONLY_OUTSIDE.to_owned(),
                key: key(found),
                id: found.id.clone(),
                reason: ReasonCode::OnlyOutside.into(),
                since_s: earlier.map_or(now, |h| h.since_s),
                state: state(found),
                decided_by: earlier.map_or_else(String::new, |h| h.decided_by.clone()),
                decision: earlier.map_or_else(String::new, |h| h.decision.clone()),
            }
        });
        held_retractions::replace_kind(conn, ONLY_OUTSIDE, &held.collect::<Vec<_>>())
    }
}
