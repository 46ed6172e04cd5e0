//! Table `notify_service`: the three-day deadline of each served file and addressee (article 11).

use ferry_channel::types::{ChannelId, UnixSeconds};
use ferry_io::error::Result;
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
    /// SHA-256 of the file, in hexadecimal.
    pub document: String,
    /// The addressee.
    pub person: String,
    /// Version that was confirmed.
    pub version: i64,
    /// The case.
    pub case_id: String,
    /// Title of the document.
    pub title: String,
    /// Name of the addressee.
    pub addressee: String,
    /// When its publication was confirmed, seconds.
    pub published_s: UnixSeconds,
    /// Id of the reminder to the addressee; empty if there is none.
    pub message: String,
}

/// State of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineState {
    /// The reminder is not confirmed yet, or the three days are running.
    Waiting,
    /// The addressee or an agent opened it, in time or not.
    Received,
    /// The three days are over: serve in another way.
    Overdue,
    /// No reminder was confirmed in time: serve in another way.
    Unconfirmed,
    /// Another file or addressee replaced it, or it was retracted.
    Replaced,
}

impl DeadlineState {
    /// Its name in the ledger and in `FERRY_SERVICE_STATE`.
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

/// Primary key of a service.
pub struct ServiceKey {
    kind: String,
    key: String,
    document: String,
    person: String,
}

/// A service that is not received or replaced, with the facts that decide its state.
pub struct OpenService {
    /// Its key.
    pub key: ServiceKey,
    /// When its publication was confirmed, seconds.
    pub published_s: UnixSeconds,
    /// When its reminder was confirmed, seconds.
    pub reminded_s: Option<UnixSeconds>,
    /// When it was first opened, seconds.
    pub received_s: Option<UnixSeconds>,
    /// Whether a confirmed batch replaced or retracted it.
    pub is_replaced: bool,
    /// Stored state, time of the reminder and last day.
    pub stored: (String, Option<i64>, Option<String>),
}

/// A new state of a service.
pub struct ServiceUpdate {
    /// Its key.
    pub key: ServiceKey,
    /// The state.
    pub state: DeadlineState,
    /// When its reminder was confirmed, seconds.
    pub reminded_s: Option<UnixSeconds>,
    /// The last day on which the addressee may sign, `YYYY-MM-DD`.
    pub due: Option<String>,
    /// When it was first opened, seconds.
    pub received_s: Option<UnixSeconds>,
}

/// A service as the platform's staging table and the clerks' list show it.
#[derive(Debug, Serialize)]
pub struct ServiceDeadline {
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
    /// Name of the addressee.
    pub addressee: String,
    /// The clerk of the case.
    pub clerk: String,
    /// A [`DeadlineState`].
    pub state: String,
    /// When its publication was confirmed, seconds.
    pub published_s: UnixSeconds,
    /// When the reminder was confirmed, seconds.
    pub reminded_s: Option<UnixSeconds>,
    /// The last day on which the addressee may sign, `YYYY-MM-DD`.
    pub due: Option<String>,
    /// When it was first opened, seconds.
    pub received_s: Option<UnixSeconds>,
    /// Since when it is in this state, seconds.
    pub since_s: UnixSeconds,
    /// State of the reminder, with its reason after a colon; `none` without a reminder.
    pub reminder: String,
}

/// Whether this addressee was reminded of this file and it has not been replaced since.
pub fn is_reminded(conn: &Connection, kind: &str, key: &str, document: &str, person: &str) -> Result<bool> {
    let sql = "SELECT message <> '' AND state <> 'replaced' FROM notify_service
               WHERE kind = ?1 AND key = ?2 AND document = ?3 AND person = ?4";
    let found = conn.prepare_cached(sql)?.query_row([kind, key, document, person], |r| r.get(0)).optional()?;
    Ok(found.unwrap_or(false))
}

/// Begins a deadline or gives an existing one its reminder, in the caller's transaction. A replaced one begins again: days
/// on which the file was not available do not count against the addressee.
pub fn begin(conn: &Connection, s: &Service, now: UnixSeconds) -> Result<()> {
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
        now
    ])?;
    Ok(())
}

/// Every service that is not received or replaced.
pub fn open_services(conn: &Connection, channel: &ChannelId) -> Result<Vec<OpenService>> {
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
    let rows = statement.query_map([channel], |r| {
        Ok(OpenService {
            key: ServiceKey { kind: r.get(0)?, key: r.get(1)?, document: r.get(2)?, person: r.get(3)? },
            published_s: r.get(5)?,
            reminded_s: r.get(6)?,
            received_s: r.get(7)?,
            is_replaced: r.get(8)?,
            stored: (r.get(4)?, r.get(9)?, r.get(10)?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stores new states, all or none.
pub fn update(conn: &Connection, updates: &[ServiceUpdate], now: UnixSeconds) -> Result<()> {
    let sql =
        "UPDATE notify_service SET since_s = CASE state WHEN ?5 THEN since_s ELSE ?9 END, state = ?5, reminded_s = ?6,
                 due = ?7, received_s = ?8, staged = 0 WHERE kind = ?1 AND key = ?2 AND document = ?3 AND person = ?4";
    let tx = conn.unchecked_transaction()?;
    for ServiceUpdate { key, state, reminded_s, due, received_s } in updates {
        let ServiceKey { kind, key, document, person } = key;
        let row = params![kind, key, document, person, state.as_str(), reminded_s, due, received_s, now];
        tx.prepare_cached(sql)?.execute(row)?;
    }
    Ok(tx.commit()?)
}

/// Services whose state the platform does not have yet.
pub fn unstaged(conn: &Connection) -> Result<Vec<ServiceDeadline>> {
    // SQLite: a negative limit is no limit.
    select(conn, "s.staged = 0", -1)
}

/// Overdue and unconfirmed services, by clerk.
pub fn to_serve_otherwise(conn: &Connection, limit: i64) -> Result<Vec<ServiceDeadline>> {
    select(conn, "s.state IN ('overdue','unconfirmed')", limit)
}

fn select(conn: &Connection, condition: &str, limit: i64) -> Result<Vec<ServiceDeadline>> {
    let sql = format!(
        "SELECT s.kind, s.key, s.document, s.person, s.version, s.case_id,
           coalesce((SELECT case_number FROM case_step t WHERE t.case_id = s.case_id), ''), s.title, s.addressee, s.clerk, s.state,
           s.published_s, s.reminded_s, s.due, s.received_s, s.since_s,
           coalesce((SELECT o.state || coalesce(': ' || o.reason, '') FROM notify_outbox o WHERE o.id = s.message), 'none')
         FROM notify_service s WHERE {condition} ORDER BY s.clerk, s.due, s.published_s, s.kind, s.key LIMIT {limit}"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let row = |r: &Row<'_>| {
        Ok(ServiceDeadline {
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

/// Marks states as written to the platform, unless they changed since.
pub fn mark_staged(conn: &Connection, staged: &[ServiceDeadline]) -> Result<()> {
    let sql = "UPDATE notify_service SET staged = 1, clerk = ?5
               WHERE kind = ?1 AND key = ?2 AND document = ?3 AND person = ?4 AND state = ?6 AND reminded_s IS ?7";
    let tx = conn.unchecked_transaction()?;
    for s in staged {
        let row = params![s.kind, s.key, s.sha256, s.person, s.clerk, s.state, s.reminded_s];
        tx.prepare_cached(sql)?.execute(row)?;
    }
    Ok(tx.commit()?)
}

/// Services in a state.
pub fn count(conn: &Connection, state: DeadlineState) -> Result<u64> {
    let sql = "SELECT count(*) FROM notify_service WHERE state = ?1";
    Ok(conn.query_row(sql, [state.as_str()], |r| r.get::<_, i64>(0))? as u64)
}
