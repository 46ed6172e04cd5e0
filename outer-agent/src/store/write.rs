//! Publishing: rows are staged in short transactions under a coming generation; one small
//! transaction makes them visible.

use crate::store::blobs::Blobs;
use crate::store::coming::{self, Coming};
use crate::store::{hidden, service};
use ferry_channel::ledger::db;
use ferry_channel::ledger::state_root::Tally;
use ferry_format::record::Record;
use ferry_format::record::state_root::Buckets;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// Rows of one staging transaction.
const ROWS_PER_TRANSACTION: u64 = 10_000;
/// Without statistics SQLite would rather walk through all documents.
pub(super) const STAGED_DOCUMENTS: &str =
    "SELECT DISTINCT sha256 FROM document INDEXED BY document_generation WHERE generation > ?1";
/// Rows of one clean-up transaction.
const CLEAN_ROWS: i64 = 5_000;

/// The visible generation.
pub fn generation(conn: &Connection) -> Result<i64> {
    Ok(conn.prepare_cached("SELECT generation FROM visible")?.query_row([], |r| r.get(0))?)
}

/// Stages the records of one batch.
pub struct Staging<'a> {
    conn: &'a Connection,
    pending: u64,
    staged: Staged,
    change: Tally,
    coming: Coming,
    /// Kinds of which nothing was here, with the highest id that came since: what lies above it is new.
    fresh: HashMap<String, Fresh>,
    /// The lowest version of the batch.
    lowest: Option<u64>,
}

/// Whether ids of a kind may be compared instead of looked up.
enum Fresh {
    /// Something of the kind was here before.
    No,
    /// Nothing was; this is the highest id that came since.
    Above(Option<String>),
}

/// What is known of a record before a new version comes.
struct Before {
    version: u64,
    retracted: bool,
    content: [u8; 32],
    documents: i64,
}

impl<'a> Staging<'a> {
    /// Starts under the generation after the visible one.
    pub fn begin(conn: &'a Connection) -> Result<Self> {
        let staged = Staged {
            generation: generation(conn)? + 1,
            records: 0,
            documents: 0,
            change: Buckets::default(),
            visible_records: 0,
            visible_documents: 0,
        };
        // Whoever finds this mark after a crash looks for rows that were never shown.
        conn.execute("UPDATE visible SET staging = 1", [])?;
        db::set_durable(conn, false)?;
        let (coming, fresh) = (Coming::default(), HashMap::new());
        Ok(Self { conn, pending: 0, staged, change: Tally::start(), coming, fresh, lowest: None })
    }

    /// Commits what is staged and lets other writers in.
    pub fn rest(&mut self) -> Result<()> {
        if self.pending > 0 {
            self.coming.note(self.conn, self.staged.generation)?;
            self.conn.execute_batch("COMMIT")?;
            self.pending = 0;
        }
        Ok(())
    }

    /// Stages a record, hidden where rules say so. An older version than the one that is here changes nothing.
    pub fn put(&mut self, record: &Record, encoded: &[u8], rules: Option<&str>) -> Result<()> {
        self.staged.records += 1;
        self.lowest = Some(self.lowest.map_or(record.version, |lowest| lowest.min(record.version)));
        if self.pending == 0 {
            self.conn.execute_batch("BEGIN IMMEDIATE")?;
        }
        self.pending += 1;
        let before = if self.is_above(record)? { None } else { self.before(record)? };
        if before.as_ref().is_some_and(|b| b.version >= record.version) {
            return Ok(());
        }
        if matches!(self.fresh.get(&record.kind), Some(Fresh::No)) {
            self.coming.add(&record.kind, &record.id);
        }
        let content = record.content_digest_of(encoded);
        let shown = before.as_ref().filter(|b| !b.retracted);
        self.change.replace(record, shown.map(|b| &b.content), &content)?;
        let sql = "INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        self.conn.prepare_cached(sql)?.execute(params![
            record.kind,
            record.id,
            record.version as i64,
            self.staged.generation,
            record.retracted,
            record.case_id,
            record.person,
            content.as_slice(),
            encoded
        ])?;
        if let Some(rules) = rules {
            hidden::add(self.conn, record, self.staged.generation, rules)?;
        }
        let mut documents = 0;
        for document in record.documents() {
            let sql = "INSERT OR IGNORE INTO document VALUES (?1, ?2, ?3, ?4, ?5)";
            let row = params![
                document.sha256.as_slice(),
                record.kind,
                record.id,
                record.version as i64,
                self.staged.generation
            ];
            self.conn.prepare_cached(sql)?.execute(row)?;
            documents += 1;
        }
        self.staged.documents += documents;
        if let Some(b) = &before {
            let sql = "INSERT OR IGNORE INTO superseded VALUES (?1, ?2, ?3, ?4)";
            let row = params![record.kind, record.id, b.version as i64, self.staged.generation];
            self.conn.prepare_cached(sql)?.execute(row)?;
        }
        self.staged.visible_records += i64::from(!record.retracted) - i64::from(shown.is_some());
        self.staged.visible_documents += documents as i64 - shown.map_or(0, |b| b.documents);
        if self.pending >= ROWS_PER_TRANSACTION { self.rest() } else { Ok(()) }
    }

    /// Takes back what a baseline does not carry: its versions lie above all that were given before, so what is older than
    /// its lowest belongs to the state that it replaces. What came in a later batch stays, in whatever order they came.
    pub fn take_back_the_rest(&mut self) -> Result<u64> {
        self.rest()?;
        let sql = "SELECT kind, id, version, case_id, person FROM record r
                   WHERE (kind, id) > (?1, ?2) AND retracted = 0 AND generation < ?3 AND version < ?4
                     AND NOT EXISTS (SELECT 1 FROM record n WHERE n.kind = r.kind AND n.id = r.id AND n.version > r.version)
                   ORDER BY kind, id LIMIT ?5";
        let (mut last, mut taken) = ((String::new(), String::new()), 0);
        let below = self.lowest.map_or(i64::MAX, |version| version as i64);
        loop {
            let values = params![last.0, last.1, self.staged.generation, below, CLEAN_ROWS];
            let mut statement = self.conn.prepare_cached(sql)?;
            let row = |r: &rusqlite::Row<'_>| {
                let (kind, id): (String, String) = (r.get(0)?, r.get(1)?);
                let mut record = Record::new(&kind, &id, r.get::<_, i64>(2)? as u64 + 1);
                (record.case_id, record.person, record.retracted) = (r.get(3)?, r.get(4)?, true);
                Ok(record)
            };
            let page: Vec<Record> = statement.query_map(values, row)?.collect::<rusqlite::Result<_>>()?;
            drop(statement);
            let Some(newest) = page.last() else { break };
            last = (newest.kind.clone(), newest.id.clone());
            taken += page.len() as u64;
            for record in &page {
                self.put(record, &record.encode()?, None)?;
            }
            self.rest()?;
        }
        // The batch itself has fewer.
        self.staged.records -= taken;
        Ok(taken)
    }

    /// Notes that a record which may be served arrives with this generation.
    pub fn note_arrival(&self, record: &Record) -> Result<()> {
        service::note_arrival(self.conn, record, self.staged.generation)
    }

    /// Whether a record is certainly new: batches bring the records of a kind in the order of their ids.
    fn is_above(&mut self, record: &Record) -> Result<bool> {
        if !self.fresh.contains_key(&record.kind) {
            let sql = "SELECT EXISTS(SELECT 1 FROM record WHERE kind = ?1)";
            let known: bool = self.conn.prepare_cached(sql)?.query_row([&record.kind], |r| r.get(0))?;
            if !known {
                coming::note_kind(self.conn, self.staged.generation, &record.kind)?;
            }
            self.fresh.insert(record.kind.clone(), if known { Fresh::No } else { Fresh::Above(None) });
        }
        let Some(Fresh::Above(highest)) = self.fresh.get_mut(&record.kind) else { return Ok(false) };
        let above = highest.as_ref().is_none_or(|h| *h < record.id);
        if above {
            *highest = Some(record.id.clone());
        }
        Ok(above)
    }

    fn before(&self, record: &Record) -> Result<Option<Before>> {
        let sql = "SELECT version, retracted, content, body FROM record
                   WHERE kind = ?1 AND id = ?2 ORDER BY version DESC LIMIT 1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let row = |r: &rusqlite::Row<'_>| {
            let body: Vec<u8> = r.get(3)?;
            let documents = Record::decode(&body).map_or(0, |record| record.documents().count() as i64);
            Ok(Before { version: r.get::<_, i64>(0)? as u64, retracted: r.get(1)?, content: r.get(2)?, documents })
        };
        Ok(statement.query_row([&record.kind, &record.id], row).optional()?)
    }

    /// Ends staging well: everything is committed and nothing is visible. The commit that shows it makes it durable.
    pub fn finish(mut self) -> Result<Staged> {
        self.rest()?;
        db::set_durable(self.conn, true)?;
        Ok(Staged { change: self.change.finish()?, ..self.staged })
    }
}

/// A batch that is staged whole.
pub struct Staged {
    /// The generation that it becomes.
    pub generation: i64,
    /// Records in the batch.
    pub records: u64,
    /// Documents in the batch.
    pub documents: u64,
    /// Change of the state root.
    pub change: Buckets,
    visible_records: i64,
    visible_documents: i64,
}

impl Staged {
    /// The switch, in the caller's transaction. What may be served arrives at that time, seconds.
    pub fn show(&self, conn: &Connection, at_s: i64) -> Result<()> {
        let sql = "UPDATE visible SET generation = ?1, records = records + ?2, documents = documents + ?3, staging = 0";
        conn.execute(sql, params![self.generation, self.visible_records, self.visible_documents])?;
        conn.execute("INSERT INTO shown VALUES (?1, ?2)", params![self.generation, at_s])?;
        Ok(())
    }
}

/// The state root agrees with the sender's after all.
pub fn root_agrees(conn: &Connection) -> Result<()> {
    conn.execute("UPDATE visible SET root_differs = 0", [])?;
    Ok(())
}

/// Removes the rows of a batch that was never shown. Harmless when there are none.
pub fn discard_unseen(conn: &Connection, blobs: &Blobs) -> Result<()> {
    // An interrupted staging may have left its transaction open on this connection.
    if !conn.is_autocommit() {
        conn.execute_batch("ROLLBACK")?;
    }
    blobs.discard_staged()?;
    let (visible, staging): (i64, bool) =
        conn.query_row("SELECT generation, staging FROM visible", [], |r| Ok((r.get(0)?, r.get(1)?)))?;
    if !staging {
        return db::set_durable(conn, true);
    }
    let mut statement = conn.prepare(STAGED_DOCUMENTS)?;
    let documents: Vec<[u8; 32]> = statement.query_map([visible], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    // The last commit makes all of them durable: one wait for the disk, however many notes there are.
    db::set_durable(conn, false)?;
    coming::discard(conn, visible)?;
    db::set_durable(conn, true)?;
    let tx = conn.unchecked_transaction()?;
    // Each has an index of its generations, or holds little else than what is staged.
    for table in ["document", "superseded", "hidden", "arrival"] {
        tx.execute(&format!("DELETE FROM {table} WHERE generation > ?1"), [visible])?;
    }
    tx.execute("UPDATE visible SET staging = 0", [])?;
    remove_unnamed(&tx, blobs, &documents)?;
    Ok(tx.commit()?)
}

/// Removes versions that a newer visible one replaced, and documents that nothing names any more.
pub fn clean(conn: &Connection, blobs: &Blobs) -> Result<()> {
    let visible = generation(conn)?;
    coming::forget(conn, visible)?;
    loop {
        let mut statement =
            conn.prepare_cached("SELECT kind, id, version FROM superseded WHERE generation <= ?1 LIMIT ?2")?;
        let row = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, r.get(1)?, r.get(2)?));
        let old: Vec<(String, String, i64)> =
            statement.query_map(params![visible, CLEAN_ROWS], row)?.collect::<rusqlite::Result<_>>()?;
        if old.is_empty() {
            return Ok(());
        }
        let mut documents: Vec<[u8; 32]> = Vec::new();
        let tx = conn.unchecked_transaction()?;
        for (kind, id, version) in &old {
            let key = params![kind, id, version];
            let body: Option<Vec<u8>> = tx
                .prepare_cached("DELETE FROM record WHERE kind = ?1 AND id = ?2 AND version = ?3 RETURNING body")?
                .query_row(key, |r| r.get(0))
                .optional()?;
            for document in body.and_then(|b| Record::decode(&b).ok()).iter().flat_map(Record::documents) {
                let sql = "DELETE FROM document WHERE sha256 = ?4 AND kind = ?1 AND id = ?2 AND version = ?3";
                tx.prepare_cached(sql)?.execute(params![kind, id, version, document.sha256.as_slice()])?;
                documents.push(document.sha256);
            }
            tx.prepare_cached("DELETE FROM hidden WHERE kind = ?1 AND id = ?2 AND version = ?3")?.execute(key)?;
            tx.prepare_cached("DELETE FROM superseded WHERE kind = ?1 AND id = ?2 AND version = ?3")?.execute(key)?;
        }
        remove_unnamed(&tx, blobs, &documents)?;
        tx.commit()?;
    }
}

/// Removes documents that nothing names any more, durably, before the rows that named them are gone for good: a cut in
/// between repeats both. The other way round, the file that faces the internet would stay and nothing would know of it.
fn remove_unnamed(tx: &Connection, blobs: &Blobs, documents: &[[u8; 32]]) -> Result<()> {
    let mut removed = false;
    for sha256 in documents {
        if !is_named(tx, sha256)? {
            blobs.remove(sha256)?;
            removed = true;
        }
    }
    if removed { blobs.sync() } else { Ok(()) }
}

/// Whether any record, staged or visible, names a document.
pub fn is_named(conn: &Connection, sha256: &[u8; 32]) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM document WHERE sha256 = ?1)";
    Ok(conn.prepare_cached(sql)?.query_row([sha256.as_slice()], |r| r.get(0))?)
}
