//! Randomness for `ferry-format`, which draws none of its own.

use crate::texts::errors as texts;
use ferry_format::crypto::entropy::Entropy;
use ferry_format::texts::parts;
use ferry_format::{FormatError, Result as FormatResult};
use ring::rand::{SecureRandom, SystemRandom};

/// The operating system's random numbers.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, out: &mut [u8]) -> FormatResult<()> {
        let failed = |_| FormatError::input(parts::randomness(), texts::no_randomness());
        SystemRandom::new().fill(out).map_err(failed)
    }
}
