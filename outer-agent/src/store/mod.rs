//! The outer store: one SQLite database and a folder of content-addressed documents.

pub mod blobs;
mod coming;
pub mod hidden;
pub mod outgoing;
pub mod read;
pub mod service;
pub mod sessions;
pub mod write;

use blobs::Blobs;
use ferry_channel::ledger::{db, migrations};
use ferry_io::error::Result;
use ferry_io::fs::durable;
use rusqlite::Connection;
use rusqlite_migration::M;
use std::path::{Path, PathBuf};

/// The database's name in the state folder.
pub const DATABASE: &str = "outer.db";

/// The steps of its schema, in the order in which they were added: the channel's and its own.
const MIGRATIONS: [&str; 2] = [migrations::CHANNEL_0001, include_str!("migrations/0001_outer.sql")];

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
        db::open_existing(&self.0)
    }

    /// One more that cannot write.
    pub fn connect_reading(&self) -> Result<Connection> {
        db::open_read_only(&self.0)
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
        db::open(path, &MIGRATIONS.map(M::up))
    }

    /// For readers and the portal's writers.
    pub fn opener(&self) -> Opener {
        Opener(self.path.clone())
    }
}
