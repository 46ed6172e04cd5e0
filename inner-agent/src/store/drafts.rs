//! Tables `draft`, `draft_item`, `drafted_version` and `refused_item`: what waits for reviewers, and what became of it.
//!
//! A draft is sealed for the outer side, so nobody here can open it again: what the ledger records when it is released is kept
//! in these tables.

use crate::store::exported::{self, ExportedRecord, OutgoingRecord};
use crate::store::hold::HoldClass;
use crate::store::quality::Quality;
use ferry_channel::audit;
use ferry_channel::types::{BatchNumber, UnixSeconds};
use ferry_format::crypto::hash::digest_words;
use ferry_format::frame::statement::ContentStatement;
use ferry_format::reason::ReasonCode;
use ferry_format::record::Record;
use ferry_format::trust::rules::Class;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Days that an ended draft is kept, so that a reviewer with a late approval learns what became of it.
const ENDED_DAYS: i64 = 90;
/// Items that are read at once.
const PAGE_ROWS: usize = 1024;
const COLUMNS: &str = "name, statement, class, state, at_s, records, documents, reason, epoch, sequence";

/// A draft.
#[derive(Clone, Debug)]
pub struct StoredDraft {
    /// Name of its file.
    pub name: String,
    /// What reviewers approve.
    pub content: ContentStatement,
    /// Its class.
    pub class: Class,
    /// `waiting`, `released`, `refused` or `superseded`.
    pub state: String,
    /// When it was made, seconds.
    pub at_s: UnixSeconds,
    /// Records in it.
    pub records: u64,
    /// Documents in it.
    pub documents: u64,
    /// Why it is refused or superseded: an encoded reason.
    pub reason: Option<String>,
    /// The batch that it became.
    pub number: Option<BatchNumber>,
}

fn read(r: &Row<'_>) -> rusqlite::Result<Result<StoredDraft>> {
    let (statement, class): (Vec<u8>, String) = (r.get(1)?, r.get(2)?);
    let content = match ContentStatement::decode(&statement) {
        Ok(content) => content,
        Err(e) => return Ok(Err(e.into())),
    };
    let number: (Option<u64>, Option<u64>) = (r.get(8)?, r.get(9)?);
    Ok(Ok(StoredDraft {
        name: r.get(0)?,
        content,
        class: Class::ALL.into_iter().find(|c| c.as_str() == class).unwrap_or(Class::Flagged),
        state: r.get(3)?,
        at_s: r.get(4)?,
        records: r.get(5)?,
        documents: r.get(6)?,
        reason: r.get(7)?,
        number: number.0.zip(number.1).map(BatchNumber::from),
    }))
}

/// The drafts that wait, oldest first.
pub fn waiting(conn: &Connection) -> Result<Vec<StoredDraft>> {
    let sql = format!("SELECT {COLUMNS} FROM draft WHERE state = 'waiting' ORDER BY at_s, name");
    let mut statement = conn.prepare(&sql)?;
    let rows: Vec<Result<StoredDraft>> = statement.query_map([], read)?.collect::<rusqlite::Result<_>>()?;
    rows.into_iter().collect()
}

/// The draft of that content, waiting or ended.
pub fn of_content(conn: &Connection, content: &[u8; 32]) -> Result<Option<StoredDraft>> {
    let sql = format!("SELECT {COLUMNS} FROM draft WHERE content = ?1");
    conn.query_row(&sql, [content.as_slice()], read).optional()?.transpose()
}

/// Name, state and encoded reason of the newest drafts that ended without a release.
pub fn ended(conn: &Connection, max: i64) -> Result<Vec<(String, String, Option<String>)>> {
    let sql = "SELECT name, state, reason FROM draft WHERE state IN ('refused', 'superseded')
               ORDER BY settled_s DESC, name LIMIT ?1";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([max], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Calls `visit` with the name of every draft.
pub fn for_each_name(conn: &Connection, visit: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
    let mut statement = conn.prepare("SELECT name FROM draft ORDER BY name")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        visit(&row.get::<_, String>(0)?)?;
    }
    Ok(())
}

/// What a new draft contains.
pub struct NewDraft<'a> {
    /// Name of its file.
    pub name: &'a str,
    /// What reviewers approve.
    pub content: &'a ContentStatement,
    /// Its class.
    pub class: Class,
    /// Records in it.
    pub records: u64,
    /// Documents in it.
    pub documents: u64,
}

/// Records a new draft.
pub fn insert(conn: &Connection, draft: &NewDraft<'_>, now: UnixSeconds) -> Result<()> {
    let NewDraft { name, content, class, records, documents } = draft;
    let (content, digest) = (content.encode(), content.digest());
    let sql = "INSERT INTO draft VALUES (?1, ?2, ?3, ?4, 'waiting', ?5, ?6, ?7, NULL, NULL, NULL, NULL)";
    conn.execute(sql, params![name, digest.as_slice(), content, class.as_str(), now, records, documents])?;
    let detail = format!("{}: {records} records, {documents} documents; {}", class.as_str(), digest_words(&digest));
    audit::record(conn, now, "agent", "draft", name, &detail)
}

/// Deletes a draft that another one of the same name replaces.
pub fn delete(conn: &Connection, name: &str) -> Result<()> {
    conn.execute("DELETE FROM draft WHERE name = ?1", [name])?;
    Ok(())
}

/// Deletes drafts that ended long ago.
pub fn delete_old(conn: &Connection, now: UnixSeconds) -> Result<()> {
    conn.execute("DELETE FROM draft WHERE settled_s < ?1", [now - ENDED_DAYS * 86_400])?;
    Ok(())
}

/// Adds a record to the draft that is composed under the name `draft`.
pub fn insert_item(conn: &Connection, draft: &str, outgoing: &OutgoingRecord<'_>, encoded: &[u8]) -> Result<()> {
    let (record, quality) = (outgoing.record, &outgoing.quality);
    let sql = "INSERT OR REPLACE INTO draft_item VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    conn.prepare_cached(sql)?.execute(params![
        record.kind,
        outgoing.key,
        draft,
        record.id,
        record.version,
        outgoing.fingerprint,
        encoded,
        outgoing.document.as_ref().map(<[u8; 32]>::as_slice),
        quality.lateness(),
        outgoing.late_approver,
        quality.incomplete,
        quality.identifiers,
        quality.unscannable,
        quality.unknown_case_type,
    ])?;
    let sql = "INSERT INTO drafted_version VALUES (?1, ?2, ?3)
               ON CONFLICT DO UPDATE SET version = max(version, excluded.version)";
    conn.prepare_cached(sql)?.execute(params![record.kind, outgoing.key, record.version])?;
    Ok(())
}

/// Gives the items of the draft under way the name of their finished draft.
pub fn rename_items(conn: &Connection, from: &str, to: &str) -> Result<()> {
    conn.execute("UPDATE draft_item SET draft = ?1 WHERE draft = ?2", [to, from])?;
    Ok(())
}

/// Whether a draft contains an item as it is now, under a version above the exported one.
pub fn contains(conn: &Connection, kind: &str, key: &str, fingerprint: &[u8], exported: u64) -> Result<bool> {
    let sql =
        "SELECT EXISTS(SELECT 1 FROM draft_item WHERE kind = ?1 AND key = ?2 AND fingerprint = ?3 AND version > ?4)";
    Ok(conn.prepare_cached(sql)?.query_row(params![kind, key, fingerprint, exported], |r| r.get(0))?)
}

/// The newest version of an item that a draft ever showed to reviewers; 0 for none.
pub fn newest_version(conn: &Connection, kind: &str, key: &str) -> Result<u64> {
    let sql = "SELECT version FROM drafted_version WHERE kind = ?1 AND key = ?2";
    let found: Option<u64> = conn.prepare_cached(sql)?.query_row([kind, key], |r| r.get(0)).optional()?;
    Ok(found.unwrap_or_default())
}

/// Why a reviewer refused an item, if it has not changed since: an encoded reason.
pub fn refusal(conn: &Connection, kind: &str, key: &str, fingerprint: &[u8]) -> Result<Option<String>> {
    let sql = "SELECT reason FROM refused_item WHERE kind = ?1 AND key = ?2 AND fingerprint = ?3";
    Ok(conn.prepare_cached(sql)?.query_row(params![kind, key, fingerprint], |r| r.get(0)).optional()?)
}

/// Records that a reviewer refused an item as a draft contains it.
pub fn refuse_item(conn: &Connection, kind: &str, key: &str, reason: &str) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO refused_item
               SELECT kind, key, fingerprint, ?3 FROM draft_item WHERE kind = ?1 AND key = ?2";
    conn.execute(sql, params![kind, key, reason])?;
    Ok(())
}

/// Kind, key and id of every item of a draft.
pub fn item_ids(conn: &Connection, name: &str) -> Result<Vec<(String, String, String)>> {
    let sql = "SELECT kind, key, id FROM draft_item WHERE draft = ?1 ORDER BY kind, key";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([name], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// One record of a draft.
pub struct DraftItem {
    /// Key in the platform.
    pub key: String,
    /// The record.
    pub record: Record,
    /// Digest of the row it was made of.
    pub fingerprint: Vec<u8>,
    encoded: Vec<u8>,
    document: Option<[u8; 32]>,
    quality: Quality,
    late_approver: String,
}

impl DraftItem {
    /// As it is recorded when it crosses.
    pub fn outgoing(&self) -> OutgoingRecord<'_> {
        OutgoingRecord {
            key: &self.key,
            record: &self.record,
            content: self.record.content_digest_of(&self.encoded),
            fingerprint: &self.fingerprint,
            document: self.document,
            quality: self.quality,
            late_approver: &self.late_approver,
        }
    }

    /// What was exported of it before.
    pub fn exported(&self, conn: &Connection) -> Result<Option<ExportedRecord>> {
        exported::get(conn, &self.record.kind, &self.key)
    }

    fn read(r: &Row<'_>) -> rusqlite::Result<Result<Self>> {
        let encoded: Vec<u8> = r.get(1)?;
        let record = match Record::decode(&encoded) {
            Ok(record) => record,
            Err(e) => return Ok(Err(e.into())),
        };
        let quality = Quality {
            incomplete: r.get(6)?,
            identifiers: r.get(7)?,
            unscannable: r.get(8)?,
            unknown_case_type: r.get(9)?,
            ..Quality::default()
        };
        Ok(Ok(Self {
            key: r.get(0)?,
            record,
            encoded,
            fingerprint: r.get(2)?,
            document: r.get(3)?,
            quality: quality.with_lateness(r.get(4)?),
            late_approver: r.get(5)?,
        }))
    }
}

/// Calls `visit` with every item of a draft, in the order of kind and key.
pub fn for_each_item(conn: &Connection, name: &str, visit: &mut dyn FnMut(DraftItem) -> Result<()>) -> Result<()> {
    let sql = "SELECT key, body, fingerprint, document, lateness, late_approver, incomplete, identifiers, unscannable,
                 unknown_case_type FROM draft_item
               WHERE draft = ?1 AND (kind, key) > (?2, ?3) ORDER BY kind, key LIMIT ?4";
    let mut statement = conn.prepare_cached(sql)?;
    let mut after = (String::new(), String::new());
    loop {
        let rows = statement.query_map(params![name, after.0, after.1, PAGE_ROWS as u64], DraftItem::read)?;
        let page: Vec<Result<DraftItem>> = rows.collect::<rusqlite::Result<_>>()?;
        let is_last = page.len() < PAGE_ROWS;
        for item in page {
            let item = item?;
            after = (item.record.kind.clone(), item.key.clone());
            visit(item)?;
        }
        if is_last {
            return Ok(());
        }
    }
}

/// Ends drafts of which an item is not what it was: changed, exported, retracted, or held for another reason. The next run
/// drafts the rest again. Gives their names.
pub fn supersede(conn: &Connection, now: UnixSeconds) -> Result<Vec<String>> {
    let classes: Vec<String> =
        HoldClass::ALL.into_iter().filter(|c| c.is_drafted()).map(|c| format!("'{}'", c.as_str())).collect();
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
        end(conn, name, "superseded", ReasonCode::DraftItemChanged.as_str(), now)?;
    }
    Ok(names)
}

/// Ends a draft as `refused` or `superseded`. The next run drafts its items again, unless they were refused.
pub fn end(conn: &Connection, name: &str, state: &str, reason: &str, now: UnixSeconds) -> Result<()> {
    let sql = "UPDATE draft SET state = ?2, reason = ?3, settled_s = ?4 WHERE name = ?1";
    conn.execute(sql, params![name, state, reason, now])?;
    conn.execute("DELETE FROM draft_item WHERE draft = ?1", [name])?;
    let act = if state == "superseded" { "supersede" } else { state };
    audit::record(conn, now, "agent", act, name, reason)
}

/// Records that a draft became a batch, in the transaction of the batch: its items are no longer held.
pub fn mark_released(conn: &Connection, name: &str, number: BatchNumber, now: UnixSeconds) -> Result<()> {
    let sql = "DELETE FROM held WHERE EXISTS (SELECT 1 FROM draft_item i
                 WHERE i.draft = ?1 AND i.kind = held.kind AND i.key = held.key)";
    conn.execute(sql, [name])?;
    conn.execute("DELETE FROM draft_item WHERE draft = ?1", [name])?;
    let sql = "UPDATE draft SET state = 'released', settled_s = ?4, epoch = ?2, sequence = ?3 WHERE name = ?1";
    conn.execute(sql, params![name, number.epoch, number.sequence, now])?;
    Ok(())
}
