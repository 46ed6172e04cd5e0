//! Logging in with identity number and query code (article 9).

use crate::portal::app::{App, database};
use crate::portal::problem::{Outcome, Problem};
use crate::portal::session::{self, Session};
use crate::store::read;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use ferry_channel::files::now_s;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use std::sync::Arc;

/// Failed attempts after which an identity number must wait.
const FAILURES_MAX: i64 = 5;
/// How long, seconds.
const WAIT_S: i64 = 15 * 60;
/// Longest query code, in bytes.
const CODE_BYTES_MAX: usize = 128;

/// What a visitor types.
#[derive(Deserialize)]
pub struct Credentials {
    /// Identity or organisation number.
    pub identity: String,
    /// Query code.
    pub code: String,
}

/// Logs in. A stranger, a wrong code and too many attempts get the same answer after the same work.
pub async fn log_in(app: &Arc<App>, typed: Credentials) -> Outcome<(String, Session)> {
    let _slot = app.hashes.acquire().await.map_err(|_| Problem::Busy)?;
    database(app, move |app, conn| {
        let Ok(login) = app.login_key.identity_id(&typed.identity) else { return Err(Problem::WrongLogIn) };
        let record = read::record(conn, &app.catalogue.roles.login, &login)?;
        let hash = record.as_ref().map(|r| r.text("code-hash").to_owned()).unwrap_or_default();
        let matches = typed.code.len() <= CODE_BYTES_MAX && verify(&typed.code, &hash);
        let may = may_try(conn, &login)?;
        match record.filter(|_| matches && may) {
            Some(record) => {
                conn.execute("DELETE FROM attempt WHERE login = ?1", [&login])?;
                session::start(conn, app, &record.person, record.text("name"))
            }
            None => {
                note_failure(conn, &login)?;
                Err(Problem::WrongLogIn)
            }
        }
    })
    .await
}

/// Checks a code; an unknown hash costs the same as a known one.
fn verify(code: &str, hash: &str) -> bool {
    if let Ok(parsed) = PasswordHash::new(hash) {
        return Argon2::default().verify_password(code.as_bytes(), &parsed).is_ok();
    }
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default());
    let mut out = [0; 32];
    // Only its time matters.
    let _ = argon.hash_password_into(code.as_bytes(), b"nobody has this code", &mut out);
    false
}

fn may_try(conn: &Connection, login: &str) -> Outcome<bool> {
    let sql = "SELECT failures, since_s FROM attempt WHERE login = ?1";
    let found = conn.query_row(sql, [login], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?))).optional()?;
    Ok(found.is_none_or(|(failures, since_s)| failures < FAILURES_MAX || now_s() - since_s > WAIT_S))
}

fn note_failure(conn: &Connection, login: &str) -> Outcome<()> {
    conn.execute("DELETE FROM attempt WHERE since_s < ?1", [now_s() - WAIT_S])?;
    let sql = "INSERT INTO attempt VALUES (?1, 1, ?2) ON CONFLICT DO UPDATE SET failures = failures + 1";
    conn.execute(sql, params![login, now_s()])?;
    Ok(())
}
