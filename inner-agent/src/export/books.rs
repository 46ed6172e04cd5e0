//! What is remembered when a record crosses: the one place for it, whether the record leaves with the daily batch or with a
//! draft that waited for its reviewers.

use crate::agent::Agent;
use crate::export::counts::{Collected, Counts};
use crate::export::history::{self, At};
use crate::export::remember::{self, Exported, Now};
use crate::export::screen::Quality;
use crate::export::served;
use crate::source::convert;
use ferry_channel::ledger::state_root::Tally;
use ferry_format::record::Record;
use ferry_io::error::Result;
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

/// A record that crosses.
pub struct Leaving<'a> {
    /// Key in the platform.
    pub key: &'a str,
    /// The record.
    pub record: &'a Record,
    /// Its content digest.
    pub content: [u8; 32],
    /// Digest over what it was made of.
    pub fingerprint: &'a [u8],
    /// SHA-256 of its document.
    pub document: Option<[u8; 32]>,
    /// What screening found.
    pub quality: Quality,
    /// Who approved that it was entered late; empty for nobody.
    pub late_approver: &'a str,
}

/// The books of one batch.
pub struct Books<'a> {
    /// The agent.
    pub agent: &'a Agent,
    /// The ledger, in the batch's transaction.
    pub conn: &'a Connection,
    /// Epoch and sequence of the batch.
    pub number: (u64, u64),
    /// Now.
    pub now_s: i64,
    /// Counts by kind.
    pub collected: Collected,
    /// Change of the state root.
    pub change: Tally,
    /// Case and person of consents that came, changed or went with it.
    pub consents: BTreeSet<(String, String)>,
    /// Whether they are kept: a run that looks at everything needs none.
    follows_consents: bool,
    /// The field of a case with its number, as people name it.
    case_number: Option<&'a str>,
}

impl<'a> Books<'a> {
    /// Nothing has left yet.
    pub fn open(
        agent: &'a Agent,
        conn: &'a Connection,
        number: (u64, u64),
        now_s: i64,
        follows_consents: bool,
    ) -> Self {
        let (collected, change, consents) = (Collected::default(), Tally::start(), BTreeSet::new());
        let case_number = agent.catalogue.case_number_field();
        Self { agent, conn, number, now_s, collected, change, consents, follows_consents, case_number }
    }

    /// The run, for the history.
    pub fn at(&self) -> At {
        At { number: self.number, now_s: self.now_s }
    }

    /// The counts of a kind.
    pub fn counts(&mut self, kind: &str) -> &mut Counts {
        if !self.collected.0.contains_key(kind) {
            self.collected.0.insert(kind.to_owned(), Counts::default());
        }
        self.collected.0.entry(kind.to_owned()).or_default()
    }

    /// A record left. `known` is what was exported of it before.
    pub fn left(&mut self, leaving: &Leaving<'_>, known: Option<&Exported>) -> Result<()> {
        let Leaving { key, record, content, fingerprint, document, quality, late_approver } = *leaving;
        let visible = known.filter(|k| !k.retracted);
        // What was refused outside never stood there: sending it again corrects nothing.
        let stands = visible.filter(|k| !k.was_refused());
        self.change.replace(record, visible.map(|k| &k.content), &content)?;
        let corrected = stands.is_some() && !record.text("correction-why").is_empty();
        if corrected {
            history::corrected(self.conn, self.at(), key, record)?;
        }
        // A late entry counts once, when it crosses, and not again with every change of the record.
        let lateness = quality.lateness();
        let counted = known.is_some_and(|k| k.late == lateness && !k.was_refused());
        let lateness = if counted { 0 } else { lateness };
        if lateness > 0 {
            history::late(self.conn, self.at(), key, record, late_approver)?;
        }
        let counts = self.counts(&record.kind);
        match known {
            // A first version that was refused never stood there.
            Some(k) if k.version > 1 || !k.was_refused() => counts.changed += 1,
            _ => counts.new += 1,
        }
        counts.corrected += u64::from(corrected);
        counts.late += u64::from(lateness == 1);
        counts.late_approved += u64::from(lateness == 2);
        counts.incomplete += u64::from(quality.incomplete);
        counts.identifiers += quality.identifiers;
        counts.unscannable += u64::from(quality.unscannable);
        counts.unknown_case_types += u64::from(quality.unknown_case_type);
        self.follow(record)?;
        let is_served = self.agent.catalogue.kinds.get(&record.kind).is_some_and(|shape| shape.served);
        if let Some(sha256) = document.filter(|_| is_served) {
            served::note(self.conn, record, &sha256, self.number, self.now_s)?;
        }
        let now =
            Now { key, fingerprint, content: &content, document, quality, number: self.number, now_s: self.now_s };
        remember::record(self.conn, record, &now)
    }

    /// The court's day of a second, `YYYY-MM-DD`.
    fn day(&self, at_s: i64) -> String {
        convert::today(at_s, self.agent.schedule.zone())
    }

    /// What else depends on a record: the step of its case, who stands in it, and the consents to electronic service.
    pub fn follow(&mut self, record: &Record) -> Result<()> {
        let roles = &self.agent.catalogue.roles;
        if record.kind == roles.case {
            // What is retracted has no number of its own any more, and reports still name its case.
            let sql = "INSERT INTO step VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET step = excluded.step,
                         number = coalesce(nullif(excluded.number, ''), number)";
            let number = self.case_number.map_or("", |field| record.text(field));
            self.conn.prepare_cached(sql)?.execute([&record.case_id, record.text("step"), number])?;
        }
        if record.kind == roles.member || record.kind == roles.agent {
            served::follow(self.conn, roles, record, &self.day(self.now_s))?;
        }
        if record.kind == roles.consent {
            if record.retracted {
                // What was opened under it before today stays served.
                let sql = "UPDATE consent SET until = ?2 WHERE id = ?1 AND (until = '' OR until > ?2)";
                self.conn.prepare_cached(sql)?.execute([&record.id, &self.day(self.now_s - 86_400)])?;
            } else {
                let sql = "INSERT OR REPLACE INTO consent VALUES (?1, ?2, ?3, ?4, ?5)";
                let (since, until) = (record.text("signed-on"), record.text("until"));
                let row = params![record.id, record.case_id, record.person, since, until];
                self.conn.prepare_cached(sql)?.execute(row)?;
            }
            if self.follows_consents {
                self.consents.insert((record.case_id.clone(), record.person.clone()));
            }
        }
        Ok(())
    }
}
