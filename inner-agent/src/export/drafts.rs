//! Drafts: what waits for reviewers, sealed without a number and kept beside the outbox. What the scanner flagged goes into
//! one, clean records into another where the release rules want them approved before. A draft never holds up the rest, and a
//! secrecy mark keeps an item out of it.
//!
//! Nobody here can open a draft again: what is to be remembered when it crosses is kept in the ledger beside it.

use crate::export::books::Leaving;
use crate::export::carry::Bay;
use crate::export::held::Class as Holding;
use crate::export::remember::{self, Exported};
use crate::export::screen::Quality;
use ferry_channel::audit;
use ferry_channel::send::compose::{Composer, Draft, Outgoing};
use ferry_format::batch::seal::Document;
use ferry_format::crypto::hash::digest_words;
use ferry_format::frame::statement::ContentStatement;
use ferry_format::record::Record;
use ferry_format::trust::rules::Class;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

/// How long a settled draft is remembered, so that an approval that comes late is told what became of it.
const SETTLED_DAYS: i64 = 90;
/// Items that are read at once.
const PAGE_ROWS: usize = 1024;

/// Name of a draft while it is composed; no file has it.
fn under_way(bay: Bay) -> &'static str {
    if bay == Bay::Clean { ".clean" } else { ".flagged" }
}

/// A draft.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Name of its file.
    pub name: String,
    /// What is approved.
    pub content: ContentStatement,
    /// Its class.
    pub class: Class,
    /// `waiting`, `released`, `refused` or `superseded`.
    pub state: String,
    /// When it was made, seconds.
    pub at_s: i64,
    /// Records in it.
    pub records: u64,
    /// Documents in it.
    pub documents: u64,
    /// Why it is refused or superseded.
    pub why: Option<String>,
    /// Epoch and number of the batch that it became.
    pub number: Option<(u64, u64)>,
}

const COLUMNS: &str = "name, statement, class, state, at_s, records, documents, why, epoch, sequence";

fn read(r: &Row<'_>) -> rusqlite::Result<Result<Kept>> {
    let (statement, class): (Vec<u8>, String) = (r.get(1)?, r.get(2)?);
    let content = match ContentStatement::decode(&statement) {
        Ok(content) => content,
        Err(e) => return Ok(Err(e.into())),
    };
    let number: (Option<i64>, Option<i64>) = (r.get(8)?, r.get(9)?);
    Ok(Ok(Kept {
        name: r.get(0)?,
        content,
        class: Class::ALL.into_iter().find(|c| c.as_str() == class).unwrap_or(Class::Flagged),
        state: r.get(3)?,
        at_s: r.get(4)?,
        records: r.get::<_, i64>(5)? as u64,
        documents: r.get::<_, i64>(6)? as u64,
        why: r.get(7)?,
        number: number.0.zip(number.1).map(|(epoch, sequence)| (epoch as u64, sequence as u64)),
    }))
}

/// The folder of drafts in the agent's state.
pub fn folder(state: &Path) -> PathBuf {
    state.join("drafts")
}

/// Whether a draft holds an item as it is, under a version above the one that was exported.
pub fn holds(conn: &Connection, kind: &str, key: &str, fingerprint: &[u8], exported: u64) -> Result<bool> {
    let sql =
        "SELECT EXISTS(SELECT 1 FROM draft_item WHERE kind = ?1 AND key = ?2 AND fingerprint = ?3 AND version > ?4)";
    Ok(conn.prepare_cached(sql)?.query_row(params![kind, key, fingerprint, exported as i64], |r| r.get(0))?)
}

/// Why a reviewer refused an item, where it is still what he refused.
pub fn refused(conn: &Connection, kind: &str, key: &str, fingerprint: &[u8]) -> Result<Option<String>> {
    let sql = "SELECT why FROM refused_item WHERE kind = ?1 AND key = ?2 AND fingerprint = ?3";
    Ok(conn.prepare_cached(sql)?.query_row(params![kind, key, fingerprint], |r| r.get(0)).optional()?)
}

/// The newest version that a draft ever showed of an item; 0 for none.
pub fn newest_version(conn: &Connection, kind: &str, key: &str) -> Result<u64> {
    let sql = "SELECT version FROM drafted WHERE kind = ?1 AND key = ?2";
    let found: Option<i64> = conn.prepare_cached(sql)?.query_row([kind, key], |r| r.get(0)).optional()?;
    Ok(found.unwrap_or_default() as u64)
}

/// Notes a record in the draft under way, with what is to be remembered when it crosses.
pub fn add(conn: &Connection, bay: Bay, leaving: &Leaving<'_>, encoded: &[u8]) -> Result<()> {
    let (record, quality) = (leaving.record, &leaving.quality);
    let sql = "INSERT OR REPLACE INTO draft_item VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    conn.prepare_cached(sql)?.execute(params![
        record.kind,
        leaving.key,
        under_way(bay),
        record.id,
        record.version as i64,
        leaving.fingerprint,
        encoded,
        leaving.document.as_ref().map(<[u8; 32]>::as_slice),
        quality.lateness(),
        leaving.late_approver,
        quality.incomplete,
        quality.identifiers as i64,
        quality.unscannable,
        quality.unknown_case_type,
    ])?;
    let sql =
        "INSERT INTO drafted VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET version = max(version, excluded.version)";
    conn.prepare_cached(sql)?.execute(params![record.kind, leaving.key, record.version as i64])?;
    Ok(())
}

/// What waits in a draft of one record.
pub struct Item {
    /// Key in the platform.
    pub key: String,
    /// The record.
    pub record: Record,
    /// Its encoding.
    body: Vec<u8>,
    /// Digest over what it was made of.
    pub fingerprint: Vec<u8>,
    document: Option<[u8; 32]>,
    quality: Quality,
    late_approver: String,
}

impl Item {
    /// For the books.
    pub fn leaving(&self) -> Leaving<'_> {
        Leaving {
            key: &self.key,
            record: &self.record,
            content: self.record.content_digest_of(&self.body),
            fingerprint: &self.fingerprint,
            document: self.document,
            quality: self.quality,
            late_approver: &self.late_approver,
        }
    }

    /// What was exported of it.
    pub fn exported(&self, conn: &Connection) -> Result<Option<Exported>> {
        remember::exported(conn, &self.record.kind, &self.key)
    }
}

/// Shows every item of a draft, in the order of kind and key.
pub fn each_item(conn: &Connection, name: &str, show: &mut dyn FnMut(Item) -> Result<()>) -> Result<()> {
    let sql =
        "SELECT kind, key, body, fingerprint, document, lateness, late_approver, incomplete, identifiers, unscannable,
                 unknown_case_type FROM draft_item
               WHERE draft = ?1 AND (kind, key) > (?2, ?3) ORDER BY kind, key LIMIT ?4";
    let mut statement = conn.prepare_cached(sql)?;
    let mut after = (String::new(), String::new());
    loop {
        let row = |r: &Row<'_>| {
            let lateness: i64 = r.get(5)?;
            let quality = Quality {
                late: lateness > 0,
                late_approved: lateness > 1,
                incomplete: r.get(7)?,
                identifiers: r.get::<_, i64>(8)? as u64,
                unscannable: r.get(9)?,
                unknown_case_type: r.get(10)?,
            };
            let columns = (r.get::<_, String>(0)?, r.get::<_, String>(1)?, r.get::<_, Vec<u8>>(2)?);
            Ok((columns, r.get::<_, Vec<u8>>(3)?, r.get(4)?, r.get::<_, String>(6)?, quality))
        };
        let rows = statement.query_map(params![name, after.0, after.1, PAGE_ROWS as i64], row)?;
        let page: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
        let is_last = page.len() < PAGE_ROWS;
        for ((kind, key, body), fingerprint, document, late_approver, quality) in page {
            after = (kind, key.clone());
            let record = Record::decode(&body)?;
            show(Item { key, record, body, fingerprint, document, quality, late_approver })?;
        }
        if is_last {
            return Ok(());
        }
    }
}

/// Ends drafts of which an item is not what it was: changed, sent otherwise, taken back, or kept inside for another reason.
/// What remains of them is drafted anew by the next run. Gives their names.
pub fn supersede(conn: &Connection, now_s: i64) -> Result<Vec<String>> {
    let classes: Vec<String> =
        Holding::ALL.into_iter().filter(|c| c.is_drafted()).map(|c| format!("'{}'", c.as_str())).collect();
    let sql = format!(
        "DELETE FROM draft_item AS i WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.kind = i.kind AND h.key = i.key
             AND h.class IN ({}))
           OR EXISTS (SELECT 1 FROM exported e WHERE e.kind = i.kind AND e.key = i.key AND e.version >= i.version)",
        classes.join(", ")
    );
    conn.execute(&sql, [])?;
    let sql = "SELECT name FROM draft d WHERE state = 'waiting'
                 AND records <> (SELECT count(*) FROM draft_item i WHERE i.draft = d.name) ORDER BY at_s, name";
    let mut statement = conn.prepare(sql)?;
    let names: Vec<String> = statement.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    for name in &names {
        settle(conn, name, "superseded", "an item of it changed, or was sent or taken back meanwhile", now_s)?;
    }
    Ok(names)
}

/// Ends a draft that does not cross. Its items are drafted anew by the next run, unless they were refused.
pub fn settle(conn: &Connection, name: &str, state: &str, why: &str, now_s: i64) -> Result<()> {
    let sql = "UPDATE draft SET state = ?2, why = ?3, settled_s = ?4 WHERE name = ?1";
    conn.execute(sql, params![name, state, why, now_s])?;
    conn.execute("DELETE FROM draft_item WHERE draft = ?1", [name])?;
    let act = if state == "superseded" { "supersede" } else { state };
    audit::note(conn, now_s, "agent", act, name, why)
}

/// Notes that a draft became a batch, in its transaction.
pub fn became(conn: &Connection, name: &str, (epoch, sequence): (u64, u64), now_s: i64) -> Result<()> {
    let sql = "DELETE FROM held WHERE EXISTS (SELECT 1 FROM draft_item i
                 WHERE i.draft = ?1 AND i.kind = held.kind AND i.key = held.key)";
    conn.execute(sql, [name])?;
    conn.execute("DELETE FROM draft_item WHERE draft = ?1", [name])?;
    let sql = "UPDATE draft SET state = 'released', settled_s = ?4, epoch = ?2, sequence = ?3 WHERE name = ?1";
    conn.execute(sql, params![name, epoch as i64, sequence as i64, now_s])?;
    Ok(())
}

/// Name of the draft of a trust list, which holds no item.
pub fn trust_name(channel: &str, list: u64) -> String {
    format!("{channel}-trust-{list:08}.draft")
}

/// Keeps the draft of a trust list, in the caller's transaction; one that was proposed before under its number ends.
pub fn keep_trust(conn: &Connection, draft: Draft, target: &Path, name: &str, now_s: i64) -> Result<()> {
    durable::remove(target)?;
    conn.execute("DELETE FROM draft WHERE name = ?1", [name])?;
    keep_one(conn, draft, target, name, Class::Trust, now_s)
}

fn keep_one(conn: &Connection, draft: Draft, target: &Path, name: &str, class: Class, now_s: i64) -> Result<()> {
    let (records, documents) = (draft.records as i64, draft.documents as i64);
    let (content, digest) = (draft.content().encode(), draft.content().digest());
    draft.persist(target)?;
    let sql = "INSERT INTO draft VALUES (?1, ?2, ?3, ?4, 'waiting', ?5, ?6, ?7, NULL, NULL, NULL, NULL)";
    conn.execute(sql, params![name, digest.as_slice(), content, class.as_str(), now_s, records, documents])?;
    let detail = format!("{}: {records} records, {documents} documents; {}", class.as_str(), digest_words(&digest));
    audit::note(conn, now_s, "agent", "draft", name, &detail)
}

/// The drafts that wait, oldest first.
pub fn waiting(conn: &Connection) -> Result<Vec<Kept>> {
    let sql = format!("SELECT {COLUMNS} FROM draft WHERE state = 'waiting' ORDER BY at_s, name");
    let mut statement = conn.prepare(&sql)?;
    let rows: Vec<Result<Kept>> = statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
    rows.into_iter().collect()
}

/// The draft of that content, waiting or settled.
pub fn of_content(conn: &Connection, content: &[u8; 32]) -> Result<Option<Kept>> {
    let sql = format!("SELECT {COLUMNS} FROM draft WHERE content = ?1");
    conn.query_row(&sql, [content.as_slice()], read).optional()?.transpose()
}

/// The drafts of one run; each is begun with its first record.
pub struct Drafts<'a> {
    outgoing: &'a Outgoing,
    folder: PathBuf,
    under_way: BTreeMap<Bay, Composer>,
}

impl<'a> Drafts<'a> {
    /// Opens the folder, and removes what waits no longer, or what an interrupted run left.
    pub fn open(conn: &Connection, outgoing: &'a Outgoing, state: &Path, now_s: i64) -> Result<Self> {
        let folder = folder(state);
        durable::make_folder(&folder)?;
        durable::remove_unfinished(&folder)?;
        let known: BTreeSet<String> = waiting(conn)?.into_iter().map(|kept| kept.name).collect();
        for entry in std::fs::read_dir(&folder).map_err(|e| Error::io(&folder, &e, false))?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".draft") && !known.contains(&name) {
                durable::remove(&entry.path())?;
            }
        }
        conn.execute("DELETE FROM draft WHERE settled_s < ?1", [now_s - SETTLED_DAYS * 86_400])?;
        Ok(Self { outgoing, folder, under_way: BTreeMap::new() })
    }

    fn composer(&mut self, bay: Bay) -> Result<&mut Composer> {
        use std::collections::btree_map::Entry;
        match self.under_way.entry(bay) {
            Entry::Occupied(begun) => Ok(begun.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(Composer::begin_in(self.outgoing, &self.folder)?)),
        }
    }

    /// Adds a document, before the record that names it.
    pub fn document(&mut self, bay: Bay, document: Document, input: &mut dyn Read) -> Result<[u8; 32]> {
        self.composer(bay)?.document(document, input)
    }

    /// Adds a record.
    pub fn record(&mut self, bay: Bay, kind: &str, reason: &str, encoded: &[u8]) -> Result<()> {
        self.composer(bay)?.flagged(kind, reason, encoded)
    }

    /// Keeps the drafts beside the batch of this number, in the caller's transaction. Their files are durable before.
    pub fn keep(self, conn: &Connection, (epoch, sequence): (u64, u64), now_s: i64) -> Result<()> {
        for (bay, composer) in self.under_way {
            let draft: Draft = composer.finish()?;
            let (kind, class) = if bay == Bay::Clean { ("-clean", Class::Clean) } else { ("", Class::Flagged) };
            let name = format!("{}-{epoch}-{sequence:08}{kind}.draft", self.outgoing.outlet.channel.as_str());
            keep_one(conn, draft, &self.folder.join(&name), &name, class, now_s)?;
            conn.execute("UPDATE draft_item SET draft = ?1 WHERE draft = ?2", [name.as_str(), under_way(bay)])?;
        }
        Ok(())
    }
}
