//! What clerks and operators work from: services to be made in another way, by clerk, and messages that were not sent.

use crate::agent::Agent;
use crate::notify::deadline::{self, Standing};
use crate::notify::{outbox, queue};
use ferry_channel::monitor::status::screen::Screen;
use ferry_channel::runtime::schedule::rfc3339;
use ferry_io::clock;
use ferry_io::error::Result;
use ferry_io::outln;
use ferry_io::output::table::safe;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use serde::Serialize;
use std::collections::BTreeMap;

/// Services and messages that a list names.
const NAMED_MAX: i64 = 10_000;
/// Days for which a message that was not sent stays on the list.
const LISTED_DAYS: i64 = 30;

/// `notify` in `inner-agent status`.
#[derive(Debug, Serialize)]
pub struct Counts {
    /// Messages by state.
    pub messages: BTreeMap<String, u64>,
    /// Messages that wait until somebody has looked, because there are too many.
    pub over_limit: u64,
    /// Services whose three days are over.
    pub overdue: u64,
    /// Services without a confirmed reminder.
    pub unconfirmed: u64,
    /// Services under way.
    pub waiting: u64,
    /// Whether the calendar has this year's rest days.
    pub calendar_is_current: bool,
}

/// Counts for `status`; nothing without `[notify]`.
pub fn counts(agent: &Agent) -> Result<Option<Counts>> {
    let Some(config) = &agent.config.notify else { return Ok(None) };
    let conn = &agent.conn;
    let of = |state: &str| {
        let sql = "SELECT count(*) FROM notify_service WHERE state = ?1";
        conn.query_row(sql, [state], |r| r.get::<_, i64>(0)).map(|n| n as u64)
    };
    let calendar = super::calendar::Calendar::new(&agent.config.path, &config.calendar)?;
    Ok(Some(Counts {
        messages: outbox::counts(conn)?,
        over_limit: queue::over(conn)?.map_or(0, |(_, messages)| messages),
        overdue: of("overdue")?,
        unconfirmed: of("unconfirmed")?,
        waiting: of("waiting")?,
        calendar_is_current: calendar.knows(crate::report::day_of(clock::now_s(), agent.schedule.zone())),
    }))
}

impl Counts {
    /// Lines for people.
    pub fn show(&self, screen: &mut Screen) {
        let messages: Vec<String> = self.messages.iter().map(|(state, n)| format!("{n} {state}")).collect();
        let messages = if messages.is_empty() { "none".to_owned() } else { messages.join(", ") };
        screen.row("通知 messages", &messages);
        let (waiting, overdue, unconfirmed) = (self.waiting, self.overdue, self.unconfirmed);
        let services = format!("{waiting} waiting, {overdue} 逾期 overdue, {unconfirmed} 提醒未确认 unconfirmed");
        screen.row("送达 services", &services);
        if self.over_limit > 0 {
            let text = format!("  {} messages wait until somebody has looked: `notify --over-limit`", self.over_limit);
            screen.wrapped(&text, 4);
        }
        if !self.calendar_is_current {
            screen.wrapped("  `[notify.calendar]` lacks this year's rest days", 4);
        }
    }
}

/// Both lists.
#[derive(Debug, Serialize)]
pub struct List {
    /// By clerk; a clerk without a name stands first.
    pub clerks: Vec<Clerk>,
    /// Messages of the last days that were not sent, and will not be.
    pub messages: Vec<Unsent>,
    #[serde(skip)]
    zone: TimeZone,
}

/// The services of one clerk's cases.
#[derive(Debug, Serialize)]
pub struct Clerk {
    /// The clerk.
    pub clerk: String,
    /// Overdue and unconfirmed.
    pub services: Vec<Standing>,
}

/// A message that was not sent.
#[derive(Debug, Serialize)]
pub struct Unsent {
    /// Its idempotency key.
    pub id: String,
    /// The number of its case.
    pub case_number: String,
    /// The case.
    pub case: String,
    /// The person.
    pub person: String,
    /// `reminder`, `step` or `correction`.
    pub template: String,
    /// `refused`, `failed`, `no-phone` or `expired`.
    pub state: String,
    /// Why, as the gateway says.
    pub reason: String,
    /// When, seconds.
    pub at_s: i64,
}

/// Reads both from the ledger.
pub fn list(agent: &Agent) -> Result<List> {
    let mut clerks: Vec<Clerk> = Vec::new();
    for service in deadline::to_serve_otherwise(&agent.conn, NAMED_MAX)? {
        match clerks.last_mut() {
            Some(last) if last.clerk == service.clerk => last.services.push(service),
            _ => clerks.push(Clerk { clerk: service.clerk.clone(), services: vec![service] }),
        }
    }
    Ok(List { clerks, messages: unsent(&agent.conn)?, zone: agent.schedule.zone().clone() })
}

fn unsent(conn: &Connection) -> Result<Vec<Unsent>> {
    let sql = "SELECT o.id, coalesce((SELECT number FROM step s WHERE s.case_id = o.case_id), ''), o.case_id, o.person,
                 o.template, o.state, coalesce(o.reason, ''), o.settled_s
               FROM notify_outbox o WHERE o.state IN ('refused','failed','no-phone','expired') AND o.settled_s >= ?1
               ORDER BY o.settled_s DESC, o.id LIMIT ?2";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([clock::now_s() - LISTED_DAYS * 86_400, NAMED_MAX], |r| {
        Ok(Unsent {
            id: r.get(0)?,
            case_number: r.get(1)?,
            case: r.get(2)?,
            person: r.get(3)?,
            template: r.get(4)?,
            state: r.get(5)?,
            reason: r.get(6)?,
            at_s: r.get(7)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

impl List {
    /// For people.
    pub fn print(&self) {
        if self.clerks.is_empty() {
            outln!("nothing is overdue or unconfirmed 没有逾期或提醒未确认的送达");
        }
        for clerk in &self.clerks {
            let name = if clerk.clerk.is_empty() { "(no clerk 无承办人)".to_owned() } else { safe(&clerk.clerk) };
            outln!("{name}");
            for s in &clerk.services {
                let what = format!("{} {} → {}", safe(&s.case_number), safe(&s.title), safe(&s.addressee));
                match &s.due {
                    Some(due) => outln!("  逾期 overdue, 届满 last day {due}: {what}"),
                    None => {
                        let published = rfc3339(s.published_s, &self.zone);
                        outln!(
                            "  提醒未确认 unconfirmed, published {published} (reminder: {}): {what}",
                            safe(&s.reminder)
                        );
                    }
                }
            }
        }
        if !self.messages.is_empty() {
            outln!("未发出的短信 messages that were not sent");
        }
        for m in &self.messages {
            let (at, why) = (rfc3339(m.at_s, &self.zone), safe(&m.reason));
            outln!("  {at} {} {} {}: {} {why}", m.template, safe(&m.case_number), safe(&m.person), m.state);
        }
    }
}
