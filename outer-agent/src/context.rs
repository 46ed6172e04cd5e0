//! The shared context of all commands: configuration, catalogue, policy, database and schedule.

use crate::config::Config;
use crate::store::{DATABASE, Store};
use crate::texts::errors;
use ferry_channel::config::{self, Malware, RuleDigests};
use ferry_channel::ledger::sent;
use ferry_channel::operator::args::CommandContext;
use ferry_channel::receive::endpoint::ReceiveEndpoint;
use ferry_channel::recovery::state_guard::StateGuard;
use ferry_channel::runtime::clock_guard::ClockGuard;
use ferry_channel::runtime::disk_space::SpaceRequirement;
use ferry_channel::runtime::schedule::Schedule;
use ferry_channel::send::compose::Outgoing;
use ferry_channel::send::outbox;
use ferry_channel::send::outbox::OutboxPaths;
use ferry_channel::trust::installed;
use ferry_channel::trust::installed::Anchor;
use ferry_channel::types::UnixSeconds;
use ferry_format::frame::header::Direction;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::record::policy::Policy;
use ferry_io::error::Result;
use ferry_io::malware::Clamd;

/// Job names, as in `ferry_run` and in lock files.
pub const INGEST: &str = "ingest";
/// See [`INGEST`].
pub const REPLY: &str = "reply";

/// The shared context of all commands.
pub struct Context {
    /// The configuration.
    pub config: Config,
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The policy of masking and scanning.
    pub policy: Policy,
    /// Ledger, published data and documents.
    pub store: Store,
    /// When a return batch is due.
    pub schedule: Schedule,
}

/// Days for which the schedule is checked: four years have every date once.
const DAYS_CHECKED: u32 = 4 * 366;

/// Refuses a schedule with more than a day between two return batches.
fn check_daily(config: &Config, schedule: &Schedule, now: UnixSeconds) -> Result<()> {
    let Some(day) = schedule.day_without_run(now, DAYS_CHECKED) else { return Ok(()) };
    Err(errors::reply_not_daily(config.path.display(), &config.reply.schedule, day))
}

/// What a folder is for: kept batches.
pub const OUTBOX: &str = "outbox";
/// See [`OUTBOX`]: published documents.
pub const DOCUMENTS: &str = "documents";

/// What tells whether a side works on what it worked on before; needs no ledger.
pub fn guard_of(config: &Config) -> StateGuard<'_> {
    let folders = [OUTBOX, DOCUMENTS].map(|name| (name, config.state.join(name))).into();
    StateGuard { state: &config.state, database: DATABASE, folders }
}

impl Context {
    /// The malware scanner of this machine, if it has one.
    ///
    /// # Errors
    /// `FERRY-E0502`: the policy asks for one, and none is configured.
    pub fn malware(&self) -> Result<Option<Clamd>> {
        Malware::scanner(self.config.malware.as_ref(), &self.policy, &self.config.path)
    }

    /// Opens everything that needs no key.
    pub fn open(config: Config, now: UnixSeconds) -> Result<Self> {
        let (catalogue, policy) = config::rules(&config.catalogue, &config.policy)?;
        let schedule = Schedule::new(&config.path, &config.reply.schedule, &config.time_zone)?;
        check_daily(&config, &schedule, now)?;
        let guard = guard_of(&config);
        guard.make_folder()?;
        guard.check_present()?;
        // Commands would make it where it is missing.
        guard.check_folders(&[OUTBOX])?;
        let makes_documents = guard.check_folders(&[DOCUMENTS]).is_ok();
        let store = Store::open(&config.state, makes_documents)?;
        Ok(Self { config, catalogue, policy, store, schedule })
    }

    /// What tells whether this side works on what it worked on before.
    pub fn guard(&self) -> StateGuard<'_> {
        guard_of(&self.config)
    }

    /// How much the next reply will write, and where.
    pub fn needs_to_send(&self) -> Result<Vec<SpaceRequirement>> {
        let store = SpaceRequirement { folder: self.config.state.clone(), bytes: 0 };
        Ok([vec![store], outbox::space_needed(&self.store.conn, &self.outbox_paths()?)?].concat())
    }

    /// The ↑ channel, with the recipient key.
    pub fn receive_endpoint(&self) -> Result<ReceiveEndpoint> {
        let c = &self.config;
        let mut endpoint = ReceiveEndpoint::open(
            &c.ingest,
            &c.court,
            Direction::Export,
            RuleDigests::of(&self.catalogue, &self.policy)?,
            &c.state,
        )?;
        endpoint.reserve_bytes = c.maintenance.reserve_bytes();
        Ok(endpoint)
    }

    /// The ↓ channel, with the sender key.
    pub fn outgoing(&self) -> Result<Outgoing> {
        let c = &self.config;
        Outgoing::open(&c.reply, &c.court, Direction::Return, RuleDigests::of(&self.catalogue, &self.policy)?, &c.state)
    }

    /// The ↓ channel without a key: enough to send stored batches again.
    pub fn outbox_paths(&self) -> Result<OutboxPaths> {
        OutboxPaths::open(&self.config.reply, &self.config.state)
    }

    /// The guard on this machine's clock.
    pub fn clock(&self) -> Result<ClockGuard> {
        let newest = sent::newest_released_s(&self.store.conn, &self.config.reply.channel)?;
        ClockGuard::open(&self.config.state, newest)
    }

    /// Checks the next return batch against the trust list in force, if there is one.
    pub fn may_send(&self, outgoing: &Outgoing, now: UnixSeconds) -> Result<()> {
        let c = &self.config;
        let Some(anchor) = Anchor::read(&c.ingest, &c.court, Direction::Export)? else { return Ok(()) };
        let (channel, rules) = (&outgoing.paths.channel, RuleDigests::of(&self.catalogue, &self.policy)?);
        let at = installed::next_moment(&self.store.conn, channel, now)?;
        anchor.check_sending(&self.store.conn, channel, &outgoing.address.sender, &rules, &at)
    }

    /// The context of the commands that both agents have.
    pub fn command_context(&mut self, now: UnixSeconds) -> Result<CommandContext<'_>> {
        Ok(CommandContext {
            paths: self.outbox_paths()?,
            now,
            conn: &mut self.store.conn,
            court: &self.config.court,
            state: &self.config.state,
            receiving: &self.config.ingest,
            direction: Direction::Export,
            zone: self.schedule.zone(),
            sends: REPLY,
            receives: INGEST,
            receive: "ingest",
        })
    }
}
