//! Reads the compact encoding (SPEC.md, section 6) from hostile bytes.
//!
//! No length is believed: each is compared with the bytes that are left before anything is allocated for it. No type that
//! is read holds itself, so the depth of calls is that of the types. No bytes can cause a panic; the linter holds the
//! usual causes.
#![deny(clippy::arithmetic_side_effects, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use crate::error::{FormatError, Result};
use crate::text::Text;
use crate::texts;
use std::collections::BTreeMap;

/// A value that is read from its compact encoding.
pub trait Decode: Sized {
    /// Reads its bytes, and refuses every form but the one that is written.
    fn read(reader: &mut Reader<'_>) -> Result<Self>;
}

/// Decodes exactly what `read` reads from all of `bytes`, which are at most `limit_bytes`; bytes left over are an error.
///
/// # Errors
/// [`FormatError::Malformed`] that names `what`, the byte at which the wrong item begins, and what is wrong with it.
pub fn decode<T>(
    what: Text,
    bytes: &[u8],
    limit_bytes: usize,
    read: impl FnOnce(&mut Reader<'_>) -> Result<T>,
) -> Result<T> {
    if bytes.len() > limit_bytes {
        return Err(FormatError::malformed(what, texts::wire::over_encoding_limit()));
    }
    let mut reader = Reader { what, length: bytes.len(), rest: bytes, item: 0 };
    let value = read(&mut reader)?;
    reader.begin();
    if reader.rest.is_empty() { Ok(value) } else { Err(reader.error(texts::wire::bytes_left_over())) }
}

/// Reads one value from a slice.
pub struct Reader<'a> {
    what: Text,
    length: usize,
    rest: &'a [u8],
    /// Where the item begins that is read now, or was read last.
    item: usize,
}

impl<'a> Reader<'a> {
    /// The next value.
    pub fn get<T: Decode>(&mut self) -> Result<T> {
        T::read(self)
    }

    /// The number of an enum's variant; the caller refuses those that it does not know.
    pub fn variant(&mut self) -> Result<u32> {
        self.number()
    }

    /// The error about a variant that the caller does not know.
    pub fn unknown_variant(&self, number: u32) -> FormatError {
        self.error(texts::wire::variant_unknown(number))
    }

    /// A list of at most `max` items.
    pub fn list<T: Decode>(&mut self, max: usize) -> Result<Vec<T>> {
        let count = self.count()?;
        if count > max {
            return Err(self.error(texts::wire::list_too_long()));
        }
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(self.get()?);
        }
        Ok(items)
    }

    /// An error about the item that was read last.
    fn error(&self, why: Text) -> FormatError {
        FormatError::malformed(texts::parts::at_byte(&self.what, self.item), why)
    }

    fn begin(&mut self) {
        self.item = self.length.saturating_sub(self.rest.len());
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(n).ok_or_else(|| self.error(texts::wire::ends_too_early()))?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) =
            self.rest.split_first_chunk::<N>().ok_or_else(|| self.error(texts::wire::ends_too_early()))?;
        self.rest = rest;
        Ok(*head)
    }

    fn byte(&mut self) -> Result<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A number that fits `T`, in its shortest form.
    fn number<T: TryFrom<u64>>(&mut self) -> Result<T> {
        self.begin();
        let (value, least) = match self.byte()? {
            small @ 0..=250 => (u64::from(small), 0),
            0xfb => (u64::from(u16::from_le_bytes(self.array()?)), 251),
            0xfc => (u64::from(u32::from_le_bytes(self.array()?)), 0x1_0000),
            0xfd => (u64::from_le_bytes(self.array()?), 0x1_0000_0000),
            0xfe | 0xff => return Err(self.error(texts::wire::number_width_unknown())),
        };
        if value < least {
            return Err(self.error(texts::wire::number_too_wide()));
        }
        T::try_from(value).map_err(|_| self.error(texts::wire::number_out_of_range()))
    }

    /// A count of items, each of which has at least one byte.
    fn count(&mut self) -> Result<usize> {
        let count = self.number()?;
        if count > self.rest.len() {
            return Err(self.error(texts::wire::ends_too_early()));
        }
        Ok(count)
    }
}

impl Decode for u16 {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.number()
    }
}

impl Decode for u32 {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.number()
    }
}

impl Decode for u64 {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.number()
    }
}

/// Zigzag: the numbers 0, 1, 2, 3 are 0, -1, 1, -2.
impl Decode for i64 {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let number: u64 = reader.number()?;
        let half = (number >> 1).cast_signed();
        Ok(if number & 1 == 0 { half } else { !half })
    }
}

impl Decode for bool {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.begin();
        match reader.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(reader.error(texts::wire::flag_unknown())),
        }
    }
}

impl Decode for String {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let length = reader.number()?;
        let bytes = reader.take(length)?;
        let text = std::str::from_utf8(bytes).map_err(|_| reader.error(texts::wire::string_not_utf8()))?;
        Ok(text.to_owned())
    }
}

/// A digest: its bytes without a length.
impl<const N: usize> Decode for [u8; N] {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        reader.begin();
        reader.array()
    }
}

/// Keys ascend, so that the order in which a map is written says nothing.
impl<V: Decode> Decode for BTreeMap<String, V> {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        let mut map = Self::new();
        for _ in 0..reader.count()? {
            let key: String = reader.get()?;
            if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(reader.error(texts::wire::keys_unordered()));
            }
            map.insert(key, reader.get()?);
        }
        Ok(map)
    }
}
