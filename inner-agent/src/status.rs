//! What an operator sees in the morning.

use crate::agent::{Agent, EXPORT, IMPORT};
use crate::alarm;
use crate::import::clerk;
use crate::import::held_outside::{self, HeldOutside};
use crate::notify;
use crate::reconcile;
use crate::report::{Correction, newest_corrections};
use crate::review::list::{self, Left, Waiting};
use ferry_channel::monitor::metrics::Metrics;
use ferry_channel::monitor::status::operation::Operation;
use ferry_channel::monitor::status::screen::Screen;
use ferry_channel::monitor::status::todo::{Program, Todo, Urgency};
use ferry_channel::monitor::status::{Alarm, ChannelStatus, Context, Published, root_text};
use ferry_channel::recovery::rollback;
use ferry_channel::recovery::rollback::Setback;
use ferry_channel::runtime::disk_space::Need;
use ferry_io::clock;
use ferry_io::error::Result;
use ferry_io::output::exit;
use ferry_io::output::table::safe;
use rusqlite::OptionalExtension;
use serde::Serialize;
use std::collections::BTreeMap;

/// Held records that `status` names.
const HELD_NAMED_MAX: i64 = 100;
/// Corrections and retractions that it names.
const CORRECTIONS_NAMED_MAX: usize = 20;
/// Items of each list that fit on the screen; JSON has more.
const SHOWN_MAX: usize = 5;

/// `inner-agent status`.
#[derive(Debug, Serialize)]
pub struct Status {
    /// One entry for each channel and direction.
    pub channels: Vec<ChannelStatus>,
    /// What is exported and not retracted.
    pub published: Published,
    /// State root after the last dispatched batch.
    pub state_root: Option<String>,
    /// Records held back from the last export.
    pub held: u64,
    /// Records that a rule of the notice keeps inside, by the rule.
    pub kept_in: BTreeMap<String, u64>,
    /// The first of the held ones.
    pub held_records: Vec<HeldRecord>,
    /// How far a reconciliation with the far side is.
    pub reconcile: reconcile::State,
    /// Drafts that wait for reviewers.
    pub drafts: Vec<Waiting>,
    /// Batches that left without approvals and are not reviewed yet, or were refused while something of them stands outside.
    pub left_unreviewed: Vec<Left>,
    /// Items that were exported and are hidden outside.
    pub held_outside: u64,
    /// The first of them.
    pub held_outside_items: Vec<HeldOutside>,
    /// Whether the far side was restored or lost batches.
    pub far_setback: Option<Setback>,
    /// What somebody must look at today.
    pub alarms: Vec<Alarm>,
    /// The daemon, space, and what was repaired.
    #[serde(flatten)]
    pub operation: Operation,
    /// What a person has to do, most urgent first.
    pub todo: Vec<Todo>,
    /// What came back and waits for a clerk (`FERRY_HELD`), by the class of its reason, as the last import found it.
    pub clerk_list: BTreeMap<String, u64>,
    /// What was corrected and taken back of late (article 16: the network administrator is told).
    pub corrections: Corrections,
    /// Messages to parties and services that are overdue, where the court has an SMS gateway.
    pub notify: Option<notify::Counts>,
}

/// Corrections and retractions of what was published.
#[derive(Debug, Serialize)]
pub struct Corrections {
    /// How many in the last seven days.
    pub last_7_days: u64,
    /// The newest, each with who approved it and why.
    pub newest: Vec<Correction>,
}

/// A record that is held back.
#[derive(Debug, Serialize)]
pub struct HeldRecord {
    /// Kind.
    pub kind: String,
    /// Key in the platform.
    pub key: String,
    /// Why.
    pub reason: String,
}

/// What can be told without counting everything that was exported.
pub struct Overview {
    /// One entry for each channel and direction.
    pub channels: Vec<ChannelStatus>,
    /// The daemon, space, and what was repaired.
    pub operation: Operation,
    /// What somebody must look at today.
    pub alarms: Vec<Alarm>,
    /// Records held back from the last export.
    pub held: u64,
}

/// Looks at the channels and the machine.
pub fn overview(agent: &Agent) -> Result<Overview> {
    let conn = &agent.conn;
    let context = Context { conn, now_s: clock::now_s(), zone: agent.schedule.zone() };
    let up = &agent.config.export.channel;
    let mut sending = context.sending(up, "export", EXPORT, &agent.schedule)?;
    let sql = "SELECT state_root FROM ferry_sent WHERE channel = ?1 AND state <> 'released'
               ORDER BY epoch DESC, sequence DESC LIMIT 1";
    let root: Option<[u8; 32]> = conn.query_row(sql, [up], |r| r.get(0)).optional()?;
    sending.state_root = root.as_ref().map(root_text);
    let receiving = context.receiving(&agent.config.import.channel, "return", IMPORT)?;
    let settling = agent.settles_in().into_iter().map(|folder| Need { folder, bytes: 0 }).collect();
    let needs = [agent.needs_to_send()?, settling].concat();
    let upkeep = &agent.config.upkeep;
    let operation = Operation::look(&context, &agent.config.state, &needs, upkeep.reserve_bytes(), Vec::new())?;
    let channels = vec![sending, receiving];
    let alarms = [alarm::alarms(agent, context.now_s)?, operation.alarms(&channels)].concat();
    let held = conn.query_row("SELECT count(*) FROM held WHERE rule = 0", [], |r| r.get::<_, i64>(0))? as u64;
    Ok(Overview { channels, operation, alarms, held })
}

/// Writes the metrics file, where one is configured. What goes wrong with it is said, and stops no run.
pub fn publish(agent: &Agent) {
    let Some(path) = &agent.config.upkeep.metrics_file else { return };
    let written = overview(agent).and_then(|o| {
        let mut metrics = Metrics::of(&o.channels, &o.operation, &o.alarms);
        metrics.gauge("held_records", "Records held back from the last export", o.held as i64);
        let trust = agent.up_trust()?;
        let drafts = list::waiting(agent, trust.as_ref(), clock::now_s())?;
        let left = list::left(agent, trust.as_ref(), clock::now_s())?;
        let overdue = drafts.iter().filter(|d| d.is_overdue).count() + left.iter().filter(|l| l.is_overdue).count();
        metrics.gauge("drafts_waiting", "Drafts that wait for reviewers", drafts.len() as i64);
        metrics.gauge("left_unreviewed", "Batches that left and are not reviewed yet", left.len() as i64);
        metrics.gauge("reviews_overdue", "Drafts and batches that were not reviewed in time", overdue as i64);
        metrics.write(path)
    });
    if let Err(failure) = written {
        exit::print_error(&failure);
    }
}

/// Reads the ledger.
pub fn status(agent: &Agent) -> Result<Status> {
    let conn = &agent.conn;
    let up = &agent.config.export.channel;
    let Overview { channels, operation, alarms, held } = overview(agent)?;
    let one = |sql: &str| conn.query_row(sql, [], |r| r.get::<_, i64>(0)).map(|n| n as u64);
    let published = Published {
        records: one("SELECT count(*) FROM exported WHERE retracted = 0")?,
        documents: one("SELECT count(*) FROM exported WHERE retracted = 0 AND document IS NOT NULL")?,
        withheld: one("SELECT count(*) FROM withheld")?,
    };
    let mut statement =
        conn.prepare("SELECT kind, key, reason FROM held WHERE rule = 0 ORDER BY kind, key LIMIT ?1")?;
    let held_records = statement
        .query_map([HELD_NAMED_MAX], |r| Ok(HeldRecord { kind: r.get(0)?, key: r.get(1)?, reason: r.get(2)? }))?
        .collect::<rusqlite::Result<_>>()?;
    let mut statement =
        conn.prepare("SELECT class, count(*) FROM held WHERE rule = 1 GROUP BY class ORDER BY class")?;
    let kept_in =
        statement.query_map([], |r| Ok((r.get(0)?, r.get::<_, i64>(1)? as u64)))?.collect::<rusqlite::Result<_>>()?;
    let trust = agent.up_trust()?;
    let mut status = Status {
        state_root: channels.iter().find_map(|c| c.state_root.clone()),
        channels,
        published,
        held,
        kept_in,
        held_records,
        reconcile: reconcile::state(conn, up)?,
        drafts: list::waiting(agent, trust.as_ref(), clock::now_s())?,
        left_unreviewed: list::left(agent, trust.as_ref(), clock::now_s())?,
        held_outside: held_outside::count(conn, up)?,
        held_outside_items: held_outside::list(conn, up, HELD_NAMED_MAX)?,
        far_setback: rollback::state(conn, up, agent.schedule.zone(), clock::now_s())?,
        alarms,
        operation,
        todo: Vec::new(),
        clerk_list: clerk::list(conn)?,
        corrections: corrections(agent, clock::now_s())?,
        notify: notify::counts(agent)?,
    };
    status.todo = todo(agent, &status);
    Ok(status)
}

/// What a person has to do. What another part of the agent asks for is one more line here.
fn todo(agent: &Agent, status: &Status) -> Vec<Todo> {
    let config = &agent.config;
    let program = Program { name: "inner-agent", config: &config.path, state: &config.state };
    let mut todo: Vec<Todo> = status.alarms.iter().map(|alarm| program.answer(alarm)).collect();
    for (channel, job) in status.channels.iter().zip(["export", "import"]) {
        todo.extend(program.failed(channel, job));
        todo.extend(program.quarantined(channel, program.command("quarantine list")));
    }
    let mut waits = |count: u64, what: &str, command: String| {
        let what = format!("{what}: {count}");
        todo.extend((count > 0).then_some(Todo { urgency: Urgency::Later, code: "FERRY-E0699", what, command }));
    };
    waits(status.held, "暂留的记录 records held, to be corrected in the platform", program.command("plan"));
    let review = program.command("review list");
    waits(status.drafts.len() as u64, "待审草稿 drafts for reviewers", review.clone());
    waits(status.left_unreviewed.len() as u64, "放行后待复核的批次 batches that left, to be reviewed", review);
    let hidden = "外网暂缓 items hidden outside, to be corrected in the platform";
    waits(status.held_outside, hidden, program.command("status --json"));
    let clerk = "待核清单 items on the clerk's list";
    waits(status.clerk_list.values().sum(), clerk, "SELECT * FROM FERRY_HELD WHERE state = 'new'".into());
    if let Some(counts) = &status.notify {
        let list = program.command("notify --list");
        waits(counts.overdue + counts.unconfirmed, "逾期或未确认的送达 services overdue or unconfirmed", list);
        waits(counts.over_limit, "等待放行的通知 messages over the limit", program.command("notify --list"));
    }
    todo.sort();
    todo
}

fn corrections(agent: &Agent, now_s: i64) -> Result<Corrections> {
    let sql = "SELECT count(*) FROM correction WHERE at_s >= ?1";
    let last_7_days = agent.conn.query_row(sql, [now_s - 7 * 86_400], |r| r.get::<_, i64>(0))? as u64;
    let always = (i64::MIN, i64::MAX);
    let newest = newest_corrections(&agent.conn, agent.schedule.zone(), always, CORRECTIONS_NAMED_MAX)?;
    Ok(Corrections { last_7_days, newest })
}

impl Status {
    /// For people, on one screen.
    pub fn screen(&self, agent: &Agent) -> Screen {
        let mut screen = Screen::default();
        screen.todo(&self.alarms, &self.todo);
        let side = format!("内网端 inner-agent  {}", agent.config.court);
        screen.head(&side, &self.operation, clock::now_s(), agent.schedule.zone());
        screen.channels(&self.channels);
        screen.operation(&self.operation);
        self.records(&mut screen);
        self.lists(&mut screen);
        if let Some(counts) = &self.notify {
            counts.show(&mut screen);
        }
        screen
    }

    fn records(&self, screen: &mut Screen) {
        let p = &self.published;
        screen.row("已导出 exported", &format!("{} records, {} documents", p.records, p.documents));
        let held = format!("{}; 不公开 withheld: {}", self.held, p.withheld);
        screen.row("暂留 held", &held);
        for (rule, count) in &self.kept_in {
            screen.row("不出网 kept inside", &format!("{count} {rule}"));
        }
        let r = &self.reconcile;
        if r.reported_buckets + r.asked_buckets + r.only_outside > 0 {
            screen.wrapped(
                "状态根不一致 the far side's state differs; the next exports repair it, or `reconcile` does now",
                2,
            );
            for (kind, buckets) in &r.differing {
                screen.wrapped(&format!("  {kind}: buckets {buckets:?}"), 4);
            }
        }
    }

    fn lists(&self, screen: &mut Screen) {
        for draft in &self.drafts {
            let (records, documents, file) = (draft.records, draft.documents, draft.file.display());
            let approved = format!("{}/{} approved, due {}", draft.approved_by.len(), draft.needed, draft.due);
            let class = draft.class;
            screen.wrapped(
                &format!("  待审 {class} draft: {records} records, {documents} documents, {approved}, in {file}"),
                4,
            );
        }
        screen.list(&self.held_records, self.held, SHOWN_MAX, |h| {
            format!("held: {} {}: {}", h.kind, safe(&h.key), safe(&h.reason))
        });
        screen.list(&self.held_outside_items, self.held_outside, SHOWN_MAX, |h| {
            format!("held outside: {} {} version {}: {}", h.kind, safe(&h.key), h.version, h.rule)
        });
        for (class, items) in &self.clerk_list {
            screen.line(&format!("  待核清单 clerk's list (FERRY_HELD): {items} {class}"));
        }
        let corrected = format!("{} corrected or retracted in 7 days", self.corrections.last_7_days);
        screen.row("更正、撤回 corrected", &corrected);
        let newest = &self.corrections.newest;
        screen.list(newest, newest.len() as u64, SHOWN_MAX, |c| {
            let by = if c.approved_by.is_empty() { String::new() } else { format!(" ({})", safe(&c.approved_by)) };
            let day = c.at.get(..10).unwrap_or(&c.at);
            format!("{day} {}: {} {}{by}: {}", c.act, c.kind, safe(&c.key), safe(&c.why))
        });
    }
}
