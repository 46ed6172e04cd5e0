//! Checks what a visitor typed against a login record, in the same time whether it matches, is wrong or has no record.

use crate::config::portal::Factor;
use crate::portal::court::Court;
use crate::portal::problem::Outcome;
use crate::store::visible;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use ferry_format::names::is_deceptive;
use ferry_format::record::Record;
use ferry_format::record::login_id::LoginKey;
use rusqlite::Connection;
use serde::Deserialize;
use std::sync::OnceLock;
use unicode_normalization::UnicodeNormalization;

/// Longest query code or password, in bytes.
const SECRET_BYTES_MAX: usize = 128;
/// Fields of a login record.
pub const CODE_HASH: &str = "code-hash";
/// See [`CODE_HASH`].
pub const PASSWORD_HASH: &str = "password-hash";
/// Login records among which one with a password is searched.
const RECORDS_SEARCHED: usize = 1000;

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

/// A hash with the court's parameters for each secret, for accounts that do not exist.
#[derive(Default)]
pub struct DummyHashes {
    code: OnceLock<String>,
    password: OnceLock<String>,
}

impl DummyHashes {
    /// A hash with the parameters that the court uses in this field: the time it takes must not tell an unknown person from
    /// a party, nor who has no password. Without any password yet, the hash of a query code serves.
    fn get(&self, conn: &Connection, court: &Court, field: &str) -> Outcome<String> {
        let cell = if field == CODE_HASH { &self.code } else { &self.password };
        if let Some(hash) = cell.get() {
            return Ok(hash.clone());
        }
        let records = visible::of_kind(conn, &court.catalogue.roles.login, RECORDS_SEARCHED)?;
        if let Some(hash) = records.iter().map(|r| r.text(field)).find(|hash| !hash.is_empty()) {
            return Ok(cell.get_or_init(|| hash.to_owned()).clone());
        }
        Ok(records.first().map(|r| r.text(CODE_HASH).to_owned()).unwrap_or_default())
    }
}

/// What credentials are checked with.
pub struct Verifier<'a> {
    /// The store.
    pub conn: &'a Connection,
    /// The court.
    pub court: &'a Court,
    /// Key of the telephone digests.
    pub key: &'a LoginKey,
    /// All of these must match.
    pub factors: &'a [Factor],
    /// For accounts that do not exist.
    pub dummy_hashes: &'a DummyHashes,
}

impl Verifier<'_> {
    /// Whether every factor matches. All are checked, also after one is wrong and without a record.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn matches(&self, typed: &Credentials, record: Option<&Record>) -> Outcome<bool> {
        let stored = |field: &str| record.map(|r| r.text(field)).unwrap_or_default();
        let mut all = record.is_some();
        for factor in self.factors {
            all &= match factor {
                Factor::Name => is_same_name(&typed.name, stored("name")),
                Factor::Phone => {
                    self.key.phone_id(&typed.phone).is_ok_and(|id| !id.is_empty() && id == stored("phone-hmac"))
                }
                Factor::QueryCode => self.verify(&typed.code, CODE_HASH, stored(CODE_HASH))?,
                Factor::Password => self.verify(&typed.password, PASSWORD_HASH, stored(PASSWORD_HASH))?,
            };
        }
        Ok(all)
    }

    /// Checks a secret; without a stored hash, a dummy one takes the same time.
    fn verify(&self, secret: &str, field: &str, stored: &str) -> Outcome<bool> {
        let secret = if secret.len() <= SECRET_BYTES_MAX { secret } else { "" };
        let is_stored = !stored.is_empty();
        let hash = if is_stored { stored.to_owned() } else { self.dummy_hashes.get(self.conn, self.court, field)? };
        if let Ok(parsed) = PasswordHash::new(&hash) {
            return Ok(argon2_matches(secret, &parsed) && is_stored && !secret.is_empty());
        }
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default());
        let mut out = [0; 32];
        // Only its time matters.
        let _ = argon.hash_password_into(secret.as_bytes(), b"nobody has this code", &mut out);
        Ok(false)
    }
}

/// The work of Argon2; the parameters of the hash decide how much.
fn argon2_matches(secret: &str, hash: &PasswordHash) -> bool {
    #[cfg(test)]
    work::record(hash);
    Argon2::default().verify_password(secret.as_bytes(), hash).is_ok()
}

/// Compares names as people type them: width, spaces and the kind of middle dot make no difference.
fn is_same_name(typed: &str, stored: &str) -> bool {
    let plain = |name: &str| -> String {
        let dots = ['·', '•', '・', '‧', '･', '.'];
        let visible = name.nfkc().filter(|c| !c.is_whitespace() && !is_deceptive(*c));
        visible.map(|c| if dots.contains(&c) { '·' } else { c }).flat_map(char::to_lowercase).collect()
    };
    !stored.is_empty() && plain(typed) == plain(stored)
}

/// The hashes that a test verified.
#[cfg(test)]
pub mod work {
    use argon2::password_hash::phc::PasswordHash;
    use std::cell::RefCell;

    thread_local! {
        static WORK: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    /// Records algorithm and parameters of a verified hash.
    pub fn record(hash: &PasswordHash) {
        WORK.with_borrow_mut(|work| work.push(format!("{} {}", hash.algorithm, hash.params)));
    }

    /// Gives the records since the last call.
    pub fn take() -> Vec<String> {
        WORK.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_matches_in_any_width_and_with_any_middle_dot() {
        assert!(is_same_name("阿依古丽•买买提", "阿依古丽·买买提"));
        assert!(is_same_name(" 张 三", "张三"));
        assert!(is_same_name("ＡＢＣ有限公司", "abc有限公司"));
        assert!(!is_same_name("张三", "张四"));
        assert!(!is_same_name("", ""));
    }
}
