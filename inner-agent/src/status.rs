//! What an operator sees in the morning.

use crate::agent::{Agent, EXPORT, IMPORT};
use crate::alarm;
use crate::export::flagged::{self, Waiting};
use crate::import::clerk;
use crate::import::held_outside::{self, HeldOutside};
use crate::notify;
use crate::reconcile;
use crate::report::{Correction, newest_corrections};
use ferry_channel::failure::Result;
use ferry_channel::files;
use ferry_channel::setback::{self, Setback};
use ferry_channel::status::{Alarm, ChannelStatus, Context, Published, print_channel, root_text};
use ferry_channel::table::safe;
use rusqlite::OptionalExtension;
use serde::Serialize;
use std::collections::BTreeMap;

/// Held records that `status` names.
const HELD_NAMED_MAX: i64 = 100;
/// Corrections and retractions that it names.
const CORRECTIONS_NAMED_MAX: usize = 20;

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
    /// Drafts of what the scanner flagged, waiting for reviewers.
    pub drafts: Vec<Waiting>,
    /// Items that were exported and are hidden outside.
    pub held_outside: u64,
    /// The first of them.
    pub held_outside_items: Vec<HeldOutside>,
    /// Whether the far side was restored or lost batches.
    pub far_setback: Option<Setback>,
    /// What somebody must look at today.
    pub alarms: Vec<Alarm>,
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

/// Reads the ledger.
pub fn status(agent: &Agent) -> Result<Status> {
    let conn = &agent.conn;
    let context = Context { conn, now_s: files::now_s(), zone: agent.schedule.zone() };
    let up = &agent.config.export.channel;
    let mut sending = context.sending(up, "export", EXPORT, &agent.schedule)?;
    let sql = "SELECT state_root FROM ferry_out WHERE channel = ?1 AND state <> 'released'
               ORDER BY epoch DESC, sequence DESC LIMIT 1";
    let root: Option<[u8; 32]> = conn.query_row(sql, [up], |r| r.get(0)).optional()?;
    sending.state_root = root.as_ref().map(root_text);
    let receiving = context.receiving(&agent.config.import.channel, "return", IMPORT)?;
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
    Ok(Status {
        state_root: sending.state_root.clone(),
        channels: vec![sending, receiving],
        published,
        held: one("SELECT count(*) FROM held WHERE rule = 0")?,
        kept_in,
        held_records,
        reconcile: reconcile::state(conn, up)?,
        drafts: flagged::waiting(conn, &agent.config.state)?,
        held_outside: held_outside::count(conn, up)?,
        held_outside_items: held_outside::list(conn, up, HELD_NAMED_MAX)?,
        far_setback: setback::state(conn, up, context.zone, context.now_s)?,
        alarms: alarm::alarms(agent, context.now_s)?,
        clerk_list: clerk::list(conn)?,
        corrections: corrections(agent, context.now_s)?,
        notify: notify::counts(agent)?,
    })
}

fn corrections(agent: &Agent, now_s: i64) -> Result<Corrections> {
    let sql = "SELECT count(*) FROM correction WHERE at_s >= ?1";
    let last_7_days = agent.conn.query_row(sql, [now_s - 7 * 86_400], |r| r.get::<_, i64>(0))? as u64;
    let always = (i64::MIN, i64::MAX);
    let newest = newest_corrections(&agent.conn, agent.schedule.zone(), always, CORRECTIONS_NAMED_MAX)?;
    Ok(Corrections { last_7_days, newest })
}

impl Status {
    /// For people.
    pub fn print(&self) {
        self.alarms.iter().for_each(|alarm| println!("{alarm}"));
        self.channels.iter().for_each(print_channel);
        println!(
            "exported: {} records, {} documents; withheld: {}; held: {}",
            self.published.records, self.published.documents, self.published.withheld, self.held
        );
        for (rule, count) in &self.kept_in {
            println!("  kept inside: {count} {rule}");
        }
        let r = &self.reconcile;
        if r.reported_buckets + r.asked_buckets + r.only_outside > 0 {
            println!(
                "  两侧状态不同 the far side's state differs; the next exports repair it, or `reconcile` does now"
            );
            for (kind, buckets) in &r.differing {
                println!("    {kind}: buckets {buckets:?}");
            }
        }
        for draft in &self.drafts {
            let (records, documents) = (draft.records, draft.documents);
            println!(
                "  draft of flagged records: {records} records, {documents} documents in {}",
                draft.file.display()
            );
        }
        for held in &self.held_records {
            println!("  held: {} {}: {}", held.kind, held.key.escape_debug(), held.reason);
        }
        if self.held_outside > 0 {
            println!(
                "held outside: {}; correct them in the platform, and the next export replaces them",
                self.held_outside
            );
        }
        for held in &self.held_outside_items {
            let (key, version) = (held.key.escape_debug(), held.version);
            println!("  held outside: {} {key} version {version}: {}", held.kind, held.rule);
        }
        for (class, items) in &self.clerk_list {
            println!("  待核清单 clerk's list (FERRY_HELD): {items} {class}");
        }
        println!("更正和撤回 corrected and retracted in the last 7 days: {}", self.corrections.last_7_days);
        for c in &self.corrections.newest {
            let by = if c.approved_by.is_empty() { String::new() } else { format!(" ({})", safe(&c.approved_by)) };
            println!("  {} {}: {} {}{by}: {}", c.at, c.act, c.kind, safe(&c.key), safe(&c.why));
        }
        if let Some(counts) = &self.notify {
            counts.print();
        }
    }
}
