//! Collecting: the platform's rows beside what was exported before. A full run walks both in the order of their keys; a
//! run of changes looks at the rows that changed since the last one, at what the log of deletions names, and at what an
//! approval form or a consent that came or went concerns. Its cost follows the change.

use crate::agent::Agent;
use crate::export::counts::{Collected, Counts};
use crate::export::cursor;
use crate::export::held::{Class, Held};
use crate::export::history::{self, At, Because};
use crate::export::remember::{self, Before, Exported, Now};
use crate::export::revisit::Revisit;
use crate::export::screen::{Quality, Screen};
use crate::export::withhold::{self, Withholding};
use crate::source::documents::FileState;
use crate::source::mapping::{Found, KindMap};
use crate::source::{Row, Rows, Source, convert};
use ferry_channel::failure::Result;
use ferry_format::catalogue::Requirement;
use ferry_format::record::{Record, Value};
use ferry_format::root::Buckets;
use ferry_format::seal::Document;
use indicatif::ProgressBar;
use rusqlite::{Connection, params};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::Read;

/// Held records that a run names; all of them stand in the `held` table.
const HELD_NAMED_MAX: usize = 100;
/// Documents of one run that are remembered, so that a file that many rows name is sealed once.
const SEALED_MAX: usize = 65_536;
/// Why a record goes whose row is no longer there.
const GONE: &str = "平台已无此行 no longer in the platform";

/// Where collected records go: a batch, or nowhere for a plan.
pub trait Carrier {
    /// Takes a document, before the record that names it; gives its SHA-256.
    fn document(&mut self, document: Document, input: &mut dyn Read) -> Result<[u8; 32]>;
    /// Takes a record.
    fn record(&mut self, record: &Record) -> Result<()>;
}

/// What a run collected.
pub struct Run {
    /// Counts by kind.
    pub collected: Collected,
    /// Change of the state root.
    pub change: Buckets,
    /// Whether every row was compared.
    pub full: bool,
    /// Rows that were read.
    pub rows: u64,
    /// Approval forms that withhold nothing, with the reason.
    pub defective_forms: Vec<(String, String)>,
}

/// Collects every kind into `carrier`, in the caller's transaction.
pub fn collect(
    agent: &Agent,
    conn: &Connection,
    source: &Source,
    number: (u64, u64),
    carrier: &mut dyn Carrier,
    bar: &ProgressBar,
    (now_s, full): (i64, bool),
) -> Result<Run> {
    let today = convert::today(now_s, agent.schedule.zone());
    source.database.begin()?;
    let full = full || cursor::is_full_due(conn, source, &agent.full, now_s)?;
    let withholding = Withholding::load(conn, source, &today)?;
    let revisit = if full { Revisit::default() } else { Revisit::of(conn, source, &withholding)? };
    remember::begin(conn)?;
    if full {
        remember::set_aside(conn, None)?;
    }
    let mut walk = Walk {
        agent,
        conn,
        source,
        number,
        now_s,
        collected: Collected::default(),
        change: Buckets::default(),
        sealed: HashMap::new(),
        screen: Screen::new(agent, conn, today),
        withholding: &withholding,
        consents: BTreeSet::new(),
        case_number: agent.catalogue.case_number_field(),
        carrier,
        bar,
        rows: 0,
    };
    for map in &source.kinds {
        if full { walk.all(map)? } else { walk.changes(map, &revisit)? }
    }
    let Walk { collected, change, rows, .. } = walk;
    withholding.remember(conn)?;
    history::defective_forms(conn, &withholding.in_force.defective, now_s)?;
    if full {
        cursor::note_full(conn, source, now_s)?;
    }
    source.database.end()?;
    Ok(Run { collected, change, full, rows, defective_forms: withholding.in_force.defective })
}

struct Walk<'a> {
    agent: &'a Agent,
    conn: &'a Connection,
    source: &'a Source,
    number: (u64, u64),
    now_s: i64,
    collected: Collected,
    change: Buckets,
    sealed: HashMap<FileState, ([u8; 32], u64)>,
    screen: Screen<'a>,
    withholding: &'a Withholding,
    /// Case and person of consents that came, changed or went in this run.
    consents: BTreeSet<(String, String)>,
    /// The field of a case with its number, as people name it.
    case_number: Option<&'a str>,
    carrier: &'a mut dyn Carrier,
    bar: &'a ProgressBar,
    rows: u64,
}

impl Walk<'_> {
    /// Every row of a kind beside everything that was exported of it.
    fn all(&mut self, map: &KindMap) -> Result<()> {
        let source = self.source;
        remember::set_aside(self.conn, Some(&map.kind))?;
        let mut before = Before::all(self.conn, &map.kind);
        let (mut last, mut newest): (Option<String>, Option<String>) = (None, None);
        let wanted = Rows::All { key: map.mapping.key_column() };
        source.database.rows(&map.mapping.sql, &map.columns, wanted, &mut |row| {
            self.count_row();
            newest = newest.take().max(map.changed(row)?);
            let key = map.key(row)?;
            if key.is_empty() || last.as_deref() == Some(&key) {
                let why = if key.is_empty() { "its key column is empty" } else { "another row has the same key" };
                return self.hold(map, &key, row, &Held::new(Class::Identity, why));
            }
            while let Some(gone) = before.below(Some(&key))? {
                self.vanish(map, gone, GONE)?;
            }
            last = Some(key.clone());
            let known = before.take(&key)?;
            self.visit(map, row, &key, known)
        })?;
        while let Some(gone) = before.below(None)? {
            self.vanish(map, gone, GONE)?;
        }
        cursor::set(self.conn, &map.kind, newest.as_deref())
    }

    /// The rows of a kind that changed, and those that must be looked at again.
    fn changes(&mut self, map: &KindMap, revisit: &Revisit) -> Result<()> {
        let Some(changed) = &map.mapping.changed else { return self.all(map) };
        let source = self.source;
        let mut newest = cursor::get(self.conn, &map.kind)?;
        let mut seen = HashSet::new();
        let since = cursor::since(newest.as_deref(), source.overlap_minutes);
        let wanted = Rows::Changed { key: map.mapping.key_column(), changed, since: &since };
        source.database.rows(&map.mapping.sql, &map.columns, wanted, &mut |row| {
            newest = newest.take().max(map.changed(row)?);
            self.one(map, row, &mut seen)
        })?;
        cursor::set(self.conn, &map.kind, newest.as_deref())?;
        let mut keys: BTreeSet<String> = remember::to_try_again(self.conn, &map.kind, &self.consents)?;
        if let Some(table) = &map.mapping.table {
            keys.extend(revisit.items.iter().filter(|(t, _)| t == table).map(|(_, key)| key.clone()));
        }
        for key in keys.into_iter().filter(|k| !seen.contains(k)).collect::<Vec<_>>() {
            let mut met = false;
            let wanted = Rows::With { column: map.mapping.key_column(), value: &key };
            source.database.rows(&map.mapping.sql, &map.columns, wanted, &mut |row| {
                met = true;
                self.one(map, row, &mut seen)
            })?;
            if !met {
                remember::no_longer_held(self.conn, &map.kind, &key)?;
                if let Some(gone) = remember::exported(self.conn, &map.kind, &key)? {
                    self.vanish(map, gone, GONE)?;
                }
            }
        }
        for case in &revisit.cases {
            let Some(column) = &map.mapping.case else { break };
            let wanted = Rows::With { column, value: case };
            source.database.rows(&map.mapping.sql, &map.columns, wanted, &mut |row| self.one(map, row, &mut seen))?;
        }
        Ok(())
    }

    fn count_row(&mut self) {
        self.rows += 1;
        self.bar.inc(1);
    }

    /// A row that is looked at by itself, unless it was before in this run.
    fn one(&mut self, map: &KindMap, row: &dyn Row, seen: &mut HashSet<String>) -> Result<()> {
        self.count_row();
        let key = map.key(row)?;
        if !seen.insert(key.clone()) {
            return Ok(());
        }
        if key.is_empty() {
            return self.hold(map, &key, row, &Held::new(Class::Identity, "its key column is empty"));
        }
        remember::no_longer_held(self.conn, &map.kind, &key)?;
        let known = remember::exported(self.conn, &map.kind, &key)?;
        self.visit(map, row, &key, known)
    }

    fn visit(&mut self, map: &KindMap, row: &dyn Row, key: &str, known: Option<Exported>) -> Result<()> {
        let visible = known.as_ref().is_some_and(|k| !k.retracted);
        if !map.is_of_kind(row)? {
            return known.map_or(Ok(()), |k| self.vanish(map, k, "不再属于此类 no longer of this kind"));
        }
        let case = map.case(row)?;
        let withholding = self.withholding;
        if let Some(form) = withholding.in_force.covers(map.mapping.table.as_deref(), key, case.as_deref()) {
            self.counts(map).withheld += 1;
            if let Some(known) = known.filter(|_| visible) {
                let why = format!("审批表 form {} ({})", form.form, form.reason);
                self.retract(map, known, &Because { by: form.approved.clone(), why })?;
            }
            if let Some(entry) = withhold::begin(self.conn, self.agent, &map.kind, key, form, self.now_s)? {
                self.program_record(&entry)?;
            }
            return Ok(());
        }
        if let Some(entry) = withhold::end(self.conn, self.agent, &map.kind, key, self.now_s)? {
            self.program_record(&entry)?;
        }
        if let Some(class) = map.kept_in(row)? {
            if let Some(known) = known.filter(|_| visible) {
                self.retract(map, known, &Because::of(class.zh()))?;
            }
            return self.hold(map, key, row, &Held::new(class, class.zh()));
        }
        let fingerprint = map.fingerprint(row, &self.source.documents)?;
        if known.as_ref().is_some_and(|e| e.fingerprint == fingerprint) {
            self.counts(map).unchanged += 1;
            return Ok(());
        }
        let version = known.as_ref().map_or(1, |e| e.version + 1);
        let mut found = match map.read(row, version, &self.source.documents)? {
            Ok(found) => found,
            Err(held) => return self.hold(map, key, row, &held),
        };
        match self.screen.pass(map, &mut found)? {
            Ok(quality) => match self.carry(map, key, found, known, &fingerprint, quality)? {
                Ok(()) => Ok(()),
                Err(held) => self.hold(map, key, row, &held),
            },
            Err(held) => {
                if let Some(known) = known.filter(|_| visible && held.class.takes_back()) {
                    self.retract(map, known, &Because::of(&held.why))?;
                }
                self.hold(map, key, row, &held)
            }
        }
    }

    fn carry(
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
        if let Some(stands) = stands.filter(|_| map.shape.requires.contains(&Requirement::CorrectionApproval)) {
            if let Some((field, opened)) = &mut opened_document
                && let Some(Value::Document(reference)) = record.fields.get_mut(field)
            {
                match opened.sha256() {
                    Ok(sha256) => reference.sha256 = sha256,
                    Err(e) => return Ok(Err(Held::new(Class::Document, format!("field `{field}`: {e}")))),
                }
            }
            if record.content_digest()? == stands.content {
                self.counts(map).unchanged += 1;
                remember::only_fingerprint(self.conn, &map.kind, key, fingerprint)?;
                return Ok(Ok(()));
            }
            if !Screen::is_approved_correction(&record) {
                let why =
                    "it was published and changed; who approved the correction, when and why is missing (article 16)";
                return Ok(Err(Held::new(Class::CorrectionNotApproved, why)));
            }
        }
        let mut document = None;
        if let Some((field, mut opened)) = opened_document
            && let Some(Value::Document(reference)) = record.fields.get_mut(&field)
        {
            let (sha256, bytes) = match self.sealed.get(&opened.state) {
                Some(known) => *known,
                None => {
                    let entry = Document {
                        kind: record.kind.clone(),
                        name: format!("{}/{}", folder(&record.id), reference.name),
                        version: record.version,
                        media_type: reference.media_type.clone(),
                        flagged: false,
                    };
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
            (reference.sha256, reference.bytes) = (sha256, bytes);
            document = Some(reference.sha256);
        }
        let content = record.content_digest()?;
        let now =
            Now { key, fingerprint, content: &content, document, quality, number: self.number, now_s: self.now_s };
        if document.is_none() && stands.is_some_and(|k| k.content == content) {
            // Something changed that does not cross: remembered, not sent.
            self.counts(map).unchanged += 1;
            remember::only_fingerprint(self.conn, &map.kind, key, fingerprint)?;
            return Ok(Ok(()));
        }
        self.carrier.record(&record)?;
        self.change.replace(&record, visible.map(|k| &k.content), &content);
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
        self.follow(&record)?;
        remember::record(self.conn, &record, &now)?;
        Ok(Ok(()))
    }

    /// What else depends on a record: the step of its case, and the consents to electronic service.
    fn follow(&mut self, record: &Record) -> Result<()> {
        let roles = &self.agent.catalogue.roles;
        if record.kind == roles.case {
            // What is retracted has no number of its own any more, and reports still name its case.
            let sql = "INSERT INTO step VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET step = excluded.step,
                         number = coalesce(nullif(excluded.number, ''), number)";
            let number = self.case_number.map_or("", |field| record.text(field));
            self.conn.prepare_cached(sql)?.execute([&record.case_id, record.text("step"), number])?;
        }
        if record.kind == roles.consent {
            self.conn.prepare_cached("DELETE FROM consent WHERE id = ?1")?.execute([&record.id])?;
            if !record.retracted {
                let sql = "INSERT INTO consent VALUES (?1, ?2, ?3, ?4, ?5)";
                let (since, until) = (record.text("signed-on"), record.text("until"));
                let row = params![record.id, record.case_id, record.person, since, until];
                self.conn.prepare_cached(sql)?.execute(row)?;
            }
            self.consents.insert((record.case_id.clone(), record.person.clone()));
        }
        Ok(())
    }

    /// A row that is no longer there, or no longer of this kind.
    fn vanish(&mut self, map: &KindMap, gone: Exported, why: &str) -> Result<()> {
        if let Some(entry) = withhold::end(self.conn, self.agent, &map.kind, &gone.key, self.now_s)? {
            self.program_record(&entry)?;
        }
        // A retraction that the far side refused has lost its fingerprint and goes out again.
        if gone.retracted && !gone.was_refused() { Ok(()) } else { self.retract(map, gone, &Because::of(why)) }
    }

    fn retract(&mut self, map: &KindMap, gone: Exported, because: &Because) -> Result<()> {
        let mut record = Record::new(&map.kind, &gone.id, gone.version + 1);
        (record.case_id, record.person, record.retracted) = (gone.case_id, gone.person, true);
        let content = record.content_digest()?;
        self.carrier.record(&record)?;
        self.change.replace(&record, (!gone.retracted).then_some(&gone.content), &content);
        self.counts(map).retracted += 1;
        history::retracted(self.conn, self.at(), (&map.kind, &gone.key), because)?;
        self.follow(&record)?;
        let now = Now::retracted(&gone.key, &content, self.number, self.now_s);
        remember::record(self.conn, &record, &now)
    }

    /// A record that the program itself makes, such as the entry of what is withheld.
    fn program_record(&mut self, record: &Record) -> Result<()> {
        let before = remember::exported(self.conn, &record.kind, &record.id)?;
        let content = record.content_digest()?;
        self.carrier.record(record)?;
        let visible = before.as_ref().filter(|k| !k.retracted);
        self.change.replace(record, visible.map(|k| &k.content), &content);
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

    fn at(&self) -> At {
        At { number: self.number, now_s: self.now_s }
    }

    fn counts(&mut self, map: &KindMap) -> &mut Counts {
        self.collected.0.entry(map.kind.clone()).or_default()
    }

    fn hold(&mut self, map: &KindMap, key: &str, row: &dyn Row, held: &Held) -> Result<()> {
        let case = map.case(row)?.unwrap_or_default();
        let person = map.person(row)?.unwrap_or_default();
        remember::held(self.conn, &map.kind, key, held, (&case, &person), self.now_s)?;
        if held.class.is_rule() {
            self.counts(map).kept_in += 1;
            return Ok(());
        }
        self.counts(map).held += 1;
        if self.collected.1.len() < HELD_NAMED_MAX {
            self.collected.1.push((map.kind.clone(), key.to_owned(), held.why.clone()));
        }
        Ok(())
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
