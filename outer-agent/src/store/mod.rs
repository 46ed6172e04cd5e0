//! The outer store: one SQLite database and a folder of content-addressed documents.

pub mod blobs;
mod coming;
pub mod hidden;
pub mod outgoing;
pub mod read;
pub mod service;
pub mod sessions;
pub mod write;

use crate::reconcile;
use blobs::Blobs;
use ferry_channel::assemble;
use ferry_channel::audit;
use ferry_channel::database;
use ferry_channel::epoch;
use ferry_channel::evidence;
use ferry_channel::gaps;
use ferry_channel::ledger;
use ferry_channel::left;
use ferry_channel::trusted;
use ferry_io::error::Result;
use ferry_io::fs::durable;
use rusqlite::Connection;
use rusqlite_migration::M;
use std::path::{Path, PathBuf};

/// The database's name in the state folder.
pub const DATABASE: &str = "outer.db";

/// A record is visible at its highest version whose generation is not above the visible one.
const SCHEMA: &str = "
CREATE TABLE record(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL,
  retracted INTEGER NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL, content BLOB NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(kind, id, version)) STRICT, WITHOUT ROWID;
CREATE INDEX record_case ON record(case_id, kind) WHERE case_id <> '';
CREATE INDEX record_person ON record(person, kind) WHERE person <> '';
CREATE TABLE document(
  sha256 BLOB NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL,
  PRIMARY KEY(sha256, kind, id, version)) STRICT, WITHOUT ROWID;
CREATE TABLE superseded(
  kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, generation INTEGER NOT NULL,
  PRIMARY KEY(kind, id, version)) STRICT, WITHOUT ROWID;
CREATE TABLE visible(
  one INTEGER PRIMARY KEY CHECK(one = 1), generation INTEGER NOT NULL, records INTEGER NOT NULL,
  documents INTEGER NOT NULL, root_differs INTEGER NOT NULL DEFAULT 0, staging INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO visible VALUES (1, 0, 0, 0, 0, 0);
CREATE TABLE outgoing(
  number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL,
  epoch INTEGER, sequence INTEGER) STRICT;
CREATE INDEX outgoing_open ON outgoing(number) WHERE sequence IS NULL;
CREATE TABLE receipt(
  person TEXT NOT NULL, kind TEXT NOT NULL, item TEXT NOT NULL, version INTEGER NOT NULL, session BLOB NOT NULL,
  opened_s INTEGER NOT NULL, PRIMARY KEY(person, kind, item, version, session)) STRICT, WITHOUT ROWID;
CREATE TABLE message(
  id TEXT PRIMARY KEY, person TEXT NOT NULL, case_id TEXT NOT NULL, text TEXT, written_s INTEGER NOT NULL) STRICT;
CREATE INDEX message_person ON message(person, case_id);
CREATE TABLE session(
  id BLOB PRIMARY KEY, person TEXT NOT NULL, name TEXT NOT NULL, csrf TEXT NOT NULL, seen_s INTEGER NOT NULL) STRICT;
CREATE TABLE attempt(
  login TEXT PRIMARY KEY, failures INTEGER NOT NULL, since_s INTEGER NOT NULL) STRICT, WITHOUT ROWID;
";

/// Database and documents.
pub struct Store {
    /// The database; it holds the ledger too, so that both change in one transaction.
    pub conn: Connection,
    /// The documents.
    pub blobs: Blobs,
    path: PathBuf,
}

/// Opens more connections to the same store.
#[derive(Clone)]
pub struct Opener(PathBuf);

impl Opener {
    /// One more connection.
    pub fn connect(&self) -> Result<Connection> {
        database::open_existing(&self.0)
    }

    /// One more that cannot write.
    pub fn connect_reading(&self) -> Result<Connection> {
        database::open_read_only(&self.0)
    }
}

impl Store {
    /// Opens or makes the store in the state folder.
    pub fn open(state: &Path) -> Result<Self> {
        durable::make_folder(state)?;
        let path = state.join(DATABASE);
        let conn = Self::open_database(&path)?;
        Ok(Self { conn, blobs: Blobs::open(&state.join("documents"))?, path })
    }

    /// Opens a database and brings its schema up to date.
    pub fn open_database(path: &Path) -> Result<Connection> {
        let schema = [
            ledger::SCHEMA,
            SCHEMA,
            assemble::SCHEMA,
            ledger::FLOOR_SCHEMA,
            reconcile::SCHEMA,
            hidden::SCHEMA,
            service::SCHEMA,
            sessions::SCHEMA,
            epoch::SCHEMA,
            outgoing::SCHEMA,
            coming::SCHEMA,
            left::SCHEMA,
            gaps::SCHEMA,
            evidence::SCHEMA,
            trusted::SCHEMA,
        ];
        let mut steps = schema.map(M::up).to_vec();
        steps.push(audit::migration());
        database::open(path, &steps)
    }

    /// For readers and the portal's writers.
    pub fn opener(&self) -> Opener {
        Opener(self.path.clone())
    }
}
