//! Query codes and passwords (article 9): what crosses is an Argon2id hash, made once when the code is issued. An HMAC under the
//! login key tells whether the code is still the same.

use crate::store::code_hashes;
use crate::texts::errors;
use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use ferry_format::crypto::entropy::Entropy;
use ferry_format::record::login_id::LoginKey;
use ferry_format::record::{Record, Value};
use ferry_io::entropy::SystemEntropy;
use ferry_io::error::Result;
use rusqlite::Connection;
use zeroize::Zeroizing;

/// Writes the hashes of these codes into the fields of a record. A platform that stores Argon2id hashes itself gives them as they
/// are.
pub fn insert(
    conn: &Connection,
    login_key: &LoginKey,
    key: &str,
    codes: &[(String, Zeroizing<String>)],
    record: &mut Record,
) -> Result<()> {
    for (field, plain) in codes {
        let hash = match is_argon2id(plain) {
            true => plain.to_string(),
            false => hash_of(conn, login_key, (&record.kind, key, field), plain)?,
        };
        record.fields.insert(field.clone(), Value::Text(hash));
    }
    Ok(())
}

fn is_argon2id(text: &str) -> bool {
    text.starts_with("$argon2id$") && PasswordHash::new(text).is_ok()
}

/// The stored hash, or a new one where the code changed.
fn hash_of(conn: &Connection, login_key: &LoginKey, field: code_hashes::FieldOf<'_>, plain: &str) -> Result<String> {
    let hmac = login_key.secret_id(&[field.0, field.1, field.2], plain);
    if let Some(known) = code_hashes::get(conn, field, &hmac)? {
        return Ok(known);
    }
    let mut salt = [0; 16];
    SystemEntropy.fill(&mut salt)?;
    let hash = Argon2::default().hash_password_with_salt(plain.as_bytes(), &salt);
    let hash = hash.map_err(errors::code_not_hashed)?.to_string();
    code_hashes::insert(conn, field, &hmac, &hash)?;
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::PasswordVerifier;

    #[test]
    fn a_code_is_hashed_once_and_a_new_code_again() {
        let conn = crate::store::in_memory();
        let key = LoginKey::from_text(&"ab".repeat(32)).unwrap();
        let hash_of = |owner: &str, code: &str| {
            let mut record = Record::new("login", "x", 1);
            let codes = [("code-hash".to_owned(), Zeroizing::new(code.to_owned()))];
            insert(&conn, &key, owner, &codes, &mut record).unwrap();
            record.text("code-hash").to_owned()
        };
        let hash = hash_of("RY1", "20260101");
        assert!(is_argon2id(&hash) && !hash.contains("20260101"));
        let parsed = PasswordHash::new(&hash).unwrap();
        assert!(Argon2::default().verify_password(b"20260101", &parsed).is_ok());
        assert_eq!(hash_of("RY1", "20260101"), hash, "nothing changes while the code is the same");
        assert_ne!(hash_of("RY2", "20260101"), hash, "every person has a salt of their own");
        assert_ne!(hash_of("RY1", "20260102"), hash);
        assert_eq!(hash_of("RY3", &hash), hash, "a hash of the platform crosses as it is");
        let sql = "SELECT count(*) FROM code_hash WHERE instr(hmac, '20260') OR instr(hash, '20260')";
        let stored: i64 = conn.query_row(sql, [], |r| r.get(0)).unwrap();
        assert_eq!(stored, 0, "the code itself is stored nowhere");
    }
}
