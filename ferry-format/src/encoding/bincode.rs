//! The only use of bincode: verified bytes in, bounded values out.
//!
//! Options are pinned (little-endian, variable-length integers, trailing bytes refused, a limit in
//! both directions). Never give it bytes whose signature has not been verified.

use crate::error::{FormatError, Result};
use crate::text::Text;
use crate::texts;
use bincode::Options;
use serde::{Serialize, de::DeserializeOwned};

fn options(limit_bytes: usize) -> impl Options {
    bincode::DefaultOptions::new().with_limit(limit_bytes as u64)
}

/// Encodes `value`; more than `limit_bytes` is an error.
pub fn encode<T: Serialize>(what: Text, value: &T, limit_bytes: usize) -> Result<Vec<u8>> {
    options(limit_bytes).serialize(value).map_err(|_| FormatError::malformed(what, texts::wire::over_encoding_limit()))
}

/// Decodes exactly one value; leftover bytes are an error, and so is every encoding but the one that [`encode`] gives
/// (bincode accepts a number that is written longer than needed, or a map out of order: property P11).
pub fn decode<T: DeserializeOwned + Serialize>(what: Text, bytes: &[u8], limit_bytes: usize) -> Result<T> {
    let Ok(value) = options(limit_bytes).deserialize::<T>(bytes) else {
        return Err(FormatError::malformed(what, texts::wire::does_not_decode()));
    };
    let mut same = Comparing { expected: bytes };
    let encoded = options(limit_bytes).serialize_into(&mut same, &value);
    if encoded.is_err() || !same.expected.is_empty() {
        return Err(FormatError::malformed(what, texts::wire::not_canonical()));
    }
    Ok(value)
}

/// A writer that fails at the first byte that differs.
struct Comparing<'a> {
    expected: &'a [u8],
}

impl std::io::Write for Comparing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.expected = self.expected.strip_prefix(bytes).ok_or(std::io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
