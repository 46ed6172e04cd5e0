//! Random words that only the reviewer's browser knows.

use ferry_format::crypto::entropy::Entropy;
use ferry_format::encoding::hex::to_hex;
use ferry_io::Result as Outcome;
use ferry_io::entropy::SystemEntropy;
use std::sync::OnceLock;

/// Drawn when the page starts.
pub struct Secrets {
    /// First part of every address.
    pub path: String,
    /// In every form.
    pub form: String,
    /// `127.0.0.1:PORT`, once it is known.
    pub host: OnceLock<String>,
}

impl Secrets {
    /// Draws them.
    ///
    /// # Errors
    /// An I/O error where the system gives no random bytes.
    pub fn new() -> Outcome<Self> {
        let draw = || -> Outcome<String> {
            let mut bytes = [0; 16];
            SystemEntropy.fill(&mut bytes)?;
            Ok(to_hex(&bytes))
        };
        Ok(Self { path: draw()?, form: draw()?, host: OnceLock::new() })
    }
}

/// Compares in a time that does not depend on how much is right.
pub fn same(given: &str, expected: &str) -> bool {
    let differing = given.bytes().zip(expected.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    given.len() == expected.len() && differing == 0
}
