//! Sessions: an opaque random token; the store holds only its digest.

use crate::portal::app::App;
use crate::portal::problem::{Outcome, Problem};
use axum::http::{HeaderMap, header};
use ferry_channel::files::now_s;
use ferry_format::hex::to_hex;
use ferry_format::keys::sha256;
use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::{Connection, OptionalExtension, params};

/// Name of the cookie; the prefix binds it to this host, to TLS and to `/`.
const COOKIE: &str = "__Host-ferry";
/// How often a session's last use is written, seconds.
const TOUCH_S: i64 = 60;

/// Someone who is logged in.
#[derive(Clone, Debug)]
pub struct Session {
    /// Digest of the token.
    pub id: [u8; 32],
    /// Opaque person id.
    pub person: String,
    /// Name, as the court has it.
    pub name: String,
    /// Stands in every form of this session.
    pub csrf: String,
}

impl Session {
    /// Refuses a form that was not made for this session.
    pub fn check_form(&self, csrf: &str) -> Outcome<()> {
        // Both are digests' worth of random digits; comparing digests hides where they differ.
        if sha256(csrf.as_bytes()) == sha256(self.csrf.as_bytes()) { Ok(()) } else { Err(Problem::Forged) }
    }
}

/// The token that a page's request carries.
pub fn cookie_token(headers: &HeaderMap) -> Option<String> {
    cookie_of(headers, COOKIE).map(str::to_owned)
}

/// The value of a cookie.
pub fn cookie_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = cookies.flat_map(|c| c.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// The cookie that carries `token`; an empty one ends it.
pub fn cookie(token: &str) -> String {
    let end = if token.is_empty() { "; Max-Age=0" } else { "" };
    format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Strict{end}")
}

/// Starts a session and gives its token.
pub fn start(conn: &Connection, app: &App, person: &str, name: &str) -> Outcome<(String, Session)> {
    let (token, csrf) = (random()?, random()?);
    let id = sha256(token.as_bytes());
    conn.execute("DELETE FROM session WHERE seen_s < ?1", [now_s() - app.session_s])?;
    let row = params![id.as_slice(), person, name, csrf, now_s()];
    conn.execute("INSERT INTO session VALUES (?1, ?2, ?3, ?4, ?5)", row)?;
    Ok((token, Session { id, person: person.to_owned(), name: name.to_owned(), csrf }))
}

/// The session of a token.
///
/// # Errors
/// [`Problem::LogInFirst`] when there is none or it was idle for too long.
pub fn find(conn: &Connection, app: &App, token: Option<&str>) -> Outcome<Session> {
    let id = sha256(token.ok_or(Problem::LogInFirst)?.as_bytes());
    let sql = "SELECT person, name, csrf, seen_s FROM session WHERE id = ?1";
    let row = |r: &rusqlite::Row<'_>| {
        Ok((Session { id, person: r.get(0)?, name: r.get(1)?, csrf: r.get(2)? }, r.get::<_, i64>(3)?))
    };
    let found = conn.prepare_cached(sql)?.query_row([id.as_slice()], row).optional()?;
    let (session, seen_s) = found.filter(|(_, s)| now_s() - s <= app.session_s).ok_or(Problem::LogInFirst)?;
    if now_s() - seen_s > TOUCH_S {
        conn.execute("UPDATE session SET seen_s = ?2 WHERE id = ?1", params![id.as_slice(), now_s()])?;
    }
    Ok(session)
}

/// Ends a session.
pub fn end(conn: &Connection, token: &str) -> Outcome<()> {
    conn.execute("DELETE FROM session WHERE id = ?1", [sha256(token.as_bytes()).as_slice()])?;
    Ok(())
}

fn random() -> Outcome<String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Problem::Ours("no randomness".into()))?;
    Ok(to_hex(&bytes))
}
