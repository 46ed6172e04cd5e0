//! The content of a report. Its field names are those of `report --json`, which scripts rely on.

use crate::report::period::Period;
use ferry_format::text::{Language, Text};
use ferry_format::texts::list;
use ferry_io::output::language::Show;
use jiff::civil::Date;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A report.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The court.
    pub court: String,
    /// `2026-11-24` or `2026-11`.
    pub period: String,
    /// First and last day.
    pub days: Period,
    /// When it was made. Held, withheld, incomplete and overdue items are counted at this time.
    pub as_of: String,
    /// Sum over all kinds.
    pub total: Counts,
    /// By kind, without kinds whose counts are all zero.
    pub kinds: Vec<KindCounts>,
    /// By owning department.
    pub departments: BTreeMap<String, Counts>,
    /// What was exported on each day, up to today.
    pub by_day: Vec<Day>,
    /// Days on which an export was due and none was made.
    pub missed_days: Vec<Date>,
    /// Batches of the period, oldest first.
    pub batches: Vec<Batch>,
    /// Batches of any time that the outer side has not confirmed.
    pub unconfirmed: Vec<Batch>,
    /// Late entries of the period.
    pub late: Late,
    /// Corrections and retractions of the period, newest first.
    pub corrections: Vec<Correction>,
    /// Records without a required field, as of now.
    pub incomplete: Vec<Item>,
    /// Records that have to be corrected, as of now; longest waiting first.
    pub held: HeldRecords,
    /// Retractions that wait for a person, and records that stay published by a person's decision, as of now.
    pub absent: Vec<AbsentRecords>,
    /// Published kinds that have no mapping any more.
    pub unmapped: Vec<UnmappedRecords>,
    /// What a person should know of records that crossed: values that were left out, private-use characters.
    pub remarks: Vec<Remark>,
    /// How many remarks there are.
    pub remark_count: u64,
    /// Records that a rule of the notice keeps inside, as of now.
    pub kept_inside: Vec<ClassCount>,
    /// Items withheld under approval forms.
    pub withheld: Withheld,
    /// Approval forms that withhold nothing, as of now.
    pub defective_forms: Vec<DefectiveForm>,
    /// Served documents without a receipt, as of now.
    pub service: Service,
    /// Cases without records that their step requires, as of now.
    pub completeness: Vec<Completeness>,
    /// Chinese names of the steps of a case, by code.
    #[serde(skip)]
    pub steps: BTreeMap<String, String>,
}

impl Report {
    /// The name of a kind.
    pub fn kind_name(&self, kind: &str) -> Text {
        self.kinds.iter().find(|k| k.kind == kind).map_or_else(|| Text::verbatim(kind.to_owned()), KindCounts::name)
    }

    /// The name of a step of a case: the catalogue has it in Chinese; its code is English.
    pub fn step_name(&self, step: &str) -> Text {
        Text::new(self.steps.get(step).cloned().unwrap_or_else(|| step.to_owned()), step.to_owned())
    }

    /// The names of several steps.
    pub fn step_names(&self, steps: &[String]) -> Text {
        list::items(steps.iter().map(|s| self.step_name(s)))
    }
}

/// A text in the language of this process.
fn shown<S: Serializer>(text: &Text, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text.show())
}

/// A text in Chinese, under the key `zh`.
fn chinese<S: Serializer>(text: &Text, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text.get(Language::Chinese))
}

/// Counts of a kind or a department. Those from `incomplete` on are as of now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Exported for the first time.
    pub new: u64,
    /// Exported as a higher version.
    pub changed: u64,
    /// Of those, approved corrections.
    pub corrected: u64,
    /// Retracted.
    pub retracted: u64,
    /// Entered late without an approval.
    pub late: u64,
    /// Entered late with an approval.
    pub late_approved: u64,
    /// Personal numbers in exported content that only parties see.
    pub identifiers: u64,
    /// Exported documents whose text the scanner could not read.
    pub unscannable: u64,
    /// In a batch of the period that the outer side refused; they are exported again.
    pub refused: u64,
    /// Without a required field.
    pub incomplete: u64,
    /// Withheld.
    pub withheld: u64,
    /// Held until they are corrected.
    pub held: u64,
    /// Kept inside by a rule.
    pub kept_inside: u64,
    /// In a batch that is not yet confirmed.
    pub unconfirmed: u64,
    /// Served and not signed for in time.
    pub service_overdue: u64,
    /// Cases without such a record, at a step that requires one.
    pub cases_without: u64,
}

/// Counts of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct KindCounts {
    /// Its id.
    pub kind: String,
    /// Its name in Chinese.
    pub zh: String,
    /// Its name in English.
    pub en: String,
    /// Article of the notice.
    pub article: String,
    /// The department that is responsible.
    pub department: String,
    /// Its counts.
    #[serde(flatten)]
    pub counts: Counts,
}

impl KindCounts {
    /// Its name.
    pub fn name(&self) -> Text {
        Text::new(self.zh.clone(), self.en.clone())
    }
}

/// One day.
#[derive(Clone, Debug, Serialize)]
pub struct Day {
    /// The day.
    pub day: Date,
    /// Batches made.
    pub batches: u64,
    /// Records exported for the first time.
    pub new: u64,
    /// Records exported as a higher version.
    pub changed: u64,
    /// Records retracted.
    pub retracted: u64,
}

/// One batch.
#[derive(Clone, Debug, Serialize)]
pub struct Batch {
    /// Epoch.
    pub epoch: u64,
    /// Sequence number.
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
    /// When the outer side confirmed or refused it.
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

/// Late entries of one kind that one person approved.
#[derive(Debug, Serialize)]
pub struct LateApproval {
    /// The kind.
    pub kind: String,
    /// The person.
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
    /// Its case; empty if it has none.
    pub case: String,
    /// The number of its case; empty if it is not known.
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
    /// What the approver wrote, or why it was retracted.
    #[serde(serialize_with = "shown")]
    pub why: Text,
    /// When.
    pub at: String,
}

/// Held records.
#[derive(Debug, Default, Serialize)]
pub struct HeldRecords {
    /// By class of reason and kind.
    pub classes: Vec<ClassCount>,
    /// The first of them, longest waiting first.
    pub records: Vec<HeldItem>,
}

/// Records of one kind that are not exported for one class of reasons.
#[derive(Debug, Serialize)]
pub struct ClassCount {
    /// The class.
    pub class: String,
    /// Its name.
    #[serde(rename = "zh", serialize_with = "chinese")]
    pub name: Text,
    /// The kind.
    pub kind: String,
    /// How many.
    pub records: u64,
    /// Since when the first of them waits, if that is known.
    pub since: Option<String>,
}

/// A held record.
#[derive(Debug, Serialize)]
pub struct HeldItem {
    /// The record.
    #[serde(flatten)]
    pub item: Item,
    /// The reason.
    #[serde(serialize_with = "shown")]
    pub why: Text,
    /// Since when.
    pub since: String,
}

/// Published records of a kind that the platform has no more.
#[derive(Debug, Serialize)]
pub struct AbsentRecords {
    /// Kind.
    pub kind: String,
    /// How many wait for a decision.
    pub waiting: u64,
    /// How many stay published by a decision.
    pub kept: u64,
}

/// Published records of a kind without a mapping.
#[derive(Debug, Serialize)]
pub struct UnmappedRecords {
    /// Kind.
    pub kind: String,
    /// How many.
    pub records: u64,
}

/// A remark about a record that crossed.
#[derive(Debug, Serialize)]
pub struct Remark {
    /// Kind.
    pub kind: String,
    /// Key in the platform.
    pub key: String,
    /// What it is about.
    #[serde(serialize_with = "shown")]
    pub what: Text,
}

/// Withheld items.
#[derive(Debug, Default, Serialize)]
pub struct Withheld {
    /// Items that began to be withheld in the period.
    pub begun: u64,
    /// Items that ceased to be withheld.
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
    #[serde(serialize_with = "shown")]
    pub why: Text,
    /// Since when.
    pub since: String,
}

/// Electronic service.
#[derive(Debug, Serialize)]
pub struct Service {
    /// Days within which a party must sign, by the court's calendar.
    pub days_allowed: i32,
    /// Documents whose last day is over without a receipt.
    pub overdue: u64,
    /// The first of them, oldest first.
    pub documents: Vec<Overdue>,
}

/// A document without a receipt in time.
#[derive(Debug, Serialize)]
pub struct Overdue {
    /// The document.
    #[serde(flatten)]
    pub item: Item,
    /// When the outer side confirmed it.
    pub confirmed: String,
    /// Calendar days since then.
    pub days: i32,
}

/// Cases without a record of one kind, at steps that require it.
#[derive(Debug, Serialize)]
pub struct Completeness {
    /// The kind.
    pub kind: String,
    /// The steps that require it.
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
    /// Its number; empty if it is not known.
    pub case_number: String,
    /// Its step.
    pub step: String,
}

impl Counts {
    /// Exported records.
    pub fn exported(&self) -> u64 {
        self.new + self.changed + self.retracted
    }

    fn pairs(&mut self, o: &Self) -> [(&mut u64, u64); 16] {
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

    /// Adds other counts.
    pub fn add(&mut self, other: &Self) {
        self.pairs(other).into_iter().for_each(|(sum, more)| *sum += more);
    }
}
