//! What every command of the outer agent works with.

use crate::config::Config;
use crate::store::Store;
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
use ferry_format::record::catalogue::Catalogue;
use ferry_format::record::policy::Policy;
use ferry_io::clock;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::CONFIGURATION;

/// Job names, as in `ferry_run` and in lock files.
pub const INGEST: &str = "ingest";
/// See [`INGEST`].
pub const REPLY: &str = "reply";

/// Configuration, catalogue and store.
pub struct Agent {
    /// The configuration.
    pub config: Config,
    /// The catalogue.
    pub catalogue: Catalogue,
    /// The policy of masking and scanning.
    pub policy: Policy,
    /// Ledger and published data: one database.
    pub store: Store,
    /// When a return batch is due.
    pub schedule: Schedule,
}

/// Days on which the schedule is looked at: four years have every date once.
const DAYS_CHECKED: u32 = 4 * 366;

/// Refuses a schedule by which the other side would hear nothing for longer than a day.
fn check_daily(config: &Config, schedule: &Schedule) -> Result<()> {
    let Some(day) = schedule.day_without_run(clock::now_s(), DAYS_CHECKED) else { return Ok(()) };
    let message = format!(
        "{}: `reply.schedule`: \"{}\" has no run on {day}, so that more than 24 hours lie between two return batches",
        config.path.display(),
        config.reply.schedule
    );
    let hint = "reply at least daily, as `0 4 * * *` does: receipts and messages, and what a missing batch is known by, cross with it";
    Err(Error::new(CONFIGURATION, "FERRY-E0502", message, hint))
}

impl Agent {
    /// Opens everything that needs no key.
    pub fn open(config: Config) -> Result<Self> {
        let (catalogue, policy) = config::rules(&config.catalogue, &config.policy)?;
        let schedule = Schedule::new(&config.path, &config.reply.schedule, &config.time_zone)?;
        check_daily(&config, &schedule)?;
        let store = Store::open(&config.state)?;
        Ok(Self { config, catalogue, policy, store, schedule })
    }

    /// What the next reply is going to write, and where.
    pub fn needs_to_send(&self) -> Result<Vec<Need>> {
        let store = Need { folder: self.config.state.clone(), bytes: 0 };
        Ok([vec![store], disk_space::sending(&self.store.conn, &self.outlet()?)?].concat())
    }

    /// The ↑ channel with the key that opens.
    pub fn incoming(&self) -> Result<Incoming> {
        let c = &self.config;
        let mut incoming = Incoming::open(
            &c.ingest,
            &c.court,
            Direction::Export,
            RuleDigests::of(&self.catalogue, &self.policy)?,
            &c.state,
        )?;
        incoming.reserve_bytes = c.upkeep.reserve_bytes();
        Ok(incoming)
    }

    /// The ↓ channel with the key that signs.
    pub fn outgoing(&self) -> Result<Outgoing> {
        let c = &self.config;
        Outgoing::open(&c.reply, &c.court, Direction::Return, RuleDigests::of(&self.catalogue, &self.policy)?, &c.state)
    }

    /// The ↓ channel without any key: enough to send kept batches again.
    pub fn outlet(&self) -> Result<Outlet> {
        Outlet::open(&self.config.reply, &self.config.state)
    }

    /// Whether the trust list in force, where there is one, lets this side send what it would send next.
    pub fn may_send(&self, outgoing: &Outgoing, now_s: i64) -> Result<()> {
        let c = &self.config;
        let Some(anchor) = Anchor::read(&c.ingest, &c.court, Direction::Export)? else { return Ok(()) };
        let (channel, rules) = (&outgoing.address.channel, RuleDigests::of(&self.catalogue, &self.policy)?);
        let at = installed::next_moment(&self.store.conn, channel.as_str(), now_s)?;
        anchor.check_sending(&self.store.conn, channel, &outgoing.address.sender, &rules, &at)
    }

    /// What the operator's commands work on.
    pub fn desk(&mut self) -> Result<Desk<'_>> {
        Ok(Desk {
            outlet: self.outlet()?,
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
