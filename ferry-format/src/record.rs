//! Records: typed values under a kind of the catalogue, packed into blocks of one kind.

use crate::codec;
use crate::error::{FormatError, Result};
use crate::keys::sha256;
use crate::limits::RECORD_BYTES_MAX;
use crate::wire::{Reader, Writer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Raw bytes after which a block of records is closed.
pub const RECORD_BLOCK_BYTES: usize = 512 * 1024;

/// One record, at one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// Text, code, date or digest.
    Text(String),
    /// Number, amount in fen, or time in seconds.
    Integer(i64),
    /// A document, named by its digest.
    Document(DocumentRef),
}

/// A document as a record names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
        codec::encode("record", self, RECORD_BYTES_MAX)
    }

    /// Decodes one record. Only ever called on verified bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let record: Self = codec::decode("record", bytes, RECORD_BYTES_MAX)?;
        if record.schema != 1 {
            return Err(FormatError::malformed("record", "its schema is unknown"));
        }
        Ok(record)
    }

    /// SHA-256 over everything but the version: what "unchanged" means.
    pub fn content_digest(&self) -> Result<[u8; 32]> {
        Ok(sha256(&Self { version: 0, ..self.clone() }.encode()?))
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
    digests: Vec<[u8; 32]>,
}

impl RecordBlock {
    /// Whether one more record of `encoded` bytes asks for a new block.
    pub fn is_full_for(&self, encoded: &[u8]) -> bool {
        !self.digests.is_empty() && self.bytes + encoded.len() + 4 > RECORD_BLOCK_BYTES
    }

    /// Adds one encoded record.
    pub fn push(&mut self, encoded: &[u8]) {
        self.raw.u32(encoded.len() as u32).bytes(encoded);
        self.bytes += encoded.len() + 4;
        self.digests.push(sha256(encoded));
    }

    /// Whether it has no records.
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }

    pub(crate) fn finish(self) -> (Vec<u8>, Vec<[u8; 32]>) {
        (self.raw.finish(), self.digests)
    }
}

/// The encoded records of a raw block, which must be exactly `count`.
pub fn split_block(raw: &[u8], count: u32) -> Result<Vec<&[u8]>> {
    let mut reader = Reader::new("record block", raw);
    let mut records = Vec::new();
    for _ in 0..count {
        let length = reader.u32()? as usize;
        if length > RECORD_BYTES_MAX {
            return Err(reader.error("a record is longer than it may be"));
        }
        records.push(reader.take(length)?);
    }
    reader.end()?;
    Ok(records)
}
