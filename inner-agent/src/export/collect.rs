//! Collecting: the platform's rows beside what was exported before, both in the order of their keys.

use crate::export::screen::screen;
use crate::source::Source;
use crate::source::mapping::{Found, KindMap};
use ferry_channel::failure::Result;
use ferry_format::catalogue::Catalogue;
use ferry_format::record::{Record, Value};
use ferry_format::root::Buckets;
use ferry_format::seal::Document;
use indicatif::ProgressBar;
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::Read;

/// Rows of what was exported that are read at once.
const PAGE_ROWS: usize = 4096;
/// Held records that a run names; all of them stand in the `held` table.
const HELD_NAMED_MAX: usize = 100;
/// Documents of one run that are remembered, so that a file that many rows name is sealed once.
const SEALED_MAX: usize = 65_536;

/// Where collected records go: a batch, or nowhere for a plan.
pub trait Carrier {
    /// Takes a document, before the record that names it; gives its SHA-256.
    fn document(&mut self, document: Document, input: &mut dyn Read) -> Result<[u8; 32]>;
    /// Takes a record.
    fn record(&mut self, record: &Record) -> Result<()>;
}

/// Counts of one kind.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Counts {
    /// Never exported before.
    pub new: u64,
    /// A higher version of something exported.
    pub changed: u64,
    /// Removed.
    pub retracted: u64,
    /// Kept back with a reason.
    pub held: u64,
    /// The same as before.
    pub unchanged: u64,
}

/// Counts by kind, and the first held records: kind, key, reason.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Collected(pub BTreeMap<String, Counts>, pub Vec<(String, String, String)>);

impl Collected {
    /// The sum over all kinds.
    pub fn total(&self) -> Counts {
        self.0.values().fold(Counts::default(), |a, b| Counts {
            new: a.new + b.new,
            changed: a.changed + b.changed,
            retracted: a.retracted + b.retracted,
            held: a.held + b.held,
            unchanged: a.unchanged + b.unchanged,
        })
    }
}

/// Collects every kind into `carrier`, in the caller's transaction. Gives counts and the change of the state root.
pub fn collect(
    conn: &Connection,
    source: &Source,
    catalogue: &Catalogue,
    number: (u64, u64),
    carrier: &mut dyn Carrier,
    bar: &ProgressBar,
    now_s: i64,
) -> Result<(Collected, Buckets)> {
    source.database.begin()?;
    conn.execute("DELETE FROM held", [])?;
    let mut collected = Collected::default();
    let mut change = Buckets::default();
    let mut sealed = HashMap::new();
    for map in &source.kinds {
        let mut walk = Walk {
            conn,
            source,
            catalogue,
            map,
            number,
            now_s,
            counts: Counts::default(),
            held: &mut collected.1,
            change: &mut change,
            sealed: &mut sealed,
            before: Before { conn, kind: &map.kind, page: VecDeque::new(), last: None, ended: false },
            newest_key: None,
        };
        source.database.rows(&map.mapping, |row| {
            bar.inc(1);
            walk.row(row, carrier)
        })?;
        walk.vanished_before(None, carrier)?;
        collected.0.insert(map.kind.clone(), walk.counts);
    }
    Ok((collected, change))
}

/// A row of the `exported` table.
struct Exported {
    key: String,
    id: String,
    version: u64,
    fingerprint: Vec<u8>,
    content: [u8; 32],
    retracted: bool,
    case_id: String,
    person: String,
}

/// What was exported of one kind, in the order of keys, a page at a time.
struct Before<'a> {
    conn: &'a Connection,
    kind: &'a str,
    page: VecDeque<Exported>,
    last: Option<String>,
    ended: bool,
}

impl Before<'_> {
    fn peek(&mut self) -> Result<Option<&Exported>> {
        if self.page.is_empty() && !self.ended {
            // Rows written meanwhile have smaller keys than the next unread one: they are not met again.
            let sql = "SELECT key, id, version, fingerprint, content, retracted, case_id, person FROM exported
                       WHERE kind = ?1 AND key > ?2 ORDER BY key LIMIT ?3";
            let mut statement = self.conn.prepare_cached(sql)?;
            let after = self.last.as_deref().unwrap_or("");
            let rows = statement.query_map(params![self.kind, after, PAGE_ROWS as i64], |r| {
                Ok(Exported {
                    key: r.get(0)?,
                    id: r.get(1)?,
                    version: r.get::<_, i64>(2)? as u64,
                    fingerprint: r.get(3)?,
                    content: r.get(4)?,
                    retracted: r.get(5)?,
                    case_id: r.get(6)?,
                    person: r.get(7)?,
                })
            })?;
            self.page = rows.collect::<rusqlite::Result<_>>()?;
            self.ended = self.page.len() < PAGE_ROWS;
            self.last = self.page.back().map(|e| e.key.clone());
        }
        Ok(self.page.front())
    }

    fn take(&mut self) -> Option<Exported> {
        self.page.pop_front()
    }
}

/// Inode, length and time of change: the same file with the same bytes.
type FileState = (u64, u64, i128);

struct Walk<'a> {
    conn: &'a Connection,
    source: &'a Source,
    catalogue: &'a Catalogue,
    map: &'a KindMap,
    number: (u64, u64),
    now_s: i64,
    counts: Counts,
    held: &'a mut Vec<(String, String, String)>,
    change: &'a mut Buckets,
    sealed: &'a mut HashMap<FileState, ([u8; 32], u64)>,
    before: Before<'a>,
    newest_key: Option<String>,
}

impl Walk<'_> {
    fn row(&mut self, row: &Row<'_>, carrier: &mut dyn Carrier) -> Result<()> {
        let key = self.map.key(row)?;
        if key.is_empty() {
            return self.hold(&key, "its key column is empty");
        }
        if self.newest_key.as_deref() == Some(&key) {
            return self.hold(&key, "another row has the same key");
        }
        self.vanished_before(Some(&key), carrier)?;
        self.newest_key = Some(key.clone());
        let known = match self.before.peek()? {
            Some(e) if e.key == key => self.before.take(),
            _ => None,
        };
        let fingerprint = self.map.fingerprint(row, &self.source.documents)?;
        if known.as_ref().is_some_and(|e| e.fingerprint == fingerprint) {
            self.counts.unchanged += 1;
            return Ok(());
        }
        let version = known.as_ref().map_or(1, |e| e.version + 1);
        let found = self.map.read(row, version, &self.source.documents)?;
        match found.and_then(|f| screen(self.catalogue, f)) {
            Ok(found) => self.carry(&key, found, known, &fingerprint, carrier),
            Err(why) => self.hold(&key, &why),
        }
    }

    fn carry(
        &mut self,
        key: &str,
        found: Found,
        known: Option<Exported>,
        fingerprint: &[u8],
        carrier: &mut dyn Carrier,
    ) -> Result<()> {
        let mut record = found.record;
        if known.as_ref().is_some_and(|k| k.id != record.id) {
            return self.hold(key, "its id changed; ids are for ever");
        }
        if record.id != key && known.is_none() && self.id_is_taken(&record.id)? {
            return self.hold(key, "another row has the same id");
        }
        let mut document = None;
        if let Some((field, mut opened)) = found.document
            && let Some(Value::Document(reference)) = record.fields.get_mut(&field)
        {
            let state = (opened.inode, opened.bytes, opened.modified_ns);
            let (sha256, bytes) = match self.sealed.get(&state) {
                Some(known) => *known,
                None => {
                    let entry = Document {
                        kind: record.kind.clone(),
                        name: format!("{}/{}", reference_folder(&record.id), reference.name),
                        version: record.version,
                        media_type: reference.media_type.clone(),
                        flagged: false,
                    };
                    let mut counted = Counted { inner: &mut opened.file, bytes: 0 };
                    (carrier.document(entry, &mut counted)?, counted.bytes)
                }
            };
            if self.sealed.len() < SEALED_MAX {
                self.sealed.insert(state, (sha256, bytes));
            }
            (reference.sha256, reference.bytes) = (sha256, bytes);
            document = Some(reference.sha256);
        }
        let content = record.content_digest()?;
        let visible = known.as_ref().filter(|k| !k.retracted);
        if document.is_none() && visible.is_some_and(|k| k.content == content && !k.fingerprint.is_empty()) {
            // Something changed that does not cross: remembered, not sent.
            self.counts.unchanged += 1;
            let sql = "UPDATE exported SET fingerprint = ?3 WHERE kind = ?1 AND key = ?2";
            self.conn.prepare_cached(sql)?.execute(params![self.map.kind, key, fingerprint])?;
            return Ok(());
        }
        carrier.record(&record)?;
        self.change.replace(&record, visible.map(|k| &k.content), &content);
        match known {
            None => self.counts.new += 1,
            Some(_) => self.counts.changed += 1,
        }
        self.remember(key, &record, fingerprint, &content, document.as_ref())
    }

    fn id_is_taken(&self, id: &str) -> Result<bool> {
        let sql = "SELECT EXISTS(SELECT 1 FROM exported WHERE kind = ?1 AND id = ?2 AND id <> key)";
        Ok(self.conn.prepare_cached(sql)?.query_row(params![self.map.kind, id], |r| r.get(0))?)
    }

    /// Retracts what was exported and is no longer in the platform's rows, up to `key`.
    fn vanished_before(&mut self, key: Option<&str>, carrier: &mut dyn Carrier) -> Result<()> {
        loop {
            match self.before.peek()? {
                Some(e) if key.is_none_or(|k| e.key.as_str() < k) => {}
                _ => return Ok(()),
            }
            let Some(gone) = self.before.take() else { return Ok(()) };
            // A retraction that the far side refused has lost its fingerprint and goes out again.
            if gone.retracted && !gone.fingerprint.is_empty() {
                continue;
            }
            let mut record = Record::new(&self.map.kind, &gone.id, gone.version + 1);
            (record.case_id, record.person, record.retracted) = (gone.case_id, gone.person, true);
            let content = record.content_digest()?;
            carrier.record(&record)?;
            self.change.replace(&record, (!gone.retracted).then_some(&gone.content), &content);
            self.counts.retracted += 1;
            self.remember(&gone.key, &record, b"retracted", &content, None)?;
        }
    }

    fn remember(
        &self,
        key: &str,
        record: &Record,
        fingerprint: &[u8],
        content: &[u8; 32],
        document: Option<&[u8; 32]>,
    ) -> Result<()> {
        let sql = "INSERT INTO exported VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                   ON CONFLICT(kind, key) DO UPDATE SET version = excluded.version, epoch = excluded.epoch,
                     sequence = excluded.sequence, fingerprint = excluded.fingerprint, content = excluded.content,
                     retracted = excluded.retracted, case_id = excluded.case_id, person = excluded.person,
                     document = excluded.document";
        self.conn.prepare_cached(sql)?.execute(params![
            self.map.kind,
            key,
            record.id,
            record.version as i64,
            self.number.0 as i64,
            self.number.1 as i64,
            fingerprint,
            content.as_slice(),
            record.retracted,
            record.case_id,
            record.person,
            document.map(<[u8; 32]>::as_slice)
        ])?;
        Ok(())
    }

    fn hold(&mut self, key: &str, reason: &str) -> Result<()> {
        self.counts.held += 1;
        // What stands on the far side of a held record stays as it is: it has not vanished.
        if self.before.peek()?.is_some_and(|e| e.key == key) {
            self.before.take();
        }
        if self.held.len() < HELD_NAMED_MAX {
            self.held.push((self.map.kind.clone(), key.to_owned(), reason.to_owned()));
        }
        let sql = "INSERT OR IGNORE INTO held VALUES (?1, ?2, ?3, ?4)";
        self.conn.prepare_cached(sql)?.execute(params![self.map.kind, key, reason, self.now_s])?;
        Ok(())
    }
}

/// A folder name for `ferry open`: the id where it is plain, else nothing that could leave the folder.
fn reference_folder(id: &str) -> String {
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
