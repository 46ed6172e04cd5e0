//! The source of randomness, which callers provide.

use crate::error::Result;

/// A source of randomness. This crate never draws its own.
pub trait Entropy {
    /// Fills `out` with unpredictable bytes.
    fn fill(&mut self, out: &mut [u8]) -> Result<()>;
}
