//! The outer store: one SQLite database and a folder of documents named by their SHA-256.

pub mod arrivals;
pub mod cleanup;
pub mod document_check;
pub mod documents;
pub mod download_links;
pub mod failed_logins;
pub mod hidden;
pub mod messages;
pub mod operator_hide;
pub mod outgoing;
pub mod publish;
pub mod receipts;
pub mod root_difference;
pub mod sessions;
mod staging;
pub mod visible;

use documents::DocumentStore;
use ferry_channel::ledger::{db, migrations};
use ferry_io::error::Result;
use ferry_io::fs::durable;
use rusqlite::Connection;
use rusqlite_migration::M;
use std::path::{Path, PathBuf};

/// The database's name in the state folder.
pub const DATABASE: &str = "outer.db";

/// The migrations of its schema, oldest first: those of the channel, then its own.
const MIGRATIONS: [&str; 8] = [
    migrations::CHANNEL_0001,
    include_str!("migrations/0001_outer.sql"),
    include_str!("migrations/0002_retractions.sql"),
    include_str!("migrations/0003_document_check.sql"),
    include_str!("migrations/0004_operator_hide.sql"),
    migrations::CHANNEL_0002,
    migrations::CHANNEL_0003,
    migrations::CHANNEL_0004,
];

/// Database and documents.
pub struct Store {
    /// The database. It contains the ledger too, so that both change in one transaction.
    pub conn: Connection,
    /// The documents.
    pub documents: DocumentStore,
    path: PathBuf,
}

/// Opens more connections to the same store.
#[derive(Clone)]
pub struct Opener(PathBuf);

impl Opener {
    /// A connection that may write.
    pub fn connect(&self) -> Result<Connection> {
        db::open_existing(&self.0)
    }

    /// A read-only connection.
    pub fn connect_reading(&self) -> Result<Connection> {
        db::open_read_only(&self.0)
    }
}

impl Store {
    /// Opens the store in the state folder, and makes it where it is missing; its folder of documents only where that may be made.
    pub fn open(state: &Path, makes_documents: bool) -> Result<Self> {
        durable::make_folder(state)?;
        let path = state.join(DATABASE);
        let conn = Self::open_database(&path)?;
        let documents = state.join("documents");
        let documents = if makes_documents { DocumentStore::open(&documents)? } else { DocumentStore::at(&documents) };
        Ok(Self { conn, documents, path })
    }

    /// Opens a database and brings its schema up to date.
    pub fn open_database(path: &Path) -> Result<Connection> {
        db::open(path, &MIGRATIONS.map(M::up))
    }

    /// Opens connections for the portal.
    pub fn opener(&self) -> Opener {
        Opener(self.path.clone())
    }
}
