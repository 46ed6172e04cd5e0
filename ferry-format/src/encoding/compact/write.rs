//! Writes the compact encoding (SPEC.md, section 6).
#![deny(clippy::arithmetic_side_effects, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use crate::error::{FormatError, Result};
use crate::text::Text;
use crate::texts;
use std::collections::{BTreeMap, BTreeSet};

/// Room for most records and for a manifest entry, so that the buffer seldom grows.
const FIRST_BYTES: usize = 512;

/// A value that has a compact encoding.
pub trait Encode {
    /// Appends its bytes.
    fn write(&self, writer: &mut Writer);
}

/// Encodes `value`; more than `limit_bytes` is an error.
pub fn encode<T: Encode + ?Sized>(what: Text, value: &T, limit_bytes: usize) -> Result<Vec<u8>> {
    let mut writer = Writer(Vec::with_capacity(FIRST_BYTES));
    value.write(&mut writer);
    if writer.0.len() > limit_bytes {
        return Err(FormatError::malformed(what, texts::wire::over_encoding_limit()));
    }
    Ok(writer.0)
}

/// How many bytes a number takes.
pub fn number_bytes(n: u64) -> usize {
    match n {
        0..=250 => 1,
        251..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    }
}

/// Collects the bytes of one value.
pub struct Writer(Vec<u8>);

impl Writer {
    /// Appends a value.
    pub fn put(&mut self, value: &(impl Encode + ?Sized)) -> &mut Self {
        value.write(self);
        self
    }

    /// The number of an enum's variant; what the variant holds follows.
    pub fn variant(&mut self, number: u32) -> &mut Self {
        self.number(number.into())
    }

    /// A number below 251 is one byte; others have a byte that names their width, then as many bytes as they need.
    fn number(&mut self, n: u64) -> &mut Self {
        match n {
            0..=250 => self.0.push(n as u8),
            251..=0xffff => {
                self.0.push(0xfb);
                self.bytes(&(n as u16).to_le_bytes());
            }
            0x1_0000..=0xffff_ffff => {
                self.0.push(0xfc);
                self.bytes(&(n as u32).to_le_bytes());
            }
            _ => {
                self.0.push(0xfd);
                self.bytes(&n.to_le_bytes());
            }
        }
        self
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn items<'a, T: Encode + 'a>(&mut self, items: impl ExactSizeIterator<Item = &'a T>) {
        self.number(items.len() as u64);
        items.for_each(|item| item.write(self));
    }
}

impl Encode for u16 {
    fn write(&self, writer: &mut Writer) {
        writer.number((*self).into());
    }
}

impl Encode for u32 {
    fn write(&self, writer: &mut Writer) {
        writer.number((*self).into());
    }
}

impl Encode for u64 {
    fn write(&self, writer: &mut Writer) {
        writer.number(*self);
    }
}

/// Zigzag: 0, -1, 1, -2 are the numbers 0, 1, 2, 3.
impl Encode for i64 {
    fn write(&self, writer: &mut Writer) {
        writer.number(((self << 1) ^ (self >> 63)).cast_unsigned());
    }
}

impl Encode for bool {
    fn write(&self, writer: &mut Writer) {
        writer.0.push((*self).into());
    }
}

impl Encode for str {
    fn write(&self, writer: &mut Writer) {
        writer.number(self.len() as u64).bytes(self.as_bytes());
    }
}

impl Encode for String {
    fn write(&self, writer: &mut Writer) {
        self.as_str().write(writer);
    }
}

/// A digest: its bytes without a length.
impl<const N: usize> Encode for [u8; N] {
    fn write(&self, writer: &mut Writer) {
        writer.bytes(self);
    }
}

impl<T: Encode> Encode for [T] {
    fn write(&self, writer: &mut Writer) {
        writer.items(self.iter());
    }
}

impl<T: Encode> Encode for BTreeSet<T> {
    fn write(&self, writer: &mut Writer) {
        writer.items(self.iter());
    }
}

impl<K: Encode, V: Encode> Encode for BTreeMap<K, V> {
    fn write(&self, writer: &mut Writer) {
        writer.number(self.len() as u64);
        for (key, value) in self {
            writer.put(key).put(value);
        }
    }
}

impl<T: Encode> Encode for Option<T> {
    fn write(&self, writer: &mut Writer) {
        writer.put(&self.is_some());
        if let Some(value) = self {
            writer.put(value);
        }
    }
}
