//! What `status` and the daemon raise by themselves: the alarms of the channels, what either side lost, and a day on which
//! no return batch came in
//! (articles 10 and 11).

use crate::agent::{Agent, IMPORT};
use crate::report::period::day_of;
use crate::review;
use ferry_channel::monitor::alerts::Ends;
use ferry_channel::monitor::status::Alarm;
use ferry_channel::recovery::rollback;
use ferry_io::error::Result;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension, params};

/// The alarms that hold now.
pub fn alarms(agent: &Agent, now_s: i64) -> Result<Vec<Alarm>> {
    let mut alarms = channels(agent, now_s)?;
    alarms.extend(losses(agent, now_s)?);
    alarms.extend(no_import(agent, now_s)?);
    alarms.extend(review::list::alarms(agent, now_s)?);
    Ok(alarms)
}

/// Those of the channels: silence, gaps.
fn channels(agent: &Agent, now_s: i64) -> Result<Vec<Alarm>> {
    let ends = Ends {
        conn: &agent.conn,
        sends: &agent.config.export.channel,
        receives: &agent.config.import.channel,
        sender_key: &agent.config.export.sender_key,
        silence_hours: agent.config.import.silence_hours,
        zone: agent.schedule.zone(),
        repair: "`reconcile` repairs what the state root shows to differ; `baseline` carries everything anew",
    };
    ends.alarms(now_s)
}

fn no_import(agent: &Agent, now_s: i64) -> Result<Option<Alarm>> {
    let (up, down) = (&agent.config.export.channel, &agent.config.import.channel);
    let Some((from, to)) = days_without_import(&agent.conn, (up, down), agent.schedule.zone(), now_s)? else {
        return Ok(None);
    };
    let sql = "SELECT last_error FROM ferry_run WHERE job = ?1";
    let error: Option<String> = agent.conn.query_row(sql, [IMPORT], |r| r.get(0)).optional()?.flatten();
    let days = if from == to { from.to_string() } else { format!("{from} … {to}") };
    let why = error.map(|e| format!("; {e}")).unwrap_or_default();
    let message = format!("{days} 没有成功导入回传批次 no return batch was imported{why}");
    let hint =
        "look at the return channel's folder and quarantine, and whether `outer-agent` replies and its gate carries";
    Ok(Some(Alarm { code: "FERRY-E0633", message, hint: hint.into() }))
}

/// What was lost on either side and is not repaired yet.
fn losses(agent: &Agent, now_s: i64) -> Result<Vec<Alarm>> {
    let (conn, up) = (&agent.conn, agent.config.export.channel.as_str());
    let repair = "run `inner-agent baseline`: it carries the whole published state anew";
    let far = rollback::state(conn, up, agent.schedule.zone(), now_s)?;
    let far = far.filter(|s| s.again + s.not_kept > 0).map(|s| s.alarm(repair));
    Ok(far.into_iter().chain(rollback::own_alarm(conn, up)?).collect())
}

/// The days up to yesterday, all of them whole, on which no return batch was settled though one was to be expected: the
/// day after the first batch left, at the earliest.
fn days_without_import(
    conn: &Connection,
    (up, down): (&str, &str),
    zone: &TimeZone,
    now_s: i64,
) -> Result<Option<(Date, Date)>> {
    let today = day_of(now_s, zone);
    let sql = "SELECT min(created_s) FROM ferry_sent WHERE channel = ?1 AND state <> 'released'";
    let first: Option<i64> = conn.query_row(sql, [up], |r| r.get(0))?;
    let Some(first) = first else { return Ok(None) };
    let sql = "SELECT at_s FROM ferry_received WHERE channel = ?1 AND verdict = 'published' AND at_s <= ?2";
    let mut statement = conn.prepare(sql)?;
    let mut last = day_of(first, zone);
    for at_s in statement.query_map(params![down, now_s], |r| r.get(0))? {
        let day = day_of(at_s?, zone);
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

    const DAY_S: i64 = 86_400;

    #[test]
    fn a_whole_day_without_a_settled_batch_counts_in_the_court_s_time_zone_and_a_batch_of_today_does_not_undo_it() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let conn = crate::store::in_memory();
        // 2026-11-20 23:59:59 at the court.
        let first = date(2026, 11, 20).at(23, 59, 59, 0).to_zoned(zone.clone()).unwrap().timestamp().as_second();
        let days = |now_s| days_without_import(&conn, ("up", "down"), &zone, now_s).unwrap();
        assert_eq!(days(first + 9 * DAY_S), None, "nothing was sent, so nothing is to be expected");
        let sql = "INSERT INTO ferry_sent VALUES ('up', 1, 1, x'00', 'dispatched', '', 0, 0, 0, ?1, NULL, NULL, x'00')";
        conn.execute(sql, [first]).unwrap();
        assert_eq!(days(first + DAY_S), None, "the 21st is not over");
        let the_21st = date(2026, 11, 21);
        assert_eq!(days(first + DAY_S + 1), Some((the_21st, the_21st)));
        let came = |sequence: i64, verdict: &str, at_s: i64| {
            let sql = "INSERT INTO ferry_received VALUES ('down', 1, ?1, NULL, ?2, NULL, 0, 0, ?3, 0)";
            conn.execute(sql, params![sequence, verdict, at_s]).unwrap();
        };
        came(1, "refused", first + 2);
        assert_eq!(days(first + DAY_S + 1), Some((the_21st, the_21st)), "refused is not imported");
        came(2, "published", first + DAY_S + 1);
        assert_eq!(days(first + DAY_S + 2), Some((the_21st, the_21st)), "today's batch does not undo yesterday");
        assert_eq!(days(first + 2 * DAY_S + 1), None);
        assert_eq!(days(first + 4 * DAY_S + 1), Some((date(2026, 11, 23), date(2026, 11, 24))));
    }
}
