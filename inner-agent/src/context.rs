//! Shared context of all commands: configuration, catalogue, policy, database.

use crate::config::Config;
use crate::store::{self, DATABASE};
use crate::texts::errors;
use ferry_channel::config::{self, RuleDigests};
use ferry_channel::ledger::sent;
use ferry_channel::operator::args::CommandContext;
use ferry_channel::receive::endpoint::ReceiveEndpoint;
use ferry_channel::recovery::state_guard::StateGuard;
use ferry_channel::runtime::clock_guard::{ClockGuard, ClockVerdict};
use ferry_channel::runtime::disk_space::SpaceRequirement;
use ferry_channel::runtime::schedule::{Schedule, rfc3339};
use ferry_channel::send::compose::Outgoing;
use ferry_channel::send::outbox::{self, OutboxPaths};
use ferry_channel::texts::clock;
use ferry_channel::trust::installed::{self, Anchor};
use ferry_channel::types::UnixSeconds;
use ferry_format::frame::header::Direction;
use ferry_format::keys::Role;
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

/// Job names, as in `ferry_run`.
pub const EXPORT: &str = "export";
/// See [`EXPORT`].
pub const IMPORT: &str = "import";
/// Name of the lock file. Export and import share the ledger and the platform, so they take turns.
pub const LOCK: &str = "inner-agent";

/// Configuration, catalogue, policy, database.
pub struct Context {
    /// The configuration.
    pub config: Config,
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The policy: masking and scanning.
    pub policy: Policy,
    /// The database.
    pub conn: Connection,
    /// When an export is due.
    pub schedule: Schedule,
    /// When an export compares every row.
    pub full_schedule: Schedule,
}

/// What reviewers approve before release.
#[derive(Clone, Copy)]
pub struct ReviewRules {
    /// Whether there are reviewers: then they decide on items that are hidden outside.
    pub has_reviewers: bool,
    /// Whether clean records need approvals too.
    pub clean_needs_approval: bool,
}

/// What a folder is for: kept batches.
pub const OUTBOX: &str = "outbox";
/// See [`OUTBOX`]: the court's electronic case files.
pub const CASE_FILES: &str = "case-files";

/// What tells whether a side works on what it worked on before; needs no ledger.
pub fn guard_of(config: &Config) -> StateGuard<'_> {
    let folders = vec![(OUTBOX, config.state.join("outbox")), (CASE_FILES, config.settle.case_files.clone())];
    StateGuard { state: &config.state, database: DATABASE, folders }
}

impl Context {
    /// Opens everything that needs no key.
    pub fn open(config: Config) -> Result<Self> {
        let (catalogue, policy) = config::rules(&config.catalogue, &config.policy)?;
        let schedule = Schedule::new(&config.path, &config.export.schedule, &config.time_zone)?;
        let full_schedule = Schedule::new(&config.path, &config.source.reconcile, &config.time_zone)?;
        let guard = guard_of(&config);
        guard.make_folder()?;
        guard.check_present()?;
        // Commands would make it where it is missing.
        guard.check_folders(&[OUTBOX])?;
        let conn = store::open(&config.state.join(DATABASE))?;
        Ok(Self { config, catalogue, policy, conn, schedule, full_schedule })
    }

    /// What tells whether this side works on what it worked on before.
    pub fn guard(&self) -> StateGuard<'_> {
        guard_of(&self.config)
    }

    /// The sending end of the ↑ channel, with the signing key.
    pub fn outgoing(&self) -> Result<Outgoing> {
        let rules = RuleDigests::of(&self.catalogue, &self.policy)?;
        Outgoing::open(&self.config.export, &self.config.court, Direction::Export, rules, &self.config.state)
    }

    /// The guard on this machine's clock.
    pub fn clock(&self) -> Result<ClockGuard> {
        let newest = sent::newest_released_s(&self.conn, &self.config.export.channel)?;
        ClockGuard::open(&self.config.state, newest)
    }

    /// Checks that the clock may be believed.
    ///
    /// # Errors
    /// `FERRY-E0653` where it is behind, `FERRY-E0654` where it is ahead.
    pub fn check_clock(&self, now: UnixSeconds) -> Result<()> {
        let local = |at: UnixSeconds| rfc3339(at, self.schedule.zone());
        match self.clock()?.verdict(now) {
            ClockVerdict::Good => Ok(()),
            ClockVerdict::Behind { floor_s } => Err(clock::behind(local(now), local(floor_s))),
            ClockVerdict::Ahead { floor_s } => Err(clock::ahead(local(now), local(floor_s))),
        }
    }

    /// Where batches of the ↑ channel are kept and dispatched; needs no key.
    pub fn outbox_paths(&self) -> Result<OutboxPaths> {
        OutboxPaths::open(&self.config.export, &self.config.state)
    }

    /// The receiving end of the ↓ channel, with the key that opens batches.
    pub fn incoming(&self) -> Result<ReceiveEndpoint> {
        let (config, rules) = (&self.config, RuleDigests::of(&self.catalogue, &self.policy)?);
        let mut endpoint =
            ReceiveEndpoint::open(&config.import, &config.court, Direction::Return, rules, &config.state)?;
        endpoint.room_in = self.import_folders();
        endpoint.reserve_bytes = config.maintenance.reserve_bytes();
        Ok(endpoint)
    }

    /// The trust of the receiver of the ↑ channel: who may approve, and what needs approvals. It is in the trust list in force,
    /// or in the trust file that `[export]` names; without either, nobody may approve.
    ///
    /// # Errors
    /// A trust file that cannot be read, or is for another court, channel or direction.
    pub fn up_trust(&self) -> Result<Option<Trust>> {
        let config = &self.config;
        let channel = config.export.channel.id();
        if let Some(anchor) = Anchor::read(&config.import, &config.court, Direction::Return)? {
            return Ok(Some(anchor.list(&self.conn)?.trust(channel, Direction::Export)?));
        }
        let Some(path) = &config.export.trust else { return Ok(None) };
        let mut trust = load::trust(path)?;
        let court = Id::new(&config.court)?;
        let differs = [
            ("court", errors::court(), trust.court.as_ref().is_some_and(|t| *t != court)),
            ("channel", errors::channel(), trust.channel.as_ref().is_some_and(|t| t != channel)),
            ("direction", errors::direction(), trust.direction.is_some_and(|t| t != Direction::Export)),
        ];
        if let Some((key, what, _)) = differs.into_iter().find(|(.., differs)| *differs) {
            return Err(Error::configuration(path, key, errors::trust_file_differs(what)));
        }
        (trust.court, trust.channel, trust.direction) = (Some(court), Some(channel.clone()), Some(Direction::Export));
        Ok(Some(trust))
    }

    /// What reviewers approve before release.
    pub fn review_rules(&self) -> Result<ReviewRules> {
        let trust = self.up_trust()?;
        Ok(ReviewRules {
            has_reviewers: trust.as_ref().is_some_and(has_reviewers),
            clean_needs_approval: trust.as_ref().is_some_and(|trust| approvals_needed(trust, Class::Clean) > 0),
        })
    }

    /// Checks that the trust list in force, if there is one, lets this side send its next batch.
    pub fn check_sending(&self, outgoing: &Outgoing, now: UnixSeconds) -> Result<()> {
        let config = &self.config;
        let Some(anchor) = Anchor::read(&config.import, &config.court, Direction::Return)? else { return Ok(()) };
        let (channel, rules) = (&config.export.channel, RuleDigests::of(&self.catalogue, &self.policy)?);
        let at = installed::next_moment(&self.conn, channel, now)?;
        anchor.check_sending(&self.conn, channel, &outgoing.address.sender, &rules, &at)
    }

    /// The space that the next export needs.
    pub fn export_space(&self) -> Result<Vec<SpaceRequirement>> {
        let ledger = SpaceRequirement { folder: self.config.state.clone(), bytes: 0 };
        Ok([vec![ledger], outbox::space_needed(&self.conn, &self.outbox_paths()?)?].concat())
    }

    /// The folders that an import writes to: the ledger, the platform's database if it is a file, the case files.
    pub fn import_folders(&self) -> Vec<PathBuf> {
        let settle = &self.config.settle;
        let platform = settle.staging.as_deref().map(durable::folder_of);
        [self.config.state.clone()].into_iter().chain(platform).chain([settle.case_files.clone()]).collect()
    }

    /// What the operator's commands work on.
    pub fn operator(&mut self, now: UnixSeconds) -> Result<CommandContext<'_>> {
        Ok(CommandContext {
            paths: self.outbox_paths()?,
            conn: &mut self.conn,
            court: &self.config.court,
            state: &self.config.state,
            receiving: &self.config.import,
            direction: Direction::Return,
            now,
            zone: self.schedule.zone(),
            sends: LOCK,
            receives: LOCK,
            receive: "import",
        })
    }
}

/// Whether there are reviewers.
pub fn has_reviewers(trust: &Trust) -> bool {
    trust.keys.iter().any(|key| key.role == Role::Reviewer)
}

/// How many approvals a class needs.
pub fn approvals_needed(trust: &Trust, class: Class) -> usize {
    trust.release.of(class).approvals.max(trust.approvals_needed)
}
