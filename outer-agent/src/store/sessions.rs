//! Login sessions.

use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Sessions that one person may have at once.
const PER_PERSON_MAX: i64 = 100;

/// Resolution of the last use of a session, seconds.
pub const USE_S: i64 = 60;

/// A session as it is stored. Its id is the digest of a token that only its owner has.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Digest of the token.
    pub id: [u8; 32],
    /// Opaque person id.
    pub person: String,
    /// The name of the person, as the court has it.
    pub name: String,
    /// Token against cross-site request forgery, in every form of this session.
    pub csrf: String,
    /// Login record under which it began: when that is retracted, the session ends.
    pub login: String,
    /// The version of that record.
    pub login_version: u64,
    /// When it began, seconds.
    pub started_s: UnixSeconds,
    /// When it was last used, seconds.
    pub seen_s: UnixSeconds,
    /// Address from which the person logged in.
    pub address: String,
    /// User agent with which the person logged in.
    pub agent: String,
    /// The channel through which it is used.
    pub via: String,
}

/// How long a session may last, seconds.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Without use.
    pub idle_s: i64,
    /// In total.
    pub total_s: i64,
}

impl Limits {
    /// Limits in the units of the configuration.
    pub fn new(idle_minutes: u32, total_hours: u32) -> Self {
        Self { idle_s: i64::from(idle_minutes) * 60, total_s: i64::from(total_hours) * 3600 }
    }

    /// The earliest last use and the earliest start of a session that is valid.
    fn bounds(self, now: UnixSeconds) -> (i64, i64) {
        ((now - self.idle_s).get(), (now - self.total_s).get())
    }
}

const COLUMNS: &str = "id, person, name, csrf, login, started_s, seen_s, address, agent, via, login_version";

fn row(r: &rusqlite::Row<'_>) -> rusqlite::Result<SessionRow> {
    Ok(SessionRow {
        id: r.get(0)?,
        person: r.get(1)?,
        name: r.get(2)?,
        csrf: r.get(3)?,
        login: r.get(4)?,
        started_s: r.get(5)?,
        seen_s: r.get(6)?,
        address: r.get(7)?,
        agent: r.get(8)?,
        via: r.get(9)?,
        login_version: r.get::<_, i64>(10)? as u64,
    })
}

/// Adds a session, and deletes expired ones.
pub fn add(conn: &Connection, limits: Limits, s: &SessionRow) -> Result<()> {
    delete_expired(conn, limits, s.started_s)?;
    let sql = format!("INSERT INTO session({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    conn.prepare_cached(&sql)?.execute(params![
        s.id.as_slice(),
        s.person,
        s.name,
        s.csrf,
        s.login,
        s.started_s,
        s.seen_s,
        s.address,
        s.agent,
        s.via,
        s.login_version as i64
    ])?;
    // A person who logs in again and again loses their own sessions, the oldest first.
    let sql = "DELETE FROM session WHERE id IN (
                 SELECT id FROM session WHERE person = ?1 ORDER BY started_s DESC, id LIMIT -1 OFFSET ?2)";
    conn.prepare_cached(sql)?.execute(params![s.person, PER_PERSON_MAX])?;
    Ok(())
}

/// Deletes expired sessions.
pub fn delete_expired(conn: &Connection, limits: Limits, now: UnixSeconds) -> Result<()> {
    let (seen_s, started_s) = limits.bounds(now);
    conn.execute("DELETE FROM session WHERE seen_s < ?1 OR started_s < ?2", [seen_s, started_s])?;
    Ok(())
}

/// Ends all sessions.
pub fn end_all(conn: &Connection) -> Result<()> {
    conn.execute("DELETE FROM session", [])?;
    Ok(())
}

/// Ends all sessions of a person but one.
pub fn end_others(conn: &Connection, person: &str, id: &[u8; 32]) -> Result<()> {
    conn.prepare_cached("DELETE FROM session WHERE person = ?1 AND id <> ?2")?
        .execute(params![person, id.as_slice()])?;
    Ok(())
}

/// A session, unless it has expired.
pub fn find(conn: &Connection, limits: Limits, id: &[u8; 32], now: UnixSeconds) -> Result<Option<SessionRow>> {
    let sql = format!("SELECT {COLUMNS} FROM session WHERE id = ?1 AND seen_s >= ?2 AND started_s >= ?3");
    let (seen_s, started_s) = limits.bounds(now);
    Ok(conn.prepare_cached(&sql)?.query_row(params![id.as_slice(), seen_s, started_s], row).optional()?)
}

/// Whether a session is stored, expired or not.
pub fn exists(conn: &Connection, id: &[u8; 32]) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM session WHERE id = ?1)";
    Ok(conn.prepare_cached(sql)?.query_row([id.as_slice()], |r| r.get(0))?)
}

/// Records that sessions are in use.
pub fn record_use(conn: &Connection, ids: impl IntoIterator<Item = [u8; 32]>, now: UnixSeconds) -> Result<()> {
    let tx = conn.unchecked_transaction()?;
    for id in ids {
        let sql = "UPDATE session SET seen_s = ?2 WHERE id = ?1";
        tx.prepare_cached(sql)?.execute(params![id.as_slice(), now])?;
    }
    Ok(tx.commit()?)
}

/// The sessions of a person that have not expired, newest first.
pub fn of_person(conn: &Connection, limits: Limits, person: &str, now: UnixSeconds) -> Result<Vec<SessionRow>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM session WHERE person = ?1 AND seen_s >= ?2 AND started_s >= ?3
         ORDER BY started_s DESC, id"
    );
    let (seen_s, started_s) = limits.bounds(now);
    let mut statement = conn.prepare_cached(&sql)?;
    Ok(statement.query_map(params![person, seen_s, started_s], row)?.collect::<rusqlite::Result<_>>()?)
}

/// Ends a session.
pub fn end(conn: &Connection, id: &[u8; 32]) -> Result<()> {
    conn.prepare_cached("DELETE FROM session WHERE id = ?1")?.execute([id.as_slice()])?;
    Ok(())
}
