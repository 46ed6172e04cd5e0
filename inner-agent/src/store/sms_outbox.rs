//! Table `notify_outbox`: messages to parties. A message is durable before the gateway receives it, and never contains a
//! telephone number.

use ferry_channel::types::UnixSeconds;
use ferry_format::encoding::hex::to_hex;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use std::collections::BTreeMap;

/// How long settled messages are kept: as long as the history for reports.
const RETENTION_DAYS: i64 = 800;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Template {
    /// A document waits for a signature (article 11).
    Reminder,
    /// The case made progress (article 8).
    Step,
    /// A published record was corrected (article 16).
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
}

/// Who receives a message, and what it is about. One message covers any number of records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// The case.
    pub case_id: String,
    /// The recipient.
    pub person: String,
    /// What it is about.
    pub template: Template,
}

impl Address {
    /// The idempotency key. It is the same for the same batch, also after the ledger was restored from a backup.
    pub fn id(&self, court: &str, (epoch, sequence): (u64, u64)) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("ferry inner-agent 2026 message id");
        for part in [court, &self.case_id, &self.person, self.template.as_str()] {
            hasher.update(&(part.len() as u64).to_be_bytes()).update(part.as_bytes());
        }
        hasher.update(&epoch.to_be_bytes()).update(&sequence.to_be_bytes());
        to_hex(&hasher.finalize().as_bytes()[..16])
    }
}

/// State of a message that is not settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenState {
    /// The gateway does not have it.
    Queued,
    /// The gateway may have it.
    Trying,
    /// The gateway has it and has not sent it yet.
    Accepted,
}

impl OpenState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Trying => "trying",
            Self::Accepted => "accepted",
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "queued" => Self::Queued,
            "accepted" => Self::Accepted,
            _ => Self::Trying,
        }
    }
}

/// How a message was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalState {
    /// The gateway sent it.
    Sent,
    /// The gateway gave up.
    Failed,
    /// The gateway refused it permanently.
    Refused,
    /// The platform has no telephone number of the person.
    NoPhone,
    /// It was not confirmed within `max-age-hours`.
    Expired,
}

impl FinalState {
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

/// Why a message has its state, as it is stored: a code, or what the gateway or the network answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SmsReason {
    /// Nothing to add to the state.
    None,
    /// The gateway accepted the message and no longer knows it.
    GatewayForgot,
    /// The gateway gave up.
    GatewayGaveUp,
    /// The gateway accepted the message and did not send it in time.
    GatewayTooSlow,
    /// An answer of the gateway or an error of the network.
    Answer(String),
}

impl SmsReason {
    /// An HTTP status.
    pub fn http(status: u16) -> Self {
        Self::Answer(format!("HTTP {status}"))
    }

    /// As it is stored; empty for none.
    pub fn as_str(&self) -> &str {
        match self {
            Self::None => "",
            Self::GatewayForgot => "gateway-forgot",
            Self::GatewayGaveUp => "gateway-gave-up",
            Self::GatewayTooSlow => "gateway-too-slow",
            Self::Answer(text) => text,
        }
    }

    /// Reads a stored reason.
    pub fn parse(text: &str) -> Self {
        let codes = [Self::None, Self::GatewayForgot, Self::GatewayGaveUp, Self::GatewayTooSlow];
        codes.into_iter().find(|r| r.as_str() == text).unwrap_or_else(|| Self::Answer(text.to_owned()))
    }
}

/// A message that is due.
pub struct DueMessage {
    /// Idempotency key.
    pub id: String,
    /// Recipient and template.
    pub to: Address,
    /// Its state.
    pub state: OpenState,
    /// Attempts so far.
    pub attempts: u32,
    /// When it was queued, seconds.
    pub queued_s: UnixSeconds,
    /// The number of its case.
    pub case_number: String,
}

/// A message that was not sent and will not be.
#[derive(Debug, Serialize)]
pub struct UnsentMessage {
    /// Idempotency key.
    pub id: String,
    /// The number of its case.
    pub case_number: String,
    /// The case.
    pub case: String,
    /// The recipient.
    pub person: String,
    /// `reminder`, `step` or `correction`.
    pub template: String,
    /// `refused`, `failed`, `no-phone` or `expired`.
    pub state: String,
    /// An [`SmsReason`].
    pub reason: String,
    /// When it was settled, seconds.
    pub at_s: UnixSeconds,
}

/// Queues a message, in the caller's transaction. Queueing it twice changes nothing.
pub fn queue(conn: &Connection, id: &str, to: &Address, records: u64, now: UnixSeconds) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO notify_outbox VALUES (?1, ?2, ?3, ?4, ?5, 'queued', 0, ?6, ?6, NULL, NULL)";
    let row = params![id, to.case_id, to.person, to.template.as_str(), records as i64, now];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// The message that has been due for longest.
pub fn next_due(conn: &Connection, now: UnixSeconds) -> Result<Option<DueMessage>> {
    let sql = "SELECT o.id, o.case_id, o.person, o.template, o.state, o.attempts, o.queued_s,
                 coalesce((SELECT case_number FROM case_step s WHERE s.case_id = o.case_id), '')
               FROM notify_outbox o WHERE o.state IN ('queued','trying','accepted') AND o.due_s <= ?1
               ORDER BY o.due_s, o.id LIMIT 1";
    let row = |r: &Row<'_>| {
        let template = Template::named(&r.get::<_, String>(3)?);
        Ok(DueMessage {
            id: r.get(0)?,
            to: Address { case_id: r.get(1)?, person: r.get(2)?, template },
            state: OpenState::named(&r.get::<_, String>(4)?),
            attempts: r.get(5)?,
            queued_s: r.get(6)?,
            case_number: r.get(7)?,
        })
    };
    Ok(conn.prepare_cached(sql)?.query_row([now], row).optional()?)
}

/// Records an attempt: the new state, and when the message is due again.
pub fn retry_at(
    conn: &Connection,
    message: &DueMessage,
    state: OpenState,
    reason: &SmsReason,
    due_s: UnixSeconds,
) -> Result<()> {
    let sql = "UPDATE notify_outbox SET state = ?2, attempts = ?3, due_s = ?4, reason = nullif(?5, '') WHERE id = ?1";
    let row = params![message.id, state.as_str(), i64::from(message.attempts) + 1, due_s, reason.as_str()];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Puts a message back into the queue; that is not an attempt.
pub fn put_back(conn: &Connection, id: &str, due_s: UnixSeconds) -> Result<()> {
    let sql = "UPDATE notify_outbox SET state = 'queued', due_s = ?2 WHERE id = ?1";
    conn.prepare_cached(sql)?.execute(params![id, due_s])?;
    Ok(())
}

/// Records how a message was settled.
pub fn settle(conn: &Connection, id: &str, state: FinalState, reason: &SmsReason, now: UnixSeconds) -> Result<()> {
    let sql = "UPDATE notify_outbox SET state = ?2, settled_s = ?3, reason = nullif(?4, '') WHERE id = ?1";
    conn.prepare_cached(sql)?.execute(params![id, state.as_str(), now, reason.as_str()])?;
    Ok(())
}

/// Deletes messages that were settled before the retention period.
pub fn delete_old(conn: &Connection, now: UnixSeconds) -> Result<()> {
    let sql = "DELETE FROM notify_outbox WHERE settled_s < ?1";
    conn.prepare_cached(sql)?.execute([now - RETENTION_DAYS * 86_400])?;
    Ok(())
}

/// Messages by state.
pub fn counts(conn: &Connection) -> Result<BTreeMap<String, u64>> {
    let mut statement = conn.prepare("SELECT state, count(*) FROM notify_outbox GROUP BY state")?;
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get::<_, i64>(1)? as u64)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Messages that were settled since `since_s` without being sent, newest first.
pub fn unsent(conn: &Connection, since_s: UnixSeconds, limit: i64) -> Result<Vec<UnsentMessage>> {
    let sql = "SELECT o.id, coalesce((SELECT case_number FROM case_step s WHERE s.case_id = o.case_id), ''), o.case_id, o.person,
                 o.template, o.state, coalesce(o.reason, ''), o.settled_s
               FROM notify_outbox o WHERE o.state IN ('refused','failed','no-phone','expired') AND o.settled_s >= ?1
               ORDER BY o.settled_s DESC, o.id LIMIT ?2";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([since_s, UnixSeconds(limit)], |r| {
        Ok(UnsentMessage {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn address(case: &str, person: &str, template: Template) -> Address {
        Address { case_id: case.into(), person: person.into(), template }
    }

    #[test]
    fn the_idempotency_key_is_the_same_for_the_same_message_and_differs_for_every_other() {
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
    fn a_stored_reason_is_read_back_and_foreign_text_is_kept() {
        for reason in [SmsReason::None, SmsReason::GatewayForgot, SmsReason::GatewayTooSlow, SmsReason::http(400)] {
            assert_eq!(SmsReason::parse(reason.as_str()), reason);
        }
    }
}
