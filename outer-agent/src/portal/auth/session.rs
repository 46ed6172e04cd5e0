//! Sessions: an opaque random token; the store holds only its digest.

use crate::portal::state::{App, database};
use crate::portal::problem::{Outcome, Problem};
use crate::portal::server::metrics::{self, Bad};
use crate::portal::auth::caller::{Actor, Reader, Visitor};
use crate::store::sessions::Limits;
use crate::store::sessions::{self, SessionRow};
use axum::http::{HeaderMap, header};
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_io::clock::now_s;
use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::Connection;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// Name of the cookie; the prefix binds it to this host, to TLS and to `/`.
const COOKIE: &str = "__Host-ferry";

/// How often the use of sessions is written down.
const USE_WRITTEN: Duration = Duration::from_secs(5);

/// Someone who is logged in.
pub type Session = SessionRow;

impl Session {
    /// Refuses a form that was not made for this session.
    pub fn check_form(&self, csrf: &str) -> Outcome<()> {
        // Both are digests' worth of random digits; comparing digests hides where they differ.
        if sha256(csrf.as_bytes()) == sha256(self.csrf.as_bytes()) { Ok(()) } else { Err(Problem::Forged) }
    }

    /// What its owner calls it by to end it: the id would do, but is nearer to the token than a page need be.
    pub fn handle(&self) -> String {
        to_hex(&sha256(&self.id)[..12])
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
    format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax{end}")
}

/// The person behind a log-in record that matched.
pub struct Known<'a> {
    /// Id of the record.
    pub login: &'a str,
    /// Its version: once the court changes it, the session is over.
    pub version: u64,
    /// Opaque person id.
    pub person: &'a str,
    /// His name.
    pub name: &'a str,
}

/// Starts a session and gives its token. The one that the request still carried ends: a token is never used for two.
pub fn start(
    conn: &Connection,
    app: &App,
    known: &Known<'_>,
    from: &Reader,
    visitor: &Visitor,
) -> Outcome<(String, Session)> {
    if let Some(old) = &from.token {
        sessions::end(conn, &sha256(old.as_bytes()))?;
    }
    let (token, now_s) = (random()?, now_s());
    let session = Session {
        id: sha256(token.as_bytes()),
        person: known.person.to_owned(),
        name: known.name.to_owned(),
        csrf: random()?,
        login: known.login.to_owned(),
        login_version: known.version,
        started_s: now_s,
        seen_s: now_s,
        address: visitor.address.to_string(),
        agent: visitor.agent.clone(),
        via: from.via.clone(),
    };
    sessions::add(conn, app.session_limits, &session)?;
    Ok((token, session))
}

/// The session of someone who reads. A token of which nothing is known is counted.
///
/// # Errors
/// [`Problem::LogInFirst`] when there is none in this channel, it lasted too long, or the court took the log-in back.
pub fn find(conn: &Connection, app: &App, who: &Reader) -> Outcome<Session> {
    let token = who.token.as_deref().ok_or(Problem::LogInFirst)?;
    let now_s = now_s();
    let id = sha256(token.as_bytes());
    let found = sessions::find(conn, app.session_limits, &id, now_s)?;
    if found.is_none() && !token.is_empty() && !sessions::exists(conn, &id)? {
        metrics::bad(Bad::Session);
    }
    let session = found.filter(|s| s.via == who.via).ok_or(Problem::LogInFirst)?;
    if !app.known.has_login(conn, app, &session.login, session.login_version)? {
        return Err(Problem::LogInFirst);
    }
    if now_s - session.seen_s >= sessions::USE_S {
        app.note_use(&session.id);
    }
    Ok(session)
}

/// Writes down which sessions are in use, every few seconds, for as long as the portal runs.
pub async fn keep_use(app: Arc<App>) {
    loop {
        tokio::time::sleep(USE_WRITTEN).await;
        let used = app.take_used();
        if used.is_empty() {
            continue;
        }
        let noted = database(&app, move |_, conn| Ok(sessions::record_use(conn, used, now_s())?));
        if let Err(problem) = noted.await {
            problem.log();
        }
    }
}

/// The session of someone who acts.
///
/// # Errors
/// As [`find`]; [`Problem::Forged`] for a form of another session.
pub fn act(conn: &Connection, app: &App, who: &Actor) -> Outcome<Session> {
    let session = find(conn, app, &who.reader)?;
    if let Some(form) = &who.form {
        session.check_form(form)?;
    }
    Ok(session)
}

/// A session as its owner sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// What it is ended by.
    pub handle: String,
    /// When it began, seconds.
    pub started_s: i64,
    /// When it was last used, to the minute, seconds.
    pub seen_s: i64,
    /// Address of the log-in.
    pub address: String,
    /// User agent of the log-in.
    pub agent: String,
    /// Its channel.
    pub via: String,
    /// Whether it is the one that asks.
    pub this: bool,
}

/// The sessions of whoever asks, newest first.
pub fn list(conn: &Connection, app: &App, session: &Session) -> Outcome<Vec<Listed>> {
    let rows = sessions::of_person(conn, app.session_limits, &session.person, now_s())?;
    let listed = |row: SessionRow| Listed {
        handle: row.handle(),
        this: row.id == session.id,
        started_s: row.started_s,
        seen_s: row.seen_s,
        address: row.address,
        agent: row.agent,
        via: row.via,
    };
    Ok(rows.into_iter().map(listed).collect())
}

/// Ends a session of the same person.
///
/// # Errors
/// [`Problem::NotFound`] for a session of someone else, as for one that does not exist.
pub fn end(conn: &Connection, app: &App, session: &Session, handle: &str) -> Outcome<()> {
    let rows = sessions::of_person(conn, app.session_limits, &session.person, now_s())?;
    let row = rows.into_iter().find(|row| row.handle() == handle).ok_or(Problem::NotFound)?;
    Ok(sessions::end(conn, &row.id)?)
}

/// Ends all sessions of the same person but this one.
pub fn end_others(conn: &Connection, session: &Session) -> Outcome<()> {
    Ok(sessions::end_others(conn, &session.person, &session.id)?)
}

/// A token that nobody can guess: 256 random bits, hexadecimal.
pub fn random() -> Outcome<String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Problem::Ours("no randomness".into()))?;
    Ok(to_hex(&bytes))
}

/// The limits that the configuration sets.
pub fn limits(portal: &crate::config::portal::Portal) -> Limits {
    Limits::new(portal.session_minutes, portal.session_hours)
}
