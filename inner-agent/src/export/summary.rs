//! What an export did, for people and for `--json`.

use crate::export::collect::Collected;
use crate::export::scope::Scope;
use crate::texts::commands as texts;
use crate::texts::holds::held_record;
use crate::texts::retractions;
use ferry_channel::send::compose::Released;
use ferry_channel::types::BatchNumber;
use ferry_format::encoding::hex::to_hex;
use ferry_format::reason::{Reason, ReasonCode};
use ferry_io::output::language::Show;
use ferry_io::output::table::safe;
use ferry_io::{errln, outln};
use serde::{Serialize, Serializer};

/// What an export did.
#[derive(Debug, Serialize)]
pub struct ExportSummary {
    /// Numbering period.
    pub epoch: u64,
    /// Number of the batch.
    pub sequence: u64,
    /// Its length, bytes.
    pub bytes: u64,
    /// Records in it.
    pub records: u64,
    /// Documents in it.
    pub documents: u64,
    /// Retractions among its records.
    pub retracted: u64,
    /// Whether the clock was behind, so that only retractions and withheld items left.
    pub only_retractions: bool,
    /// Records that wait until the clock is right.
    pub postponed: u64,
    /// Records held.
    pub held: u64,
    /// Records withheld under an approval form.
    pub withheld: u64,
    /// Records that a rule of the notice keeps inside.
    pub kept_in: u64,
    /// Corrections of published records.
    pub corrected: u64,
    /// Records that were entered late without an approval.
    pub late: u64,
    /// Records without a field that they must have.
    pub incomplete: u64,
    /// Retractions that follow only from an absence and wait for a person.
    pub retractions_held: u64,
    /// Values that were left out of records, and texts with private-use characters.
    pub remarks: u64,
    /// Case numbers with an unknown type code; they crossed.
    pub unknown_case_types: u64,
    /// Whether every row was compared, and not only what changed.
    pub full: bool,
    /// Rows of the platform that were read.
    pub rows: u64,
    /// Approval forms that withhold nothing, and why.
    #[serde(serialize_with = "form_codes")]
    pub defective_forms: Vec<(String, ReasonCode)>,
    /// Buckets of the state root that differ and whose lists were requested.
    pub asked_buckets: u64,
    /// State root after it.
    pub state_root: String,
    /// The first held records: kind, key and reason. They go to stderr.
    #[serde(skip)]
    held_records: Vec<(String, String, Reason)>,
}

fn form_codes<S: Serializer>(forms: &[(String, ReasonCode)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(forms.iter().map(|(form, code)| (form, code.as_str())))
}

impl ExportSummary {
    /// From what was collected, and the batch that carries it.
    pub(super) fn new(
        collected: Collected,
        released: &Released,
        (records, documents): (u64, u64),
        state_root: &[u8; 32],
    ) -> Self {
        let total = collected.counts.total();
        Self {
            epoch: released.number.epoch,
            sequence: released.number.sequence,
            bytes: released.bytes,
            records,
            documents,
            retracted: total.retracted,
            only_retractions: collected.scope == Scope::Retractions,
            postponed: collected.postponed,
            held: total.held,
            withheld: total.withheld,
            kept_in: total.kept_in,
            corrected: total.corrected,
            late: total.late,
            incomplete: total.incomplete,
            retractions_held: total.retractions_held,
            remarks: total.remarks,
            unknown_case_types: total.unknown_case_types,
            full: collected.is_full,
            rows: collected.rows,
            defective_forms: collected.defective_forms,
            asked_buckets: collected.bucket_requests,
            state_root: to_hex(state_root),
            held_records: collected.held,
        }
    }

    /// Prints the first held records to stderr.
    pub fn print_held(&self) {
        for (kind, key, reason) in &self.held_records {
            errln!("{}", held_record(kind, safe(key), reason.text()).show());
        }
    }

    /// Prints the summary.
    pub fn print(&self) {
        let number = BatchNumber::new(self.epoch, self.sequence);
        outln!("{}", texts::exported(number, self.records, self.documents, self.bytes).show());
        outln!("{}", texts::exported_changes(self.retracted, self.corrected).show());
        outln!("{}", texts::exported_not(self.withheld, self.held, self.kept_in).show());
        if self.late + self.incomplete > 0 {
            outln!("{}", texts::exported_late(self.late, self.incomplete).show());
        }
        if self.asked_buckets > 0 {
            outln!("{}", texts::exported_requests(self.asked_buckets).show());
        }
        if self.only_retractions {
            outln!("{}", texts::only_retractions().show());
        }
        if self.retractions_held > 0 {
            outln!("{}", retractions::held_line(self.retractions_held).show());
        }
        if self.remarks > 0 {
            outln!("{}", texts::exported_remarks(self.remarks).show());
        }
        if self.unknown_case_types > 0 {
            outln!("{}", texts::exported_unknown_types(self.unknown_case_types).show());
        }
        for (form, code) in &self.defective_forms {
            outln!("{}", texts::defective_form(safe(form), code.text()).show());
        }
    }
}
