//! Messages to the parties and the three-day clock (articles 8, 11 and 16): what the far side confirmed is told through the
//! court's SMS gateway, and services that nobody signed for are listed by clerk.

mod calendar;
mod deadline;
pub mod config;
mod gateway;
mod list;
mod outbox;
mod queue;
mod recipients;
mod send;

pub use deadline::{Rule, Standing};
pub use list::{Counts, counts};
pub use queue::Over;

use crate::agent::Agent;
use crate::config::Config;
use crate::import::staging::Staging;
use crate::report::day_of;
use calendar::Calendar;
use ferry_channel::ledger::runs;
use ferry_channel::operator::commands as operator;
use ferry_channel::runtime::lock;
use ferry_io::clock;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::{CONFIGURATION, IO};
use ferry_io::outln;
use gateway::Gateway;
use jiff::tz::TimeZone;
use queue::Queue;
use recipients::Directory;
use send::{Pass, Sent};
use serde::Serialize;

/// Job name, in `ferry_run` and of the lock. In the daemon a slow gateway keeps an export waiting for one pass at most.
pub const NOTIFY: &str = "notify";

/// Days in which a party may sign where the court has no `[notify]`.
const DAYS_WITHOUT_CALENDAR: u16 = 3;
const HOURS_WITHOUT_CALENDAR: u32 = 24;

/// One pass of notifications now, or the lists that clerks work from.
#[derive(clap::Args)]
pub struct Args {
    /// List what is overdue and unconfirmed by clerk, and messages that were not sent; sends nothing.
    #[arg(long, conflicts_with = "over_limit")]
    list: bool,
    /// What to do with messages that wait because there are more than `messages-max`.
    #[arg(long, value_name = "WHAT")]
    over_limit: Option<Over>,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Does it and prints.
    pub fn run(&self, agent: &Agent) -> Result<()> {
        if self.list {
            let list = list::list(agent)?;
            if self.json {
                print_json(&list)?
            } else {
                list.print()
            }
            return Ok(());
        }
        let over = self.over_limit.map(|over| format!("over-limit {over:?}").to_lowercase()).unwrap_or_default();
        operator::note(&agent.conn, "notify", &over)?;
        let (done, alarm) = pass(agent, self.over_limit)?;
        if self.json {
            print_json(&done)?
        } else {
            done.print()
        }
        alarm.map_or(Ok(()), Err)
    }
}

fn print_json(value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string(value);
    outln!("{}", text.map_err(|e| Error::new(IO, "FERRY-E0601", e.to_string(), "try again"))?);
    Ok(())
}

/// What a pass did.
#[derive(Debug, Default, Serialize)]
pub struct Notified {
    /// Messages queued.
    pub queued: u64,
    /// What became of those that were due.
    #[serde(flatten)]
    pub sent: Sent,
    /// Services whose state changed.
    pub services: u64,
}

impl Notified {
    /// One line for people.
    pub fn print(&self) {
        let Sent { sent, accepted, unknown, later, refused, failed, no_phone, expired } = self.sent;
        outln!(
            "notified: {} queued, {sent} sent, {accepted} accepted, {unknown} unknown, {later} put off; refused {refused}, \
             failed {failed}, without a telephone {no_phone}, given up {expired}; {} services changed",
            self.queued,
            self.services
        );
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        let Sent { sent, accepted, unknown, later, refused, failed, no_phone, expired } = self.sent;
        self.queued + sent + accepted + unknown + later + refused + failed + no_phone + expired + self.services == 0
    }
}

/// The court's rule of days, with its calendar.
pub struct Rules {
    calendar: Calendar,
    days: u16,
    unconfirmed_hours: u32,
}

impl Rules {
    /// As configured; without `[notify]`, three days of the calendar with no rest.
    pub fn of(config: &Config) -> Result<Self> {
        Ok(match &config.notify {
            Some(n) => Self {
                calendar: Calendar::new(&config.path, &n.calendar)?,
                days: n.overdue_days,
                unconfirmed_hours: n.unconfirmed_hours,
            },
            None => Self {
                calendar: Calendar::default(),
                days: DAYS_WITHOUT_CALENDAR,
                unconfirmed_hours: HOURS_WITHOUT_CALENDAR,
            },
        })
    }

    /// In a time zone.
    pub fn with<'a>(&'a self, zone: &'a TimeZone) -> Rule<'a> {
        Rule { calendar: &self.calendar, days: self.days, unconfirmed_hours: self.unconfirmed_hours, zone }
    }
}

/// Checks configuration, key and the configured SELECTs; nothing is sent.
pub fn check(agent: &Agent) -> Result<()> {
    let Some(config) = &agent.config.notify else { return Ok(()) };
    Gateway::open(&agent.config.path, &config.gateway)?;
    Rules::of(&agent.config)?;
    Directory::open(agent, config).map(drop)
}

/// One pass: queue what was confirmed, send what is due, advance the clocks. A gateway that is down and messages over the
/// limit are told of after everything else was done.
pub fn pass(agent: &Agent, over: Option<Over>) -> Result<(Notified, Option<Error>)> {
    let _lock = lock::take(&agent.config.state, NOTIFY)?;
    let outcome = pass_locked(agent, over);
    let error = match &outcome {
        Ok((_, alarm)) => alarm.as_ref(),
        Err(failure) => Some(failure),
    };
    runs::note_run(&agent.conn, NOTIFY, clock::now_s(), error.map(|f| f.message.english()))?;
    outcome
}

fn pass_locked(agent: &Agent, over: Option<Over>) -> Result<(Notified, Option<Error>)> {
    let Some(config) = &agent.config.notify else {
        let message = format!("{}: there is no section `[notify]`", agent.config.path.display());
        let hint = "take it from the shipped inner.toml, or leave notifications to another system";
        return Err(Error::new(CONFIGURATION, "FERRY-E0641", message, hint));
    };
    let (conn, zone, now_s) = (&agent.conn, agent.schedule.zone(), clock::now_s());
    let gateway = Gateway::open(&agent.config.path, &config.gateway)?;
    let rules = Rules::of(&agent.config)?;
    let mut done = Notified::default();
    let mut alarm = None;
    let mut platform = None;
    let batches = queue::new_batches(conn, &agent.config.export.channel)?;
    let waits = if over.is_none() { queue::still_waits(conn, batches, config.messages_max)? } else { None };
    if waits.is_some() {
        alarm = waits;
    } else if batches > 0 {
        let directory = &*platform.insert(Directory::open(agent, config)?);
        let since_s = config.since.to_zoned(zone.clone()).map_or(i64::MAX, |z| z.timestamp().as_second());
        let today = day_of(now_s, zone);
        let queued = Queue { agent, config, directory, since_s, today, now_s }.run(over)?;
        done.queued = queued.messages;
        outbox::forget_old(conn, now_s)?;
        alarm = queued.alarm;
    }
    if outbox::next_due(conn, now_s)?.is_some() {
        let directory = opened(&mut platform, agent, config)?;
        let pass = Pass { conn, config, gateway: &gateway, directory, began_s: now_s };
        let ended = pass.run(&mut done.sent);
        alarm = alarm.or(ended.err());
    }
    done.services = deadline::advance(conn, &agent.config.export.channel, &rules.with(zone), clock::now_s())?;
    let mut changed = deadline::unstaged(conn)?;
    if !changed.is_empty() {
        let directory = opened(&mut platform, agent, config)?;
        for standing in &mut changed {
            standing.clerk = directory.clerk(&standing.case)?;
        }
        stage(agent, &changed)?;
    }
    Ok((done, alarm))
}

/// Tells the platform; then the ledger remembers that it was told. To tell it twice changes nothing.
fn stage(agent: &Agent, changed: &[Standing]) -> Result<()> {
    let staging = Staging::open(&agent.config)?;
    staging.begin()?;
    if let Err(failure) = changed.iter().try_for_each(|standing| staging.service_state(standing)) {
        // A connection that is lost has nothing left to take back.
        staging.rollback().ok();
        return Err(failure);
    }
    staging.commit()?;
    deadline::staged(&agent.conn, changed)
}

fn opened<'p, 'a>(
    platform: &'p mut Option<Directory<'a>>,
    agent: &'a Agent,
    config: &config::Notify,
) -> Result<&'p Directory<'a>> {
    if platform.is_none() {
        *platform = Some(Directory::open(agent, config)?);
    }
    platform.as_ref().ok_or_else(|| Error::new(IO, "FERRY-E0601", "the platform is not open", "try again"))
}
