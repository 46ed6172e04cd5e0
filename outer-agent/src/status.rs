//! What an operator sees in the morning.

use crate::agent::{Agent, INGEST, REPLY};
use crate::store::hidden::{self, Hidden};
use crate::store::{outgoing, read};
use ferry_channel::alarms::Ends;
use ferry_channel::failure::Result;
use ferry_channel::schedule::rfc3339;
use ferry_channel::status::{Alarm, ChannelStatus, Context, Published, print_channel, root_text};
use ferry_channel::{files, ledger, root};
use serde::Serialize;

/// Quarantined files that `status` names.
const QUARANTINE_NAMED_MAX: i64 = 20;

/// How long after its time a reply is late, seconds.
const LATE_S: i64 = 3600;

/// Hidden items that `status` names.
const HIDDEN_NAMED_MAX: i64 = 100;

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
    /// Items that the second look hides from the public.
    pub held_outside: u64,
    /// The first of them.
    pub held_outside_items: Vec<Hidden>,
    /// The newest files in quarantine.
    pub quarantine: Vec<Quarantined>,
    /// What somebody must look at today.
    pub alarms: Vec<Alarm>,
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

/// Reads ledger and store.
pub fn status(agent: &Agent) -> Result<Status> {
    let conn = &agent.store.conn;
    let context = Context { conn, now_s: files::now_s(), zone: agent.schedule.zone() };
    let mut receiving = context.receiving(&agent.config.ingest.channel, "export", INGEST)?;
    let root = root::load(conn, &agent.config.ingest.channel)?.root();
    receiving.state_root = (receiving.last_sequence > 0).then(|| root_text(&root));
    let sending = context.sending(&agent.config.reply.channel, "return", REPLY, &agent.schedule)?;
    let withheld = read::count(conn, &agent.catalogue.roles.withheld)?;
    let (published, root_differs) =
        conn.query_row("SELECT records, documents, root_differs FROM visible", [], |r| {
            let (records, documents) = (r.get::<_, i64>(0)? as u64, r.get::<_, i64>(1)? as u64);
            Ok((Published { records, documents, withheld }, r.get(2)?))
        })?;
    let sql = "SELECT id, name, code, message, hint FROM ferry_quarantine ORDER BY id DESC LIMIT ?1";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok(Quarantined { id: r.get(0)?, name: r.get(1)?, code: r.get(2)?, message: r.get(3)?, hint: r.get(4)? })
    };
    let quarantine = statement.query_map([QUARANTINE_NAMED_MAX], row)?.collect::<rusqlite::Result<_>>()?;
    Ok(Status {
        state_root: receiving.state_root.clone(),
        channels: vec![receiving, sending],
        published,
        root_differs,
        outgoing: outgoing::waiting(conn)?,
        held_outside: hidden::count(conn)?,
        held_outside_items: hidden::list(conn, HIDDEN_NAMED_MAX)?,
        quarantine,
        alarms: alarms(agent, context.now_s)?,
    })
}

/// The alarms that hold now.
pub fn alarms(agent: &Agent, now_s: i64) -> Result<Vec<Alarm>> {
    let ends = Ends {
        conn: &agent.store.conn,
        sends: &agent.config.reply.channel,
        receives: &agent.config.ingest.channel,
        silence_hours: agent.config.ingest.silence_hours,
        zone: agent.schedule.zone(),
        repair: "it was acknowledged before: `gaps accept` inside ends the asking, and what it carried is settled there",
    };
    let mut alarms = ends.alarms(now_s)?;
    alarms.extend(late_reply(agent, now_s)?);
    Ok(alarms)
}

/// An alarm where the schedule has had a reply to make for longer than one takes.
fn late_reply(agent: &Agent, now_s: i64) -> Result<Option<Alarm>> {
    let conn = &agent.store.conn;
    let first = "SELECT min(at_s) FROM ferry_in WHERE channel = ?1 AND verdict = 'published'";
    let first: Option<i64> = conn.query_row(first, [&agent.config.ingest.channel], |r| r.get(0))?;
    let last = ledger::last_success(conn, REPLY)?.or(first);
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

impl Status {
    /// For people.
    pub fn print(&self) {
        self.alarms.iter().for_each(|alarm| println!("{alarm}"));
        self.channels.iter().for_each(print_channel);
        println!(
            "published: {} records, {} documents; waiting to cross back: {}",
            self.published.records, self.published.documents, self.outgoing
        );
        if self.root_differs {
            println!("WARNING: the state root differs from the sender's");
        }
        if self.held_outside > 0 {
            println!("held outside: {}; the inner side is told, and must send a corrected version", self.held_outside);
        }
        for h in &self.held_outside_items {
            println!("  held outside: {} {} version {}: {}", h.kind, h.id.escape_debug(), h.version, h.rule);
        }
        for q in &self.quarantine {
            println!("  quarantine {}: {} {} [{}] {}", q.id, q.name, q.message, q.code, q.hint);
        }
    }
}
