//! The three-day deadline of electronic service (article 11). It begins with the confirmed reminder to the addressee and
//! ends with a receipt for the file that was served.

use crate::config::Config;
use crate::court_day;
use crate::notify::calendar::Calendar;
use crate::store::service_deadlines::{self, DeadlineState, OpenService, ServiceUpdate};
use ferry_channel::types::{ChannelId, UnixSeconds};
use ferry_io::error::Result;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::Connection;

/// Days within which a party must sign if the court has no `[notify]`.
const DAYS_WITHOUT_CALENDAR: u16 = 3;
/// Hours within which a reminder must be confirmed if the court has no `[notify]`.
const HOURS_WITHOUT_CALENDAR: u32 = 24;

/// The court's rules for the deadline.
pub struct DeadlineRules {
    calendar: Calendar,
    /// Days after the reminder.
    pub days: u16,
    /// Hours after publication within which a reminder must be confirmed.
    unconfirmed_hours: u32,
    zone: TimeZone,
}

impl DeadlineRules {
    /// As configured; without `[notify]`, three days and a calendar without rest days.
    pub fn of(config: &Config, zone: &TimeZone) -> Result<Self> {
        let zone = zone.clone();
        Ok(match &config.notify {
            Some(n) => Self {
                calendar: Calendar::new(&config.path, &n.calendar)?,
                days: n.overdue_days,
                unconfirmed_hours: n.unconfirmed_hours,
                zone,
            },
            None => Self {
                calendar: Calendar::default(),
                days: DAYS_WITHOUT_CALENDAR,
                unconfirmed_hours: HOURS_WITHOUT_CALENDAR,
                zone,
            },
        })
    }

    /// The last day to sign after a reminder at this time.
    pub fn last_day(&self, reminded_s: UnixSeconds) -> Date {
        self.calendar.last_day(court_day::of(reminded_s, &self.zone), self.days)
    }

    /// Whether the calendar has the rest days of the year in which a time lies.
    pub fn has_year_of(&self, at_s: UnixSeconds) -> bool {
        self.calendar.has_year(court_day::of(at_s, &self.zone))
    }

    /// State and last day of a service.
    fn decide(&self, service: &Facts, now: UnixSeconds) -> (DeadlineState, Option<Date>) {
        let due = service.reminded_s.map(|s| self.last_day(s));
        let late_s = service.published_s + i64::from(self.unconfirmed_hours) * 3600;
        let state = match due {
            _ if service.received_s.is_some() => DeadlineState::Received,
            _ if service.is_replaced => DeadlineState::Replaced,
            Some(due) if court_day::of(now, &self.zone) > due => DeadlineState::Overdue,
            None if now > late_s => DeadlineState::Unconfirmed,
            _ => DeadlineState::Waiting,
        };
        (state, due)
    }
}

/// What decides the state of a service. Times are seconds.
#[derive(Clone, Copy, Debug)]
struct Facts {
    published_s: UnixSeconds,
    reminded_s: Option<UnixSeconds>,
    received_s: Option<UnixSeconds>,
    is_replaced: bool,
}

/// Brings every open deadline up to date; gives how many changed.
pub fn advance(conn: &Connection, channel: &ChannelId, rules: &DeadlineRules, now: UnixSeconds) -> Result<u64> {
    let mut updates = Vec::new();
    for service in service_deadlines::open_services(conn, channel)? {
        let OpenService { key, published_s, reminded_s, received_s, is_replaced, stored } = service;
        let (state, due) = rules.decide(&Facts { published_s, reminded_s, received_s, is_replaced }, now);
        let due = due.map(|d| d.to_string());
        if stored != (state.as_str().to_owned(), reminded_s.map(UnixSeconds::get), due.clone()) {
            updates.push(ServiceUpdate { key, state, reminded_s, due, received_s });
        }
    }
    service_deadlines::update(conn, &updates, now)?;
    Ok(updates.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_second()
    }

    #[test]
    fn article_11_the_state_follows_from_reminder_receipt_and_the_court_s_days() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let rules = DeadlineRules { calendar: Calendar::default(), days: 3, unconfirmed_hours: 24, zone };
        let published_s = at("2026-11-23T18:00:00Z");
        let facts =
            Facts { published_s: UnixSeconds(published_s), reminded_s: None, received_s: None, is_replaced: false };
        let state = |facts, now: &str| rules.decide(&facts, UnixSeconds(at(now))).0;
        assert_eq!(state(facts, "2026-11-24T18:00:00Z"), DeadlineState::Waiting, "24 hours are in time");
        assert_eq!(state(facts, "2026-11-24T18:00:01Z"), DeadlineState::Unconfirmed);
        // Sent at one minute to midnight in Shanghai: that day does not count.
        let reminded = Facts { reminded_s: Some(UnixSeconds(at("2026-11-24T15:59:00Z"))), ..facts };
        assert_eq!(rules.decide(&reminded, UnixSeconds(published_s)).1.unwrap().to_string(), "2026-11-27");
        assert_eq!(state(reminded, "2026-11-27T15:59:59Z"), DeadlineState::Waiting, "the last second of the third day");
        assert_eq!(state(reminded, "2026-11-27T16:00:00Z"), DeadlineState::Overdue);
        let received = Facts { received_s: Some(UnixSeconds(published_s)), ..reminded };
        assert_eq!(state(received, "2026-12-24T00:00:00Z"), DeadlineState::Received);
        let both = Facts { is_replaced: true, ..received };
        assert_eq!(state(both, "2026-12-24T00:00:00Z"), DeadlineState::Received);
        let replaced = Facts { is_replaced: true, ..reminded };
        assert_eq!(state(replaced, "2026-12-24T00:00:00Z"), DeadlineState::Replaced);
    }
}
