//! What goes out: each record with the document that it names, remembered in the ledger and counted in the state root in
//! the same transaction.

use crate::export::books::{Books, Leaving};
use crate::export::counts::Counts;
use crate::export::drafts;
use crate::export::held::{Class, Held};
use crate::export::history::{self, Because};
use crate::export::remember::{self, Exported, Now};
use crate::export::screen::{Quality, Screen};
use crate::export::sight::{self, Rules};
use crate::export::{floor, secrets, withhold};
use crate::source::documents::{FileState, OpenDocument};
use crate::source::mapping::{Found, KindMap};
use crate::source::withholding::Form;
use ferry_format::batch::seal::Document;
use ferry_format::limits::REASON_BYTES_MAX;
use ferry_format::record::catalogue::Requirement;
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::Read;

/// Documents of one run that are remembered, so that a file that many rows name is sealed once.
const SEALED_MAX: usize = 65_536;

/// Where a record is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bay {
    /// Today's batch.
    Batch,
    /// The draft of what the scanner flagged.
    Flagged,
    /// The draft of clean records, where the release rules want them approved before.
    Clean,
}

impl Bay {
    /// Where a record goes: what waits for a review has its reason.
    fn of(review: Option<&Held>) -> Self {
        match review {
            None => Self::Batch,
            Some(held) if held.class.is_flagged() => Self::Flagged,
            Some(_) => Self::Clean,
        }
    }
}

/// Where collected records go: a batch and drafts, or nowhere for a plan.
pub trait Carrier {
    /// Takes a document, before the record that names it; gives its SHA-256.
    fn document(&mut self, bay: Bay, document: Document, input: &mut dyn Read) -> Result<[u8; 32]>;
    /// Takes a record of that kind, encoded, with the reason for which the scanner flagged it, if it did.
    fn record(&mut self, bay: Bay, kind: &str, reason: &str, encoded: &[u8]) -> Result<()>;
}

/// What became of a record.
pub enum Carried {
    /// It is in the batch.
    Sent,
    /// It says what stands outside already.
    Unchanged,
    /// It waits in a draft.
    Drafted,
    /// It stays inside.
    Held(Held),
}

/// One run's departures.
pub struct Departures<'a> {
    /// What is remembered of them.
    pub books: Books<'a>,
    carrier: &'a mut dyn Carrier,
    sealed: HashMap<(Bay, FileState), ([u8; 32], u64)>,
    /// Keys that a form covers, of the kind that is walked.
    covered: HashSet<String>,
    /// Kinds of which something was withheld before this run.
    withheld: BTreeSet<String>,
    /// No version is given below it.
    floor: u64,
    /// Files that were read and found to have the bytes that were sent.
    read: HashMap<FileState, [u8; 32]>,
}

impl<'a> Departures<'a> {
    /// Nothing has left yet.
    pub fn new(books: Books<'a>, carrier: &'a mut dyn Carrier) -> Result<Self> {
        let (withheld, floor) = (withhold::kinds(books.conn)?, floor::get(books.conn)?);
        let (sealed, covered, read) = (HashMap::new(), HashSet::new(), HashMap::new());
        Ok(Self { books, carrier, sealed, covered, withheld, floor, read })
    }

    /// The version after `before`, and after every one that a draft has shown to reviewers: no version ever stands for two
    /// contents.
    pub fn version_above(&self, kind: &str, key: &str, before: u64) -> Result<u64> {
        let drafted = drafts::newest_version(self.books.conn, kind, key)?;
        Ok(floor::above(self.floor, before.max(drafted)))
    }

    /// The counts of a kind.
    pub fn counts(&mut self, map: &KindMap) -> &mut Counts {
        self.books.counts(&map.kind)
    }

    /// Sends a record that was screened, or drafts it where it needs a review, unless it says what stands outside already.
    pub fn carry(
        &mut self,
        map: &KindMap,
        key: &str,
        found: Found,
        known: Option<Exported>,
        fingerprint: &[u8],
        (quality, review): (Quality, Option<&Held>),
    ) -> Result<Carried> {
        let conn = self.books.conn;
        let mut record = found.record;
        let held = |class, why: String| Ok(Carried::Held(Held::new(class, why)));
        if known.as_ref().is_some_and(|k| k.id != record.id) {
            return held(Class::Identity, "its id changed; ids are for ever".into());
        }
        if record.id != key && known.is_none() && remember::id_is_taken(conn, &map.kind, &record.id)? {
            return held(Class::Identity, "another row has the same id".into());
        }
        if review.is_some() {
            if let Some(why) = drafts::refused(conn, &map.kind, key, fingerprint)? {
                return held(Class::RefusedByReviewer, why);
            }
            if drafts::holds(conn, &map.kind, key, fingerprint, known.as_ref().map_or(0, |k| k.version))? {
                return Ok(Carried::Drafted);
            }
        }
        let visible = known.as_ref().filter(|k| !k.retracted);
        let mut opened_document = found.document;
        // What was refused outside never stood there: sending it again corrects nothing.
        let stands = visible.filter(|k| !k.was_refused());
        // The far side holds something else under this name: what it is like does not make it unchanged. And what was flagged
        // is not settled by standing there.
        let bay = Bay::of(review);
        let again = known.as_ref().is_some_and(Exported::goes_again) || bay == Bay::Flagged;
        if let Some(stands) = stands.filter(|_| map.shape.requires.contains(&Requirement::CorrectionApproval)) {
            if let Some((field, opened)) = &mut opened_document
                && let Some(Value::Document(reference)) = record.fields.get_mut(field)
            {
                match opened.sha256() {
                    Ok(sha256) => reference.sha256 = sha256,
                    Err(e) => return held(Class::Document, format!("field `{field}`: {e}")),
                }
            }
            if record.content_digest()? == stands.content && !again {
                return self.unchanged(map, key, &record, fingerprint);
            }
            if !again_the_same(&record, stands, again)? && !Screen::is_approved_correction(&record) {
                let why =
                    "it was published and changed; who approved the correction, when and why is missing (article 16)";
                return held(Class::CorrectionNotApproved, why.into());
            }
        }
        let reason = review.filter(|_| bay == Bay::Flagged).map_or("", |h| &h.why);
        let reason = &reason[..reason.floor_char_boundary(REASON_BYTES_MAX)];
        let document = match opened_document {
            None => None,
            Some((field, opened)) => match self.document(bay, reason, &mut record, &field, opened)? {
                Ok(document) => document,
                Err(held) => return Ok(Carried::Held(held)),
            },
        };
        let (encoded, content) = match found.encoded {
            Some(encoded) => encoded,
            None => encoded(&record)?,
        };
        if document.is_none() && !again && stands.is_some_and(|k| k.content == content) {
            // Something changed that does not cross: remembered, not sent.
            return self.unchanged(map, key, &record, fingerprint);
        }
        let late_approver = found.late_approved.as_deref().unwrap_or_default();
        let leaving = Leaving { key, record: &record, content, fingerprint, document, quality, late_approver };
        self.carrier.record(bay, &record.kind, reason, &encoded)?;
        match review {
            Some(_) => drafts::add(conn, bay, &leaving, &encoded).map(|()| Carried::Drafted),
            None => self.books.left(&leaving, known.as_ref()).map(|()| Carried::Sent),
        }
    }

    fn unchanged(&mut self, map: &KindMap, key: &str, record: &Record, fingerprint: &[u8]) -> Result<Carried> {
        self.counts(map).unchanged += 1;
        remember::only_fingerprint(self.books.conn, &map.kind, key, fingerprint)?;
        self.books.follow(record)?;
        Ok(Carried::Unchanged)
    }

    /// Seals the document of a record, once for each place that it goes to. Gives its SHA-256.
    fn document(
        &mut self,
        bay: Bay,
        reason: &str,
        record: &mut Record,
        field: &str,
        mut opened: OpenDocument,
    ) -> Result<std::result::Result<Option<[u8; 32]>, Held>> {
        let Some(Value::Document(reference)) = record.fields.get(field) else { return Ok(Ok(None)) };
        let (sha256, bytes) = match self.sealed.get(&(bay, opened.state)) {
            Some(known) => *known,
            None => {
                let entry = entry_of(record, &reference.name, &reference.media_type, reason);
                let mut counted = Counted { inner: &mut opened.file, bytes: 0 };
                let sha256 = self.carrier.document(bay, entry, &mut counted)?;
                (sha256, counted.bytes)
            }
        };
        if !opened.is_unchanged() {
            // Its bytes are in the batch, but nothing names them there: the far side drops them.
            let why = format!("field `{field}`: the document changed while it was read; the next run reads it again");
            return Ok(Err(Held::new(Class::Document, why)));
        }
        if self.sealed.len() < SEALED_MAX {
            self.sealed.insert((bay, opened.state), (sha256, bytes));
        }
        if let Some(Value::Document(reference)) = record.fields.get_mut(field) {
            (reference.sha256, reference.bytes) = (sha256, bytes);
        }
        Ok(Ok(Some(sha256)))
    }

    /// Whether a document has other bytes than those that were sent. What cannot be read is looked at as if it had.
    pub fn has_other_bytes(&mut self, document: Option<OpenDocument>, sent: &[u8; 32]) -> Result<bool> {
        let Some(mut opened) = document else { return Ok(true) };
        if let Some(sha256) = self.read.get(&opened.state) {
            return Ok(sha256 != sent);
        }
        let Ok(sha256) = opened.sha256() else { return Ok(true) };
        if self.read.len() < SEALED_MAX {
            self.read.insert(opened.state, sha256);
        }
        Ok(sha256 != *sent)
    }

    /// Withholds an item: its entry crosses, unless it did for this reason.
    pub fn withhold(&mut self, map: &KindMap, key: &str, form: &Form) -> Result<()> {
        let entry = withhold::begin(self.books.conn, self.books.agent, &map.kind, key, form, self.books.now_s)?;
        self.covered.insert(key.to_owned());
        entry.map_or(Ok(()), |entry| self.program_record(entry))
    }

    /// No form withholds an item now; its entry is taken back if there is one.
    pub fn no_longer_withheld(&mut self, map: &KindMap, key: &str) -> Result<()> {
        if !self.withheld.contains(&map.kind) {
            return Ok(());
        }
        let entry = withhold::end(self.books.conn, self.books.agent, &map.kind, key, self.books.now_s)?;
        entry.map_or(Ok(()), |entry| self.program_record(entry))
    }

    /// Ends what is withheld of a kind without being covered by a form in this full run: its row is gone, and it was never
    /// exported, so nothing else meets it.
    pub fn end_uncovered(&mut self, map: &KindMap) -> Result<()> {
        let covered = std::mem::take(&mut self.covered);
        for key in withhold::keys(self.books.conn, &map.kind)?.iter().filter(|k| !covered.contains(*k)) {
            self.no_longer_withheld(map, key)?;
        }
        Ok(())
    }

    /// What the two sides agreed on.
    pub fn rules(&self) -> Rules<'a> {
        Rules { catalogue: &self.books.agent.catalogue, policy: &self.books.agent.policy }
    }

    /// A row that is no longer there, or no longer of this kind.
    pub fn vanish(&mut self, map: &KindMap, gone: Exported, because: Because) -> Result<()> {
        self.no_longer_withheld(map, &gone.key)?;
        secrets::forget(self.books.conn, &map.kind, &gone.key)?;
        // A retraction that the far side refused has lost its fingerprint and goes out again.
        if gone.retracted && !gone.goes_again() { Ok(()) } else { self.retract(map, gone, because) }
    }

    /// Takes back what stands outside.
    pub fn retract(&mut self, map: &KindMap, gone: Exported, because: Because) -> Result<()> {
        let mut record = Record::new(&map.kind, &gone.id, self.version_above(&map.kind, &gone.key, gone.version)?);
        (record.case_id, record.person, record.retracted) = (gone.case_id, gone.person, true);
        history::retracted(self.books.conn, self.books.at(), (&map.kind, &gone.key), &because)?;
        record.fields.extend(because.fields);
        // What an operator typed as a reason must not stop the retraction, nor bring out what may not leave.
        if !sight::is_clean(self.rules(), &record) {
            record.fields.clear();
        }
        let (encoded, content) = encoded(&record)?;
        self.carrier.record(Bay::Batch, &record.kind, "", &encoded)?;
        self.books.change.replace(&record, (!gone.retracted).then_some(&gone.content), &content)?;
        self.counts(map).retracted += 1;
        self.books.follow(&record)?;
        let now = Now::retracted(&gone.key, &content, self.books.number, self.books.now_s);
        remember::record(self.books.conn, &record, &now)
    }

    /// A retraction of what only the far side holds: our root never counted it.
    pub fn take_back(&mut self, record: &Record) -> Result<()> {
        self.carrier.record(Bay::Batch, &record.kind, "", &record.encode()?)
    }

    /// A record that the program itself makes, such as the entry of what is withheld.
    ///
    /// Its version is the one above what was exported.
    pub fn program_record(&mut self, mut record: Record) -> Result<()> {
        let before = remember::exported(self.books.conn, &record.kind, &record.id)?;
        record.version = floor::above(self.floor, before.as_ref().map_or(0, |b| b.version));
        let record = &record;
        let (encoded, content) = encoded(record)?;
        self.carrier.record(Bay::Batch, &record.kind, "", &encoded)?;
        let visible = before.as_ref().filter(|k| !k.retracted);
        self.books.change.replace(record, visible.map(|k| &k.content), &content)?;
        let counts = self.books.counts(&record.kind);
        match (&before, record.retracted) {
            (_, true) => counts.retracted += 1,
            (None, _) => counts.new += 1,
            (Some(_), _) => counts.changed += 1,
        }
        let now = if record.retracted {
            Now::retracted(&record.id, &content, self.books.number, self.books.now_s)
        } else {
            Now::made(&record.id, &content, self.books.number, self.books.now_s)
        };
        remember::record(self.books.conn, record, &now)
    }
}

/// Whether a record only repeats what was exported, since the far side holds something else.
fn again_the_same(record: &Record, stands: &Exported, again: bool) -> Result<bool> {
    Ok(again && record.content_digest()? == stands.content)
}

/// The encoding of a record, and its content digest.
pub fn encoded(record: &Record) -> Result<(Vec<u8>, [u8; 32])> {
    let encoded = record.encode()?;
    let content = record.content_digest_of(&encoded);
    Ok((encoded, content))
}

fn entry_of(record: &Record, name: &str, media_type: &str, reason: &str) -> Document {
    Document {
        kind: record.kind.clone(),
        name: format!("{}/{name}", folder(&record.id)),
        version: record.version,
        media_type: media_type.to_owned(),
        reason: reason.to_owned(),
    }
}

/// A folder name for `ferry open`: the id where it is plain, else nothing that could leave the folder.
pub fn folder(id: &str) -> String {
    id.chars().map(|c| if c.is_alphanumeric() || c == '-' || c == '_' { c } else { '_' }).collect()
}

/// Counts what the carrier really read.
struct Counted<'a> {
    inner: &'a mut std::fs::File,
    bytes: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(out)?;
        self.bytes += n as u64;
        Ok(n)
    }
}
