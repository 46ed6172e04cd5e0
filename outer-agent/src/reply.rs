//! The reply: receipts, messages and the delivery report, composed into a return batch.

use crate::agent::{Agent, REPLY};
use crate::portal;
use crate::reconcile;
use crate::store::{outgoing, sessions};
use ferry_channel::ledger::acknowledgement;
use ferry_channel::ledger::gaps;
use ferry_channel::ledger::runs;
use ferry_channel::runtime::{disk_space, lock};
use ferry_channel::send::compose;
use ferry_channel::send::compose::{Composer, Saying};
use ferry_channel::send::{dispatch, outbox};
use ferry_format::record::{Record, Value};
use ferry_io::clock;
use ferry_io::error::Result;
use ferry_io::outln;
use rusqlite::{Connection, TransactionBehavior, params};
use serde::Serialize;

/// Delivery report lines of one batch; the next batch takes the rest.
const REPORTS_PER_BATCH: i64 = 10_000;

const DAY_S: i64 = 86_400;

/// What a reply did.
#[derive(Debug, Serialize)]
pub struct Replied {
    /// Numbering era.
    pub epoch: u64,
    /// Number of the batch.
    pub sequence: u64,
    /// Its length, bytes.
    pub bytes: u64,
    /// Receipts and messages in it.
    pub items: u64,
    /// Delivery report lines in it.
    pub reports: u64,
    /// Items in it that the second look hides.
    pub held_outside: u64,
}

impl Replied {
    /// One line for people.
    pub fn print(&self) {
        outln!(
            "replied with batch {}/{}: {} receipts and messages, {} delivery reports, {} held outside, {} bytes",
            self.epoch,
            self.sequence,
            self.items,
            self.reports,
            self.held_outside,
            self.bytes
        );
    }
}

/// One return batch now. With nothing to say it is a heartbeat that still acknowledges.
pub fn reply(agent: &mut Agent) -> Result<Replied> {
    let _lock = lock::take(&agent.config.state, REPLY)?;
    let outcome = reply_locked(agent);
    runs::end_run(&agent.store.conn, REPLY, clock::now_s(), outcome)
}

fn reply_locked(agent: &mut Agent) -> Result<Replied> {
    let now_s = clock::now_s();
    let outgoing = agent.outgoing()?;
    agent.may_send(&outgoing, now_s)?;
    let (needs, reserve_bytes) = (agent.needs_to_send()?, agent.config.upkeep.reserve_bytes());
    let up = agent.config.ingest.channel.as_str();
    let conn = &mut agent.store.conn;
    // What may go goes first: it may be what makes room.
    outbox::sweep(conn, &outgoing.outlet)?;
    outbox::prune(conn, &outgoing.outlet, now_s)?;
    disk_space::require(&needs, reserve_bytes)?;
    dispatch::dispatch(conn, &outgoing.outlet, now_s)?;
    let attempts_since_s = now_s - i64::from(agent.config.portal.log_in.lock_minutes) * 60;
    sessions::forget(conn, portal::session_limits(&agent.config.portal), attempts_since_s, now_s)?;
    outgoing::forget_texts(conn, now_s - i64::from(agent.config.portal.message_days) * DAY_S)?;

    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut composer = Composer::begin(&outgoing)?;
    let (mut items, mut held_outside) = (0, 0);
    let last = outgoing::open_items(&tx, |record| {
        if record.kind == agent.catalogue.roles.held_outside {
            held_outside += 1;
        } else {
            items += 1;
        }
        composer.record(record)
    })?;
    let (epoch, sequence) = compose::next_number(&tx, outgoing.outlet.channel.as_str())?;
    let reports = report(&tx, up, &agent.catalogue.roles.report, sequence, &mut composer)?;
    let catalogue = &agent.catalogue;
    reconcile::Report { conn: &tx, catalogue, up, sequence, now_s }.write(&mut composer)?;
    // What was refused stands in the delivery report; only what is missing is asked for again.
    let quiet_since_s = now_s - agent.config.ingest.copy_deadline_s;
    let account = acknowledgement::account(&tx, up, false, quiet_since_s)?;
    let saying = Saying { account, ..Saying::default() };
    let draft = composer.finish()?;
    outgoing::assign(&tx, last, epoch, sequence)?;
    let released = compose::release(&tx, &outgoing, draft, &saying, now_s)?;
    let said = (outgoing.outlet.channel.as_str(), released.epoch, released.sequence);
    gaps::note_said(&tx, up, &saying.account, said)?;
    tx.commit()?;
    dispatch::dispatch(conn, &outgoing.outlet, now_s)?;
    Ok(Replied { epoch, sequence, bytes: released.bytes, items, reports, held_outside })
}

/// Adds one line for each ↑ batch that was not reported yet, and notes that it is now.
fn report(conn: &Connection, up: &str, kind: &str, sequence: u64, composer: &mut Composer) -> Result<u64> {
    let sql = "SELECT epoch, sequence, verdict, reason, records, documents, at_s FROM ferry_received
               WHERE channel = ?1 AND reported = 0 ORDER BY epoch, sequence LIMIT ?2";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query(params![up, REPORTS_PER_BATCH])?;
    let mut places = Vec::new();
    while let Some(row) = rows.next()? {
        let (epoch, number): (i64, i64) = (row.get(0)?, row.get(1)?);
        // The version rises when a missing batch comes in after all.
        let mut record = Record::new(kind, &format!("{epoch}/{number}"), sequence);
        record.fields.insert("verdict".into(), Value::Text(row.get(2)?));
        if let Some(reason) = row.get::<_, Option<String>>(3)? {
            record.fields.insert("reason".into(), Value::Text(reason));
        }
        for (n, field) in [(4, "records"), (5, "documents"), (6, "at")] {
            record.fields.insert(field.into(), Value::Integer(row.get(n)?));
        }
        composer.record(&record)?;
        places.push((epoch, number));
    }
    for (epoch, number) in &places {
        let sql = "UPDATE ferry_received SET reported = ?4 WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
        conn.prepare_cached(sql)?.execute(params![up, epoch, number, sequence as i64])?;
    }
    Ok(places.len() as u64)
}
