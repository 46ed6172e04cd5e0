//! Randomness for `ferry-format`, which draws none of its own.

use ferry_format::crypto::entropy::Entropy;
use ferry_format::{FormatError, Result as FormatResult};
use ring::rand::{SecureRandom, SystemRandom};

/// The operating system's random numbers.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, out: &mut [u8]) -> FormatResult<()> {
        SystemRandom::new().fill(out).map_err(|_| FormatError::Input {
            what: "randomness".into(),
            why: "the operating system gives none".into(),
        })
    }
}
