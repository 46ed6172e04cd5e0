//! Randomness is handed in.

use crate::error::Result;

/// Where randomness comes from. This crate never draws its own.
pub trait Entropy {
    /// Fills `out` with unpredictable bytes.
    fn fill(&mut self, out: &mut [u8]) -> Result<()>;
}
