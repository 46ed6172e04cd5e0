//! Publishing: the rows of a batch are staged in short transactions under the next generation, and one small transaction
//! makes that generation visible.

use crate::store::staging::{self, StagedRows};
use crate::store::visible::generation;
use crate::store::{arrivals, hidden, operator_hide};
use ferry_channel::ledger::db;
use ferry_channel::ledger::state_root::RootDelta;
use ferry_channel::types::UnixSeconds;
use ferry_format::record::Record;
use ferry_format::record::state_root::Buckets;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{HashMap, HashSet};

/// Rows of one staging transaction.
const ROWS_PER_TRANSACTION: u64 = 10_000;
/// Records that a baseline retracts at once.
const RETRACTIONS_PER_PAGE: i64 = 5_000;

/// Stages the records of one batch.
pub struct Staging<'a> {
    conn: &'a Connection,
    pending: u64,
    staged: Staged,
    change: RootDelta,
    staged_rows: StagedRows,
    kinds: HashMap<String, KindState>,
    /// The lowest version of the batch.
    lowest_version: Option<u64>,
    /// Cases that the batch retracts: their records go with them.
    retracted_cases: HashSet<String>,
}

/// Whether a record of a kind must be looked up before it is staged.
enum KindState {
    /// Records of the kind existed before the batch.
    Existing,
    /// None did; this is the highest id that the batch has staged. Every id above it is new.
    New(Option<String>),
}

/// The newest version of a record before the batch.
struct PreviousVersion {
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
            taken_back: 0,
        };
        // After a crash this mark says that there may be rows that were never visible.
        conn.execute("UPDATE visible SET staging = 1", [])?;
        db::set_durable(conn, false)?;
        let (staged_rows, kinds) = (StagedRows::default(), HashMap::new());
        let (change, retracted_cases) = (RootDelta::start(), HashSet::new());
        Ok(Self { conn, pending: 0, staged, change, staged_rows, kinds, lowest_version: None, retracted_cases })
    }

    /// Whether a version that arrives stays hidden by an operator's decision.
    pub fn is_hidden_by_operator(&self, record: &Record, is_batch_approved: bool) -> Result<bool> {
        operator_hide::hides(self.conn, record, is_batch_approved)
    }

    /// Commits what is staged and lets other writers in.
    pub fn commit(&mut self) -> Result<()> {
        if self.pending > 0 {
            self.staged_rows.save(self.conn, self.staged.generation)?;
            self.conn.execute_batch("COMMIT")?;
            self.pending = 0;
        }
        Ok(())
    }

    /// Stages a record; `hidden_by` lists the rules that hide it. Changes nothing where its version is not newer.
    pub fn put(&mut self, record: &Record, encoded: &[u8], hidden_by: Option<&str>) -> Result<()> {
        self.staged.records += 1;
        self.lowest_version = Some(self.lowest_version.map_or(record.version, |lowest| lowest.min(record.version)));
        if self.pending == 0 {
            self.conn.execute_batch("BEGIN IMMEDIATE")?;
        }
        self.pending += 1;
        let previous = if self.is_certainly_new(record)? { None } else { self.previous(record)? };
        if previous.as_ref().is_some_and(|p| p.version >= record.version) {
            return Ok(());
        }
        if matches!(self.kinds.get(&record.kind), Some(KindState::Existing)) {
            self.staged_rows.add(&record.kind, &record.id);
        }
        let content = record.content_digest_of(encoded);
        let replaced = previous.as_ref().filter(|p| !p.retracted);
        self.change.replace(record, replaced.map(|p| &p.content), &content)?;
        self.insert(record, &content, encoded)?;
        if let Some(rules) = hidden_by {
            hidden::add(self.conn, record, self.staged.generation, rules)?;
        }
        let documents = self.insert_documents(record)?;
        if let Some(p) = &previous {
            let sql = "INSERT OR IGNORE INTO superseded VALUES (?1, ?2, ?3, ?4)";
            let row = params![record.kind, record.id, p.version as i64, self.staged.generation];
            self.conn.prepare_cached(sql)?.execute(row)?;
        }
        self.staged.documents += documents;
        if record.retracted && replaced.is_some() {
            self.count_retraction(record);
        }
        self.staged.visible_records += i64::from(!record.retracted) - i64::from(replaced.is_some());
        self.staged.visible_documents += documents as i64 - replaced.map_or(0, |p| p.documents);
        if self.pending >= ROWS_PER_TRANSACTION { self.commit() } else { Ok(()) }
    }

    /// Counts a retraction that nobody approved and that does not only follow its case.
    fn count_retraction(&mut self, record: &Record) {
        let is_case = record.id == record.case_id;
        if is_case {
            self.retracted_cases.insert(record.id.clone());
        }
        let follows = !is_case && self.retracted_cases.contains(&record.case_id);
        self.staged.taken_back += i64::from(!follows && record.text("correction-approved-by").is_empty());
    }

    fn insert(&self, record: &Record, content: &[u8; 32], encoded: &[u8]) -> Result<()> {
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
        Ok(())
    }

    /// Adds the documents that a record refers to; gives their number.
    fn insert_documents(&self, record: &Record) -> Result<u64> {
        let mut documents = 0;
        for document in record.documents() {
            let sql = "INSERT OR IGNORE INTO document VALUES (?1, ?2, ?3, ?4, ?5)";
            let (sha256, version) = (document.sha256.as_slice(), record.version as i64);
            let row = params![sha256, record.kind, record.id, version, self.staged.generation];
            self.conn.prepare_cached(sql)?.execute(row)?;
            documents += 1;
        }
        Ok(documents)
    }

    /// Retracts the records that a baseline does not contain. Its versions are above all earlier ones, so a record that is
    /// older than its lowest version belongs to the state that it replaces. Records of a later batch stay, in whatever
    /// order the two arrive.
    pub fn retract_absent(&mut self) -> Result<u64> {
        self.commit()?;
        let sql = "SELECT kind, id, version, case_id, person FROM record r
                   WHERE (kind, id) > (?1, ?2) AND retracted = 0 AND generation < ?3 AND version < ?4
                     AND NOT EXISTS (SELECT 1 FROM record n WHERE n.kind = r.kind AND n.id = r.id AND n.version > r.version)
                   ORDER BY kind, id LIMIT ?5";
        let (mut last, mut retracted) = ((String::new(), String::new()), 0);
        let below = self.lowest_version.map_or(i64::MAX, |version| version as i64);
        loop {
            let values = params![last.0, last.1, self.staged.generation, below, RETRACTIONS_PER_PAGE];
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
            retracted += page.len() as u64;
            for record in &page {
                self.put(record, &record.encode()?, None)?;
            }
            self.commit()?;
        }
        // `put` has counted them as records of the batch.
        self.staged.records -= retracted;
        Ok(retracted)
    }

    /// Records that a version which may be served arrives with this generation.
    pub fn record_arrival(&self, record: &Record) -> Result<()> {
        arrivals::record(self.conn, record, self.staged.generation)
    }

    /// Whether a record is new, without looking it up: a batch has the records of a kind in the order of their ids.
    fn is_certainly_new(&mut self, record: &Record) -> Result<bool> {
        if !self.kinds.contains_key(&record.kind) {
            let sql = "SELECT EXISTS(SELECT 1 FROM record WHERE kind = ?1)";
            let exists: bool = self.conn.prepare_cached(sql)?.query_row([&record.kind], |r| r.get(0))?;
            if !exists {
                staging::save_kind(self.conn, self.staged.generation, &record.kind)?;
            }
            self.kinds.insert(record.kind.clone(), if exists { KindState::Existing } else { KindState::New(None) });
        }
        let Some(KindState::New(highest)) = self.kinds.get_mut(&record.kind) else { return Ok(false) };
        let is_above = highest.as_ref().is_none_or(|h| *h < record.id);
        if is_above {
            *highest = Some(record.id.clone());
        }
        Ok(is_above)
    }

    fn previous(&self, record: &Record) -> Result<Option<PreviousVersion>> {
        let sql = "SELECT version, retracted, content, body FROM record
                   WHERE kind = ?1 AND id = ?2 ORDER BY version DESC LIMIT 1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let row = |r: &rusqlite::Row<'_>| {
            let body: Vec<u8> = r.get(3)?;
            let documents = Record::decode(&body).map_or(0, |record| record.documents().count() as i64);
            let version = r.get::<_, i64>(0)? as u64;
            Ok(PreviousVersion { version, retracted: r.get(1)?, content: r.get(2)?, documents })
        };
        Ok(statement.query_row([&record.kind, &record.id], row).optional()?)
    }

    /// Commits everything; nothing is visible yet. The transaction that publishes it makes it durable.
    pub fn finish(mut self) -> Result<Staged> {
        self.commit()?;
        db::set_durable(self.conn, true)?;
        Ok(Staged { change: self.change.finish()?, ..self.staged })
    }
}

/// A batch that is staged completely.
pub struct Staged {
    /// Its generation.
    pub generation: i64,
    /// Records in the batch.
    pub records: u64,
    /// Documents in the batch.
    pub documents: u64,
    /// Change of the state root.
    pub change: Buckets,
    visible_records: i64,
    visible_documents: i64,
    /// Retractions that nobody approved and that do not only follow a case.
    taken_back: i64,
}

impl Staged {
    /// Makes its generation visible, in the caller's transaction. Documents that may be served arrive at `at_s`, seconds.
    pub fn publish(&self, conn: &Connection, at_s: UnixSeconds) -> Result<()> {
        let sql = "UPDATE visible SET generation = ?1, records = records + ?2, documents = documents + ?3, staging = 0";
        conn.execute(sql, params![self.generation, self.visible_records, self.visible_documents])?;
        conn.execute("INSERT INTO publication VALUES (?1, ?2, ?3)", params![self.generation, at_s, self.taken_back])?;
        Ok(())
    }
}

/// How many records the newest batch took back without an approval, and how many were published before it.
pub fn taken_back_by_newest(conn: &Connection) -> Result<(u64, u64)> {
    let sql = "SELECT p.taken_back, v.records FROM publication p, visible v ORDER BY p.generation DESC LIMIT 1";
    let found = conn.query_row(sql, [], |r| Ok((r.get::<_, u64>(0)?, r.get::<_, u64>(1)?))).optional()?;
    let (taken_back, left) = found.unwrap_or_default();
    Ok((taken_back, left + taken_back))
}
