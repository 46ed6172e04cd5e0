//! What somebody must look at today.

use crate::context::{Context, OUTBOX, REPLY};
use crate::store::{document_check, publish, root_difference};
use crate::texts::status as texts;
use ferry_channel::ledger::received;
use ferry_channel::ledger::runs;
use ferry_channel::monitor::alerts::ChannelPair;
use ferry_channel::recovery::rollback;
use ferry_channel::runtime::clock_guard::ClockVerdict;
use ferry_channel::runtime::schedule::rfc3339;
use ferry_channel::texts::clock;
use ferry_channel::types::UnixSeconds;
use ferry_channel::types::alarm::Alarm;
use ferry_io::error::Result;

/// Retractions of one batch that are not worth an alarm: the larger of a number, and percent of what was published.
const RETRACTIONS_MAX: u64 = 20;
/// See [`RETRACTIONS_MAX`].
const RETRACTIONS_MAX_PERCENT: u64 = 2;
/// How long after its time a reply is late, seconds.
const LATE_S: i64 = 3600;

/// The alarms of now.
pub fn alarms(context: &Context, now: UnixSeconds) -> Result<Vec<Alarm>> {
    let conn = &context.store.conn;
    let (sends, receives) = (&context.config.reply.channel, &context.config.ingest.channel);
    let ends = ChannelPair {
        conn,
        sends,
        receives,
        outbox: &context.config.state.join(OUTBOX),
        sender_key: &context.config.reply.sender_key,
        malware: context.config.malware.as_ref(),
        no_batch_alarm_hours: context.config.ingest.no_batch_alarm_hours,
        zone: context.schedule.zone(),
        repair: &texts::repair_resend(),
    };
    let mut alarms = ends.alarms(now)?;
    alarms.extend(late_reply(context, now)?);
    let peer = rollback::peer_rollback(conn, sends, context.schedule.zone(), now)?.filter(|p| p.again + p.not_kept > 0);
    alarms.extend(peer.map(|p| p.alarm(&texts::repair_peer_rollback())));
    alarms.extend(rollback::own_alarm(conn, sends)?);
    alarms.extend(root_difference::exists(conn)?.then(texts::root_differs));
    let (taken_back, published) = publish::taken_back_by_newest(conn)?;
    if taken_back > RETRACTIONS_MAX.max(published * RETRACTIONS_MAX_PERCENT / 100) {
        alarms.push(texts::mass_retraction(taken_back));
    }
    alarms.extend(of_clock(context, now)?);
    alarms.extend(context.guard().problems(conn).into_iter().map(Alarm::from));
    let lost = document_check::checked(conn)?.lost;
    alarms.extend((lost > 0).then(|| texts::documents_lost(lost)));
    Ok(alarms)
}

fn of_clock(context: &Context, now: UnixSeconds) -> Result<Option<Alarm>> {
    let local = |at: UnixSeconds| rfc3339(at, context.schedule.zone());
    Ok(match context.clock()?.verdict(now) {
        ClockVerdict::Good => None,
        ClockVerdict::Behind { floor_s } => Some(clock::behind_alarm(local(now), local(floor_s))),
        ClockVerdict::Ahead { floor_s } => Some(clock::ahead_alarm(local(now), local(floor_s))),
    })
}

/// An alarm where a reply has been due for longer than one takes.
fn late_reply(context: &Context, now: UnixSeconds) -> Result<Option<Alarm>> {
    let conn = &context.store.conn;
    let first = received::first_published_s(conn, &context.config.ingest.channel)?;
    let last = runs::last_success_s(conn, REPLY)?.or(first);
    let due = last.and_then(|s| context.schedule.next_after(s)).filter(|due| *due + LATE_S < now);
    Ok(due.map(|due| texts::reply_late(rfc3339(due, context.schedule.zone()))))
}
