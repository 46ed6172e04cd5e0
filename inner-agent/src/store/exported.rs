//! Table `exported`: the newest version of every record that was exported.

use crate::store::hold::HoldClass;
use crate::store::quality::Quality;
use ferry_channel::types::{BatchNumber, UnixSeconds};
use ferry_format::record::Record;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::{BTreeMap, VecDeque};

/// Rows that are read at once.
const PAGE_ROWS: usize = 4096;
const COLUMNS: &str = "key, id, version, fingerprint, content, retracted, case_id, person, document, lateness";

/// In the place of a fingerprint: the outer side holds something else, so the record is exported again.
pub const DIFFERS_OUTSIDE: &[u8] = &[0];
/// In the place of a fingerprint: the outer side rejected the batch, so this version was never published.
pub const REJECTED: &[u8] = &[];
/// In the place of a fingerprint: the record was retracted.
pub const RETRACTED: &[u8] = b"retracted";
/// In the place of a fingerprint: the program itself made the record.
const MADE: &[u8] = b"made";

/// What was exported of one item.
pub struct ExportedRecord {
    /// Key in the platform.
    pub key: String,
    /// Record id.
    pub id: String,
    /// Newest version that was exported.
    pub version: u64,
    /// Digest of the row it was made of, or one of the marks above.
    pub fingerprint: Vec<u8>,
    /// Content digest.
    pub content: [u8; 32],
    /// Whether the newest version is a retraction.
    pub retracted: bool,
    /// Case.
    pub case_id: String,
    /// Person.
    pub person: String,
    /// SHA-256 of its document.
    pub document: Option<[u8; 32]>,
    /// See [`Quality::lateness`].
    pub lateness: i64,
}

impl ExportedRecord {
    fn read(r: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: r.get(0)?,
            id: r.get(1)?,
            version: r.get(2)?,
            fingerprint: r.get(3)?,
            content: r.get(4)?,
            retracted: r.get(5)?,
            case_id: r.get(6)?,
            person: r.get(7)?,
            document: r.get(8)?,
            lateness: r.get(9)?,
        })
    }

    /// Whether the outer side rejected this version, so that it was never published.
    pub fn was_rejected(&self) -> bool {
        self.fingerprint == REJECTED
    }

    /// Whether it must be exported again: it was rejected, or a reconciliation found that the outer side holds something
    /// else.
    pub fn must_be_exported_again(&self) -> bool {
        self.was_rejected() || self.fingerprint == DIFFERS_OUTSIDE
    }
}

/// What was exported of one item.
pub fn get(conn: &Connection, kind: &str, key: &str) -> Result<Option<ExportedRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM exported WHERE kind = ?1 AND key = ?2");
    Ok(conn.prepare_cached(&sql)?.query_row([kind, key], ExportedRecord::read).optional()?)
}

/// Whether a case is published, or waits in a draft together with its records.
pub fn is_case_published(conn: &Connection, kind: &str, case_id: &str) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM exported WHERE kind = ?1 AND key = ?2 AND id = ?2 AND retracted = 0)
                 OR EXISTS(SELECT 1 FROM exported WHERE kind = ?1 AND id = ?2 AND id <> key AND retracted = 0)
                 OR EXISTS(SELECT 1 FROM draft_item i JOIN held h ON h.kind = i.kind AND h.key = i.key
                             WHERE i.kind = ?1 AND i.key = ?2 AND h.class = ?3)";
    let class = HoldClass::AwaitingReview.as_str();
    Ok(conn.prepare_cached(sql)?.query_row([kind, case_id, class], |r| r.get(0))?)
}

/// Keys of the published records that belong to these cases, by kind. One pass over all records: cases are rarely retracted, and an
/// index would cost every export.
pub fn keys_of_cases<'a>(
    conn: &Connection,
    cases: impl Iterator<Item = &'a String>,
) -> Result<BTreeMap<String, Vec<String>>> {
    let sql = "SELECT kind, key FROM exported WHERE retracted = 0 AND case_id IN (SELECT value FROM json_each(?1))";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([json(cases)])?;
    let mut keys = BTreeMap::<String, Vec<String>>::new();
    while let Some(row) = rows.next()? {
        keys.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(keys)
}

/// How many published records belong to these cases, with the cases themselves.
pub fn count_of_cases<'a>(conn: &Connection, cases: impl Iterator<Item = &'a String>) -> Result<u64> {
    let sql = "SELECT count(*) FROM exported WHERE retracted = 0 AND case_id IN (SELECT value FROM json_each(?1))";
    Ok(conn.prepare_cached(sql)?.query_row([json(cases)], |r| r.get(0))?)
}

fn json<'a>(texts: impl Iterator<Item = &'a String>) -> String {
    serde_json::Value::from(texts.map(String::as_str).collect::<Vec<_>>()).to_string()
}

/// The retracted record of a kind that has this id under another key than its id.
pub fn retracted_with_id(conn: &Connection, kind: &str, id: &str) -> Result<Option<ExportedRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM exported WHERE kind = ?1 AND id = ?2 AND id <> key AND retracted = 1");
    Ok(conn.prepare_cached(&sql)?.query_row([kind, id], ExportedRecord::read).optional()?)
}

/// The key under which the record with an id was exported.
pub fn key_of_id(conn: &Connection, kind: &str, id: &str) -> Result<Option<String>> {
    let sql = "SELECT key FROM exported WHERE kind = ?1 AND id = ?2 AND id <> key
               UNION ALL SELECT key FROM exported WHERE kind = ?1 AND key = ?2 AND id = ?2";
    Ok(conn.prepare_cached(sql)?.query_row([kind, id], |r| r.get(0)).optional()?)
}

/// How many records of a kind are published.
pub fn count_of_kind(conn: &Connection, kind: &str) -> Result<u64> {
    let sql = "SELECT count(*) FROM exported WHERE kind = ?1 AND retracted = 0";
    Ok(conn.query_row(sql, [kind], |r| r.get(0))?)
}

/// Kinds of which something is published.
pub fn published_kinds(conn: &Connection) -> Result<Vec<String>> {
    // From one kind to the next by the key, and not over every record.
    let mut statement = conn.prepare(
        "WITH RECURSIVE k(kind) AS (
           SELECT min(kind) FROM exported
           UNION ALL SELECT (SELECT min(e.kind) FROM exported e WHERE e.kind > k.kind) FROM k WHERE k.kind IS NOT NULL)
         SELECT kind FROM k WHERE kind IS NOT NULL
           AND EXISTS (SELECT 1 FROM exported e WHERE e.kind = k.kind AND e.retracted = 0) ORDER BY kind",
    )?;
    Ok(statement.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Whether another row of the kind was exported under this id.
pub fn is_id_taken(conn: &Connection, kind: &str, id: &str) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM exported WHERE kind = ?1 AND id = ?2 AND id <> key)";
    Ok(conn.prepare_cached(sql)?.query_row([kind, id], |r| r.get(0))?)
}

/// Everything that was exported of one kind, in the order of keys, a page at a time.
pub struct ExportedRecords<'a> {
    conn: &'a Connection,
    kind: &'a str,
    page: VecDeque<ExportedRecord>,
    last: Option<String>,
    ended: bool,
}

impl<'a> ExportedRecords<'a> {
    /// From the first key on.
    pub fn of_kind(conn: &'a Connection, kind: &'a str) -> Self {
        Self { conn, kind, page: VecDeque::new(), last: None, ended: false }
    }

    /// Whether nothing was exported of the kind.
    pub fn is_empty(&mut self) -> Result<bool> {
        self.fill()?;
        Ok(self.page.is_empty())
    }

    /// The next one, if its key is below `key`; without a key, the next one.
    pub fn next_below(&mut self, key: Option<&str>) -> Result<Option<ExportedRecord>> {
        self.fill()?;
        let is_below = self.page.front().is_some_and(|e| key.is_none_or(|k| e.key.as_str() < k));
        Ok(if is_below { self.page.pop_front() } else { None })
    }

    /// The next one, if it has this key.
    pub fn next_if(&mut self, key: &str) -> Result<Option<ExportedRecord>> {
        self.fill()?;
        let is_it = self.page.front().is_some_and(|e| e.key == key);
        Ok(if is_it { self.page.pop_front() } else { None })
    }

    fn fill(&mut self) -> Result<()> {
        if !self.page.is_empty() || self.ended {
            return Ok(());
        }
        // Rows written meanwhile have smaller keys than the next unread one, so none is read twice.
        let sql = format!("SELECT {COLUMNS} FROM exported WHERE kind = ?1 AND key > ?2 ORDER BY key LIMIT ?3");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let after = self.last.as_deref().unwrap_or("");
        let rows = statement.query_map(params![self.kind, after, PAGE_ROWS as u64], ExportedRecord::read)?;
        self.page = rows.collect::<rusqlite::Result<_>>()?;
        self.ended = self.page.len() < PAGE_ROWS;
        self.last = self.page.back().map(|e| e.key.clone());
        Ok(())
    }
}

/// The batch that carries a record, and when it was made.
#[derive(Clone, Copy)]
pub struct BatchStamp {
    /// Its number.
    pub number: BatchNumber,
    /// When it was made, seconds.
    pub now: UnixSeconds,
}

/// A record that crosses, with everything that is recorded of it.
pub struct OutgoingRecord<'a> {
    /// Key in the platform.
    pub key: &'a str,
    /// The record.
    pub record: &'a Record,
    /// Its content digest.
    pub content: [u8; 32],
    /// Digest of the row it was made of.
    pub fingerprint: &'a [u8],
    /// SHA-256 of its document.
    pub document: Option<[u8; 32]>,
    /// What screening found.
    pub quality: Quality,
    /// Who approved that it was entered late; empty for nobody.
    pub late_approver: &'a str,
}

impl<'a> OutgoingRecord<'a> {
    /// A retraction, or a record that the program itself makes: no row of the platform says what it contains.
    pub fn without_row(key: &'a str, record: &'a Record, content: [u8; 32]) -> Self {
        let fingerprint = if record.retracted { RETRACTED } else { MADE };
        Self { key, record, content, fingerprint, document: None, quality: Quality::default(), late_approver: "" }
    }
}

/// Records what crosses with a batch.
pub fn insert(conn: &Connection, outgoing: &OutgoingRecord<'_>, batch: BatchStamp) -> Result<()> {
    let sql = "INSERT INTO exported VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
               ON CONFLICT(kind, key) DO UPDATE SET version = excluded.version, epoch = excluded.epoch,
                 sequence = excluded.sequence, fingerprint = excluded.fingerprint, content = excluded.content,
                 retracted = excluded.retracted, case_id = excluded.case_id, person = excluded.person,
                 document = excluded.document, lateness = excluded.lateness, incomplete = excluded.incomplete,
                 at_s = excluded.at_s";
    let record = outgoing.record;
    conn.prepare_cached(sql)?.execute(params![
        record.kind,
        outgoing.key,
        record.id,
        record.version,
        batch.number.epoch,
        batch.number.sequence,
        outgoing.fingerprint,
        outgoing.content.as_slice(),
        record.retracted,
        record.case_id,
        record.person,
        outgoing.document.as_ref().map(<[u8; 32]>::as_slice),
        outgoing.quality.lateness(),
        outgoing.quality.incomplete,
        batch.now,
    ])?;
    Ok(())
}

/// Records that a row changed in columns that do not cross.
pub fn set_fingerprint(conn: &Connection, kind: &str, key: &str, fingerprint: &[u8]) -> Result<()> {
    let sql = "UPDATE exported SET fingerprint = ?3 WHERE kind = ?1 AND key = ?2";
    conn.prepare_cached(sql)?.execute(params![kind, key, fingerprint])?;
    Ok(())
}

/// The highest version that was given to any record; 0 before the first.
pub fn newest_version(conn: &Connection) -> Result<u64> {
    Ok(conn.query_row("SELECT coalesce(max(version), 0) FROM exported", [], |r| r.get(0))?)
}

/// Marks an item for the next export, which gives it a version above `version`. A rejected one keeps its own mark.
pub fn mark_different(conn: &Connection, kind: &str, key: &str, version: u64) -> Result<()> {
    let sql = "UPDATE exported SET fingerprint = CASE fingerprint WHEN x'' THEN x'' ELSE ?4 END, version = ?3
               WHERE kind = ?1 AND key = ?2";
    conn.prepare_cached(sql)?.execute(params![kind, key, version, DIFFERS_OUTSIDE])?;
    Ok(())
}

/// Marks everything that a rejected or lost batch carried for the next export; gives how many records.
pub fn mark_rejected(conn: &Connection, number: BatchNumber) -> Result<u64> {
    let sql = "UPDATE exported SET fingerprint = x'' WHERE epoch = ?1 AND sequence = ?2 AND fingerprint <> x''";
    Ok(conn.execute(sql, params![number.epoch, number.sequence])? as u64)
}

/// Whether any record is visible in the version that a batch carried.
pub fn any_published_of_batch(conn: &Connection, number: BatchNumber) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM exported WHERE epoch = ?1 AND sequence = ?2 AND retracted = 0)";
    Ok(conn.query_row(sql, params![number.epoch, number.sequence], |r| r.get(0))?)
}

/// Whether one record is visible in the version that a batch carried.
pub fn is_published_of_batch(conn: &Connection, number: BatchNumber, kind: &str, id: &str) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM exported WHERE epoch = ?1 AND sequence = ?2 AND retracted = 0
                 AND kind = ?3 AND id = ?4)";
    Ok(conn.prepare_cached(sql)?.query_row(params![number.epoch, number.sequence, kind, id], |r| r.get(0))?)
}

/// Marks everything for a baseline: visible records differ, retracted ones stay retracted, rejected ones keep their mark.
pub fn mark_all_for_baseline(conn: &Connection) -> Result<()> {
    let sql =
        "UPDATE exported SET fingerprint = CASE WHEN retracted = 1 THEN ?2 WHEN fingerprint = x'' THEN x'' ELSE ?1 END";
    conn.execute(sql, params![DIFFERS_OUTSIDE, RETRACTED])?;
    Ok(())
}

/// Visible records that a batch does not carry: how many, and the first of them as `kind key`.
pub fn not_carried_by(conn: &Connection, number: BatchNumber, named_max: i64) -> Result<(u64, Vec<String>)> {
    let rest = "FROM exported WHERE retracted = 0 AND NOT (epoch = ?1 AND sequence = ?2)";
    let parameters = params![number.epoch, number.sequence];
    let count: u64 = conn.query_row(&format!("SELECT count(*) {rest}"), parameters, |r| r.get(0))?;
    let sql = format!("SELECT kind || ' ' || key {rest} ORDER BY kind, key LIMIT {named_max}");
    let mut statement = conn.prepare(&sql)?;
    let names = statement.query_map(parameters, |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok((count, names))
}

/// Records as retracted what a baseline does not carry.
pub fn retract_not_carried_by(conn: &Connection, number: BatchNumber) -> Result<()> {
    let sql = "UPDATE exported SET retracted = 1, fingerprint = ?3
               WHERE retracted = 0 AND NOT (epoch = ?1 AND sequence = ?2)";
    conn.execute(sql, params![number.epoch, number.sequence, RETRACTED])?;
    Ok(())
}

/// Ids of a kind that the program itself retracted, and that must be retracted again: no row of the platform leads to them.
pub fn retractions_to_repeat(conn: &Connection, kind: &str) -> Result<Vec<String>> {
    let sql = "SELECT id FROM exported WHERE kind = ?1 AND retracted = 1 AND fingerprint IN (x'', ?2)";
    let mut statement = conn.prepare(sql)?;
    Ok(statement.query_map(params![kind, DIFFERS_OUTSIDE], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Removes everything of a kind.
pub fn delete_kind(conn: &Connection, kind: &str) -> Result<()> {
    conn.execute("DELETE FROM exported WHERE kind = ?1", [kind])?;
    Ok(())
}

/// An item with its id and content, for a comparison with what the outer side holds.
pub struct ExportedItem {
    /// Key in the platform.
    pub key: String,
    /// Record id.
    pub id: String,
    /// Newest version.
    pub version: u64,
    /// Content digest; nothing where it is retracted.
    pub content: Option<[u8; 32]>,
}

/// Calls `visit` with every item of a kind.
pub fn for_each_of_kind(conn: &Connection, kind: &str, visit: &mut dyn FnMut(ExportedItem)) -> Result<()> {
    let mut statement = conn.prepare("SELECT key, id, version, content, retracted FROM exported WHERE kind = ?1")?;
    let mut rows = statement.query([kind])?;
    while let Some(r) = rows.next()? {
        let content: Option<[u8; 32]> = if r.get(4)? { None } else { Some(r.get(3)?) };
        visit(ExportedItem { key: r.get(0)?, id: r.get(1)?, version: r.get(2)?, content });
    }
    Ok(())
}

/// Calls `visit` with kind, id and content digest of everything that is published.
pub fn for_each_published(conn: &Connection, visit: &mut dyn FnMut(&str, &str, &[u8; 32])) -> Result<()> {
    let mut statement = conn.prepare("SELECT kind, id, content FROM exported WHERE retracted = 0")?;
    let mut rows = statement.query([])?;
    while let Some(r) = rows.next()? {
        visit(&r.get::<_, String>(0)?, &r.get::<_, String>(1)?, &r.get(2)?);
    }
    Ok(())
}

/// How many records are published, and how many of them have a document.
pub fn count_published(conn: &Connection) -> Result<(u64, u64)> {
    let sql = "SELECT count(*), count(document) FROM exported WHERE retracted = 0";
    Ok(conn.query_row(sql, [], |r| Ok((r.get::<_, u64>(0)?, r.get::<_, u64>(1)?)))?)
}
