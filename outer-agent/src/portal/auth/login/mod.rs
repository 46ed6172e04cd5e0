//! Logging in with the factors that the court asks for (article 9).

use crate::config::portal::{Factor, Login};
use crate::portal::state::{App, database};
use crate::portal::problem::{Outcome, Problem};
use crate::portal::server::metrics;
use crate::portal::server::client_ip::network;
use crate::portal::auth::session;
use crate::portal::auth::session::{Known, Session};
use crate::portal::auth::caller::{Reader, Visitor};
use crate::store::{failed_logins, visible};
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use ferry_format::names::is_deceptive;
use ferry_format::record::Record;
use ferry_io::clock::now_s;
use rusqlite::Connection;
use serde::Deserialize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use unicode_normalization::UnicodeNormalization;

/// Longest query code or password, in bytes.
const SECRET_BYTES_MAX: usize = 128;
/// Attempts that wait for their turn; more are sent away before they cost anything.
const WAITING_MAX: usize = 64;

/// Fields of a log-in record.
const CODE_HASH: &str = "code-hash";
const PASSWORD_HASH: &str = "password-hash";
/// Log-ins among which one with a password is looked for.
const DECOYS_AMONG: usize = 1000;

/// A hash of the kind that the court uses in each field, for accounts that nobody has.
#[derive(Default)]
pub struct Decoys {
    code: OnceLock<String>,
    password: OnceLock<String>,
}

/// What a visitor types; what the court does not ask for may be absent.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Identity or organisation number.
    pub identity: String,
    /// Name.
    #[serde(default)]
    pub name: String,
    /// Telephone number.
    #[serde(default)]
    pub phone: String,
    /// Query code.
    #[serde(default)]
    pub code: String,
    /// Password.
    #[serde(default)]
    pub password: String,
}

/// Attempts at once, and how many wait.
pub struct Gate {
    slots: tokio::sync::Semaphore,
    waiting: AtomicUsize,
}

impl Gate {
    /// Lets so many attempts in at once.
    pub fn new(slots: usize) -> Self {
        Self { slots: tokio::sync::Semaphore::new(slots), waiting: AtomicUsize::new(0) }
    }

    async fn enter(&self) -> Outcome<tokio::sync::SemaphorePermit<'_>> {
        struct Waiting<'a>(&'a AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let waits = Waiting(&self.waiting);
        if waits.0.fetch_add(1, Ordering::Relaxed) >= WAITING_MAX {
            return Err(Problem::Busy);
        }
        self.slots.acquire().await.map_err(|_| Problem::Busy)
    }
}

/// Logs in. A stranger, a wrong factor and too many attempts on one account get the same answer after the same work.
///
/// # Errors
/// [`Problem::WrongLogIn`]; [`Problem::TooManyAttempts`] for an address from which too many failed, whoever they named.
pub async fn log_in(app: &Arc<App>, typed: Credentials, from: Reader, visitor: Visitor) -> Outcome<(String, Session)> {
    let _slot = app.log_in_gate.enter().await?;
    database(app, move |app, conn| attempt(app, conn, &typed, &from, &visitor)).await
}

fn attempt(
    app: &App,
    conn: &Connection,
    typed: &Credentials,
    from: &Reader,
    visitor: &Visitor,
) -> Outcome<(String, Session)> {
    let rules = &app.log_in;
    let (now_s, since_s) = (now_s(), now_s() - i64::from(rules.lock_minutes) * 60);
    let address = format!("address:{}", network(visitor.address));
    if failed_logins::failures(conn, &address, since_s)? >= i64::from(rules.failures_per_address) {
        return Err(Problem::TooManyAttempts);
    }
    // What is no number at all still costs the same: it stands for an account that nobody has.
    let login =
        app.login_key.identity_id(&typed.identity).unwrap_or_else(|_| to_hex(&sha256(typed.identity.as_bytes())));
    let account = format!("account:{login}");
    let record = visible::record(conn, &app.catalogue.roles.login, &login)?;
    let matches = matches(conn, app, typed, record.as_ref())?;
    let locked = failed_logins::failures(conn, &account, since_s)? >= i64::from(rules.failures_per_account);
    match record.filter(|_| matches && !locked) {
        Some(record) => {
            failed_logins::clear(conn, &account)?;
            let known =
                Known { login: &login, version: record.version, person: &record.person, name: record.text("name") };
            session::start(conn, app, &known, from, visitor)
        }
        None => {
            metrics::log_in_failed();
            for who in [account, address] {
                failed_logins::record_failure(conn, &who, since_s, now_s)?;
            }
            Err(Problem::WrongLogIn)
        }
    }
}

/// Whether every factor matches. All are looked at, also after one is wrong and for a record that is not there.
fn matches(conn: &Connection, app: &App, typed: &Credentials, record: Option<&Record>) -> Outcome<bool> {
    let held = |field: &str| record.map(|r| r.text(field)).unwrap_or_default();
    let mut all = record.is_some();
    for factor in &app.log_in.factors {
        all &= match factor {
            Factor::Name => same_name(&typed.name, held("name")),
            Factor::Phone => {
                app.login_key.phone_id(&typed.phone).is_ok_and(|id| !id.is_empty() && id == held("phone-hmac"))
            }
            Factor::QueryCode => verify(conn, app, &typed.code, CODE_HASH, held(CODE_HASH))?,
            Factor::Password => verify(conn, app, &typed.password, PASSWORD_HASH, held(PASSWORD_HASH))?,
        };
    }
    Ok(all)
}

/// Checks a secret; where none is held, somebody else's costs the same time.
fn verify(conn: &Connection, app: &App, secret: &str, field: &str, hash: &str) -> Outcome<bool> {
    let secret = if secret.len() <= SECRET_BYTES_MAX { secret } else { "" };
    let decoy;
    let (hash, held) = match hash {
        "" => {
            decoy = decoy_of(conn, app, field)?;
            (decoy.as_str(), false)
        }
        hash => (hash, true),
    };
    if let Ok(parsed) = PasswordHash::new(hash) {
        return Ok(argon2_matches(secret, &parsed) && held && !secret.is_empty());
    }
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default());
    let mut out = [0; 32];
    // Only its time matters.
    let _ = argon.hash_password_into(secret.as_bytes(), b"nobody has this code", &mut out);
    Ok(false)
}

/// The work of Argon2; how much it is follows from the parameters of the hash.
fn argon2_matches(secret: &str, hash: &PasswordHash) -> bool {
    #[cfg(test)]
    tests::note_work(hash);
    Argon2::default().verify_password(secret.as_bytes(), hash).is_ok()
}

/// A hash of the kind that the court uses in this field: its cost must not tell a stranger from a party, nor who has no
/// password. Where none has one yet, that of a code must do.
fn decoy_of(conn: &Connection, app: &App, field: &str) -> Outcome<String> {
    let kept = if field == CODE_HASH { &app.decoys.code } else { &app.decoys.password };
    if let Some(known) = kept.get() {
        return Ok(known.clone());
    }
    let some = visible::of_kind(conn, &app.catalogue.roles.login, DECOYS_AMONG)?;
    if let Some(hash) = some.iter().map(|r| r.text(field)).find(|hash| !hash.is_empty()) {
        return Ok(kept.get_or_init(|| hash.to_owned()).clone());
    }
    Ok(some.first().map(|r| r.text(CODE_HASH).to_owned()).unwrap_or_default())
}

/// Names as people type them: width, spaces and the kind of middle dot make no difference.
fn same_name(typed: &str, held: &str) -> bool {
    let plain = |name: &str| -> String {
        let dots = ['·', '•', '・', '‧', '･', '.'];
        let kept = name.nfkc().filter(|c| !c.is_whitespace() && !is_deceptive(*c));
        kept.map(|c| if dots.contains(&c) { '·' } else { c }).flat_map(char::to_lowercase).collect()
    };
    !held.is_empty() && plain(typed) == plain(held)
}

/// Refuses rules under which anybody could log in.
pub fn check(rules: &Login) -> Result<(), &'static str> {
    let secret = |f: &Factor| matches!(f, Factor::QueryCode | Factor::Password);
    match rules {
        Login { factors, .. } if !factors.iter().any(secret) => Err("`factors` needs `query-code` or `password`"),
        Login { failures_per_account: 0, .. }
        | Login { failures_per_address: 0, .. }
        | Login { lock_minutes: 0, .. } => Err("its limits must be at least 1"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
