//! The ZIP archive of a package, within bounds: entries, bytes, ratio. Each entry has one name and one place.

use ferry_format::reason::ReasonCode;
use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// Entries.
const ENTRIES_MAX: usize = 4096;
/// Bytes of one part, unpacked.
const PART_BYTES_MAX: u64 = 32 << 20;
/// Bytes of all parts that are read, unpacked.
const ALL_BYTES_MAX: u64 = 128 << 20;
/// How much longer a part may be than its packed form, once it is long.
const RATIO_MAX: u64 = 200;
/// From here on the ratio counts.
const RATIO_FROM: u64 = 1 << 20;
const FIRST_HEADER: &[u8] = b"PK\x03\x04";
/// Of the end of the central directory, without its comment.
const END_BYTES: usize = 22;

/// An opened archive.
pub struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    names: Vec<String>,
    bytes: &'a [u8],
    read: u64,
}

impl<'a> Archive<'a> {
    /// Opens it.
    ///
    /// # Errors
    /// What it breaks.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ReasonCode> {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ReasonCode::Damaged)?;
        if zip.len() > ENTRIES_MAX || zip.has_duplicate_names() || zip.has_overlapping_entries().unwrap_or(true) {
            return Err(ReasonCode::Damaged);
        }
        let mut names = Vec::new();
        for index in 0..zip.len() {
            let entry = zip.by_index_raw(index).map_err(|_| ReasonCode::Damaged)?;
            if entry.encrypted() {
                return Err(ReasonCode::PasswordNeeded);
            }
            let name = std::str::from_utf8(entry.name_raw()).map_err(|_| ReasonCode::Damaged)?.to_owned();
            // Programs differ in which of two such entries they open.
            if name.contains('\\') || name.ends_with('/') && entry.size() > 0 {
                return Err(ReasonCode::Damaged);
            }
            names.push(name);
        }
        let folded: BTreeSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
        if folded.len() < names.len() {
            return Err(ReasonCode::Damaged);
        }
        Ok(Self { zip, names, bytes, read: 0 })
    }

    /// Names of its entries, in their order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Its comment.
    pub fn comment(&self) -> String {
        String::from_utf8_lossy(self.zip.comment()).into_owned()
    }

    /// Whether anything stands before its first entry or after its end.
    pub fn has_foreign_bytes(&self) -> bool {
        let end = self.bytes.len().checked_sub(END_BYTES + self.zip.comment().len());
        let is_end = end.is_some_and(|at| self.bytes[at..].starts_with(b"PK\x05\x06"));
        self.zip.offset() != 0 || !self.bytes.starts_with(FIRST_HEADER) || !is_end
    }

    /// One part by its place among the names, unpacked.
    ///
    /// # Errors
    /// A part that is damaged or beyond the bounds.
    pub fn read(&mut self, index: usize) -> Result<Vec<u8>, ReasonCode> {
        let entry = self.zip.by_index(index).map_err(|_| ReasonCode::Damaged)?;
        let packed = entry.compressed_size();
        let mut bytes = Vec::new();
        entry.take(PART_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|_| ReasonCode::Damaged)?;
        let length = bytes.len() as u64;
        self.read += length;
        if length > PART_BYTES_MAX
            || self.read > ALL_BYTES_MAX
            || length > RATIO_FROM && length > packed.saturating_mul(RATIO_MAX)
        {
            return Err(ReasonCode::LongerThanScanner);
        }
        Ok(bytes)
    }
}
