//! Query codes and passwords (article 9): what crosses is an Argon2id string, made once when the code is issued and kept
//! in the ledger. The code itself is kept nowhere; an HMAC under the log-in key tells whether it is still the same.

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use ferry_format::crypto::entropy::Entropy;
use ferry_format::record::login_id::LoginKey;
use ferry_format::record::{Record, Value};
use ferry_io::entropy::SystemEntropy;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::IO;
use rusqlite::{Connection, OptionalExtension, params};
use zeroize::Zeroizing;

/// Puts the Argon2id strings into a record's fields. A platform that keeps such strings itself gives them as they are.
pub fn fill(
    conn: &Connection,
    login_key: &LoginKey,
    key: &str,
    secrets: &[(String, Zeroizing<String>)],
    record: &mut Record,
) -> Result<()> {
    for (field, plain) in secrets {
        let hash =
            if is_argon2id(plain) { plain.to_string() } else { made(conn, login_key, record, key, field, plain)? };
        record.fields.insert(field.clone(), Value::Text(hash));
    }
    Ok(())
}

/// Forgets the strings of a row that is no longer there.
pub fn forget(conn: &Connection, kind: &str, key: &str) -> Result<()> {
    conn.prepare_cached("DELETE FROM secret WHERE kind = ?1 AND key = ?2")?.execute([kind, key])?;
    Ok(())
}

fn is_argon2id(text: &str) -> bool {
    text.starts_with("$argon2id$") && PasswordHash::new(text).is_ok()
}

fn made(
    conn: &Connection,
    login_key: &LoginKey,
    record: &Record,
    key: &str,
    field: &str,
    plain: &str,
) -> Result<String> {
    let secret = login_key.secret_id(&[&record.kind, key, field], plain);
    let sql = "SELECT hash FROM secret WHERE kind = ?1 AND key = ?2 AND field = ?3 AND secret = ?4";
    let row = params![record.kind, key, field, secret.as_slice()];
    let known: Option<String> = conn.prepare_cached(sql)?.query_row(row, |r| r.get(0)).optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let failed = |e: argon2::password_hash::Error| {
        Error::new(
            IO,
            "FERRY-E0624",
            format!("a query code cannot be hashed: {e}"),
            "look at the free memory; run again",
        )
    };
    let mut salt = [0; 16];
    SystemEntropy.fill(&mut salt)?;
    let hash = Argon2::default().hash_password_with_salt(plain.as_bytes(), &salt).map_err(failed)?.to_string();
    let sql = "INSERT OR REPLACE INTO secret VALUES (?1, ?2, ?3, ?4, ?5)";
    conn.prepare_cached(sql)?.execute(params![record.kind, key, field, secret.as_slice(), hash])?;
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::PasswordVerifier;

    #[test]
    fn a_code_is_hashed_once_and_a_new_one_anew() {
        let conn = crate::store::in_memory();
        let key = LoginKey::from_text(&"ab".repeat(32)).unwrap();
        let hash_of = |owner: &str, code: &str| {
            let mut record = Record::new("login", "x", 1);
            let secrets = [("code-hash".to_owned(), Zeroizing::new(code.to_owned()))];
            fill(&conn, &key, owner, &secrets, &mut record).unwrap();
            record.text("code-hash").to_owned()
        };
        let hash = hash_of("RY1", "20260101");
        assert!(is_argon2id(&hash) && !hash.contains("20260101"));
        let parsed = PasswordHash::new(&hash).unwrap();
        assert!(Argon2::default().verify_password(b"20260101", &parsed).is_ok());
        assert_eq!(hash_of("RY1", "20260101"), hash, "nothing changes while the code is the same");
        assert_ne!(hash_of("RY2", "20260101"), hash, "everyone has a salt of his own");
        assert_ne!(hash_of("RY1", "20260102"), hash);
        assert_eq!(hash_of("RY3", &hash), hash, "a platform's own string crosses as it is");
        let kept: i64 = conn
            .query_row("SELECT count(*) FROM secret WHERE instr(secret, '20260') OR instr(hash, '20260')", [], |r| {
                r.get(0)
            })
            .unwrap();
        assert_eq!(kept, 0, "the code itself is kept nowhere");
    }
}
