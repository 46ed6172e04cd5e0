//! Records: typed values under a kind of the catalogue, packed into blocks of one kind.

pub mod direction;
pub mod catalogue_roles;
pub mod catalogue;
mod record_check;
pub mod policy;
pub mod case_number;
pub mod login_id;
pub mod state_root;
mod record_bytes;
mod catalogue_bytes;

use crate::crypto::hash::sha256;
use crate::encoding::compact;
use crate::encoding::reader_writer::{Reader, Writer};
use crate::error::at_most;
use crate::error::{FormatError, Result};
use crate::frame::manifest::Codec;
use crate::limits::{RATIO_MAX, RECORD_BLOCK_BYTES_MAX, RECORD_BYTES_MAX};
use crate::texts;
use serde::Serialize;
use std::collections::BTreeMap;

/// Raw bytes after which a block of records is closed.
pub const RECORD_BLOCK_BYTES: usize = 512 * 1024;
/// Level for blocks of records: the fastest that still halves them.
const ZSTD_LEVEL: i32 = 1;

/// One record, at one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Layout of this structure, 1.
    pub schema: u16,
    /// Kind, as the catalogue names it.
    pub kind: String,
    /// Identity within the kind.
    pub id: String,
    /// Rises with every change.
    pub version: u64,
    /// The case it belongs to, an opaque id; empty where the kind has none.
    pub case_id: String,
    /// The party it concerns, an opaque id; empty unless the audience is one person.
    pub person: String,
    /// Whether this version removes the record.
    pub retracted: bool,
    /// Its values by field id.
    pub fields: BTreeMap<String, Value>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Value {
    /// Text, code, date or digest.
    Text(String),
    /// Number, amount in fen, or time in seconds.
    Integer(i64),
    /// A document, named by its digest.
    Document(DocumentRef),
}

/// A document as a record names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentRef {
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Its length in bytes.
    pub bytes: u64,
    /// Its file name, as people see it; never a path.
    pub name: String,
    /// Its media type.
    pub media_type: String,
}

impl Record {
    /// A record of schema 1 without fields.
    pub fn new(kind: &str, id: &str, version: u64) -> Self {
        Self {
            schema: 1,
            kind: kind.to_owned(),
            id: id.to_owned(),
            version,
            case_id: String::new(),
            person: String::new(),
            retracted: false,
            fields: BTreeMap::new(),
        }
    }

    /// The encoded bytes.
    pub fn encode(&self) -> Result<Vec<u8>> {
        compact::encode(texts::parts::record(), self, RECORD_BYTES_MAX)
    }

    /// Decodes one record. Only ever called on verified bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let record: Self = compact::decode(texts::parts::record(), bytes, RECORD_BYTES_MAX, |reader| reader.get())?;
        if record.schema != 1 {
            return Err(FormatError::malformed(texts::parts::record(), texts::wire::schema_unknown()));
        }
        Ok(record)
    }

    /// SHA-256 over everything but the version: equal digests mean an unchanged record.
    pub fn content_digest(&self) -> Result<[u8; 32]> {
        Ok(self.content_digest_of(&self.encode()?))
    }

    /// The same over an existing encoding, in which the version is replaced by the one byte of version 0.
    pub fn content_digest_of(&self, encoded: &[u8]) -> [u8; 32] {
        // The layout is fixed (SPEC.md, section 11): schema, kind, id, version, and so on.
        let before = 1
            + compact::number_bytes(self.kind.len() as u64)
            + self.kind.len()
            + compact::number_bytes(self.id.len() as u64)
            + self.id.len();
        let after = before + compact::number_bytes(self.version);
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        context.update(encoded.get(..before).unwrap_or_default());
        context.update(&[0]);
        context.update(encoded.get(after..).unwrap_or_default());
        let mut digest = [0; 32];
        digest.copy_from_slice(context.finish().as_ref());
        digest
    }

    /// The documents that it names.
    pub fn documents(&self) -> impl Iterator<Item = &DocumentRef> {
        self.fields.values().filter_map(|v| match v {
            Value::Document(d) => Some(d),
            _ => None,
        })
    }

    /// The text of a field, or nothing.
    pub fn text(&self, field: &str) -> &str {
        match self.fields.get(field) {
            Some(Value::Text(t)) => t,
            _ => "",
        }
    }

    /// The number in a field.
    pub fn integer(&self, field: &str) -> Option<i64> {
        match self.fields.get(field) {
            Some(Value::Integer(n)) => Some(*n),
            _ => None,
        }
    }
}

/// Collects encoded records of one kind: for each, u32 length and bytes.
#[derive(Default)]
pub struct RecordBlock {
    raw: Writer,
    bytes: usize,
    count: u32,
}

/// A block ready to be sealed: compressed where that helps, with the digests that its manifest entry needs. Packing needs
/// no key and can run on another core than sealing.
pub struct PackedBlock {
    pub(crate) codec: Codec,
    pub(crate) stored: Vec<u8>,
    pub(crate) raw_bytes: u64,
    pub(crate) raw_digest: [u8; 32],
    pub(crate) digests: Vec<[u8; 32]>,
}

impl RecordBlock {
    /// Whether another record of this length needs a new block.
    pub fn is_full_for(&self, encoded: &[u8]) -> bool {
        self.count > 0 && self.bytes + encoded.len() + 4 > RECORD_BLOCK_BYTES
    }

    /// Adds one encoded record.
    pub fn push(&mut self, encoded: &[u8]) {
        self.raw.u32(encoded.len() as u32).bytes(encoded);
        self.bytes += encoded.len() + 4;
        self.count += 1;
    }

    /// Whether it has no records.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Compresses the block where that helps, and computes its digests.
    pub fn pack(self) -> Result<PackedBlock> {
        let raw = self.raw.finish();
        at_most(texts::parts::record_block(), raw.len() as u64, RECORD_BLOCK_BYTES_MAX as u64)?;
        let digests = split_block(&raw, self.count)?.into_iter().map(sha256).collect();
        let (raw_bytes, raw_digest) = (raw.len() as u64, sha256(&raw));
        let packed = zstd::bulk::compress(&raw, ZSTD_LEVEL)?;
        let grows_too_much = packed.len() as u64 * RATIO_MAX < raw_bytes;
        let (codec, stored) =
            if packed.len() < raw.len() && !grows_too_much { (Codec::Zstd, packed) } else { (Codec::Raw, raw) };
        Ok(PackedBlock { codec, stored, raw_bytes, raw_digest, digests })
    }
}

/// The encoded records of a raw block, which must be exactly `count`.
pub fn split_block(raw: &[u8], count: u32) -> Result<Vec<&[u8]>> {
    let mut reader = Reader::new(texts::parts::record_block(), raw);
    let mut records = Vec::new();
    for _ in 0..count {
        let length = reader.u32()? as usize;
        if length > RECORD_BYTES_MAX {
            return Err(reader.error(texts::wire::record_too_long()));
        }
        records.push(reader.take(length)?);
    }
    reader.end()?;
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_digest_is_that_of_the_encoding_with_version_0() {
        for version in [1, 250, 251, 65_535, 65_536, u64::from(u32::MAX), u64::from(u32::MAX) + 1, i64::MAX as u64] {
            for id in ["1", &"编".repeat(40), &"x".repeat(300)] {
                let mut record = Record::new("measure", id, version);
                record.fields.insert("target".into(), Value::Text("银行存款".into()));
                let zero = Record { version: 0, ..record.clone() };
                assert_eq!(record.content_digest().unwrap(), sha256(&zero.encode().unwrap()), "{version} {id}");
            }
        }
    }
}
