//! What a report says. Its names are those of `--json`, which scripts rely on.

use crate::report::period::Period;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;

/// All of it; `--json` prints this.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The court.
    pub court: String,
    /// `2026-11-24` or `2026-11`.
    pub period: String,
    /// First and last day.
    pub days: Period,
    /// When it was made: what is held, withheld, incomplete or overdue is so at this time.
    pub as_of: String,
    /// Sum over all kinds.
    pub total: Counts,
    /// By kind, without those of which there is nothing to say.
    pub kinds: Vec<KindCounts>,
    /// By owning department.
    pub departments: BTreeMap<String, Counts>,
    /// What crossed on each day, up to today.
    pub by_day: Vec<Day>,
    /// Days on which an export was due and none was made.
    pub missed_days: Vec<Date>,
    /// Batches of the period, oldest first.
    pub batches: Vec<Batch>,
    /// Batches of any time that the far side has not confirmed.
    pub unconfirmed: Vec<Batch>,
    /// Late entries of the period.
    pub late: Late,
    /// What was corrected and retracted in the period, newest first.
    pub corrections: Vec<Correction>,
    /// What lacks a field that it must have, as of now.
    pub incomplete: Vec<Item>,
    /// What somebody has to correct, as of now; who waits longest stands first.
    pub held: Held,
    /// What a rule of the notice keeps inside, as of now.
    pub kept_inside: Vec<ClassCount>,
    /// What is withheld under approval forms.
    pub withheld: Withheld,
    /// Approval forms that withhold nothing, as of now.
    pub defective_forms: Vec<DefectiveForm>,
    /// Served documents without a receipt, as of now.
    pub service: Service,
    /// Cases that lack what their step asks for, as of now.
    pub completeness: Vec<Completeness>,
    /// What people read for a code of a step.
    #[serde(skip)]
    pub steps: BTreeMap<String, String>,
}

impl Report {
    /// The Chinese name of a kind that has counts.
    pub fn kind_zh<'a>(&'a self, kind: &'a str) -> &'a str {
        self.kinds.iter().find(|k| k.kind == kind).map_or(kind, |k| k.zh.as_str())
    }

    /// What people read for a step.
    pub fn step_zh<'a>(&'a self, step: &'a str) -> &'a str {
        self.steps.get(step).map_or(step, String::as_str)
    }
}

/// Counts of a kind or a department. Those from `incomplete` on are as of now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Crossed for the first time.
    pub new: u64,
    /// Crossed as a higher version.
    pub changed: u64,
    /// Of those, corrections with their approval.
    pub corrected: u64,
    /// Taken back.
    pub retracted: u64,
    /// Entered late without an approval.
    pub late: u64,
    /// Entered late with one.
    pub late_approved: u64,
    /// Numbers of people in what only parties see; they crossed.
    pub identifiers: u64,
    /// Documents whose text the scanner could not read; they crossed.
    pub unscannable: u64,
    /// In a batch of the period that was refused outside; they go out again.
    pub refused: u64,
    /// Without a field that they must have.
    pub incomplete: u64,
    /// Withheld.
    pub withheld: u64,
    /// Held, and somebody has to look.
    pub held: u64,
    /// Kept inside by a rule.
    pub kept_inside: u64,
    /// In a batch that is not yet confirmed.
    pub unconfirmed: u64,
    /// Served and not signed for in time.
    pub service_overdue: u64,
    /// Cases without any such record, at a step that asks for one.
    pub cases_without: u64,
}

/// Counts of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct KindCounts {
    /// Its id.
    pub kind: String,
    /// Its name.
    pub zh: String,
    /// Its name in English.
    pub en: String,
    /// Article of the notice.
    pub article: String,
    /// Who answers for it.
    pub department: String,
    /// Its counts.
    #[serde(flatten)]
    pub counts: Counts,
}

/// One day.
#[derive(Clone, Debug, Serialize)]
pub struct Day {
    /// Which.
    pub day: Date,
    /// Batches made.
    pub batches: u64,
    /// Records that crossed for the first time, as a higher version, and that were taken back.
    pub new: u64,
    /// See above.
    pub changed: u64,
    /// See above.
    pub retracted: u64,
}

/// One batch.
#[derive(Clone, Debug, Serialize)]
pub struct Batch {
    /// Numbering era.
    pub epoch: u64,
    /// Number.
    pub sequence: u64,
    /// `released`, `dispatched`, `confirmed`, `refused` or `missing`.
    pub state: String,
    /// Reason code of a refusal.
    pub reason: Option<String>,
    /// Records in it.
    pub records: u64,
    /// Documents in it.
    pub documents: u64,
    /// Its length.
    pub bytes: u64,
    /// When it was made.
    pub created: String,
    /// When the far side's word of it came.
    pub settled: Option<String>,
}

/// Late entries.
#[derive(Debug, Default, Serialize)]
pub struct Late {
    /// Who approved how many, of which kind.
    pub approved: Vec<LateApproval>,
    /// The first without an approval.
    pub without_approval: Vec<Item>,
}

/// Late entries that one person approved.
#[derive(Debug, Serialize)]
pub struct LateApproval {
    /// The kind.
    pub kind: String,
    /// Who.
    pub approved_by: String,
    /// How many.
    pub records: u64,
}

/// A record, by its key in the platform.
#[derive(Debug, Serialize)]
pub struct Item {
    /// Its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Its case; empty where it has none.
    pub case: String,
    /// The number of its case, where the ledger knows it.
    pub case_number: String,
}

/// A correction or retraction of what was published (article 16).
#[derive(Debug, Serialize)]
pub struct Correction {
    /// `corrected` or `retracted`.
    pub act: String,
    /// Its kind.
    pub kind: String,
    /// Its key in the platform.
    pub key: String,
    /// Who approved it.
    pub approved_by: String,
    /// Why.
    pub why: String,
    /// When.
    pub at: String,
}

/// What is held.
#[derive(Debug, Default, Serialize)]
pub struct Held {
    /// By class of reason and kind.
    pub classes: Vec<ClassCount>,
    /// The first, who waits longest before the others.
    pub records: Vec<HeldItem>,
}

/// How many of a kind are inside for one class of reasons.
#[derive(Debug, Serialize)]
pub struct ClassCount {
    /// The class.
    pub class: String,
    /// As people read it.
    pub zh: String,
    /// The kind.
    pub kind: String,
    /// How many.
    pub records: u64,
    /// Since when the first of them waits, where that is known.
    pub since: Option<String>,
}

/// A held record.
#[derive(Debug, Serialize)]
pub struct HeldItem {
    /// Which.
    #[serde(flatten)]
    pub item: Item,
    /// Why.
    pub why: String,
    /// Since when.
    pub since: String,
}

/// What is withheld.
#[derive(Debug, Default, Serialize)]
pub struct Withheld {
    /// Items that began to be withheld in the period.
    pub begun: u64,
    /// Items that ceased to be.
    pub ended: u64,
    /// As of now, by kind and class of reason.
    pub now: Vec<ClassCount>,
}

/// An approval form that withholds nothing.
#[derive(Debug, Serialize)]
pub struct DefectiveForm {
    /// Its number.
    pub form: String,
    /// What is wrong with it.
    pub why: String,
    /// Since when.
    pub since: String,
}

/// Electronic service.
#[derive(Debug, Serialize)]
pub struct Service {
    /// Days in which a party may sign, by the court's calendar.
    pub days_allowed: i32,
    /// Documents whose last day is over and that nobody signed for.
    pub overdue: u64,
    /// The first of them, the oldest before the others.
    pub documents: Vec<Overdue>,
}

/// A document that nobody signed for in time.
#[derive(Debug, Serialize)]
pub struct Overdue {
    /// Which.
    #[serde(flatten)]
    pub item: Item,
    /// When the far side had it.
    pub confirmed: String,
    /// Calendar days since.
    pub days: i32,
}

/// Cases at a step that asks for a kind, and without any record of it.
#[derive(Debug, Serialize)]
pub struct Completeness {
    /// The kind.
    pub kind: String,
    /// The steps that ask for it.
    pub steps: Vec<String>,
    /// How many cases have none.
    pub cases_without: u64,
    /// The first of them.
    pub cases: Vec<CaseWithout>,
}

/// A case that lacks a kind.
#[derive(Debug, Serialize)]
pub struct CaseWithout {
    /// Its id.
    pub case: String,
    /// Its number, where the ledger knows it.
    pub case_number: String,
    /// Its step.
    pub step: String,
}

impl Counts {
    /// Records that crossed.
    pub fn crossed(&self) -> u64 {
        self.new + self.changed + self.retracted
    }

    fn parts(&mut self, o: &Self) -> [(&mut u64, u64); 16] {
        [
            (&mut self.new, o.new),
            (&mut self.changed, o.changed),
            (&mut self.corrected, o.corrected),
            (&mut self.retracted, o.retracted),
            (&mut self.late, o.late),
            (&mut self.late_approved, o.late_approved),
            (&mut self.identifiers, o.identifiers),
            (&mut self.unscannable, o.unscannable),
            (&mut self.refused, o.refused),
            (&mut self.incomplete, o.incomplete),
            (&mut self.withheld, o.withheld),
            (&mut self.held, o.held),
            (&mut self.kept_inside, o.kept_inside),
            (&mut self.unconfirmed, o.unconfirmed),
            (&mut self.service_overdue, o.service_overdue),
            (&mut self.cases_without, o.cases_without),
        ]
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        self.parts(other).into_iter().for_each(|(sum, more)| *sum += more);
    }
}
