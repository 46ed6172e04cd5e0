//! The only door to bincode: verified bytes in, bounded values out.
//!
//! Options are pinned (little-endian, variable-length integers, trailing bytes refused, a limit in
//! both directions). Never hand it bytes whose signature has not been verified.

use crate::error::{FormatError, Result};
use bincode::Options;
use serde::{Serialize, de::DeserializeOwned};

fn options(limit_bytes: usize) -> impl Options {
    bincode::DefaultOptions::new().with_limit(limit_bytes as u64)
}

/// Encodes `value`; more than `limit_bytes` is an error.
pub fn encode<T: Serialize>(what: &'static str, value: &T, limit_bytes: usize) -> Result<Vec<u8>> {
    options(limit_bytes).serialize(value).map_err(|_| FormatError::malformed(what, "it does not fit its limit"))
}

/// Decodes exactly one value; leftover bytes are an error.
pub fn decode<T: DeserializeOwned>(what: &'static str, bytes: &[u8], limit_bytes: usize) -> Result<T> {
    options(limit_bytes).deserialize(bytes).map_err(|_| FormatError::malformed(what, "it does not decode"))
}
