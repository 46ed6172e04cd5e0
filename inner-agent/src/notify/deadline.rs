//! The three-day clock of electronic service (article 11): it begins with the confirmed reminder to the addressee, and
//! ends with a receipt for the file that was served.

use crate::notify::calendar::Calendar;
use crate::report::day_of;
use ferry_io::error::Result;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

/// A served file and its addressee.
pub struct Service {
    /// Kind.
    pub kind: String,
    /// Key in the platform.
    pub key: String,
    /// Record id.
    pub id: String,
    /// SHA-256 of the file, in hexadecimal digits.
    pub document: String,
    /// The addressee.
    pub person: String,
    /// Version that was confirmed.
    pub version: i64,
    /// The case.
    pub case_id: String,
    /// Title of the document.
    pub title: String,
    /// The addressee's name.
    pub addressee: String,
    /// When its publication was confirmed.
    pub published_s: i64,
    /// The reminder to the addressee; empty where there is none.
    pub message: String,
}

/// How far a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The reminder is under way, or the three days are.
    Waiting,
    /// It was downloaded or read, in time or not.
    Received,
    /// The three days are over: serve in another way.
    Overdue,
    /// No reminder was confirmed in time: serve in another way.
    Unconfirmed,
    /// Another file or addressee stands in its place, or nothing does.
    Replaced,
}

impl State {
    /// Its name in ledger and staging table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Received => "received",
            Self::Overdue => "overdue",
            Self::Unconfirmed => "unconfirmed",
            Self::Replaced => "replaced",
        }
    }
}

/// What decides a state.
#[derive(Clone, Copy, Debug)]
struct Facts {
    published_s: i64,
    reminded_s: Option<i64>,
    received_s: Option<i64>,
    replaced: bool,
}

/// The court's rule.
pub struct Rule<'a> {
    /// Rest days.
    pub calendar: &'a Calendar,
    /// Days after the reminder.
    pub days: u16,
    /// Hours after publication in which a reminder must be confirmed.
    pub unconfirmed_hours: u32,
    /// The court's time zone.
    pub zone: &'a TimeZone,
}

impl Rule<'_> {
    /// The last day of the period that a reminder at this time begins.
    pub fn last_day(&self, reminded_s: i64) -> Date {
        self.calendar.last_day(day_of(reminded_s, self.zone), self.days)
    }

    fn judge(&self, facts: Facts, now_s: i64) -> (State, Option<Date>) {
        let due = facts.reminded_s.map(|s| self.last_day(s));
        let late_s = facts.published_s + i64::from(self.unconfirmed_hours) * 3600;
        let state = match due {
            _ if facts.received_s.is_some() => State::Received,
            _ if facts.replaced => State::Replaced,
            Some(due) if day_of(now_s, self.zone) > due => State::Overdue,
            None if now_s > late_s => State::Unconfirmed,
            _ => State::Waiting,
        };
        (state, due)
    }
}

/// Whether this addressee was reminded of this very file, and it has stood there ever since.
pub fn is_known(conn: &Connection, kind: &str, key: &str, document: &str, person: &str) -> Result<bool> {
    let sql = "SELECT message <> '' AND state <> 'replaced' FROM notify_service
               WHERE kind = ?1 AND key = ?2 AND document = ?3 AND person = ?4";
    let found = conn.prepare_cached(sql)?.query_row([kind, key, document, person], |r| r.get(0)).optional()?;
    Ok(found.unwrap_or(false))
}

/// Begins a clock, in the caller's transaction, or gives one its reminder. One that was replaced begins anew: the days of
/// a file that did not stand there all the time are not the addressee's.
pub fn begin(conn: &Connection, s: &Service, now_s: i64) -> Result<()> {
    let sql = "INSERT INTO notify_service VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '', ?10, ?11, 'waiting', NULL, NULL,
                 NULL, ?12, 0)
               ON CONFLICT DO UPDATE SET version = excluded.version, title = excluded.title, addressee = excluded.addressee,
                 message = CASE WHEN state = 'replaced' OR message = '' THEN excluded.message ELSE message END,
                 published_s = CASE state WHEN 'replaced' THEN excluded.published_s ELSE published_s END,
                 reminded_s = CASE state WHEN 'replaced' THEN NULL ELSE reminded_s END,
                 due = CASE state WHEN 'replaced' THEN NULL ELSE due END,
                 since_s = CASE state WHEN 'replaced' THEN excluded.since_s ELSE since_s END,
                 state = CASE state WHEN 'replaced' THEN 'waiting' ELSE state END, staged = 0";
    conn.prepare_cached(sql)?.execute(params![
        s.kind,
        s.key,
        s.id,
        s.document,
        s.person,
        s.version,
        s.case_id,
        s.title,
        s.addressee,
        s.published_s,
        s.message,
        now_s
    ])?;
    Ok(())
}

/// Brings every open clock up to now; gives how many changed.
pub fn advance(conn: &Connection, channel: &str, rule: &Rule<'_>, now_s: i64) -> Result<u64> {
    let sql = "SELECT s.kind, s.key, s.document, s.person, s.state, s.published_s,
                 (SELECT settled_s FROM notify_outbox o WHERE o.id = s.message AND o.state = 'sent'),
                 (SELECT min(opened_s) FROM receipt r WHERE r.kind = s.kind AND r.item = s.id AND r.sha256 = s.document
                   AND r.addressee IN (s.person, '') AND r.opened_s > 0),
                 EXISTS (SELECT 1 FROM exported e JOIN ferry_sent o ON o.channel = ?1 AND o.epoch = e.epoch AND o.sequence = e.sequence
                   WHERE e.kind = s.kind AND e.key = s.key AND o.state = 'confirmed'
                     AND (e.retracted = 1 OR lower(hex(e.document)) <> s.document OR e.person <> s.person)),
                 s.reminded_s, s.due
               FROM notify_service s WHERE s.state IN ('waiting','overdue','unconfirmed')";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([channel])?;
    let mut changed = Vec::new();
    while let Some(r) = rows.next()? {
        let facts = Facts { published_s: r.get(5)?, reminded_s: r.get(6)?, received_s: r.get(7)?, replaced: r.get(8)? };
        let (state, due) = rule.judge(facts, now_s);
        let due = due.map(|d| d.to_string());
        let before: (String, Option<i64>, Option<String>) = (r.get(4)?, r.get(9)?, r.get(10)?);
        if before != (state.as_str().to_owned(), facts.reminded_s, due.clone()) {
            let key: [String; 4] = [r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?];
            changed.push((key, state, facts, due));
        }
    }
    drop(rows);
    let sql =
        "UPDATE notify_service SET since_s = CASE state WHEN ?5 THEN since_s ELSE ?9 END, state = ?5, reminded_s = ?6,
                 due = ?7, received_s = ?8, staged = 0 WHERE kind = ?1 AND key = ?2 AND document = ?3 AND person = ?4";
    let tx = conn.unchecked_transaction()?;
    for ([kind, key, document, person], state, facts, due) in &changed {
        let values =
            params![kind, key, document, person, state.as_str(), facts.reminded_s, due, facts.received_s, now_s];
        tx.prepare_cached(sql)?.execute(values)?;
    }
    tx.commit()?;
    Ok(changed.len() as u64)
}

/// A clock as the platform's staging table and the list of clerks have it.
#[derive(Debug, Serialize)]
pub struct Standing {
    /// Kind.
    pub kind: String,
    /// Key in the platform.
    pub key: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The addressee, by the platform's key.
    pub person: String,
    /// Version.
    pub version: i64,
    /// The case.
    pub case: String,
    /// Its number.
    pub case_number: String,
    /// Title of the document.
    pub title: String,
    /// The addressee's name.
    pub addressee: String,
    /// The clerk of the case.
    pub clerk: String,
    /// `waiting`, `received`, `overdue`, `unconfirmed` or `replaced`.
    pub state: String,
    /// When its publication was confirmed, seconds.
    pub published_s: i64,
    /// When the reminder was confirmed, seconds.
    pub reminded_s: Option<i64>,
    /// The last day on which the addressee may sign, `YYYY-MM-DD`.
    pub due: Option<String>,
    /// When it was read or downloaded first, seconds.
    pub received_s: Option<i64>,
    /// Since when it is in this state, seconds.
    pub since_s: i64,
    /// What became of the reminder.
    pub reminder: String,
}

/// Clocks of which the platform has not been told.
pub fn unstaged(conn: &Connection) -> Result<Vec<Standing>> {
    // SQLite: a negative limit is none.
    standing(conn, "s.staged = 0", -1)
}

/// Overdue and unconfirmed services, by clerk.
pub fn to_serve_otherwise(conn: &Connection, limit: i64) -> Result<Vec<Standing>> {
    standing(conn, "s.state IN ('overdue','unconfirmed')", limit)
}

fn standing(conn: &Connection, condition: &str, limit: i64) -> Result<Vec<Standing>> {
    let sql = format!(
        "SELECT s.kind, s.key, s.document, s.person, s.version, s.case_id,
           coalesce((SELECT number FROM step t WHERE t.case_id = s.case_id), ''), s.title, s.addressee, s.clerk, s.state,
           s.published_s, s.reminded_s, s.due, s.received_s, s.since_s,
           coalesce((SELECT o.state || coalesce(': ' || o.reason, '') FROM notify_outbox o WHERE o.id = s.message), 'none')
         FROM notify_service s WHERE {condition} ORDER BY s.clerk, s.due, s.published_s, s.kind, s.key LIMIT {limit}"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let row = |r: &Row<'_>| {
        Ok(Standing {
            kind: r.get(0)?,
            key: r.get(1)?,
            sha256: r.get(2)?,
            person: r.get(3)?,
            version: r.get(4)?,
            case: r.get(5)?,
            case_number: r.get(6)?,
            title: r.get(7)?,
            addressee: r.get(8)?,
            clerk: r.get(9)?,
            state: r.get(10)?,
            published_s: r.get(11)?,
            reminded_s: r.get(12)?,
            due: r.get(13)?,
            received_s: r.get(14)?,
            since_s: r.get(15)?,
            reminder: r.get(16)?,
        })
    };
    let rows = statement.query_map([], row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The platform has these states now.
pub fn staged(conn: &Connection, told: &[Standing]) -> Result<()> {
    let sql = "UPDATE notify_service SET staged = 1, clerk = ?5
               WHERE kind = ?1 AND key = ?2 AND document = ?3 AND person = ?4 AND state = ?6 AND reminded_s IS ?7";
    let tx = conn.unchecked_transaction()?;
    for s in told {
        let row = params![s.kind, s.key, s.sha256, s.person, s.clerk, s.state, s.reminded_s];
        tx.prepare_cached(sql)?.execute(row)?;
    }
    Ok(tx.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_second()
    }

    #[test]
    fn article_11_the_states_follow_reminder_receipt_and_the_court_s_days() {
        let (calendar, zone) = (Calendar::default(), TimeZone::get("Asia/Shanghai").unwrap());
        let rule = Rule { calendar: &calendar, days: 3, unconfirmed_hours: 24, zone: &zone };
        let published_s = at("2026-11-23T18:00:00Z");
        let facts = Facts { published_s, reminded_s: None, received_s: None, replaced: false };
        let state = |facts, now: &str| rule.judge(facts, at(now)).0;
        assert_eq!(state(facts, "2026-11-24T18:00:00Z"), State::Waiting, "24 hours are in time");
        assert_eq!(state(facts, "2026-11-24T18:00:01Z"), State::Unconfirmed);
        // Sent at one minute to midnight in Shanghai: that day does not count.
        let reminded = Facts { reminded_s: Some(at("2026-11-24T15:59:00Z")), ..facts };
        assert_eq!(rule.judge(reminded, published_s).1.unwrap().to_string(), "2026-11-27");
        assert_eq!(state(reminded, "2026-11-27T15:59:59Z"), State::Waiting, "the last second of the third day");
        assert_eq!(state(reminded, "2026-11-27T16:00:00Z"), State::Overdue);
        let received = Facts { received_s: Some(published_s), ..reminded };
        assert_eq!(state(received, "2026-12-24T00:00:00Z"), State::Received);
        assert_eq!(state(Facts { replaced: true, ..received }, "2026-12-24T00:00:00Z"), State::Received);
        assert_eq!(state(Facts { replaced: true, ..reminded }, "2026-12-24T00:00:00Z"), State::Replaced);
    }
}
