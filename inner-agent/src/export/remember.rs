//! What was exported and what is held, in the agent's ledger.

use crate::export::held::{Class, Held};
use crate::export::screen::Quality;
use ferry_format::record::Record;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::{BTreeSet, VecDeque};

/// Rows of what was exported that are read at once.
const PAGE_ROWS: usize = 4096;
const COLUMNS: &str = "key, id, version, fingerprint, content, retracted, case_id, person, document, late";

/// In the place of a fingerprint: the far side holds something else, so the record goes out again.
pub const AGAIN: &[u8] = &[0];

/// A row of the `exported` table.
pub struct Exported {
    /// Key in the platform.
    pub key: String,
    /// Record id.
    pub id: String,
    /// Newest version that went out.
    pub version: u64,
    /// Digest over what it was made of; empty when it must go out again.
    pub fingerprint: Vec<u8>,
    /// Content digest.
    pub content: [u8; 32],
    /// Whether the newest version removes it.
    pub retracted: bool,
    /// Case.
    pub case_id: String,
    /// Person.
    pub person: String,
    /// SHA-256 of its document.
    pub document: Option<[u8; 32]>,
    /// Whether it was entered late: 0 no, 1 without an approval, 2 with one.
    pub late: i64,
}

impl Exported {
    fn read(r: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            key: r.get(0)?,
            id: r.get(1)?,
            version: r.get::<_, i64>(2)? as u64,
            fingerprint: r.get(3)?,
            content: r.get(4)?,
            retracted: r.get(5)?,
            case_id: r.get(6)?,
            person: r.get(7)?,
            document: r.get(8)?,
            late: r.get(9)?,
        })
    }

    /// Whether the far side refused what went out last, so that it never stood there.
    pub fn was_refused(&self) -> bool {
        self.fingerprint.is_empty()
    }

    /// Whether it goes out again: it was refused, or a reconciliation found that the far side holds something else.
    pub fn goes_again(&self) -> bool {
        self.was_refused() || self.fingerprint == AGAIN
    }
}

/// What was exported of one record.
pub fn exported(conn: &Connection, kind: &str, key: &str) -> Result<Option<Exported>> {
    let sql = format!("SELECT {COLUMNS} FROM exported WHERE kind = ?1 AND key = ?2");
    Ok(conn.prepare_cached(&sql)?.query_row([kind, key], Exported::read).optional()?)
}

/// What was exported of one kind, in the order of keys, a page at a time.
pub struct Before<'a> {
    conn: &'a Connection,
    kind: &'a str,
    page: VecDeque<Exported>,
    last: Option<String>,
    ended: bool,
}

impl<'a> Before<'a> {
    /// From the first key on.
    pub fn all(conn: &'a Connection, kind: &'a str) -> Self {
        Self { conn, kind, page: VecDeque::new(), last: None, ended: false }
    }

    /// Whether nothing was exported of the kind.
    pub fn is_empty(&mut self) -> Result<bool> {
        self.fill()?;
        Ok(self.page.is_empty())
    }

    /// Takes the next one if its key is below `key`, or whatever it is.
    pub fn below(&mut self, key: Option<&str>) -> Result<Option<Exported>> {
        self.fill()?;
        let is_below = self.page.front().is_some_and(|e| key.is_none_or(|k| e.key.as_str() < k));
        Ok(if is_below { self.page.pop_front() } else { None })
    }

    /// Takes the next one if it has this key.
    pub fn take(&mut self, key: &str) -> Result<Option<Exported>> {
        self.fill()?;
        let is_it = self.page.front().is_some_and(|e| e.key == key);
        Ok(if is_it { self.page.pop_front() } else { None })
    }

    fn fill(&mut self) -> Result<()> {
        if !self.page.is_empty() || self.ended {
            return Ok(());
        }
        // Rows written meanwhile have smaller keys than the next unread one: they are not met again.
        let sql = format!("SELECT {COLUMNS} FROM exported WHERE kind = ?1 AND key > ?2 ORDER BY key LIMIT ?3");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let after = self.last.as_deref().unwrap_or("");
        let rows = statement.query_map(params![self.kind, after, PAGE_ROWS as i64], Exported::read)?;
        self.page = rows.collect::<rusqlite::Result<_>>()?;
        self.ended = self.page.len() < PAGE_ROWS;
        self.last = self.page.back().map(|e| e.key.clone());
        Ok(())
    }
}

/// What is remembered of a record that goes out now.
pub struct Now<'a> {
    /// Key in the platform.
    pub key: &'a str,
    /// Digest over what it was made of.
    pub fingerprint: &'a [u8],
    /// Content digest.
    pub content: &'a [u8; 32],
    /// SHA-256 of its document.
    pub document: Option<[u8; 32]>,
    /// What screening found.
    pub quality: Quality,
    /// Epoch and sequence of the batch.
    pub number: (u64, u64),
    /// Now.
    pub now_s: i64,
}

impl<'a> Now<'a> {
    /// A retraction.
    pub fn retracted(key: &'a str, content: &'a [u8; 32], number: (u64, u64), now_s: i64) -> Self {
        Self { fingerprint: b"retracted", ..Self::made(key, content, number, now_s) }
    }

    /// A record that the program makes.
    pub fn made(key: &'a str, content: &'a [u8; 32], number: (u64, u64), now_s: i64) -> Self {
        Self { key, fingerprint: b"made", content, document: None, quality: Quality::default(), number, now_s }
    }
}

/// Remembers a record that goes out.
pub fn record(conn: &Connection, record: &Record, now: &Now<'_>) -> Result<()> {
    let sql = "INSERT INTO exported VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
               ON CONFLICT(kind, key) DO UPDATE SET version = excluded.version, epoch = excluded.epoch,
                 sequence = excluded.sequence, fingerprint = excluded.fingerprint, content = excluded.content,
                 retracted = excluded.retracted, case_id = excluded.case_id, person = excluded.person,
                 document = excluded.document, late = excluded.late, incomplete = excluded.incomplete, at_s = excluded.at_s";
    conn.prepare_cached(sql)?.execute(params![
        record.kind,
        now.key,
        record.id,
        record.version as i64,
        now.number.0 as i64,
        now.number.1 as i64,
        now.fingerprint,
        now.content.as_slice(),
        record.retracted,
        record.case_id,
        record.person,
        now.document.as_ref().map(<[u8; 32]>::as_slice),
        now.quality.lateness(),
        now.quality.incomplete,
        now.now_s,
    ])?;
    Ok(())
}

/// Something changed that does not cross.
pub fn only_fingerprint(conn: &Connection, kind: &str, key: &str, fingerprint: &[u8]) -> Result<()> {
    let sql = "UPDATE exported SET fingerprint = ?3 WHERE kind = ?1 AND key = ?2";
    conn.prepare_cached(sql)?.execute(params![kind, key, fingerprint])?;
    Ok(())
}

/// Whether another row of the kind went out under this id.
pub fn id_is_taken(conn: &Connection, kind: &str, id: &str) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM exported WHERE kind = ?1 AND id = ?2 AND id <> key)";
    Ok(conn.prepare_cached(sql)?.query_row([kind, id], |r| r.get(0))?)
}

/// What is looked at anew in this run is set aside: how long it has waited is not forgotten when it is held again.
pub fn begin(conn: &Connection) -> Result<()> {
    conn.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS held_before(
           kind TEXT NOT NULL, key TEXT NOT NULL, since_s INTEGER NOT NULL, PRIMARY KEY(kind, key)) WITHOUT ROWID;
         DELETE FROM held_before;",
    )?;
    Ok(())
}

/// Sets aside what is held of one kind, or of all.
pub fn set_aside(conn: &Connection, kind: Option<&str>) -> Result<()> {
    let which = if kind.is_some() { "WHERE kind = ?1" } else { "" };
    let sql = format!("INSERT OR REPLACE INTO held_before SELECT kind, key, since_s FROM held {which}");
    conn.execute(&sql, rusqlite::params_from_iter(kind))?;
    conn.execute(&format!("DELETE FROM held {which}"), rusqlite::params_from_iter(kind))?;
    Ok(())
}

/// Remembers why a record stays inside, and since when.
pub fn held(
    conn: &Connection,
    kind: &str,
    key: &str,
    held: &Held,
    (case_id, person): (&str, &str),
    now_s: i64,
) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO held VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
                 coalesce((SELECT since_s FROM held_before WHERE kind = ?1 AND key = ?2), ?8))";
    let row = params![kind, key, held.class.as_str(), held.class.is_rule(), held.why, case_id, person, now_s];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Sets one record aside: it is no longer held unless it is held again.
pub fn no_longer_held(conn: &Connection, kind: &str, key: &str) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO held_before SELECT kind, key, since_s FROM held WHERE kind = ?1 AND key = ?2";
    conn.prepare_cached(sql)?.execute([kind, key])?;
    conn.prepare_cached("DELETE FROM held WHERE kind = ?1 AND key = ?2")?.execute([kind, key])?;
    Ok(())
}

/// Held records whose row need not change to be let through: their document may be there now, or their consent.
pub fn to_try_again(conn: &Connection, kind: &str, consents: &BTreeSet<(String, String)>) -> Result<BTreeSet<String>> {
    let sql = "SELECT key FROM held WHERE kind = ?1 AND class = ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([kind, Class::Document.as_str()], |r| r.get(0))?;
    let mut keys: BTreeSet<String> = rows.collect::<rusqlite::Result<_>>()?;
    // Their draft ended without them.
    let sql = "SELECT key FROM held h WHERE kind = ?1 AND class = ?2
                 AND NOT EXISTS (SELECT 1 FROM draft_item i WHERE i.kind = h.kind AND i.key = h.key)";
    let mut statement = conn.prepare_cached(sql)?;
    for class in Class::ALL.into_iter().filter(|class| class.is_drafted()) {
        for key in statement.query_map([kind, class.as_str()], |r| r.get(0))? {
            keys.insert(key?);
        }
    }
    let sql = "SELECT key FROM held WHERE kind = ?1 AND class = ?2 AND case_id = ?3 AND person = ?4";
    let mut statement = conn.prepare_cached(sql)?;
    for (case, person) in consents {
        let rows = statement.query_map([kind, Class::NoConsent.as_str(), case, person], |r| r.get(0))?;
        for key in rows {
            keys.insert(key?);
        }
    }
    Ok(keys)
}
