//! What an operator sees in the morning.

use crate::agent::{Agent, INGEST, REPLY};
use crate::portal;
use crate::store::hidden::{self, Hidden};
use crate::store::{outgoing, read};
use ferry_channel::ledger::runs;
use ferry_channel::ledger::state_root;
use ferry_channel::monitor::alerts::Ends;
use ferry_channel::monitor::metrics::Metrics;
use ferry_channel::monitor::status::operation::{Certificate, Operation, age};
use ferry_channel::monitor::status::screen::Screen;
use ferry_channel::monitor::status::todo::{Program, Todo};
use ferry_channel::monitor::status::{Alarm, ChannelStatus, Context, Published, root_text};
use ferry_channel::recovery::rollback;
use ferry_channel::recovery::rollback::Setback;
use ferry_channel::runtime::schedule::rfc3339;
use ferry_io::clock;
use ferry_io::error::Result;
use ferry_io::output::exit;
use ferry_io::output::table::safe;
use serde::Serialize;

/// Quarantined files that `status` names.
const QUARANTINE_NAMED_MAX: i64 = 20;

/// How long after its time a reply is late, seconds.
const LATE_S: i64 = 3600;

/// Hidden items that `status` names.
const HIDDEN_NAMED_MAX: i64 = 100;
/// Items of each list that fit on the screen; JSON has more.
const SHOWN_MAX: usize = 5;

/// `outer-agent status`.
#[derive(Debug, Serialize)]
pub struct Status {
    /// One entry for each channel and direction.
    pub channels: Vec<ChannelStatus>,
    /// What is visible.
    pub published: Published,
    /// State root over everything visible.
    pub state_root: Option<String>,
    /// Whether the root differed from the sender's after the newest batch.
    pub root_differs: bool,
    /// Receipts, messages and reports of hidden items that the other side has not acknowledged.
    pub outgoing: u64,
    /// Seconds that the oldest of them has waited.
    pub oldest_item_age_s: Option<u64>,
    /// Items that the second look hides from the public.
    pub held_outside: u64,
    /// The first of them.
    pub held_outside_items: Vec<Hidden>,
    /// The newest files in quarantine.
    pub quarantine: Vec<Quarantined>,
    /// Whether the far side was restored or lost batches.
    pub far_setback: Option<Setback>,
    /// What somebody must look at today.
    pub alarms: Vec<Alarm>,
    /// The daemon, space, certificates, and what was repaired.
    #[serde(flatten)]
    pub operation: Operation,
    /// What a person has to do, most urgent first.
    pub todo: Vec<Todo>,
}

/// A file in quarantine.
#[derive(Debug, Serialize)]
pub struct Quarantined {
    /// Its number.
    pub id: i64,
    /// Its name when it came.
    pub name: String,
    /// Reason code.
    pub code: String,
    /// Why.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// What can be told without counting everything that is published.
pub struct Overview {
    /// One entry for each channel and direction.
    pub channels: Vec<ChannelStatus>,
    /// The daemon, space, certificates, and what was repaired.
    pub operation: Operation,
    /// What somebody must look at today.
    pub alarms: Vec<Alarm>,
    /// Whether the root differed from the sender's after the newest batch.
    pub root_differs: bool,
    /// Items that the other side has not acknowledged.
    pub unacknowledged: u64,
    /// Seconds that the oldest of them has waited.
    pub oldest_item_age_s: Option<u64>,
}

/// Looks at the channels and the machine.
pub fn overview(agent: &Agent) -> Result<Overview> {
    let conn = &agent.store.conn;
    let (config, context) = (&agent.config, context(agent));
    let mut receiving = context.receiving(&config.ingest.channel, "export", INGEST)?;
    let root = state_root::load(conn, &config.ingest.channel)?.root();
    receiving.state_root = (receiving.last_sequence > 0).then(|| root_text(&root));
    let sending = context.sending(&config.reply.channel, "return", REPLY, &agent.schedule)?;
    let ends = portal::certificates_end(&config.portal);
    let certificates = ends.iter().map(|(file, end_s)| Certificate::new(file, *end_s, &context)).collect();
    let (needs, reserve_bytes) = (agent.needs_to_send()?, config.upkeep.reserve_bytes());
    let operation = Operation::look(&context, &config.state, &needs, reserve_bytes, certificates)?;
    let root_differs = conn.query_row("SELECT root_differs FROM visible", [], |r| r.get(0))?;
    let channels = vec![receiving, sending];
    let alarms = [alarms(agent, context.now_s)?, operation.alarms(&channels)].concat();
    let oldest_item_age_s = outgoing::oldest_s(conn)?.map(|at_s| (context.now_s - at_s).max(0) as u64);
    let unacknowledged = outgoing::waiting(conn)?;
    Ok(Overview { channels, operation, alarms, root_differs, unacknowledged, oldest_item_age_s })
}

fn context(agent: &Agent) -> Context<'_> {
    Context { conn: &agent.store.conn, now_s: clock::now_s(), zone: agent.schedule.zone() }
}

fn differing(root_differs: bool) -> Option<Alarm> {
    root_differs.then(|| Alarm {
        code: "FERRY-E0696",
        message: "状态根与内网端不一致 the state root differs from the sender's".into(),
        hint: "three exchanges repair it by themselves; sooner with `inner-agent reconcile` on the inner side".into(),
    })
}

/// Writes the metrics file, where one is configured. What goes wrong with it is said, and stops no run.
pub fn publish(agent: &Agent) {
    let Some(path) = &agent.config.upkeep.metrics_file else { return };
    let written = overview(agent).and_then(|o| {
        let mut metrics = Metrics::of(&o.channels, &o.operation, &o.alarms);
        metrics.gauge("root_differs", "Whether the state root differs from the sender's", i64::from(o.root_differs));
        metrics.gauge("items_waiting", "Items that the other side has not acknowledged", o.unacknowledged as i64);
        let oldest_s = o.oldest_item_age_s.unwrap_or(0) as i64;
        metrics.gauge("item_oldest_age_seconds", "Age of the oldest of them", oldest_s);
        metrics.write(path)
    });
    if let Err(failure) = written {
        exit::print_error(&failure);
    }
}

/// Reads ledger and store.
pub fn status(agent: &Agent) -> Result<Status> {
    let conn = &agent.store.conn;
    let Overview { channels, operation, alarms, root_differs, unacknowledged, oldest_item_age_s } = overview(agent)?;
    let withheld = read::count(conn, &agent.catalogue.roles.withheld)?;
    let published = conn.query_row("SELECT records, documents FROM visible", [], |r| {
        Ok(Published { records: r.get::<_, i64>(0)? as u64, documents: r.get::<_, i64>(1)? as u64, withheld })
    })?;
    let sql = "SELECT id, name, code, message, hint FROM ferry_quarantine ORDER BY id DESC LIMIT ?1";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok(Quarantined { id: r.get(0)?, name: r.get(1)?, code: r.get(2)?, message: r.get(3)?, hint: r.get(4)? })
    };
    let quarantine = statement.query_map([QUARANTINE_NAMED_MAX], row)?.collect::<rusqlite::Result<_>>()?;
    let mut status = Status {
        state_root: channels.iter().find_map(|c| c.state_root.clone()),
        channels,
        published,
        root_differs,
        outgoing: unacknowledged,
        oldest_item_age_s,
        held_outside: hidden::count(conn)?,
        held_outside_items: hidden::list(conn, HIDDEN_NAMED_MAX)?,
        quarantine,
        far_setback: rollback::state(conn, &agent.config.reply.channel, agent.schedule.zone(), clock::now_s())?,
        alarms,
        operation,
        todo: Vec::new(),
    };
    status.todo = todo(agent, &status);
    Ok(status)
}

/// What a person has to do. What another part of the agent asks for is one more line here.
fn todo(agent: &Agent, status: &Status) -> Vec<Todo> {
    let config = &agent.config;
    let program = Program { name: "outer-agent", config: &config.path, state: &config.state };
    let mut todo: Vec<Todo> = status.alarms.iter().map(|alarm| program.answer(alarm)).collect();
    for (channel, job) in status.channels.iter().zip(["ingest", "reply"]) {
        todo.extend(program.failed(channel, job));
        todo.extend(program.quarantined(channel, program.command("quarantine list")));
    }
    todo.sort();
    todo
}

/// The alarms that hold now.
pub fn alarms(agent: &Agent, now_s: i64) -> Result<Vec<Alarm>> {
    let ends = Ends {
        conn: &agent.store.conn,
        sends: &agent.config.reply.channel,
        receives: &agent.config.ingest.channel,
        sender_key: &agent.config.reply.sender_key,
        silence_hours: agent.config.ingest.silence_hours,
        zone: agent.schedule.zone(),
        repair: "it was acknowledged before: `gaps accept` inside ends the asking, and what it carried is settled there",
    };
    let mut alarms = ends.alarms(now_s)?;
    alarms.extend(late_reply(agent, now_s)?);
    let far = rollback::state(&agent.store.conn, &agent.config.reply.channel, agent.schedule.zone(), now_s)?;
    alarms.extend(losses(agent, far.as_ref())?);
    let differs = agent.store.conn.query_row("SELECT root_differs FROM visible", [], |r| r.get(0))?;
    alarms.extend(differing(differs));
    Ok(alarms)
}

/// An alarm where the schedule has had a reply to make for longer than one takes.
fn late_reply(agent: &Agent, now_s: i64) -> Result<Option<Alarm>> {
    let conn = &agent.store.conn;
    let first = "SELECT min(at_s) FROM ferry_received WHERE channel = ?1 AND verdict = 'published'";
    let first: Option<i64> = conn.query_row(first, [&agent.config.ingest.channel], |r| r.get(0))?;
    let last = runs::last_success(conn, REPLY)?.or(first);
    let due = last.and_then(|s| agent.schedule.next_after(s)).filter(|due| due + LATE_S < now_s);
    Ok(due.map(|due| Alarm {
        code: "FERRY-E0634",
        message: format!(
            "应于 {} 回传的批次没有生成 the reply that was due then was not made",
            rfc3339(due, agent.schedule.zone())
        ),
        hint: "look at `last_error` of the return channel, and whether `outer-agent run` is running".into(),
    }))
}

/// What was lost on either side and is not repaired yet.
fn losses(agent: &Agent, far: Option<&Setback>) -> Result<Vec<Alarm>> {
    let repair = "what they carried was settled inside before, as their confirmation shows: compare the platform's staging \
                  tables with their backup if the platform was restored too";
    let far = far.filter(|s| s.again + s.not_kept > 0).map(|s| s.alarm(repair));
    Ok(far.into_iter().chain(rollback::own_alarm(&agent.store.conn, &agent.config.reply.channel)?).collect())
}

impl Status {
    /// For people, on one screen.
    pub fn screen(&self, agent: &Agent) -> Screen {
        let mut screen = Screen::default();
        screen.todo(&self.alarms, &self.todo);
        let side = format!("外网端 outer-agent  {}", agent.config.court);
        screen.head(&side, &self.operation, clock::now_s(), agent.schedule.zone());
        screen.channels(&self.channels);
        screen.operation(&self.operation);
        let p = &self.published;
        let published = format!("{} records, {} documents; withheld: {}", p.records, p.documents, p.withheld);
        screen.row("已公布 published", &published);
        let oldest = self.oldest_item_age_s.map(|s| format!(", 最早 the oldest {}", age(s))).unwrap_or_default();
        screen.row("待回传 to cross back", &format!("{}{oldest}", self.outgoing));
        if self.held_outside > 0 {
            let text = "the inner side is told, and must send a corrected version";
            screen.row("暂缓 held outside", &format!("{}; {text}", self.held_outside));
        }
        screen.list(&self.held_outside_items, self.held_outside, SHOWN_MAX, |h| {
            format!("held outside: {} {} version {}: {}", h.kind, safe(&h.id), h.version, h.rule)
        });
        let quarantined = self.channels.iter().map(|c| c.quarantined).sum();
        screen.list(&self.quarantine, quarantined, SHOWN_MAX, |q| {
            format!("quarantine {}: {} {} [{}] {}", q.id, safe(&q.name), safe(&q.message), q.code, q.hint)
        });
        screen
    }
}
