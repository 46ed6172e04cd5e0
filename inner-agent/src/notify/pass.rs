//! One pass of notifications.

use crate::config::notify::Notify;
use crate::context::Context;
use crate::court_day;
use crate::import::staging::Staging;
use crate::notify::deadline::{self, DeadlineRules};
use crate::notify::queue::{self, OverLimit, Queue};
use crate::notify::recipients::Directory;
use crate::notify::send::{PassClock, SendCounts, SendPass};
use crate::notify::sms_gateway::Gateway;
use crate::store::service_deadlines::{self, ServiceDeadline};
use crate::store::{notified, sms_outbox};
use crate::texts::notify as texts;
use ferry_channel::ledger::runs;
use ferry_channel::runtime::lock;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::{Error, Result};
use ferry_io::outln;
use ferry_io::output::language::Show;
use serde::Serialize;

/// Name of the job in `ferry_run`, and of its lock. In the daemon a slow gateway delays an export by one pass at most.
const NOTIFY: &str = "notify";

/// What a pass did. The field names are those of `notify --json`.
#[derive(Debug, Default, Serialize)]
pub struct NotifySummary {
    /// Messages queued.
    pub queued: u64,
    /// Messages that were due, by what became of them.
    #[serde(flatten)]
    pub sent: SendCounts,
    /// Services whose state changed.
    pub services: u64,
}

impl NotifySummary {
    /// Prints two lines.
    pub fn print(&self) {
        let SendCounts { sent, accepted, unknown, later, refused, failed, no_phone, expired } = self.sent;
        outln!("{}", texts::notified(self.queued, sent, accepted, unknown, later).show());
        outln!("{}", texts::not_notified(refused, failed, no_phone, expired, self.services).show());
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.queued + self.sent.total() + self.services == 0
    }
}

/// Checks configuration, key and the configured SELECTs; nothing is sent.
pub fn check(context: &Context) -> Result<()> {
    let Some(config) = &context.config.notify else { return Ok(()) };
    Gateway::open(&context.config.path, &config.gateway)?;
    DeadlineRules::of(&context.config, context.schedule.zone())?;
    Directory::open(context, config).map(drop)
}

/// One pass: queues messages about newly confirmed records, sends what is due, advances the deadlines. An unavailable
/// gateway or too many messages are reported, after everything else was done.
pub fn pass(
    context: &Context,
    over_limit: Option<OverLimit>,
    now: UnixSeconds,
) -> Result<(NotifySummary, Option<Error>)> {
    let _lock = lock::take(&context.config.state, NOTIFY)?;
    let clock = PassClock::start(now);
    let outcome = pass_locked(context, over_limit, &clock);
    let error = match &outcome {
        Ok((_, alarm)) => alarm.as_ref(),
        Err(e) => Some(e),
    };
    runs::record_run(&context.conn, NOTIFY, clock.now(), error)?;
    outcome
}

fn pass_locked(
    context: &Context,
    over_limit: Option<OverLimit>,
    clock: &PassClock,
) -> Result<(NotifySummary, Option<Error>)> {
    let Some(config) = &context.config.notify else {
        return Err(texts::section_missing(context.config.path.display()));
    };
    // Deadlines of people run by this clock, and a message that was sent is not taken back.
    context.check_clock(clock.now())?;
    let (conn, channel) = (&context.conn, &context.config.export.channel);
    let gateway = Gateway::open(&context.config.path, &config.gateway)?;
    let rules = DeadlineRules::of(&context.config, context.schedule.zone())?;
    let mut summary = NotifySummary::default();
    let mut directory = None;
    let mut alarm = None;
    let batches = notified::new_batch_count(conn, channel)?;
    let undecided = if over_limit.is_none() { queue::undecided(conn, batches, config.messages_max)? } else { None };
    if undecided.is_some() {
        alarm = undecided;
    } else if batches > 0 {
        let queued = queue(context, config, open(&mut directory, context, config)?, over_limit, clock.began_s)?;
        summary.queued = queued.messages;
        sms_outbox::delete_old(conn, clock.began_s)?;
        alarm = queued.alarm;
    }
    if sms_outbox::next_due(conn, clock.began_s)?.is_some() {
        let directory = open(&mut directory, context, config)?;
        let sent = SendPass { conn, config, gateway: &gateway, directory, clock }.run(&mut summary.sent);
        alarm = alarm.or(sent.err());
    }
    summary.services = deadline::advance(conn, channel, &rules, clock.now())?;
    let mut changed = service_deadlines::unstaged(conn)?;
    if !changed.is_empty() {
        let directory = open(&mut directory, context, config)?;
        for service in &mut changed {
            service.clerk = directory.clerk(&service.case)?;
        }
        stage(context, &changed)?;
    }
    Ok((summary, alarm))
}

fn queue(
    context: &Context,
    config: &Notify,
    directory: &Directory<'_>,
    over_limit: Option<OverLimit>,
    now: UnixSeconds,
) -> Result<queue::Queued> {
    let zone = context.schedule.zone();
    let since_s =
        config.since.to_zoned(zone.clone()).map_or(UnixSeconds(i64::MAX), |z| UnixSeconds(z.timestamp().as_second()));
    let today = court_day::of(now, zone);
    Queue { context, config, directory, since_s, today, now }.run(over_limit)
}

/// Writes states to the platform, then marks them in the ledger. Writing them twice changes nothing.
fn stage(context: &Context, changed: &[ServiceDeadline]) -> Result<()> {
    let staging = Staging::open(&context.config)?;
    staging.begin()?;
    if let Err(e) = changed.iter().try_for_each(|service| staging.set_service_deadline(service)) {
        // If the connection is lost, there is nothing to roll back.
        staging.rollback().ok();
        return Err(e);
    }
    staging.commit()?;
    service_deadlines::mark_staged(&context.conn, changed)
}

/// Opens the directory when it is needed first.
fn open<'d, 'c>(
    directory: &'d mut Option<Directory<'c>>,
    context: &'c Context,
    config: &Notify,
) -> Result<&'d Directory<'c>> {
    Ok(match directory {
        Some(directory) => directory,
        none => none.insert(Directory::open(context, config)?),
    })
}
