//! Sessions: an opaque random token; the store holds only its digest.

use crate::portal::auth::caller::{Actor, Reader, Visitor};
use crate::portal::cache::records::RecordCache;
use crate::portal::court::Court;
use crate::portal::database::Database;
use crate::portal::http::SESSION_COOKIE;
use crate::portal::metrics::{self, BadRequest};
use crate::portal::problem::{Outcome, Problem};
use crate::store::sessions::{self, Limits, SessionRow};
use crate::texts::portal as texts;
use ferry_channel::types::UnixSeconds;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ring::rand::{SecureRandom, SystemRandom};
use rusqlite::Connection;
use serde::Serialize;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often the last use of sessions is written.
const USE_INTERVAL: Duration = Duration::from_secs(5);

/// The session of a logged-in person.
pub type Session = SessionRow;

impl Session {
    /// Refuses a form that was not made for this session.
    ///
    /// # Errors
    /// [`Problem::Forged`].
    pub fn check_csrf(&self, csrf: &str) -> Outcome<()> {
        // Comparing digests hides where the two differ.
        if sha256(csrf.as_bytes()) == sha256(self.csrf.as_bytes()) { Ok(()) } else { Err(Problem::Forged) }
    }

    /// The name by which its owner ends it. The id would do, but is closer to the token than a page needs.
    pub fn handle(&self) -> String {
        to_hex(&sha256(&self.id)[..12])
    }
}

/// The `Set-Cookie` value with a token; an empty token deletes the cookie.
pub fn set_cookie(token: &str) -> String {
    let end = if token.is_empty() { "; Max-Age=0" } else { "" };
    format!("{SESSION_COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax{end}")
}

/// A random token: 256 bits, hexadecimal.
///
/// # Errors
/// A system without randomness.
pub fn random_token() -> Outcome<String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Problem::internal(&texts::no_randomness()))?;
    Ok(to_hex(&bytes))
}

/// The person of a login record that matched.
pub struct Account<'a> {
    /// Id of the login record.
    pub login: &'a str,
    /// Its version: once the court changes it, the session ends.
    pub version: u64,
    /// Opaque person id.
    pub person: &'a str,
    /// Name.
    pub name: &'a str,
}

/// All sessions of the portal.
pub struct Sessions {
    /// Where they are kept.
    pub database: Arc<Database>,
    limits: Limits,
    court: Arc<Court>,
    records: Arc<RecordCache>,
    /// Sessions used since the last write.
    used: Mutex<HashSet<[u8; 32]>>,
}

impl Sessions {
    /// Sessions within `limits`.
    pub fn new(database: Arc<Database>, court: Arc<Court>, records: Arc<RecordCache>, limits: Limits) -> Arc<Self> {
        Arc::new(Self { database, limits, court, records, used: Mutex::default() })
    }

    /// Seconds until an unused session ends.
    pub fn idle_s(&self) -> i64 {
        self.limits.idle_s
    }

    /// Starts a session and gives its token. The session of the request's old token ends: a token is never used twice.
    ///
    /// # Errors
    /// A store that cannot be written.
    pub fn start(
        &self,
        conn: &Connection,
        account: &Account<'_>,
        from: &Reader,
        visitor: &Visitor,
    ) -> Outcome<(String, Session)> {
        if let Some(old) = &from.token {
            sessions::end(conn, &sha256(old.as_bytes()))?;
        }
        let (token, now) = (random_token()?, UnixSeconds::now());
        let session = Session {
            id: sha256(token.as_bytes()),
            person: account.person.to_owned(),
            name: account.name.to_owned(),
            csrf: random_token()?,
            login: account.login.to_owned(),
            login_version: account.version,
            started_s: now,
            seen_s: now,
            address: visitor.address.to_string(),
            agent: visitor.user_agent.clone(),
            via: from.via.clone(),
        };
        sessions::add(conn, self.limits, &session)?;
        Ok((token, session))
    }

    /// The session of a reader. Unknown tokens are counted.
    ///
    /// # Errors
    /// [`Problem::LoginRequired`] when there is none in this channel, it lasted too long, or the court changed the login.
    pub fn find(&self, conn: &Connection, reader: &Reader) -> Outcome<Session> {
        let token = reader.token.as_deref().ok_or(Problem::LoginRequired)?;
        let now = UnixSeconds::now();
        let id = sha256(token.as_bytes());
        let found = sessions::find(conn, self.limits, &id, now)?;
        if found.is_none() && !token.is_empty() && !sessions::exists(conn, &id)? {
            metrics::bad_request(BadRequest::Session);
        }
        let session = found.filter(|s| s.via == reader.via).ok_or(Problem::LoginRequired)?;
        let login_kind = &self.court.catalogue.roles.login;
        if !self.records.has_login(conn, login_kind, &session.login, session.login_version)? {
            return Err(Problem::LoginRequired);
        }
        if now - session.seen_s >= sessions::USE_S {
            self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(session.id);
        }
        Ok(session)
    }

    /// The session of someone who changes something.
    ///
    /// # Errors
    /// As [`Self::find`]; [`Problem::Forged`] for a form of another session.
    pub fn find_actor(&self, conn: &Connection, actor: &Actor) -> Outcome<Session> {
        let session = self.find(conn, &actor.reader)?;
        if let Some(csrf) = &actor.csrf {
            session.check_csrf(csrf)?;
        }
        Ok(session)
    }

    /// Reads for the person of a session.
    ///
    /// # Errors
    /// As [`Self::find`]; those of `work`.
    pub fn read<T>(&self, reader: &Reader, work: impl FnOnce(&Connection, &Session) -> Outcome<T>) -> Outcome<T> {
        self.database.read(|conn| work(conn, &self.find(conn, reader)?))
    }

    /// Writes for the person of a session.
    ///
    /// # Errors
    /// As [`Self::find_actor`]; those of `work`.
    pub async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        actor: Actor,
        work: impl FnOnce(&Self, &Connection, &Session) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let this = self.clone();
        let done = self.database.write(move |conn| {
            let session = this.find_actor(conn, &actor)?;
            work(&this, conn, &session)
        });
        done.await
    }

    /// The sessions of the same person, newest first.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn list(&self, conn: &Connection, session: &Session) -> Outcome<Vec<ListedSession>> {
        let rows = sessions::of_person(conn, self.limits, &session.person, UnixSeconds::now())?;
        let listed = |row: SessionRow| ListedSession {
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
    pub fn end(&self, conn: &Connection, session: &Session, handle: &str) -> Outcome<()> {
        let rows = sessions::of_person(conn, self.limits, &session.person, UnixSeconds::now())?;
        let row = rows.into_iter().find(|row| row.handle() == handle).ok_or(Problem::NotFound)?;
        Ok(sessions::end(conn, &row.id)?)
    }

    /// Writes the last use of sessions, every few seconds, while the portal runs.
    pub async fn record_use(self: Arc<Self>) {
        loop {
            tokio::time::sleep(USE_INTERVAL).await;
            let used = std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
            if used.is_empty() {
                continue;
            }
            let recorded = self.database.write(move |conn| Ok(sessions::record_use(conn, used, UnixSeconds::now())?));
            if let Err(problem) = recorded.await {
                problem.log();
            }
        }
    }
}

/// Ends this session.
///
/// # Errors
/// A store that cannot be written.
pub fn end_this(conn: &Connection, session: &Session) -> Outcome<()> {
    Ok(sessions::end(conn, &session.id)?)
}

/// Ends all sessions of the same person but this one.
///
/// # Errors
/// A store that cannot be written.
pub fn end_others(conn: &Connection, session: &Session) -> Outcome<()> {
    Ok(sessions::end_others(conn, &session.person, &session.id)?)
}

/// A session as its owner sees it.
#[derive(Clone, Debug, Serialize)]
pub struct ListedSession {
    /// The name by which it is ended.
    pub handle: String,
    /// Start, seconds.
    pub started_s: UnixSeconds,
    /// Last use to the minute, seconds.
    pub seen_s: UnixSeconds,
    /// Address of the login.
    pub address: String,
    /// User agent of the login.
    pub agent: String,
    /// Client channel.
    pub via: String,
    /// Whether it is the session of this request.
    pub this: bool,
}
