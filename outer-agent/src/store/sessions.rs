//! Who is logged in, and who tried to.

use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Sessions of one person at once.
const PER_PERSON_MAX: i64 = 100;

/// How exactly a session's last use is known, seconds.
pub const USE_S: i64 = 60;

/// A session as it is kept. Its id is the digest of a token that only its owner has.
#[derive(Clone, Debug)]
pub struct Row {
    /// Digest of the token.
    pub id: [u8; 32],
    /// Opaque person id.
    pub person: String,
    /// His name, as the court has it.
    pub name: String,
    /// Stands in every form of this session.
    pub csrf: String,
    /// Log-in record under which it began: without it, the session is over.
    pub login: String,
    /// The version of that record.
    pub login_version: u64,
    /// When it began, seconds.
    pub started_s: i64,
    /// When it was last used, seconds.
    pub seen_s: i64,
    /// Address of the log-in.
    pub address: String,
    /// User agent of the log-in.
    pub agent: String,
    /// The channel through which it is used.
    pub via: String,
}

/// How long a session may last, seconds.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Without being used.
    pub idle_s: i64,
    /// In all.
    pub total_s: i64,
}

impl Limits {
    /// The earliest last use and the earliest beginning of a session that still lasts.
    fn bounds(self, now_s: i64) -> (i64, i64) {
        (now_s - self.idle_s, now_s - self.total_s)
    }
}

const COLUMNS: &str = "id, person, name, csrf, login, started_s, seen_s, address, agent, via, login_version";

fn row(r: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
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

/// Begins a session; those that ended are dropped.
pub fn add(conn: &Connection, limits: Limits, s: &Row) -> Result<()> {
    let (seen_s, started_s) = limits.bounds(s.started_s);
    conn.execute("DELETE FROM session WHERE seen_s < ?1 OR started_s < ?2", [seen_s, started_s])?;
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
    // Whoever logs in without end uses up his own sessions, the oldest first.
    let sql = "DELETE FROM session WHERE id IN (
                 SELECT id FROM session WHERE person = ?1 ORDER BY started_s DESC, id LIMIT -1 OFFSET ?2)";
    conn.prepare_cached(sql)?.execute(params![s.person, PER_PERSON_MAX])?;
    Ok(())
}

/// Forgets sessions that ended and failed attempts before `attempts_since_s`: who comes no more leaves nothing behind.
pub fn forget(conn: &Connection, limits: Limits, attempts_since_s: i64, now_s: i64) -> Result<u64> {
    let (seen_s, started_s) = limits.bounds(now_s);
    let ended = conn.execute("DELETE FROM session WHERE seen_s < ?1 OR started_s < ?2", [seen_s, started_s])?;
    let attempts = conn.execute("DELETE FROM attempt WHERE since_s < ?1", [attempts_since_s])?;
    Ok((ended + attempts) as u64)
}

/// Ends the sessions of a person but one.
pub fn end_others(conn: &Connection, person: &str, id: &[u8; 32]) -> Result<()> {
    conn.prepare_cached("DELETE FROM session WHERE person = ?1 AND id <> ?2")?
        .execute(params![person, id.as_slice()])?;
    Ok(())
}

/// A session that lasts.
pub fn find(conn: &Connection, limits: Limits, id: &[u8; 32], now_s: i64) -> Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM session WHERE id = ?1 AND seen_s >= ?2 AND started_s >= ?3");
    let (seen_s, started_s) = limits.bounds(now_s);
    Ok(conn.prepare_cached(&sql)?.query_row(params![id.as_slice(), seen_s, started_s], row).optional()?)
}

/// Whether a session is kept, also one that ended by its limits and has not been dropped yet.
pub fn is_known(conn: &Connection, id: &[u8; 32]) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM session WHERE id = ?1)";
    Ok(conn.prepare_cached(sql)?.query_row([id.as_slice()], |r| r.get(0))?)
}

/// Notes that sessions are in use.
pub fn note_use(conn: &Connection, ids: impl IntoIterator<Item = [u8; 32]>, now_s: i64) -> Result<()> {
    let tx = conn.unchecked_transaction()?;
    for id in ids {
        let sql = "UPDATE session SET seen_s = ?2 WHERE id = ?1";
        tx.prepare_cached(sql)?.execute(params![id.as_slice(), now_s])?;
    }
    Ok(tx.commit()?)
}

/// The sessions of a person that last, newest first.
pub fn of_person(conn: &Connection, limits: Limits, person: &str, now_s: i64) -> Result<Vec<Row>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM session WHERE person = ?1 AND seen_s >= ?2 AND started_s >= ?3
         ORDER BY started_s DESC, id"
    );
    let (seen_s, started_s) = limits.bounds(now_s);
    let mut statement = conn.prepare_cached(&sql)?;
    Ok(statement.query_map(params![person, seen_s, started_s], row)?.collect::<rusqlite::Result<_>>()?)
}

/// Ends a session.
pub fn end(conn: &Connection, id: &[u8; 32]) -> Result<()> {
    conn.prepare_cached("DELETE FROM session WHERE id = ?1")?.execute([id.as_slice()])?;
    Ok(())
}

/// How many attempts of an account or an address failed since `since_s`.
pub fn failures(conn: &Connection, who: &str, since_s: i64) -> Result<i64> {
    let sql = "SELECT failures FROM attempt WHERE login = ?1 AND since_s >= ?2";
    Ok(conn.prepare_cached(sql)?.query_row(params![who, since_s], |r| r.get(0)).optional()?.unwrap_or(0))
}

/// Notes a failed attempt; those before `since_s` are forgotten.
pub fn note_failure(conn: &Connection, who: &str, since_s: i64, now_s: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM attempt WHERE since_s < ?1")?.execute([since_s])?;
    let sql = "INSERT INTO attempt VALUES (?1, 1, ?2) ON CONFLICT DO UPDATE SET failures = failures + 1";
    conn.prepare_cached(sql)?.execute(params![who, now_s])?;
    Ok(())
}

/// Forgets the failed attempts of an account that logged in.
pub fn forgive(conn: &Connection, who: &str) -> Result<()> {
    conn.prepare_cached("DELETE FROM attempt WHERE login = ?1")?.execute([who])?;
    Ok(())
}
