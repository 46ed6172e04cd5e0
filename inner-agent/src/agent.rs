//! What every command of the inner agent works with.

use crate::config::Config;
use crate::review;
use crate::store::{self, DATABASE};
use ferry_channel::config::{self, RuleDigests};
use ferry_channel::operator::commands::Desk;
use ferry_channel::receive::endpoint::Incoming;
use ferry_channel::runtime::disk_space;
use ferry_channel::runtime::disk_space::Need;
use ferry_channel::runtime::schedule::Schedule;
use ferry_channel::send::compose::Outgoing;
use ferry_channel::send::outbox::Outlet;
use ferry_channel::trust::installed;
use ferry_channel::trust::installed::Anchor;
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
use std::path::PathBuf;

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

impl Agent {
    /// Opens everything that needs no key.
    pub fn open(config: Config) -> Result<Self> {
        let (catalogue, policy) = config::rules(&config.catalogue, &config.policy)?;
        let schedule = Schedule::new(&config.path, &config.export.schedule, &config.time_zone)?;
        let full = Schedule::new(&config.path, &config.source.reconcile, &config.time_zone)?;
        durable::make_folder(&config.state)?;
        let conn = store::open(&config.state.join(DATABASE))?;
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
        Ok([vec![ledger], disk_space::sending(&self.conn, &self.outlet()?)?].concat())
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
        let at = installed::next_moment(&self.conn, channel.as_str(), now_s)?;
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
