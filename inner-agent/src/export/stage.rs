//! The stage of an export: every record that was collected and screened comes here. The stage decides whether it crosses, waits
//! in a draft, is unchanged or is held; it writes what crosses to the sink and to the ledger.

use crate::export::commit::ExportCommit;
use crate::export::destination::{Destination, Sink, folder};
use crate::export::drafts::name_while_composed;
use crate::export::row::encode;
use crate::export::withhold;
use crate::screening::Screening;
use crate::screening::fields::{self, Rules};
use crate::source::documents::{FileState, OpenDocument};
use crate::source::mapping::{KindMapping, MappedRecord};
use crate::store::approval_forms::ApprovalForm;
use crate::store::corrections::{self, ChangeReason};
use crate::store::export_counts::Counts;
use crate::store::exported::{self, ExportedRecord, ExportedRecords, OutgoingRecord};
use crate::store::hold::{Hold, HoldClass};
use crate::store::quality::Quality;
use crate::store::{code_hashes, document_files, drafts, remarks, version_floor, withheld};
use ferry_format::batch::seal::Document;
use ferry_format::reason::{Reason, ReasonCode};
use ferry_format::record::catalogue::Requirement;
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::Read;

/// Documents of one run that are remembered, so that a file that many rows name is sealed once.
const SEALED_MAX: usize = 65_536;

/// What became of a record.
pub enum Outcome {
    /// It is in the batch.
    Sent,
    /// The outer side has it already.
    Unchanged,
    /// It waits in a draft.
    Drafted,
    /// It stays inside.
    Held(Hold),
}

/// A record that was screened.
pub struct MappedRow<'a> {
    /// Key in the platform.
    pub key: &'a str,
    /// The record.
    pub mapped: MappedRecord,
    /// What was exported of it before.
    pub known: Option<ExportedRecord>,
    /// Digest of the row it was made of.
    pub fingerprint: &'a [u8],
    /// What screening found.
    pub quality: Quality,
    /// Why it waits for a review, if it does.
    pub review: Option<&'a Hold>,
}

/// How a record compares with what was exported before.
struct Comparison<'a> {
    /// The version that is published outside.
    published: Option<&'a ExportedRecord>,
    /// Whether it must cross although it may be the same: the outer side holds something else, or it is flagged and a
    /// reviewer must see it.
    must_cross: bool,
    /// Whether the record's person is known outside under the id of another row.
    is_merged_person: bool,
}

/// The stage of one run.
pub struct ExportStage<'a> {
    /// What is committed to the ledger.
    pub commit: ExportCommit<'a>,
    sink: &'a mut dyn Sink,
    /// SHA-256 and length of documents that were sealed, by destination and file.
    sealed: HashMap<(Destination, FileState), ([u8; 32], u64)>,
    /// Keys that a form covers, of the kind that is collected now.
    covered: HashSet<String>,
    /// Kinds of which something was withheld before this run.
    withheld: BTreeSet<String>,
    version_floor: u64,
    /// SHA-256 of files that were read to compare them.
    compared: HashMap<FileState, [u8; 32]>,
}

impl<'a> ExportStage<'a> {
    /// Begins a run.
    pub fn new(commit: ExportCommit<'a>, sink: &'a mut dyn Sink) -> Result<Self> {
        let (withheld, version_floor) = (withheld::kinds(commit.conn)?, version_floor::get(commit.conn)?);
        let (sealed, covered, compared) = (HashMap::new(), HashSet::new(), HashMap::new());
        Ok(Self { commit, sink, sealed, covered, withheld, version_floor, compared })
    }

    /// What the two sides agreed on.
    pub fn rules(&self) -> Rules<'a> {
        Rules { catalogue: &self.commit.context.catalogue, policy: &self.commit.context.policy }
    }

    /// The counts of a kind.
    pub fn counts(&mut self, map: &KindMapping) -> &mut Counts {
        self.commit.counts.of(&map.kind)
    }

    /// The version after `before` and after every version that reviewers were shown: no version has two contents.
    pub fn next_version(&self, kind: &str, key: &str, before: u64) -> Result<u64> {
        let drafted = drafts::newest_version(self.commit.conn, kind, key)?;
        Ok(version_floor::next_version(self.version_floor, before.max(drafted)))
    }

    /// Sends a record that was screened, or drafts it where it waits for a review, unless the outer side has it already.
    pub fn add(&mut self, map: &KindMapping, row: MappedRow<'_>) -> Result<Outcome> {
        let MappedRow { key, mapped, known, fingerprint, quality, review } = row;
        let MappedRecord { mut record, mut document, encoded, late_approved, remarks, is_merged_person, .. } = mapped;
        if let Some(outcome) = self.settled_before(&record, (key, fingerprint), known.as_ref(), review)? {
            return Ok(outcome);
        }
        let destination = Destination::of(review);
        let must_cross =
            known.as_ref().is_some_and(ExportedRecord::must_be_exported_again) || destination == Destination::Flagged;
        // A rejected version was never published.
        let published = known.as_ref().filter(|k| !k.retracted && !k.was_rejected());
        let comparison = Comparison { published, must_cross, is_merged_person };
        match &document {
            Some((_, opened)) => {
                let (path, state) = (&opened.path, opened.state.length_and_time());
                document_files::set(self.commit.conn, (&map.kind, key), path, state)?;
            }
            None if map.has_document() && known.is_some() => {
                document_files::delete(self.commit.conn, &map.kind, key)?;
            }
            None => {}
        }
        if let Some(reason) = document_problem(published, &mut record, document.as_mut()) {
            return Ok(Outcome::Held(Hold::document(reason)));
        }
        if !must_cross && document.is_some() && is_published_so(published, &record)? {
            return self.unchanged(map, key, &record, fingerprint);
        }
        if map.definition.requires.contains(&Requirement::CorrectionApproval)
            && let Some(outcome) = self.check_correction(map, (key, fingerprint), &record, &comparison)?
        {
            return Ok(outcome);
        }
        let reason = review.filter(|_| destination == Destination::Flagged).map(|hold| hold.reason.encode());
        let reason = reason.unwrap_or_default();
        let sha256 = match document {
            None => None,
            Some((field, opened)) => match self.seal(destination, &reason, &mut record, &field, opened)? {
                Ok(sha256) => sha256,
                Err(hold) => return Ok(Outcome::Held(hold)),
            },
        };
        let (encoded, content) = match encoded {
            Some(encoded) => encoded,
            None => encode(&record)?,
        };
        if sha256.is_none() && !must_cross && published.is_some_and(|k| k.content == content) {
            return self.unchanged(map, key, &record, fingerprint);
        }
        let late_approver = late_approved.as_deref().unwrap_or_default();
        let outgoing =
            OutgoingRecord { key, record: &record, content, fingerprint, document: sha256, quality, late_approver };
        self.sink.record(destination, &record.kind, &reason, &encoded)?;
        if review.is_some() {
            drafts::insert_item(self.commit.conn, name_while_composed(destination), &outgoing, &encoded)?;
            return Ok(Outcome::Drafted);
        }
        self.commit.record(&outgoing, known.as_ref())?;
        if known.is_some() || !remarks.is_empty() {
            remarks::replace(self.commit.conn, (&map.kind, key), &remarks, self.commit.batch.now)?;
        }
        self.counts(map).remarks += remarks.len() as u64;
        Ok(Outcome::Sent)
    }

    /// What became of a record before it is compared: its id is not its own, a reviewer refused it, or a draft has it.
    fn settled_before(
        &self,
        record: &Record,
        (key, fingerprint): (&str, &[u8]),
        known: Option<&ExportedRecord>,
        review: Option<&Hold>,
    ) -> Result<Option<Outcome>> {
        let conn = self.commit.conn;
        if known.is_some_and(|k| k.id != record.id) {
            return Ok(Some(Outcome::Held(Hold::identity(ReasonCode::IdChanged))));
        }
        if record.id != key && known.is_none() && exported::is_id_taken(conn, &record.kind, &record.id)? {
            return Ok(Some(Outcome::Held(Hold::identity(ReasonCode::IdTaken))));
        }
        if review.is_none() {
            return Ok(None);
        }
        if let Some(reason) = drafts::refusal(conn, &record.kind, key, fingerprint)? {
            return Ok(Some(Outcome::Held(Hold::new(HoldClass::RefusedByReviewer, Reason::parse(&reason)))));
        }
        let is_drafted = drafts::contains(conn, &record.kind, key, fingerprint, known.map_or(0, |k| k.version))?;
        Ok(is_drafted.then_some(Outcome::Drafted))
    }

    /// Whether a change of a published record has its approval (article 16): the outcome if it is unchanged or held.
    fn check_correction(
        &mut self,
        map: &KindMapping,
        (key, fingerprint): (&str, &[u8]),
        record: &Record,
        comparison: &Comparison<'_>,
    ) -> Result<Option<Outcome>> {
        let Some(published) = comparison.published else { return Ok(None) };
        // A person who is now known under the id of another row is the same one: that corrects nothing.
        if comparison.is_merged_person && record.person != published.person {
            let as_before = Record { person: published.person.clone(), ..record.clone() };
            if as_before.content_digest()? == published.content {
                return Ok(None);
            }
        }
        let is_same = record.content_digest()? == published.content;
        if is_same && !comparison.must_cross {
            return self.unchanged(map, key, record, fingerprint).map(Some);
        }
        if !is_same && !Screening::is_approved_correction(record) {
            let hold = Hold::new(HoldClass::CorrectionNotApproved, ReasonCode::CorrectionNotApproved);
            return Ok(Some(Outcome::Held(hold)));
        }
        Ok(None)
    }

    /// Records that only columns changed that do not cross.
    fn unchanged(&mut self, map: &KindMapping, key: &str, record: &Record, fingerprint: &[u8]) -> Result<Outcome> {
        self.counts(map).unchanged += 1;
        exported::set_fingerprint(self.commit.conn, &map.kind, key, fingerprint)?;
        self.commit.record_dependencies(record)?;
        Ok(Outcome::Unchanged)
    }

    /// Seals the document of a record, once for each destination. Gives its SHA-256, or why the record is held.
    fn seal(
        &mut self,
        destination: Destination,
        reason: &str,
        record: &mut Record,
        field: &str,
        mut opened: OpenDocument,
    ) -> Result<std::result::Result<Option<[u8; 32]>, Hold>> {
        let Some(Value::Document(reference)) = record.fields.get(field) else { return Ok(Ok(None)) };
        let (sha256, bytes) = match self.sealed.get(&(destination, opened.state)) {
            Some(known) => *known,
            None => {
                let document = Document {
                    kind: record.kind.clone(),
                    name: format!("{}/{}", folder(&record.id), reference.name),
                    version: record.version,
                    media_type: reference.media_type.clone(),
                    reason: reason.to_owned(),
                };
                let mut counting = CountingReader { inner: &mut opened.file, bytes: 0 };
                let sha256 = self.sink.document(destination, document, &mut counting)?;
                (sha256, counting.bytes)
            }
        };
        if !opened.is_unchanged() {
            // Its bytes are in the batch, but no record names them: the outer side drops them.
            return Ok(Err(Hold::document(Reason::new(ReasonCode::DocumentChanged).in_field(field))));
        }
        if self.sealed.len() < SEALED_MAX {
            self.sealed.insert((destination, opened.state), (sha256, bytes));
        }
        if let Some(Value::Document(reference)) = record.fields.get_mut(field) {
            (reference.sha256, reference.bytes) = (sha256, bytes);
        }
        Ok(Ok(Some(sha256)))
    }

    /// Whether a document has other bytes than those that were sent. One that cannot be read counts as different.
    pub fn has_other_bytes(&mut self, document: Option<OpenDocument>, sent: &[u8; 32]) -> Result<bool> {
        let Some(mut opened) = document else { return Ok(true) };
        if let Some(sha256) = self.compared.get(&opened.state) {
            return Ok(sha256 != sent);
        }
        let Ok(sha256) = opened.sha256() else { return Ok(true) };
        if self.compared.len() < SEALED_MAX {
            self.compared.insert(opened.state, sha256);
        }
        Ok(sha256 != *sent)
    }

    /// Withholds an item: its entry crosses, unless it did with the same reason.
    pub fn withhold(&mut self, map: &KindMapping, key: &str, form: &ApprovalForm) -> Result<()> {
        let commit = &self.commit;
        let entry = withhold::begin(commit.conn, commit.context, (&map.kind, key), form, commit.batch.now)?;
        self.covered.insert(key.to_owned());
        entry.map_or(Ok(()), |entry| self.add_made(entry))
    }

    /// No longer withholds an item: its entry is retracted, if it has one.
    pub fn end_withholding(&mut self, map: &KindMapping, key: &str) -> Result<()> {
        if !self.withheld.contains(&map.kind) {
            return Ok(());
        }
        let commit = &self.commit;
        let entry = withhold::end(commit.conn, commit.context, &map.kind, key, commit.batch.now)?;
        entry.map_or(Ok(()), |entry| self.add_made(entry))
    }

    /// Ends the withholding of items that no form covered in this full run: their rows disappeared before they were ever
    /// exported, so nothing else leads to them.
    pub fn end_uncovered(&mut self, map: &KindMapping) -> Result<()> {
        let covered = std::mem::take(&mut self.covered);
        for key in withheld::keys(self.commit.conn, &map.kind)?.iter().filter(|k| !covered.contains(*k)) {
            self.end_withholding(map, key)?;
        }
        Ok(())
    }

    /// A row that disappeared, or is no longer of this kind.
    pub fn remove(&mut self, map: &KindMapping, known: ExportedRecord, reason: ChangeReason) -> Result<()> {
        self.end_withholding(map, &known.key)?;
        code_hashes::delete(self.commit.conn, &map.kind, &known.key)?;
        if known.retracted && !known.must_be_exported_again() { Ok(()) } else { self.retract(map, known, reason) }
    }

    /// Retracts what was exported.
    pub fn retract(&mut self, map: &KindMapping, known: ExportedRecord, reason: ChangeReason) -> Result<()> {
        self.retract_of(&map.kind, known, reason)
    }

    /// Retracts what is published of a kind that has no mapping any more, where there is a reason.
    pub fn retract_kind(&mut self, kind: &str, reason: &dyn Fn(&ExportedRecord) -> Option<ChangeReason>) -> Result<()> {
        let mut published = ExportedRecords::of_kind(self.commit.conn, kind);
        while let Some(known) = published.next_below(None)? {
            if let Some(reason) = reason(&known).filter(|_| !known.retracted) {
                self.retract_of(kind, known, reason)?;
            }
        }
        Ok(())
    }

    fn retract_of(&mut self, kind: &str, mut known: ExportedRecord, reason: ChangeReason) -> Result<()> {
        let mut record = Record::new(kind, &known.id, self.next_version(kind, &known.key, known.version)?);
        record.case_id = std::mem::take(&mut known.case_id);
        record.person = std::mem::take(&mut known.person);
        record.retracted = true;
        let commit = &self.commit;
        corrections::insert_retraction(commit.conn, commit.batch, (kind, &known.key), &reason)?;
        record.fields.extend(reason.fields);
        // The reason that an operator typed must neither stop the retraction nor publish what may not be.
        if !fields::is_clean(self.rules(), &record) {
            record.fields.clear();
        }
        let (encoded, content) = encode(&record)?;
        self.sink.record(Destination::Batch, &record.kind, "", &encoded)?;
        self.commit.record_retraction(&OutgoingRecord::without_row(&known.key, &record, content), &known)
    }

    /// Retracts a record that only the outer side holds; the inner state root never counted it.
    pub fn retract_peer_only(&mut self, record: &Record) -> Result<()> {
        self.sink.record(Destination::Batch, &record.kind, "", &record.encode()?)
    }

    /// Sends a record that the program itself makes, such as the entry of a withheld item, with the next version.
    pub fn add_made(&mut self, mut record: Record) -> Result<()> {
        let known = exported::get(self.commit.conn, &record.kind, &record.id)?;
        record.version =
            version_floor::next_version(self.version_floor, known.as_ref().map_or(0, |known| known.version));
        let (encoded, content) = encode(&record)?;
        self.sink.record(Destination::Batch, &record.kind, "", &encoded)?;
        self.commit.record_made(&OutgoingRecord::without_row(&record.id, &record, content), known.as_ref())
    }
}

/// Gives a record the digest of its document, so that it can be compared with what is published. A first version needs none: its
/// document is read when it is sealed.
fn document_problem(
    published: Option<&ExportedRecord>,
    record: &mut Record,
    document: Option<&mut (String, OpenDocument)>,
) -> Option<Reason> {
    let (field, opened) = document.filter(|_| published.is_some())?;
    let Some(Value::Document(reference)) = record.fields.get_mut(field) else { return None };
    match opened.sha256() {
        Ok(sha256) => reference.sha256 = sha256,
        Err(reason) => return Some(reason.in_field(field)),
    }
    None
}

/// Whether a record is published as it is.
fn is_published_so(published: Option<&ExportedRecord>, record: &Record) -> Result<bool> {
    Ok(match published {
        Some(published) => record.content_digest()? == published.content,
        None => false,
    })
}

/// Counts the bytes that are read.
struct CountingReader<'a> {
    inner: &'a mut File,
    bytes: u64,
}

impl Read for CountingReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(out)?;
        self.bytes += n as u64;
        Ok(n)
    }
}
