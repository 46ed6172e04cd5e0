//! The collector of one run: reads rows, compares them with what was exported, screens what changed and stages it.

use crate::config::source::Unmapped;
use crate::context::Context;
use crate::export::absent::AbsentRecord;
use crate::export::code_hashes;
use crate::export::recheck::Recheck;
use crate::export::retraction_guard::RetractionGuard;
use crate::export::row::{self, RowContent, SourceRow};
use crate::export::scope::Scope;
use crate::export::stage::{ExportStage, MappedRow, Outcome};
use crate::export::withhold::Withholding;
use crate::reconcile;
use crate::screening::{Screened, Screening, fields};
use crate::source::Source;
use crate::source::mapping::{KindMapping, MappedRecord};
use crate::source::unmapped;
use crate::store::corrections::ChangeReason;
use crate::store::cursor::Window;
use crate::store::export_counts::Counts;
use crate::store::exported::{BatchStamp, ExportedRecord, ExportedRecords};
use crate::store::hold::{Hold, HoldClass};
use crate::store::peer_state::PeerOnlyVersions;
use crate::store::{exported, held};
use ferry_format::reason::{Key, Reason, ReasonCode};
use ferry_format::record::catalogue::{Audience, FieldType};
use ferry_io::error::Result;
use ferry_io::output::progress;
use indicatif::ProgressBar;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Held records that a run names; the table `held` has all of them.
const HELD_NAMED_MAX: usize = 100;
/// Cases of which a run remembers whether they are published.
const CASES_KNOWN_MAX: usize = 1 << 15;

/// The state of one run.
pub struct Collector<'a> {
    /// The platform.
    pub source: &'a Source,
    /// No cursor passes this local time.
    pub horizon: &'a str,
    /// Whether every row is compared.
    pub is_full: bool,
    /// Where records go.
    pub stage: ExportStage<'a>,
    /// Screens records.
    pub screening: Screening<'a>,
    /// Records that only the outer side holds.
    pub peer_only: PeerOnlyVersions,
    /// Approval forms.
    pub withholding: &'a Withholding,
    /// What is checked again.
    pub recheck: &'a Recheck,
    /// Items that the outer side hides as they were exported, with the rules that matched: reviewers may let them be shown.
    pub hidden_outside: HashMap<(String, String), String>,
    /// Whether clean records need approvals.
    pub clean_needs_approval: bool,
    /// The first held records: kind, key and reason.
    pub held: Vec<(String, String, Reason)>,
    /// What judges retractions that follow from an absence.
    pub guard: RetractionGuard,
    /// Such retractions of the kind that is collected now.
    pub absent: Vec<AbsentRecord>,
    /// Whether rows of that kind came in another order than that of their keys.
    pub is_out_of_order: bool,
    /// Whether a case is published, for those that rows of the kind that is collected now belong to.
    pub published_cases: RefCell<HashMap<String, bool>>,
    /// Keys of the records of retracted cases, by kind, once a kind after the cases asked for them.
    pub keys_of_retracted: RefCell<Option<BTreeMap<String, Vec<String>>>>,
    /// People in several rows whose log-in was visited.
    pub visited_people: HashSet<String>,
    /// What may cross.
    pub scope: Scope,
    /// Records that wait until the clock is right.
    pub postponed: u64,
    /// Progress.
    pub bar: &'a ProgressBar,
    /// Rows that were read.
    pub rows: u64,
    /// Whether the files of all published documents are compared with what was read.
    pub compares_files: bool,
    /// Whether what is public is screened again although its row is unchanged: it crossed under weaker rules.
    pub screens_again: bool,
}

/// A row that waits for the next one: another may have its key.
struct PendingRow {
    row: SourceRow,
    is_repeated: bool,
}

impl<'a> Collector<'a> {
    /// Collects what the reconciliation sends, and every kind. Gives how many lists were requested.
    pub fn everything(&mut self, context: &Context, batch: BatchStamp) -> Result<u64> {
        let conn = self.stage.commit.conn;
        let reconciliation = reconcile::begin_export(context, conn, batch.number.sequence, batch.now)?;
        for record in reconciliation.records {
            self.stage.add_made(record)?;
        }
        // First, because records go with their cases.
        for unmapped in unmapped::kinds(conn, &context.config, &context.catalogue)? {
            let withholding = self.withholding;
            let all = unmapped.decision == Some(Unmapped::Retract);
            self.stage.retract_kind(&unmapped.kind, &|known| {
                let form = withholding.in_force.covers(None, &known.key, Some(&known.case_id));
                form.map(ChangeReason::of_form)
                    .or_else(|| all.then(|| ChangeReason::of(&ReasonCode::KindNotMapped.into())))
            })?;
        }
        let source = self.source;
        for map in &source.kinds {
            if map.kind == context.catalogue.roles.case {
                self.published_cases.borrow_mut().clear();
                self.keys_of_retracted.take();
            }
            if self.is_full {
                self.all_rows(map)?
            } else {
                self.changed_rows(map)?
            }
            self.judge_absent(map)?;
        }
        if self.is_full && self.scope == Scope::Everything {
            for record in reconcile::retract_peer_only(conn, &context.catalogue)? {
                self.stage.retract_peer_only(&record)?;
            }
        }
        Ok(reconciliation.requests)
    }

    /// Compares every row of a kind with everything that was exported of it.
    pub(super) fn all_rows(&mut self, map: &KindMapping) -> Result<()> {
        let (source, rules, conn) = (self.source, self.stage.rules(), self.stage.commit.conn);
        if self.scope == Scope::Everything {
            held::set_aside_kind(conn, Some(&map.kind))?;
        }
        let mut before = ExportedRecords::of_kind(conn, &map.kind);
        let is_first = before.is_empty()?;
        let mut pending: Option<PendingRow> = None;
        let mut window = Window::all(&map.kind, &source.zone);
        row::for_each(source, map, rules, is_first, &mut |row| {
            self.count_row();
            window.read(row.changed.as_deref());
            let last = pending.as_ref().map(|p| p.row.key.as_str());
            if let Some(code) = order_problem(&row, last) {
                // Nobody knows which records the walk has passed: none of this kind is gone for certain.
                self.is_out_of_order = true;
                return self.hold(map, &row, Hold::identity(code));
            }
            if let Some(pending) = pending.as_mut().filter(|p| p.row.key == row.key) {
                pending.is_repeated = true;
                return self.hold(map, &row, Hold::identity(ReasonCode::KeyTaken));
            }
            match pending.replace(PendingRow { row, is_repeated: false }) {
                Some(pending) => self.visit_in_order(map, pending, &mut before),
                None => Ok(()),
            }
        })?;
        if let Some(pending) = pending {
            self.visit_in_order(map, pending, &mut before)?;
        }
        while let Some(known) = before.next_below(None)? {
            self.remove(map, known, ReasonCode::Gone)?;
        }
        if self.is_full && self.scope == Scope::Everything {
            self.stage.end_uncovered(map)?;
        }
        self.close(window)
    }

    /// Ends a window. A run that carries only retractions leaves the rest of it to the next one.
    pub(super) fn close(&self, window: Window) -> Result<()> {
        match self.scope {
            Scope::Everything => window.close(self.stage.commit.conn, self.horizon),
            Scope::Retractions => Ok(()),
        }
    }

    /// Visits a row of a walk over all rows, after the records whose rows would stand before it.
    fn visit_in_order(
        &mut self,
        map: &KindMapping,
        PendingRow { mut row, is_repeated }: PendingRow,
        before: &mut ExportedRecords<'_>,
    ) -> Result<()> {
        while let Some(known) = before.next_below(Some(&row.key))? {
            self.remove(map, known, ReasonCode::Gone)?;
        }
        let known = before.next_if(&row.key)?;
        row.is_repeated = is_repeated;
        match identity_problem(&row) {
            Some(code) => self.hold(map, &row, Hold::identity(code)),
            None => self.visit(map, row, known),
        }
    }

    pub(super) fn count_row(&mut self) {
        self.rows += 1;
        progress::advance(self.bar, 1);
    }

    pub(super) fn visit(&mut self, map: &KindMapping, row: SourceRow, known: Option<ExportedRecord>) -> Result<()> {
        let key = row.key.as_str();
        if !row.is_of_kind && row.is_repeated {
            // Another row with its key may be of this kind.
            return self.hold(map, &row, Hold::identity(ReasonCode::KeyTaken));
        }
        if !row.is_of_kind {
            self.stage.end_withholding(map, key)?;
            return known.map_or(Ok(()), |k| self.remove(map, k, ReasonCode::NoLongerOfKind));
        }
        if map.kind == self.stage.commit.context.catalogue.roles.login {
            return self.visit_login(map, row, known);
        }
        self.visit_of_kind(map, row, known)
    }

    pub(super) fn visit_of_kind(
        &mut self,
        map: &KindMapping,
        row: SourceRow,
        known: Option<ExportedRecord>,
    ) -> Result<()> {
        let is_outside = known.as_ref().is_some_and(|k| !k.retracted || k.must_be_exported_again());
        let key = row.key.as_str();
        let withholding = self.withholding;
        if let Some(form) = withholding.in_force.covers(map.config.table.as_deref(), key, row.case.as_deref()) {
            self.counts(map).withheld += 1;
            if let Some(known) = known.filter(|_| is_outside) {
                self.stage.retract(map, known, ChangeReason::of_form(form))?;
            }
            return self.stage.withhold(map, key, form);
        }
        // An item is published again only by a clock that may be believed.
        if self.scope == Scope::Everything {
            self.stage.end_withholding(map, key)?;
        }
        if let Some(reason) = row.unreadable.clone().filter(|_| row.is_undecidable) {
            return self.hold(map, &row, Hold::invalid(reason));
        }
        if let Some(class) = row.kept_in {
            let hold = Hold::new(class, rule_of(class));
            if let Some(known) = known.filter(|_| is_outside) {
                self.absent.push(AbsentRecord { known, reason: hold.reason.clone() });
            }
            return self.hold(map, &row, hold);
        }
        if !self.is_case_published(map, &row)? {
            let hold = Hold::new(HoldClass::CaseNotPublished, ReasonCode::CaseNotPublished);
            if let Some(known) = known.filter(|_| is_outside) {
                // Where the case that it was published with is still there, it is the row that names another one: the mapping or
                // the row is wrong.
                if self.is_published_case(map, Some(&known.case_id))? {
                    return self.hold(map, &row, Hold::invalid(hold.reason));
                }
                self.stage.retract(map, known, ChangeReason::of(&hold.reason))?;
            }
            return self.hold(map, &row, hold);
        }
        // What was published stays as it was: nobody knows which of the rows is the right one.
        if row.is_repeated {
            return self.hold(map, &row, Hold::identity(ReasonCode::KeyTaken));
        }
        if let Some(reason) = row.unreadable.clone() {
            return self.hold(map, &row, Hold::invalid(reason));
        }
        // Public text is scanned; every document, whatever its audience, is checked for attachments, active content and malware.
        let has_document = || map.definition.fields.values().any(|field| field.kind == FieldType::Document);
        let is_screened_again = self.screens_again && (map.definition.audience == Audience::Public || has_document());
        if known.as_ref().is_some_and(|e| e.fingerprint == row.fingerprint)
            && !is_screened_again
            && !self.hidden_outside.contains_key(&(map.kind.clone(), row.key.clone()))
            && !self.has_other_bytes(map, &row, known.as_ref())?
        {
            self.counts(map).unchanged += 1;
            return Ok(());
        }
        self.screen(map, row, known)
    }

    /// Makes and screens the record of a row that is new or changed.
    fn screen(&mut self, map: &KindMapping, mut row: SourceRow, known: Option<ExportedRecord>) -> Result<()> {
        let rules = self.stage.rules();
        let (mut mapped, findings) = match row.content.take().into_record(map, self.source, rules)? {
            Ok(made) => made,
            Err(hold) => return self.hold(map, &row, hold),
        };
        let before = match &known {
            Some(known) => known.version,
            None => self.peer_only.version(&map.kind, &mapped.record.id),
        };
        mapped.set_version(self.stage.next_version(&map.kind, &row.key, before)?);
        if !mapped.codes.is_empty() {
            let conn = self.stage.commit.conn;
            code_hashes::insert(conn, &map.login_key, &row.key, &mapped.codes, &mut mapped.record)?;
            if let Err(hold) = fields::check_catalogue(rules, &mapped.record) {
                return self.hold(map, &row, hold);
            }
        }
        let screened = self.screening.screen(map, &row.key, &mut mapped, findings)?;
        let known = self.retract_published(map, &row, &mut mapped, known, &screened)?;
        if self.scope == Scope::Retractions {
            self.postponed += 1;
            return Ok(());
        }
        match screened {
            Ok(screened) => self.stage_record(map, &row, mapped, known, screened),
            Err(hold) => self.hold(map, &row, hold),
        }
    }

    /// Retracts the published version of a record that has a secrecy mark or a number of a person now. Gives what is exported of
    /// it then.
    fn retract_published(
        &mut self,
        map: &KindMapping,
        row: &SourceRow,
        mapped: &mut MappedRecord,
        mut known: Option<ExportedRecord>,
        screened: &std::result::Result<Screened, Hold>,
    ) -> Result<Option<ExportedRecord>> {
        let hold = match screened {
            Ok((_, flagged)) => flagged.as_ref(),
            Err(hold) => Some(hold),
        };
        let Some(hold) = hold.filter(|h| h.class.retracts_published()) else { return Ok(known) };
        let Some(published) = known.take_if(|k| !k.retracted || k.must_be_exported_again()) else { return Ok(known) };
        self.stage.retract(map, published, ChangeReason::of(&hold.reason))?;
        mapped.set_version(self.stage.next_version(&map.kind, &row.key, mapped.record.version)?);
        exported::get(self.stage.commit.conn, &map.kind, &row.key)
    }

    fn stage_record(
        &mut self,
        map: &KindMapping,
        row: &SourceRow,
        mapped: MappedRecord,
        known: Option<ExportedRecord>,
        (quality, flagged): Screened,
    ) -> Result<()> {
        // What was published for one person must not stay there once the row is another one's.
        let other_person = known.as_ref().is_some_and(|k| !k.retracted && k.person != mapped.record.person);
        let id = mapped.record.id.clone();
        let review = flagged.or_else(|| self.review_of_clean(map, row, known.as_ref()));
        let (key, fingerprint) = (row.key.as_str(), row.fingerprint.as_slice());
        let mapped_row = MappedRow { key, mapped, known, fingerprint, quality, review: review.as_ref() };
        match self.stage.add(map, mapped_row)? {
            Outcome::Sent | Outcome::Unchanged => self.peer_only.delete(self.stage.commit.conn, &map.kind, &id),
            Outcome::Drafted => review.map_or(Ok(()), |hold| self.hold(map, row, hold)),
            Outcome::Held(hold) => {
                let known = exported::get(self.stage.commit.conn, &map.kind, &row.key)?;
                if let Some(known) = known.filter(|_| other_person) {
                    self.stage.retract(map, known, ChangeReason::of(&hold.reason))?;
                }
                self.hold(map, row, hold)
            }
        }
    }

    /// Why a record that the scanner did not flag waits for reviewers, if it does.
    fn review_of_clean(&self, map: &KindMapping, row: &SourceRow, known: Option<&ExportedRecord>) -> Option<Hold> {
        let rules = self.hidden_outside.get(&(map.kind.clone(), row.key.clone()));
        if let Some(rules) = rules
            && known.is_some_and(|k| k.fingerprint == row.fingerprint)
        {
            let reason = Reason::new(ReasonCode::HiddenOutside).with(Key::Rules, rules);
            return Some(Hold::new(HoldClass::HiddenOutside, reason));
        }
        self.clean_needs_approval.then(|| Hold::new(HoldClass::AwaitingReview, ReasonCode::AwaitingReview))
    }

    /// Whether a document has other bytes under the same length, time and inode. Only a full run reads it for that.
    fn has_other_bytes(&mut self, map: &KindMapping, row: &SourceRow, known: Option<&ExportedRecord>) -> Result<bool> {
        match (known.and_then(|k| k.document), &row.content) {
            (Some(sha256), RowContent::Columns(columns)) if self.is_full => {
                self.stage.has_other_bytes(map.document(columns, &self.source.documents)?, &sha256)
            }
            _ => Ok(false),
        }
    }

    /// Whether the case of a row is published, where its kind belongs to cases and cases are exported.
    fn is_case_published(&self, map: &KindMapping, row: &SourceRow) -> Result<bool> {
        self.is_published_case(map, row.case.as_deref())
    }

    /// The same of a case.
    pub(super) fn is_published_case(&self, map: &KindMapping, case: Option<&str>) -> Result<bool> {
        let (conn, case_kind) = (self.stage.commit.conn, &self.stage.commit.context.catalogue.roles.case);
        let Some(case) = case.filter(|_| map.definition.in_case && map.kind != *case_kind) else { return Ok(true) };
        if !self.source.kinds.iter().any(|kind| kind.kind == *case_kind) {
            // A court that maps no cases publishes records without them, unless it took its cases back.
            let unmapped = &self.stage.commit.context.config.source.unmapped;
            return Ok(unmapped.get(case_kind) != Some(&Unmapped::Retract));
        }
        let mut known = self.published_cases.borrow_mut();
        if let Some(is_published) = known.get(case) {
            return Ok(*is_published);
        }
        if known.len() >= CASES_KNOWN_MAX {
            known.clear();
        }
        let is_published = exported::is_case_published(conn, case_kind, case)?;
        known.insert(case.to_owned(), is_published);
        Ok(is_published)
    }

    pub(super) fn counts(&mut self, map: &KindMapping) -> &mut Counts {
        self.stage.counts(map)
    }

    pub(super) fn hold(&mut self, map: &KindMapping, row: &SourceRow, hold: Hold) -> Result<()> {
        let owner = (row.case.as_deref().unwrap_or_default(), row.person.as_deref().unwrap_or_default());
        let commit = &self.stage.commit;
        held::insert(commit.conn, (&map.kind, &row.key), &hold, owner, commit.batch.now)?;
        if hold.class.is_rule() {
            self.counts(map).kept_in += 1;
            return Ok(());
        }
        self.counts(map).held += 1;
        if self.held.len() < HELD_NAMED_MAX {
            self.held.push((map.kind.clone(), row.key.clone(), hold.reason));
        }
        Ok(())
    }
}

/// The reason of a rule that keeps a row inside.
fn rule_of(class: HoldClass) -> ReasonCode {
    match class {
        HoldClass::SecondaryVolume => ReasonCode::SecondaryVolume,
        _ => ReasonCode::NotSignedOff,
    }
}

/// Why a row has no place in a walk over all rows, if it has none. `last` is the key before it.
pub(super) fn order_problem(row: &SourceRow, last: Option<&str>) -> Option<ReasonCode> {
    let key = row.key.as_str();
    if key.is_empty() {
        Some(ReasonCode::KeyEmpty)
    } else if !row.has_readable_key || last.is_some_and(|l| l > key) {
        Some(ReasonCode::KeyCharacters)
    } else {
        None
    }
}

/// Why a row cannot be told from others by its key, if it cannot.
pub(super) fn identity_problem(row: &SourceRow) -> Option<ReasonCode> {
    (!row.is_found_again).then_some(ReasonCode::KeyNotFoundAgain)
}
