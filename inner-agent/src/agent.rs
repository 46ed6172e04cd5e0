//! What every command of the inner agent works with.

use crate::config::Config;
use crate::export::{drafts, floor, history, secrets, served};
use crate::import::{clerk, held_outside, receipts};
use crate::notify;
use crate::reconcile;
use crate::review;
use ferry_channel::assemble;
use ferry_channel::audit;
use ferry_channel::compose::Outgoing;
use ferry_channel::config::{self, RuleDigests};
use ferry_channel::database;
use ferry_channel::epoch;
use ferry_channel::evidence;
use ferry_channel::gaps;
use ferry_channel::incoming::Incoming;
use ferry_channel::ledger;
use ferry_channel::left;
use ferry_channel::operator::commands::Desk;
use ferry_channel::outbox::Outlet;
use ferry_channel::schedule::Schedule;
use ferry_channel::space::{self, Need};
use ferry_channel::trusted::{self, Anchor};
use ferry_format::frame::header::Direction;
use ferry_format::names::Id;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::record::policy::Policy;
use ferry_format::trust::rules::Class;
use ferry_format::trust::trust_file::Trust;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use ferry_io::keys::load;
use rusqlite::Connection;
use rusqlite_migration::M;
use std::path::{Path, PathBuf};

/// What was exported, and what is held back from the next export.
pub const SCHEMA: &str = "
CREATE TABLE exported(
  kind TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
  epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, fingerprint BLOB NOT NULL, content BLOB NOT NULL,
  retracted INTEGER NOT NULL, case_id TEXT NOT NULL, person TEXT NOT NULL, document BLOB,
  late INTEGER NOT NULL, incomplete INTEGER NOT NULL, at_s INTEGER NOT NULL,
  PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX exported_id ON exported(kind, id) WHERE id <> key;
CREATE TABLE held(
  kind TEXT NOT NULL, key TEXT NOT NULL, class TEXT NOT NULL, rule INTEGER NOT NULL, reason TEXT NOT NULL, case_id TEXT NOT NULL,
  person TEXT NOT NULL, since_s INTEGER NOT NULL, PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
CREATE INDEX held_class ON held(kind, class, case_id, person);
CREATE TABLE withheld(
  number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, form TEXT NOT NULL,
  reason TEXT NOT NULL, UNIQUE(kind, key)) STRICT;
CREATE TABLE form(
  form TEXT PRIMARY KEY, item_table TEXT, item_key TEXT, case_id TEXT NOT NULL, reason TEXT NOT NULL,
  approved TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE consent(
  id TEXT PRIMARY KEY, case_id TEXT NOT NULL, person TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_person ON consent(case_id, person);
CREATE TABLE step(case_id TEXT PRIMARY KEY, step TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE cursor(name TEXT PRIMARY KEY, newest TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE full_run(one INTEGER PRIMARY KEY CHECK(one = 1), rule BLOB NOT NULL, at_s INTEGER NOT NULL) STRICT;
";

/// The ledger's name in the state folder.
pub const DATABASE: &str = "inner.db";
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
    /// The policy of masking and scanning.
    pub policy: Policy,
    /// Ledger and export state.
    pub conn: Connection,
    /// When an export is due.
    pub schedule: Schedule,
    /// When an export compares every row anew.
    pub full: Schedule,
}

/// What is reviewed before it leaves.
#[derive(Clone, Copy)]
pub struct ReviewBefore {
    /// Whether anybody can review: then what is hidden outside goes before them.
    pub has_reviewers: bool,
    /// Whether clean records need approvals too.
    pub clean_waits: bool,
}

/// Opens a ledger and brings its schema up to date.
pub fn open_database(path: &Path) -> Result<Connection> {
    let schema = [
        ledger::SCHEMA,
        SCHEMA,
        assemble::SCHEMA,
        ledger::FLOOR_SCHEMA,
        secrets::SCHEMA,
        drafts::FIRST_SCHEMA,
        reconcile::SCHEMA,
        held_outside::SCHEMA,
        history::SCHEMA,
        receipts::SCHEMA,
        notify::OUTBOX_SCHEMA,
        notify::QUEUE_SCHEMA,
        notify::CLOCK_SCHEMA,
        served::SCHEMA,
        clerk::SCHEMA,
        receipts::ADDRESSEE_SCHEMA,
        epoch::SCHEMA,
        floor::SCHEMA,
        left::SCHEMA,
        gaps::SCHEMA,
        evidence::SCHEMA,
        trusted::SCHEMA,
        drafts::SCHEMA,
        review::SCHEMA,
    ];
    let mut steps = schema.map(M::up).to_vec();
    steps.push(audit::migration());
    database::open(path, &steps)
}

impl Agent {
    /// Opens everything that needs no key.
    pub fn open(config: Config) -> Result<Self> {
        let (catalogue, policy) = config::rules(&config.catalogue, &config.policy)?;
        let schedule = Schedule::new(&config.path, &config.export.schedule, &config.time_zone)?;
        let full = Schedule::new(&config.path, &config.source.reconcile, &config.time_zone)?;
        durable::make_folder(&config.state)?;
        let mut conn = open_database(&config.state.join(DATABASE))?;
        served::learn(&mut conn, &catalogue.roles)?;
        Ok(Self { config, catalogue, policy, conn, schedule, full })
    }

    /// The ↑ channel with the key that signs.
    pub fn outgoing(&self) -> Result<Outgoing> {
        let c = &self.config;
        Outgoing::open(
            &c.export,
            &c.court,
            Direction::Export,
            RuleDigests::of(&self.catalogue, &self.policy)?,
            &c.state,
        )
    }

    /// Who may approve on the ↑ channel, and what needs it, as its receiver has it: from the trust list in force, else from
    /// the trust file that `[export]` names; nobody where it names none.
    ///
    /// # Errors
    /// A trust file that cannot be read, or that is for another court, channel or direction.
    pub fn up_trust(&self) -> Result<Option<Trust>> {
        let c = &self.config;
        if let Some(anchor) = Anchor::read(&c.import, &c.court, Direction::Return)? {
            return Ok(Some(anchor.list(&self.conn)?.trust(&Id::new(&c.export.channel)?, Direction::Export)?));
        }
        let Some(path) = &self.config.export.trust else { return Ok(None) };
        let mut trust = load::trust(path)?;
        let (court, channel) = (Id::new(&self.config.court)?, Id::new(&self.config.export.channel)?);
        let differs = [
            ("court", trust.court.as_ref().is_some_and(|t| *t != court)),
            ("channel", trust.channel.as_ref().is_some_and(|t| *t != channel)),
            ("direction", trust.direction.is_some_and(|t| t != Direction::Export)),
        ];
        if let Some((what, _)) = differs.into_iter().find(|(_, differs)| *differs) {
            return Err(Error::configuration(path, what, format!("the trust file is for another {what}")));
        }
        (trust.court, trust.channel, trust.direction) = (Some(court), Some(channel), Some(Direction::Export));
        Ok(Some(trust))
    }

    /// What is reviewed before it leaves.
    pub fn review_before(&self) -> Result<ReviewBefore> {
        let trust = self.up_trust()?;
        let needs = |trust: &Trust| trust.release.of(Class::Clean).approvals.max(trust.approvals_needed) > 0;
        Ok(ReviewBefore {
            has_reviewers: trust.as_ref().is_some_and(review::has_reviewers),
            clean_waits: trust.as_ref().is_some_and(needs),
        })
    }

    /// The ↑ channel without any key: enough to send kept batches again.
    pub fn outlet(&self) -> Result<Outlet> {
        Outlet::open(&self.config.export, &self.config.state)
    }

    /// What the next export is going to write, and where.
    pub fn needs_to_send(&self) -> Result<Vec<Need>> {
        let ledger = Need { folder: self.config.state.clone(), bytes: 0 };
        Ok([vec![ledger], space::sending(&self.conn, &self.outlet()?)?].concat())
    }

    /// The folders into which an import writes: the ledger, the platform's database where it is a file, the case files.
    pub fn settles_in(&self) -> Vec<PathBuf> {
        let settle = &self.config.settle;
        let platform = settle.staging.as_deref().map(durable::folder_of);
        [self.config.state.clone()].into_iter().chain(platform).chain([settle.case_files.clone()]).collect()
    }

    /// The ↓ channel with the key that opens.
    pub fn incoming(&self) -> Result<Incoming> {
        let c = &self.config;
        let mut incoming = Incoming::open(
            &c.import,
            &c.court,
            Direction::Return,
            RuleDigests::of(&self.catalogue, &self.policy)?,
            &c.state,
        )?;
        incoming.room_in = self.settles_in();
        incoming.reserve_bytes = c.upkeep.reserve_bytes();
        Ok(incoming)
    }

    /// Whether the trust list in force, where there is one, lets this side send what it would send next.
    pub fn may_send(&self, outgoing: &Outgoing, now_s: i64) -> Result<()> {
        let c = &self.config;
        let Some(anchor) = Anchor::read(&c.import, &c.court, Direction::Return)? else { return Ok(()) };
        let (channel, rules) = (&outgoing.address.channel, RuleDigests::of(&self.catalogue, &self.policy)?);
        let at = trusted::next_moment(&self.conn, channel.as_str(), now_s)?;
        anchor.check_sending(&self.conn, channel, &outgoing.address.sender, &rules, &at)
    }

    /// What the operator's commands work on.
    pub fn desk(&mut self) -> Result<Desk<'_>> {
        Ok(Desk {
            outlet: self.outlet()?,
            conn: &mut self.conn,
            court: &self.config.court,
            state: &self.config.state,
            receiving: &self.config.import,
            direction: Direction::Return,
            zone: self.schedule.zone(),
            sends: LOCK,
            receives: LOCK,
            receive: "import",
        })
    }
}
