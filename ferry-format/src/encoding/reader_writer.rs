//! The cursor that reads hostile bytes, and its mirror that writes them.
//!
//! Fixed-width big-endian integers, length-prefixed strings, no back references. Leftover bytes
//! are an error that names the structure, so that one value has one encoding (property P11).

use crate::error::{FormatError, Result};
use crate::text::Text;
use crate::texts;

/// Reads one structure from a slice.
pub struct Reader<'a> {
    what: Text,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader over all of `bytes`; `what` names the structure in errors.
    pub fn new(what: Text, bytes: &'a [u8]) -> Self {
        Self { what, rest: bytes }
    }

    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(n).ok_or_else(|| self.error(texts::wire::ends_too_early()))?;
        self.rest = rest;
        Ok(head)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) =
            self.rest.split_first_chunk::<N>().ok_or_else(|| self.error(texts::wire::ends_too_early()))?;
        self.rest = rest;
        Ok(*head)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    /// A 16-bit integer.
    pub fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// A 32-bit integer.
    pub fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A 64-bit integer.
    pub fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// A signed 64-bit integer.
    pub fn i64(&mut self) -> Result<i64> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// A list with a one-byte count of at most `max` items.
    pub fn list<T>(&mut self, max: usize, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let count = usize::from(self.u8()?);
        if count > max {
            return Err(self.error(texts::wire::list_too_long()));
        }
        (0..count).map(|_| item(self)).collect()
    }

    /// A string with a one-byte length.
    pub fn short_str(&mut self) -> Result<&'a str> {
        let n = usize::from(self.u8()?);
        std::str::from_utf8(self.take(n)?).map_err(|_| self.error(texts::wire::string_not_utf8()))
    }

    /// Ends the structure: bytes left over are an error.
    pub fn end(self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.error(texts::wire::bytes_left_over())) }
    }

    /// An error about this structure.
    pub fn error(&self, why: Text) -> FormatError {
        FormatError::malformed(self.what.clone(), why)
    }
}

/// Writes one structure.
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// An empty writer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// One byte.
    pub fn u8(&mut self, v: u8) -> &mut Self {
        self.bytes(&[v])
    }

    /// A 16-bit integer.
    pub fn u16(&mut self, v: u16) -> &mut Self {
        self.bytes(&v.to_be_bytes())
    }

    /// A 32-bit integer.
    pub fn u32(&mut self, v: u32) -> &mut Self {
        self.bytes(&v.to_be_bytes())
    }

    /// A 64-bit integer.
    pub fn u64(&mut self, v: u64) -> &mut Self {
        self.bytes(&v.to_be_bytes())
    }

    /// A signed 64-bit integer.
    pub fn i64(&mut self, v: i64) -> &mut Self {
        self.bytes(&v.to_be_bytes())
    }

    /// A list with a one-byte count. Callers check the length before.
    pub fn list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) -> &mut Self {
        self.u8(u8::try_from(items.len()).unwrap_or(u8::MAX));
        for i in items {
            item(self, i);
        }
        self
    }

    /// A string with a one-byte length. Callers check the length before.
    pub fn short_str(&mut self, s: &str) -> &mut Self {
        self.u8(u8::try_from(s.len()).unwrap_or(u8::MAX)).bytes(s.as_bytes())
    }

    /// The bytes written.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}
