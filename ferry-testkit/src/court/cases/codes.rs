//! Query codes of parties, and their hashes.

use crate::random::Random;
use crate::texts::failed;
use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use ferry_io::error::Result;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Query codes, hashed once and reused: a million parties must not cost an hour of Argon2.
pub const CODES: usize = 16;

/// Plain codes and their hashes.
pub type Codes = Arc<[(String, String)]>;

/// By seed. Argon2 is slow on purpose, and a programme of many days makes and changes many courts of the same seed.
static HASHED: Mutex<BTreeMap<u64, Codes>> = Mutex::new(BTreeMap::new());

/// Plain codes and their hashes, the same for the same seed.
pub fn codes(seed: u64) -> Result<Codes> {
    let mut hashed = HASHED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(codes) = hashed.get(&seed) {
        return Ok(codes.clone());
    }
    let codes: Codes = hash_codes(seed)?.into();
    Ok(hashed.entry(seed).or_insert(codes).clone())
}

fn hash_codes(seed: u64) -> Result<Vec<(String, String)>> {
    let params = Params::new(19_456, 2, 1, None).map_err(|e| failed("Argon2", e))?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut random = Random::new(seed, u64::MAX - 1);
    let mut made = Vec::new();
    for _ in 0..CODES {
        let code = format!("{:08}", random.below(100_000_000));
        let mut salt = [0; 16];
        random.bytes(&mut salt);
        let hash = argon.hash_password_with_salt(code.as_bytes(), &salt).map_err(|e| failed("Argon2", e))?;
        made.push((code, hash.to_string()));
    }
    Ok(made)
}
