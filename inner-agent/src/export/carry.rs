//! What goes out: each record with the document that it names, remembered in the ledger and counted in the state root in
//! the same transaction.

use crate::agent::Agent;
use crate::export::counts::{Collected, Counts};
use crate::export::held::{Class, Held};
use crate::export::history::{self, At, Because};
use crate::export::remember::{self, Exported, Now};
use crate::export::screen::{Quality, Screen};
use crate::export::sight::{self, Rules};
use crate::export::{floor, secrets, served, withhold};
use crate::source::convert;
use crate::source::documents::{FileState, OpenDocument};
use crate::source::mapping::{Found, KindMap};
use crate::source::withholding::Form;
use ferry_channel::failure::Result;
use ferry_channel::root::Tally;
use ferry_format::catalogue::Requirement;
use ferry_format::limits::REASON_BYTES_MAX;
use ferry_format::record::{Record, Value};
use ferry_format::seal::Document;
use rusqlite::{Connection, params};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::Read;

/// Documents of one run that are remembered, so that a file that many rows name is sealed once.
const SEALED_MAX: usize = 65_536;

/// Where collected records go: a batch, or nowhere for a plan.
pub trait Carrier {
    /// Takes a document, before the record that names it; gives its SHA-256.
    fn document(&mut self, document: Document, input: &mut dyn Read) -> Result<[u8; 32]>;
    /// Takes a record of that kind, encoded.
    fn record(&mut self, kind: &str, encoded: &[u8]) -> Result<()>;
    /// Takes a record that the scanner flagged for a reason, and its document, into a draft of their own.
    fn flagged(
        &mut self,
        record: &mut Record,
        reason: &str,
        document: Option<(&str, Document, &mut dyn Read)>,
    ) -> Result<()>;
}

/// One run's departures.
pub struct Departures<'a> {
    /// The agent.
    pub agent: &'a Agent,
    /// The ledger, in the run's transaction.
    pub conn: &'a Connection,
    /// Epoch and sequence of the batch.
    pub number: (u64, u64),
    /// Now.
    pub now_s: i64,
    /// Counts by kind.
    pub collected: Collected,
    /// Change of the state root.
    pub change: Tally,
    /// Case and person of consents that came, changed or went in this run.
    pub consents: BTreeSet<(String, String)>,
    carrier: &'a mut dyn Carrier,
    /// The field of a case with its number, as people name it.
    case_number: Option<&'a str>,
    /// Whether what a consent concerns is looked at again; a full run looks at everything.
    follows_consents: bool,
    sealed: HashMap<FileState, ([u8; 32], u64)>,
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
    pub fn new(
        agent: &'a Agent,
        conn: &'a Connection,
        number: (u64, u64),
        now_s: i64,
        follows_consents: bool,
        carrier: &'a mut dyn Carrier,
    ) -> Result<Self> {
        let (collected, change) = (Collected::default(), Tally::start());
        let (consents, sealed, read) = (BTreeSet::new(), HashMap::new(), HashMap::new());
        let withheld = withhold::kinds(conn)?;
        let (case_number, floor) = (agent.catalogue.case_number_field(), floor::get(conn)?);
        Ok(Self {
            agent,
            conn,
            number,
            now_s,
            collected,
            change,
            consents,
            carrier,
            case_number,
            follows_consents,
            sealed,
            covered: HashSet::new(),
            withheld,
            floor,
            read,
        })
    }

    /// The version after `before`.
    pub fn version_above(&self, before: u64) -> u64 {
        floor::above(self.floor, before)
    }

    /// The court's day of a second, `YYYY-MM-DD`.
    fn day(&self, at_s: i64) -> String {
        convert::today(at_s, self.agent.schedule.zone())
    }

    fn at(&self) -> At {
        At { number: self.number, now_s: self.now_s }
    }

    /// The counts of a kind.
    pub fn counts(&mut self, map: &KindMap) -> &mut Counts {
        if !self.collected.0.contains_key(&map.kind) {
            self.collected.0.insert(map.kind.clone(), Counts::default());
        }
        self.collected.0.entry(map.kind.clone()).or_default()
    }

    /// Sends a record that was screened, unless it says what stands outside already.
    pub fn carry(
        &mut self,
        map: &KindMap,
        key: &str,
        found: Found,
        known: Option<Exported>,
        fingerprint: &[u8],
        quality: Quality,
    ) -> Result<std::result::Result<(), Held>> {
        let mut record = found.record;
        let identity = |why: &str| Ok(Err(Held::new(Class::Identity, why)));
        if known.as_ref().is_some_and(|k| k.id != record.id) {
            return identity("its id changed; ids are for ever");
        }
        if record.id != key && known.is_none() && remember::id_is_taken(self.conn, &map.kind, &record.id)? {
            return identity("another row has the same id");
        }
        let visible = known.as_ref().filter(|k| !k.retracted);
        let mut opened_document = found.document;
        // What was refused outside never stood there: sending it again corrects nothing.
        let stands = visible.filter(|k| !k.was_refused());
        // The far side holds something else under this name: what it is like does not make it unchanged.
        let again = known.as_ref().is_some_and(Exported::goes_again);
        if let Some(stands) = stands.filter(|_| map.shape.requires.contains(&Requirement::CorrectionApproval)) {
            if let Some((field, opened)) = &mut opened_document
                && let Some(Value::Document(reference)) = record.fields.get_mut(field)
            {
                match opened.sha256() {
                    Ok(sha256) => reference.sha256 = sha256,
                    Err(e) => return Ok(Err(Held::new(Class::Document, format!("field `{field}`: {e}")))),
                }
            }
            if record.content_digest()? == stands.content && !again {
                self.counts(map).unchanged += 1;
                remember::only_fingerprint(self.conn, &map.kind, key, fingerprint)?;
                self.follow(&record)?;
                return Ok(Ok(()));
            }
            if !again_the_same(&record, stands, again)? && !Screen::is_approved_correction(&record) {
                let why =
                    "it was published and changed; who approved the correction, when and why is missing (article 16)";
                return Ok(Err(Held::new(Class::CorrectionNotApproved, why)));
            }
        }
        let mut document = None;
        if let Some((field, mut opened)) = opened_document
            && let Some(Value::Document(reference)) = record.fields.get(&field)
        {
            let (sha256, bytes) = match self.sealed.get(&opened.state) {
                Some(known) => *known,
                None => {
                    let entry = entry_of(&record, &reference.name, &reference.media_type, "");
                    let mut counted = Counted { inner: &mut opened.file, bytes: 0 };
                    let sha256 = self.carrier.document(entry, &mut counted)?;
                    (sha256, counted.bytes)
                }
            };
            if !opened.is_unchanged() {
                // Its bytes are in the batch, but nothing names them there: the far side drops them.
                let why =
                    format!("field `{field}`: the document changed while it was read; the next run reads it again");
                return Ok(Err(Held::new(Class::Document, why)));
            }
            if self.sealed.len() < SEALED_MAX {
                self.sealed.insert(opened.state, (sha256, bytes));
            }
            if let Some(Value::Document(reference)) = record.fields.get_mut(&field) {
                (reference.sha256, reference.bytes) = (sha256, bytes);
            }
            document = Some(sha256);
        }
        let (encoded, content) = match found.encoded {
            Some(encoded) => encoded,
            None => encoded(&record)?,
        };
        let now =
            Now { key, fingerprint, content: &content, document, quality, number: self.number, now_s: self.now_s };
        if document.is_none() && !again && stands.is_some_and(|k| k.content == content) {
            // Something changed that does not cross: remembered, not sent.
            self.counts(map).unchanged += 1;
            remember::only_fingerprint(self.conn, &map.kind, key, fingerprint)?;
            self.follow(&record)?;
            return Ok(Ok(()));
        }
        self.carrier.record(&record.kind, &encoded)?;
        self.change.replace(&record, visible.map(|k| &k.content), &content)?;
        let corrected = stands.is_some() && !record.text("correction-why").is_empty();
        if corrected {
            history::corrected(self.conn, self.at(), key, &record)?;
        }
        // A late entry counts once, when it crosses, and not again with every change of the record.
        let lateness = quality.lateness();
        let counted = known.as_ref().is_some_and(|k| k.late == lateness && !k.was_refused());
        let lateness = if counted { 0 } else { lateness };
        if lateness > 0 {
            let approver = found.late_approved.as_deref().unwrap_or_default();
            history::late(self.conn, self.at(), key, &record, approver)?;
        }
        let counts = self.counts(map);
        match &known {
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
        self.follow(&record)?;
        if let Some(sha256) = document.filter(|_| map.shape.served) {
            served::note(self.conn, &record, &sha256, self.number, self.now_s)?;
        }
        remember::record(self.conn, &record, &now)?;
        Ok(Ok(()))
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

    /// Puts a record that the scanner flagged into the draft of flagged records.
    pub fn flag(&mut self, found: Found, why: &str) -> Result<()> {
        let reason = &why[..why.floor_char_boundary(REASON_BYTES_MAX)];
        let Found { mut record, document, .. } = found;
        let Some((field, mut opened)) = document else { return self.carrier.flagged(&mut record, reason, None) };
        let Some(Value::Document(reference)) = record.fields.get(&field) else { return Ok(()) };
        let entry = entry_of(&record, &reference.name, &reference.media_type, reason);
        self.carrier.flagged(&mut record, reason, Some((&field, entry, &mut opened.file)))
    }

    /// Withholds an item: its entry crosses, unless it did for this reason.
    pub fn withhold(&mut self, map: &KindMap, key: &str, form: &Form) -> Result<()> {
        let entry = withhold::begin(self.conn, self.agent, &map.kind, key, form, self.now_s)?;
        self.covered.insert(key.to_owned());
        entry.map_or(Ok(()), |entry| self.program_record(entry))
    }

    /// No form withholds an item now; its entry is taken back if there is one.
    pub fn no_longer_withheld(&mut self, map: &KindMap, key: &str) -> Result<()> {
        if !self.withheld.contains(&map.kind) {
            return Ok(());
        }
        let entry = withhold::end(self.conn, self.agent, &map.kind, key, self.now_s)?;
        entry.map_or(Ok(()), |entry| self.program_record(entry))
    }

    /// Ends what is withheld of a kind without being covered by a form in this full run: its row is gone, and it was never
    /// exported, so nothing else meets it.
    pub fn end_uncovered(&mut self, map: &KindMap) -> Result<()> {
        let covered = std::mem::take(&mut self.covered);
        for key in withhold::keys(self.conn, &map.kind)?.iter().filter(|k| !covered.contains(*k)) {
            self.no_longer_withheld(map, key)?;
        }
        Ok(())
    }

    /// What the two sides agreed on.
    pub fn rules(&self) -> Rules<'a> {
        Rules { catalogue: &self.agent.catalogue, policy: &self.agent.policy }
    }

    /// What else depends on a record: the step of its case, who stands in it, and the consents to electronic service.
    fn follow(&mut self, record: &Record) -> Result<()> {
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

    /// A row that is no longer there, or no longer of this kind.
    pub fn vanish(&mut self, map: &KindMap, gone: Exported, because: Because) -> Result<()> {
        self.no_longer_withheld(map, &gone.key)?;
        secrets::forget(self.conn, &map.kind, &gone.key)?;
        // A retraction that the far side refused has lost its fingerprint and goes out again.
        if gone.retracted && !gone.goes_again() { Ok(()) } else { self.retract(map, gone, because) }
    }

    /// Takes back what stands outside.
    pub fn retract(&mut self, map: &KindMap, gone: Exported, because: Because) -> Result<()> {
        let mut record = Record::new(&map.kind, &gone.id, self.version_above(gone.version));
        (record.case_id, record.person, record.retracted) = (gone.case_id, gone.person, true);
        history::retracted(self.conn, self.at(), (&map.kind, &gone.key), &because)?;
        record.fields.extend(because.fields);
        // What an operator typed as a reason must not stop the retraction, nor bring out what may not leave.
        if !sight::is_clean(self.rules(), &record) {
            record.fields.clear();
        }
        let (encoded, content) = encoded(&record)?;
        self.carrier.record(&record.kind, &encoded)?;
        self.change.replace(&record, (!gone.retracted).then_some(&gone.content), &content)?;
        self.counts(map).retracted += 1;
        self.follow(&record)?;
        let now = Now::retracted(&gone.key, &content, self.number, self.now_s);
        remember::record(self.conn, &record, &now)
    }

    /// A retraction of what only the far side holds: our root never counted it.
    pub fn take_back(&mut self, record: &Record) -> Result<()> {
        self.carrier.record(&record.kind, &record.encode()?)
    }

    /// A record that the program itself makes, such as the entry of what is withheld.
    ///
    /// Its version is the one above what was exported.
    pub fn program_record(&mut self, mut record: Record) -> Result<()> {
        let before = remember::exported(self.conn, &record.kind, &record.id)?;
        record.version = self.version_above(before.as_ref().map_or(0, |b| b.version));
        let record = &record;
        let (encoded, content) = encoded(record)?;
        self.carrier.record(&record.kind, &encoded)?;
        let visible = before.as_ref().filter(|k| !k.retracted);
        self.change.replace(record, visible.map(|k| &k.content), &content)?;
        let counts = self.collected.0.entry(record.kind.clone()).or_default();
        match (&before, record.retracted) {
            (_, true) => counts.retracted += 1,
            (None, _) => counts.new += 1,
            (Some(_), _) => counts.changed += 1,
        }
        let now = if record.retracted {
            Now::retracted(&record.id, &content, self.number, self.now_s)
        } else {
            Now::made(&record.id, &content, self.number, self.now_s)
        };
        remember::record(self.conn, record, &now)
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
fn folder(id: &str) -> String {
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
