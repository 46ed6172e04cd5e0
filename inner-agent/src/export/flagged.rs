//! Drafts of what the scanner flagged: sealed for reviewers, without a number, kept beside the outbox. They never hold up
//! the rest, and a secrecy mark keeps an item out of them too.

use crate::export::held::Class;
use ferry_channel::compose::{Composer, Draft, Outgoing};
use ferry_channel::durable;
use ferry_channel::failure::{Failure, Result};
use ferry_format::record::{Record, Value};
use ferry_format::seal::Document;
use rusqlite::{Connection, params};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Which item waits in which draft, and the drafts.
pub const SCHEMA: &str = "
CREATE TABLE draft(
  name TEXT PRIMARY KEY, at_s INTEGER NOT NULL, records INTEGER NOT NULL, documents INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE draft_item(
  kind TEXT NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT NULL, draft TEXT NOT NULL,
  PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
";
/// Name of a draft while it is composed; no file has it.
const UNDER_WAY: &str = "";

/// A draft that waits for its reviewers.
#[derive(Clone, Debug, Serialize)]
pub struct Waiting {
    /// Its file in the folder of drafts.
    pub file: PathBuf,
    /// Records in it.
    pub records: u64,
    /// Documents in it.
    pub documents: u64,
    /// When it was made, seconds.
    pub at_s: i64,
}

/// The folder of drafts in the agent's state.
pub fn folder(state: &Path) -> PathBuf {
    state.join("drafts")
}

/// Name of the draft of a trust list, which holds no item.
pub fn trust_draft(channel: &str, list: u64) -> String {
    format!("{channel}-trust-{list:08}.draft")
}

/// Notes an item for the draft under way; false when a draft holds it already as it is.
pub fn is_new(conn: &Connection, kind: &str, key: &str, fingerprint: &[u8]) -> Result<bool> {
    let sql = "INSERT INTO draft_item VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
               SET fingerprint = excluded.fingerprint, draft = excluded.draft WHERE fingerprint <> excluded.fingerprint";
    Ok(conn.prepare_cached(sql)?.execute(params![kind, key, fingerprint, UNDER_WAY])? == 1)
}

/// Forgets items that nothing holds any more for what the scanner found.
pub fn forget_settled(conn: &Connection) -> Result<()> {
    let sql = "DELETE FROM draft_item WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.kind = draft_item.kind
                 AND h.key = draft_item.key AND h.class IN (?1, ?2))";
    conn.execute(sql, [Class::Identifier.as_str(), Class::Unscannable.as_str()])?;
    let sql = "DELETE FROM draft WHERE NOT EXISTS (SELECT 1 FROM draft_item i WHERE i.draft = name)
                 AND name NOT LIKE '%-trust-%'";
    conn.execute(sql, [])?;
    Ok(())
}

/// The draft of one run; it is begun with its first record.
pub struct Flagged<'a> {
    outgoing: &'a Outgoing,
    folder: PathBuf,
    composer: Option<Composer>,
}

impl<'a> Flagged<'a> {
    /// Opens the folder, and removes what no draft names: its item was settled, or an interrupted run left it.
    pub fn open(conn: &Connection, outgoing: &'a Outgoing, state: &Path) -> Result<Self> {
        let folder = folder(state);
        durable::make_folder(&folder)?;
        durable::remove_unfinished(&folder)?;
        let mut statement = conn.prepare("SELECT name FROM draft")?;
        let known: BTreeSet<String> = statement.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
        for entry in std::fs::read_dir(&folder).map_err(|e| Failure::io(&folder, &e, false))?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".draft") && !known.contains(&name) {
                durable::remove(&entry.path())?;
            }
        }
        Ok(Self { outgoing, folder, composer: None })
    }

    /// Adds a record and its document, which stands in the field named with it.
    pub fn add(
        &mut self,
        record: &mut Record,
        reason: &str,
        document: Option<(&str, Document, &mut dyn Read)>,
    ) -> Result<()> {
        let composer = match &mut self.composer {
            Some(composer) => composer,
            none => none.insert(Composer::begin_in(self.outgoing, &self.folder)?),
        };
        if let Some((field, document, input)) = document {
            let digest = composer.document(document, input)?;
            if let Some(Value::Document(reference)) = record.fields.get_mut(field) {
                reference.sha256 = digest;
            }
        }
        composer.flagged(&record.kind, reason, &record.encode()?)
    }

    /// Keeps the draft beside the batch of this number, in the caller's transaction. Its file is durable before.
    pub fn keep(self, conn: &Connection, (epoch, sequence): (u64, u64), now_s: i64) -> Result<()> {
        let Some(composer) = self.composer else { return Ok(()) };
        let draft: Draft = composer.finish()?;
        let name = format!("{}-{epoch}-{sequence:08}.draft", self.outgoing.outlet.channel.as_str());
        let (records, documents) = (draft.records as i64, draft.documents as i64);
        draft.persist(&self.folder.join(&name))?;
        conn.execute("INSERT INTO draft VALUES (?1, ?2, ?3, ?4)", params![name, now_s, records, documents])?;
        conn.execute("UPDATE draft_item SET draft = ?1 WHERE draft = ?2", [name.as_str(), UNDER_WAY])?;
        Ok(())
    }
}

/// The drafts that wait, oldest first.
pub fn waiting(conn: &Connection, state: &Path) -> Result<Vec<Waiting>> {
    let mut statement = conn.prepare("SELECT name, records, documents, at_s FROM draft ORDER BY at_s, name")?;
    let folder = folder(state);
    let row = |r: &rusqlite::Row<'_>| {
        let (records, documents) = (r.get::<_, i64>(1)? as u64, r.get::<_, i64>(2)? as u64);
        Ok(Waiting { file: folder.join(r.get::<_, String>(0)?), records, documents, at_s: r.get(3)? })
    };
    Ok(statement.query_map([], row)?.collect::<rusqlite::Result<_>>()?)
}
