//! The alarms that `status` and the daemon raise: those of the channels, lost state on either side, overdue reviews, and days
//! without an import (articles 10 and 11).

use crate::context::{Context, IMPORT, OUTBOX};
use crate::court_day;
use crate::export::retraction_guard::Bound;
use crate::reconcile;
use crate::review::pending;
use crate::source::unmapped;
use crate::store::held_retractions::{self, State};
use crate::store::{approval_forms, corrections, exported, waiting_items};
use crate::texts::status as texts;
use crate::texts::{forms, retractions};
use ferry_channel::ledger::{received, runs, sent};
use ferry_channel::monitor::alerts::ChannelPair;
use ferry_channel::recovery::rollback;
use ferry_channel::runtime::clock_guard::ClockVerdict;
use ferry_channel::runtime::schedule::rfc3339;
use ferry_channel::texts::clock;
use ferry_channel::types::alarm::Alarm;
use ferry_channel::types::{ChannelId, UnixSeconds};
use ferry_format::reason::Reason;
use ferry_format::text::Text;
use ferry_format::texts::list;
use ferry_io::error::Result;
use ferry_io::output::table::safe;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::Connection;

/// Approval forms that an alarm names; the report has all of them.
const FORMS_NAMED_MAX: usize = 5;

/// The alarms that hold now.
pub fn alarms(context: &Context, now: UnixSeconds) -> Result<Vec<Alarm>> {
    let mut alarms = of_channels(context, now)?;
    alarms.extend(of_lost_state(context, now)?);
    alarms.extend(of_missing_imports(context, now)?);
    alarms.extend(pending::alarms(context, now)?);
    alarms.extend(of_retractions(context)?);
    let items = waiting_items::count(&context.conn)?.items;
    alarms.extend((items > 0).then(|| texts::items_wait(items)));
    let waiting = reconcile::status(&context.conn, &context.config.export.channel, now)?.waiting_buckets;
    alarms.extend((waiting > 0).then(|| texts::reconciliation_waits(waiting)));
    alarms.extend(of_clock(context, now)?);
    alarms.extend(of_forms(context)?);
    alarms.extend(context.guard().problems(&context.conn).into_iter().map(Alarm::from));
    Ok(alarms)
}

fn of_clock(context: &Context, now: UnixSeconds) -> Result<Option<Alarm>> {
    let local = |at: UnixSeconds| rfc3339(at, context.schedule.zone());
    Ok(match context.clock()?.verdict(now) {
        ClockVerdict::Good => None,
        ClockVerdict::Behind { floor_s } => Some(clock::publishing_behind(local(now), local(floor_s))),
        ClockVerdict::Ahead { floor_s } => Some(clock::publishing_ahead(local(now), local(floor_s))),
    })
}

/// Approval forms that do not do what they say.
fn of_forms(context: &Context) -> Result<Option<Alarm>> {
    let defective = approval_forms::defective(&context.conn)?;
    let of = |(form, reason): &(String, Reason)| forms::one(safe(form), reason.text());
    let named = list::items(defective.iter().take(FORMS_NAMED_MAX).map(of));
    Ok((!defective.is_empty()).then(|| forms::defective_forms(defective.len(), named)))
}

/// Retractions that wait, kinds without a mapping, and a batch that took back more than a run may by itself.
fn of_retractions(context: &Context) -> Result<Vec<Alarm>> {
    let (conn, mut alarms) = (&context.conn, Vec::new());
    let waiting = held_retractions::counts(conn, State::Waiting)?;
    if !waiting.is_empty() {
        let kinds = list::items(waiting.iter().map(|(kind, count)| Text::verbatim(format!("{kind} {count}"))));
        alarms.push(retractions::retractions_held(waiting.values().sum::<u64>(), kinds));
    }
    let undecided = unmapped::kinds(conn, &context.config, &context.catalogue)?.into_iter();
    let undecided: Vec<Text> = undecided.filter(|u| u.decision.is_none()).map(|u| Text::verbatim(u.kind)).collect();
    if !undecided.is_empty() {
        alarms.push(retractions::unmapped(list::items(undecided)));
    }
    let retracted = corrections::ungoverned_retractions_of_newest(conn, &context.config.export.channel)?;
    let bound = Bound::of_config(context.config.source.retractions);
    if retracted > bound.count && retracted > bound.of(exported::count_published(conn)?.0 + retracted) {
        alarms.push(retractions::many_retractions(retracted));
    }
    Ok(alarms)
}

fn of_channels(context: &Context, now: UnixSeconds) -> Result<Vec<Alarm>> {
    let pair = ChannelPair {
        conn: &context.conn,
        sends: &context.config.export.channel,
        receives: &context.config.import.channel,
        outbox: &context.config.state.join(OUTBOX),
        sender_key: &context.config.export.sender_key,
        malware: context.config.malware.as_ref(),
        no_batch_alarm_hours: context.config.import.no_batch_alarm_hours,
        zone: context.schedule.zone(),
        repair: &texts::repair_by_reconcile(),
    };
    pair.alarms(now)
}

fn of_lost_state(context: &Context, now: UnixSeconds) -> Result<Vec<Alarm>> {
    let (conn, up) = (&context.conn, &context.config.export.channel);
    let peer = rollback::peer_rollback(conn, up, context.schedule.zone(), now)?;
    let peer = peer.filter(|p| p.again + p.not_kept > 0).map(|p| p.alarm(&texts::repair_by_baseline()));
    Ok(peer.into_iter().chain(rollback::own_alarm(conn, up)?).collect())
}

fn of_missing_imports(context: &Context, now: UnixSeconds) -> Result<Option<Alarm>> {
    let (up, down) = (&context.config.export.channel, &context.config.import.channel);
    let Some((from, to)) = days_without_import(&context.conn, (up, down), context.schedule.zone(), now)? else {
        return Ok(None);
    };
    let days = if from == to { Text::verbatim(from.to_string()) } else { texts::days(from, to) };
    let mut alarm = texts::no_import(days);
    if let Some(error) = runs::last_error(&context.conn, IMPORT)? {
        alarm.message = texts::with_error(&alarm.message, &error);
    }
    Ok(Some(alarm))
}

/// The whole days up to yesterday, from the day after the first batch was dispatched at the earliest, on which no reply batch
/// was imported.
fn days_without_import(
    conn: &Connection,
    (up, down): (&ChannelId, &ChannelId),
    zone: &TimeZone,
    now: UnixSeconds,
) -> Result<Option<(Date, Date)>> {
    let today = court_day::of(now, zone);
    let Some(first) = sent::first_released_s(conn, up, true)? else { return Ok(None) };
    let mut last = court_day::of(first, zone);
    for at_s in received::published_times(conn, down, now)? {
        let day = court_day::of(UnixSeconds(at_s), zone);
        if day < today {
            last = last.max(day);
        }
    }
    let (from, to) = (last.saturating_add(1.day()), today.saturating_sub(1.day()));
    Ok((from <= to).then_some((from, to)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use rusqlite::params;

    const DAY_S: i64 = 86_400;

    #[test]
    fn a_whole_day_without_an_imported_batch_counts_in_the_court_s_time_zone_and_a_batch_of_today_does_not_undo_it() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let conn = crate::store::in_memory();
        // 2026-11-20 23:59:59 at the court.
        let first = date(2026, 11, 20).at(23, 59, 59, 0).to_zoned(zone.clone()).unwrap().timestamp().as_second();
        let (up, down) = (ChannelId::new("up").unwrap(), ChannelId::new("down").unwrap());
        let days = |now| days_without_import(&conn, (&up, &down), &zone, now).unwrap();
        assert_eq!(days(UnixSeconds(first + 9 * DAY_S)), None, "nothing was sent, so no reply is expected");
        let sql = "INSERT INTO ferry_sent VALUES ('up', 1, 1, x'00', 'dispatched', '', 0, 0, 0, ?1, NULL, NULL, x'00')";
        conn.execute(sql, [first]).unwrap();
        assert_eq!(days(UnixSeconds(first + DAY_S)), None, "the 21st is not over");
        let the_21st = date(2026, 11, 21);
        assert_eq!(days(UnixSeconds(first + DAY_S + 1)), Some((the_21st, the_21st)));
        let received = |sequence: i64, verdict: &str, at_s: UnixSeconds| {
            let sql = "INSERT INTO ferry_received VALUES ('down', 1, ?1, NULL, ?2, NULL, 0, 0, ?3, 0)";
            conn.execute(sql, params![sequence, verdict, at_s]).unwrap();
        };
        received(1, "refused", UnixSeconds(first + 2));
        assert_eq!(
            days(UnixSeconds(first + DAY_S + 1)),
            Some((the_21st, the_21st)),
            "a rejected batch is not imported"
        );
        received(2, "published", UnixSeconds(first + DAY_S + 1));
        assert_eq!(
            days(UnixSeconds(first + DAY_S + 2)),
            Some((the_21st, the_21st)),
            "today's batch does not undo yesterday"
        );
        assert_eq!(days(UnixSeconds(first + 2 * DAY_S + 1)), None);
        assert_eq!(days(UnixSeconds(first + 4 * DAY_S + 1)), Some((date(2026, 11, 23), date(2026, 11, 24))));
    }
}
