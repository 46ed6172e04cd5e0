//! Login with the factors that the court asks for (article 9).

use crate::config::portal::{Factor, Login as LoginRules};
use crate::portal::auth::caller::{Reader, Visitor, network};
use crate::portal::auth::credentials::{Credentials, DummyHashes, Verifier};
use crate::portal::auth::session::{Account, Session, Sessions};
use crate::portal::court::Court;
use crate::portal::metrics;
use crate::portal::problem::{Outcome, Problem};
use crate::store::{failed_logins, visible};
use crate::texts::portal as texts;
use ferry_channel::types::UnixSeconds;
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::Record;
use ferry_format::record::login_id::LoginKey;
use ferry_format::text::Text;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Login attempts at once. Stops them from taking all memory: each takes 19 MiB.
const ATTEMPTS_MAX: usize = 2;
/// Attempts that wait for their turn; more are refused before they cost anything.
const WAITING_MAX: usize = 64;

/// Login to the portal.
pub struct Login {
    /// Sessions start here.
    sessions: Arc<Sessions>,
    court: Arc<Court>,
    key: LoginKey,
    rules: LoginRules,
    queue: AttemptQueue,
    dummy_hashes: DummyHashes,
}

/// Bounds the attempts at once and those that wait.
struct AttemptQueue {
    slots: Semaphore,
    waiting: AtomicUsize,
}

impl AttemptQueue {
    async fn enter(&self) -> Outcome<SemaphorePermit<'_>> {
        struct Waiting<'a>(&'a AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let waiting = Waiting(&self.waiting);
        if waiting.0.fetch_add(1, Ordering::Relaxed) >= WAITING_MAX {
            return Err(Problem::Busy);
        }
        self.slots.acquire().await.map_err(|_| Problem::Busy)
    }
}

impl Login {
    /// Login under the rules of the configuration; `key` matches identity numbers.
    pub fn new(sessions: Arc<Sessions>, court: Arc<Court>, key: LoginKey, rules: LoginRules) -> Arc<Self> {
        let queue = AttemptQueue { slots: Semaphore::new(ATTEMPTS_MAX), waiting: AtomicUsize::new(0) };
        Arc::new(Self { sessions, court, key, rules, queue, dummy_hashes: DummyHashes::default() })
    }

    /// Whether the court asks for a factor.
    pub fn asks_for(&self, factor: Factor) -> bool {
        self.rules.factors.contains(&factor)
    }

    /// Logs in and gives the token of the session. An unknown person, a wrong factor and a locked account get the same
    /// answer after the same work.
    ///
    /// # Errors
    /// [`Problem::WrongLogin`]; [`Problem::TooManyAttempts`] for an address with too many failures, on any account;
    /// [`Problem::Busy`] when too many wait.
    pub async fn log_in(
        self: &Arc<Self>,
        typed: Credentials,
        from: Reader,
        visitor: Visitor,
    ) -> Outcome<(String, Session)> {
        let _slot = self.queue.enter().await?;
        let this = self.clone();
        self.sessions.database.write(move |conn| this.attempt(conn, &typed, &from, &visitor)).await
    }

    fn attempt(
        &self,
        conn: &Connection,
        typed: &Credentials,
        from: &Reader,
        visitor: &Visitor,
    ) -> Outcome<(String, Session)> {
        let rules = &self.rules;
        let (now, since_s) = (UnixSeconds::now(), UnixSeconds::now() - i64::from(rules.lock_minutes) * 60);
        let address = format!("address:{}", network(visitor.address));
        if failed_logins::failures(conn, &address, since_s)? >= i64::from(rules.failures_per_address) {
            return Err(Problem::TooManyAttempts { lock_minutes: rules.lock_minutes });
        }
        // What is not a number at all takes as long: it stands for an account that does not exist.
        let logins = self.key.identity_ids(&typed.identity);
        let logins = logins.unwrap_or_else(|_| vec![to_hex(&sha256(typed.identity.as_bytes()))]);
        let (login, record) = self.published(conn, logins)?;
        let account = format!("account:{login}");
        let verifier = Verifier {
            conn,
            court: &self.court,
            key: &self.key,
            factors: &rules.factors,
            dummy_hashes: &self.dummy_hashes,
        };
        let matches = verifier.matches(typed, record.as_ref())?;
        let locked = failed_logins::failures(conn, &account, since_s)? >= i64::from(rules.failures_per_account);
        match record.filter(|_| matches && !locked) {
            Some(record) => {
                failed_logins::clear(conn, &account)?;
                let (person, name) = (&record.person, record.text("name"));
                let account = Account { login: &login, version: record.version, person, name };
                self.sessions.start(conn, &account, from, visitor)
            }
            None => {
                metrics::login_failed();
                for subject in [account, address] {
                    failed_logins::record_failure(conn, &subject, since_s, now)?;
                }
                Err(Problem::WrongLogin)
            }
        }
    }

    /// The login that is published under one of these ids, and the first id where none is.
    fn published(&self, conn: &Connection, logins: Vec<String>) -> Outcome<(String, Option<Record>)> {
        let mut first = None;
        for login in logins {
            let record = visible::record(conn, &self.court.catalogue.roles.login, &login)?;
            if record.is_some() {
                return Ok((login, record));
            }
            first.get_or_insert(login);
        }
        Ok((first.unwrap_or_default(), None))
    }
}

/// Refuses rules under which anybody could log in.
///
/// # Errors
/// What is wrong with them.
pub fn check_rules(rules: &LoginRules) -> Result<(), Text> {
    let is_secret = |f: &Factor| matches!(f, Factor::QueryCode | Factor::Password);
    match rules {
        LoginRules { factors, .. } if !factors.iter().any(is_secret) => Err(texts::login_needs_secret()),
        LoginRules { failures_per_account: 0, .. }
        | LoginRules { failures_per_address: 0, .. }
        | LoginRules { lock_minutes: 0, .. } => Err(texts::login_limits_zero()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
