//! What every command of the inner agent works with.

use crate::config::Config;
use ferry_channel::accept::Incoming;
use ferry_channel::assemble;
use ferry_channel::compose::Outgoing;
use ferry_channel::config;
use ferry_channel::database;
use ferry_channel::durable;
use ferry_channel::failure::Result;
use ferry_channel::ledger;
use ferry_channel::outbox::Outlet;
use ferry_channel::schedule::Schedule;
use ferry_format::catalogue::Catalogue;
use ferry_format::header::Direction;
use rusqlite::Connection;
use rusqlite_migration::M;

/// What was exported, and what is held back from the next export.
const SCHEMA: &str = "
CREATE TABLE exported(
  kind TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
  epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, fingerprint BLOB NOT NULL, content BLOB NOT NULL,
  retracted INTEGER NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL, document BLOB,
  PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX exported_id ON exported(kind, id) WHERE id <> key;
CREATE TABLE held(
  kind TEXT NOT NULL, key TEXT NOT NULL, reason TEXT NOT NULL, since_s INTEGER NOT NULL,
  PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
";

/// Job names, as in `ferry_run` and in lock files.
pub const EXPORT: &str = "export";
/// See [`EXPORT`].
pub const IMPORT: &str = "import";
/// Export and import write one ledger and one platform: they take turns.
pub const LOCK: &str = "inner-agent";

/// Configuration, catalogue and ledger.
pub struct Agent {
    /// The configuration.
    pub config: Config,
    /// The catalogue.
    pub catalogue: Catalogue,
    /// Ledger and export state.
    pub conn: Connection,
    /// When an export is due.
    pub schedule: Schedule,
}

impl Agent {
    /// Opens everything that needs no key.
    pub fn open(config: Config) -> Result<Self> {
        let catalogue = config::catalogue(&config.catalogue)?;
        let schedule = Schedule::new(&config.path, &config.export.schedule, &config.time_zone)?;
        durable::make_folder(&config.state)?;
        let schema = [M::up(ledger::SCHEMA), M::up(SCHEMA), M::up(assemble::SCHEMA), M::up(ledger::FLOOR_SCHEMA)];
        let conn = database::open(&config.state.join("inner.db"), &schema)?;
        Ok(Self { config, catalogue, conn, schedule })
    }

    /// The ↑ channel with the key that signs.
    pub fn outgoing(&self) -> Result<Outgoing> {
        let c = &self.config;
        Outgoing::open(&c.export, &c.court, Direction::Export, self.catalogue.digest()?, &c.state)
    }

    /// The ↑ channel without any key: enough to send kept batches again.
    pub fn outlet(&self) -> Result<Outlet> {
        Outlet::open(&self.config.export, &self.config.state)
    }

    /// The ↓ channel with the key that opens.
    pub fn incoming(&self) -> Result<Incoming> {
        let c = &self.config;
        Incoming::open(&c.import, &c.court, Direction::Return, self.catalogue.digest()?, &c.state)
    }
}
