//! The reply: composes receipts, messages, the delivery report and the report of the state root into a return batch.

mod delivery_report;
mod root_report;
mod summary;

use crate::context::{Context, OUTBOX, REPLY};
use crate::reply::root_report::RootReport;
use crate::reply::summary::ReplySummary;
use crate::store::sessions::Limits;
use crate::store::{failed_logins, outgoing, sessions};
use ferry_channel::ledger::acknowledgement;
use ferry_channel::ledger::numbering;
use ferry_channel::ledger::runs;
use ferry_channel::runtime::{disk_space, lock};
use ferry_channel::send::compose;
use ferry_channel::send::compose::{Composer, SeriesFields};
use ferry_channel::send::{dispatch, outbox};
use ferry_channel::types::{BatchNumber, UnixSeconds};
use ferry_io::error::Result;
use rusqlite::TransactionBehavior;

/// Makes one return batch. With nothing to carry it is a heartbeat, which still acknowledges.
pub fn reply(context: &mut Context, now: UnixSeconds) -> Result<ReplySummary> {
    let _lock = lock::take(&context.config.state, REPLY)?;
    let clock = context.clock()?;
    // Nothing is deleted and no deadline passes by a clock that is wrong.
    let outcome = reply_locked(context, clock.believed(now)).and_then(|summary| {
        clock.record_often(now)?;
        Ok(summary)
    });
    let summary = runs::end_run(&context.store.conn, REPLY, clock.believed(UnixSeconds::now()), outcome)?;
    context.guard().end_job(&context.store.conn)?;
    Ok(summary)
}

fn reply_locked(context: &mut Context, now: UnixSeconds) -> Result<ReplySummary> {
    context.guard().begin_job(&context.store.conn, &[OUTBOX])?;
    let outgoing = context.outgoing()?;
    context.may_send(&outgoing, now)?;
    let (needs, reserve_bytes) = (context.needs_to_send()?, context.config.maintenance.reserve_bytes());
    let up = &context.config.ingest.channel;
    let conn = &mut context.store.conn;
    // Stored batches that may be deleted are deleted before free space is checked.
    outbox::sweep(conn, &outgoing.paths)?;
    outbox::prune(conn, &outgoing.paths, now)?;
    disk_space::require(&needs, reserve_bytes)?;
    dispatch::dispatch(conn, &outgoing.paths, now)?;
    let portal = &context.config.portal;
    sessions::delete_expired(conn, Limits::new(portal.session_minutes, portal.session_hours), now)?;
    failed_logins::delete_before(conn, now - i64::from(portal.login.lock_minutes) * 60)?;
    outgoing::delete_message_texts(conn, now.days_before(portal.message_days))?;

    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut composer = Composer::begin(&outgoing)?;
    let (mut items, mut held_outside) = (0, 0);
    let last = outgoing::each_unassigned(&tx, |record| {
        if record.kind == context.catalogue.roles.held_outside {
            held_outside += 1;
        } else {
            items += 1;
        }
        composer.record(record)
    })?;
    let number = numbering::next_number(&tx, &outgoing.paths.channel)?;
    let BatchNumber { epoch, sequence } = number;
    let reports = delivery_report::write(&tx, up, &context.catalogue.roles.report, sequence, &mut composer)?;
    let catalogue = &context.catalogue;
    RootReport { conn: &tx, catalogue, up, sequence, now }.write(&mut composer)?;
    // Refused batches are in the delivery report; only missing ones are asked for again.
    let quiet_since_s = now - context.config.ingest.stalled_copy_timeout_s;
    let acknowledgement = acknowledgement::build_acknowledgement(&tx, up, false, quiet_since_s)?;
    let fields = SeriesFields { acknowledgement, ..SeriesFields::default() };
    let draft = composer.finish()?;
    outgoing::assign(&tx, last, number)?;
    let released = compose::release(&tx, &outgoing, draft, &fields, now)?;
    let carrier = (&outgoing.paths.channel, released.number);
    acknowledgement::record_carrier(&tx, up, &fields.acknowledgement, carrier)?;
    tx.commit()?;
    dispatch::dispatch(conn, &outgoing.paths, now)?;
    Ok(ReplySummary { epoch, sequence, bytes: released.bytes, items, reports, held_outside })
}
