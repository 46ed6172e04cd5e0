//! Messages on their way, in the ledger: durable before the gateway hears of them, and no telephone number in them.

use crate::notify::config::{Gateway, Templates};
use ferry_format::encoding::hex::to_hex;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeMap;

/// How long settled messages are kept: as long as the history of the report.
const KEPT_DAYS: i64 = 800;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Template {
    /// A document waits to be signed for (article 11).
    Reminder,
    /// A step of the case (article 8).
    Step,
    /// A correction of what was published (article 16).
    Correction,
}

impl Template {
    /// Its name in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Step => "step",
            Self::Correction => "correction",
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "reminder" => Self::Reminder,
            "correction" => Self::Correction,
            _ => Self::Step,
        }
    }

    /// Its id at the gateway.
    pub fn id(self, templates: &Templates) -> &str {
        match self {
            Self::Reminder => &templates.reminder,
            Self::Step => &templates.step,
            Self::Correction => &templates.correction,
        }
    }
}

/// Whom a message is for and what about: one of them, however many records it stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// The case.
    pub case_id: String,
    /// The person.
    pub person: String,
    /// What about.
    pub template: Template,
}

impl Address {
    /// The idempotency key: the same for the same batch, also after the ledger came back from a backup.
    pub fn id(&self, court: &str, (epoch, sequence): (u64, u64)) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("ferry inner-agent 2026 message id");
        for part in [court, &self.case_id, &self.person, self.template.as_str()] {
            hasher.update(&(part.len() as u64).to_be_bytes()).update(part.as_bytes());
        }
        hasher.update(&epoch.to_be_bytes()).update(&sequence.to_be_bytes());
        to_hex(&hasher.finalize().as_bytes()[..16])
    }
}

/// How far an open message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// The gateway has not got it.
    Queued,
    /// It may have it.
    Trying,
    /// It has it, and has not sent it yet.
    Accepted,
}

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The gateway sent it.
    Sent,
    /// The gateway gave up.
    Failed,
    /// The gateway refused it for good.
    Refused,
    /// The platform has no telephone number of the person.
    NoPhone,
    /// Nobody confirmed it in time.
    Expired,
}

impl End {
    fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::NoPhone => "no-phone",
            Self::Expired => "expired",
        }
    }
}

/// A message that is due.
pub struct Due {
    /// Its idempotency key.
    pub id: String,
    /// Whom it is for.
    pub to: Address,
    /// How far it is.
    pub open: Open,
    /// Attempts so far.
    pub attempts: u32,
    /// When it was queued.
    pub queued_s: i64,
    /// The number of its case.
    pub case_number: String,
}

/// Queues a message, in the caller's transaction; it may be there already.
pub fn queue(conn: &Connection, id: &str, to: &Address, records: u64, now_s: i64) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO notify_outbox VALUES (?1, ?2, ?3, ?4, ?5, 'queued', 0, ?6, ?6, NULL, NULL)";
    let row = params![id, to.case_id, to.person, to.template.as_str(), records as i64, now_s];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// The message that has been due for longest.
pub fn next_due(conn: &Connection, now_s: i64) -> Result<Option<Due>> {
    let sql = "SELECT o.id, o.case_id, o.person, o.template, o.state, o.attempts, o.queued_s,
                 coalesce((SELECT number FROM step s WHERE s.case_id = o.case_id), '')
               FROM notify_outbox o WHERE o.state IN ('queued','trying','accepted') AND o.due_s <= ?1
               ORDER BY o.due_s, o.id LIMIT 1";
    let row = |r: &Row<'_>| {
        let template = Template::named(&r.get::<_, String>(3)?);
        let open = match r.get::<_, String>(4)?.as_str() {
            "queued" => Open::Queued,
            "accepted" => Open::Accepted,
            _ => Open::Trying,
        };
        Ok(Due {
            id: r.get(0)?,
            to: Address { case_id: r.get(1)?, person: r.get(2)?, template },
            open,
            attempts: r.get(5)?,
            queued_s: r.get(6)?,
            case_number: r.get(7)?,
        })
    };
    Ok(conn.prepare_cached(sql)?.query_row([now_s], row).optional()?)
}

/// Notes how far a message is, one attempt more, and when it is looked at again.
pub fn try_again(conn: &Connection, due: &Due, open: Open, reason: &str, at_s: i64) -> Result<()> {
    let state = match open {
        Open::Queued => "queued",
        Open::Trying => "trying",
        Open::Accepted => "accepted",
    };
    let sql = "UPDATE notify_outbox SET state = ?2, attempts = ?3, due_s = ?4, reason = nullif(?5, '') WHERE id = ?1";
    conn.prepare_cached(sql)?.execute(params![due.id, state, i64::from(due.attempts) + 1, at_s, reason])?;
    Ok(())
}

/// Puts a message back as one that the gateway has not got; that was no attempt.
pub fn put_back(conn: &Connection, id: &str, at_s: i64) -> Result<()> {
    let sql = "UPDATE notify_outbox SET state = 'queued', due_s = ?2 WHERE id = ?1";
    conn.prepare_cached(sql)?.execute(params![id, at_s])?;
    Ok(())
}

/// Notes how a message ended.
pub fn settle(conn: &Connection, id: &str, end: End, reason: &str, now_s: i64) -> Result<()> {
    let sql = "UPDATE notify_outbox SET state = ?2, settled_s = ?3, reason = nullif(?4, '') WHERE id = ?1";
    conn.prepare_cached(sql)?.execute(params![id, end.as_str(), now_s, reason])?;
    Ok(())
}

/// Lets go of what was settled long ago.
pub fn forget_old(conn: &Connection, now_s: i64) -> Result<()> {
    let sql = "DELETE FROM notify_outbox WHERE settled_s < ?1";
    conn.prepare_cached(sql)?.execute([now_s - KEPT_DAYS * 86_400])?;
    Ok(())
}

/// Messages by state.
pub fn counts(conn: &Connection) -> Result<BTreeMap<String, u64>> {
    let mut statement = conn.prepare("SELECT state, count(*) FROM notify_outbox GROUP BY state")?;
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get::<_, i64>(1)? as u64)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Seconds to wait after an attempt: twice as long each time up to a bound, and a quarter more or less, so that what failed
/// together does not come back together.
pub fn back_off_s(config: &Gateway, id: &str, attempts: u32) -> i64 {
    let (first, most) = (i64::from(config.retry_s.get()), i64::from(config.retry_max_s.get()));
    let wait = first.saturating_mul(1_i64.checked_shl(attempts.min(40)).unwrap_or(i64::MAX)).min(most);
    let spread = blake3::hash(format!("{id}/{attempts}").as_bytes()).as_bytes()[0];
    wait * (192 + i64::from(spread) / 2) / 256
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;

    fn address(case: &str, person: &str, template: Template) -> Address {
        Address { case_id: case.into(), person: person.into(), template }
    }

    #[test]
    fn the_idempotency_key_is_the_same_again_and_another_for_anything_else() {
        let a = address("AJ1", "RY1", Template::Step);
        let id = a.id("court", (1, 7));
        assert_eq!(id, a.clone().id("court", (1, 7)));
        assert_eq!(id.len(), 32);
        for other in [
            a.id("court", (1, 8)),
            a.id("court", (2, 7)),
            a.id("other", (1, 7)),
            address("AJ1", "RY1", Template::Reminder).id("court", (1, 7)),
            address("AJ1R", "Y1", Template::Step).id("court", (1, 7)),
        ] {
            assert_ne!(id, other);
        }
    }

    #[test]
    fn the_wait_doubles_up_to_its_bound_and_is_spread() {
        let seconds = |n| NonZeroU32::new(n).unwrap();
        let config = Gateway {
            url: String::new(),
            plain_http: false,
            ca: None,
            key: Default::default(),
            timeout_s: seconds(1),
            retry_s: seconds(60),
            retry_max_s: seconds(3600),
            give_up_hours: 1,
        };
        let mut waits = std::collections::BTreeSet::new();
        for attempts in 0..60 {
            let wait = back_off_s(&config, "id", attempts);
            let middle = if attempts < 6 { 60 << attempts } else { 3600 };
            assert!(wait >= middle * 3 / 4 && wait <= middle * 5 / 4, "{attempts}: {wait}");
            waits.insert(wait);
        }
        assert!(waits.len() > 40, "those that wait at the bound do not come back together");
    }
}
