//! The compact encoding a second time, by bincode 1.3.3 over types of its own: both must write the same bytes, and read
//! the same value or refuse, except where the format is stricter, which has a name here.

use bincode::Options;
use ferry_format::frame::manifest::{self, Codec, decode_block, encode_block};
use ferry_format::limits::{MANIFEST_BLOCK_BYTES_MAX, MANIFEST_BLOCK_ENTRIES, RECORD_BYTES_MAX};
use ferry_format::record;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// What both made of the same bytes.
#[derive(Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The same value.
    Same,
    /// Both refused.
    Refused,
    /// Only the format refused, for this reason.
    Stricter(Strictness),
}

/// Why the format refuses what bincode reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// One value has one encoding (P11): bincode reads wide numbers, and maps that are out of order or repeat a key.
    OtherForm,
    /// A record's schema is 1.
    Schema,
    /// A block has at most 256 entries.
    TooManyEntries,
    /// An entry has texts within bounds, a safe name, and lengths that fit each other.
    EntryRules,
}

/// A record as bincode sees it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    schema: u16,
    kind: String,
    id: String,
    version: u64,
    case_id: String,
    person: String,
    retracted: bool,
    fields: BTreeMap<String, Value>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Value {
    Text(String),
    Integer(i64),
    Document { sha256: [u8; 32], bytes: u64, name: String, media_type: String },
}

/// A manifest entry as bincode sees it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    number: u32,
    kind: String,
    name: String,
    version: u64,
    offset: u64,
    stored_bytes: u64,
    raw_bytes: u64,
    codec: Storage,
    records: u32,
    sha256: [u8; 32],
    media_type: String,
    reason: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Storage {
    Raw,
    Zstd,
}

impl From<&record::Record> for Record {
    fn from(record: &record::Record) -> Self {
        let record::Record { schema, kind, id, version, case_id, person, retracted, fields } = record.clone();
        let value = |value| match value {
            record::Value::Text(text) => Value::Text(text),
            record::Value::Integer(number) => Value::Integer(number),
            record::Value::Document(record::DocumentRef { sha256, bytes, name, media_type }) => {
                Value::Document { sha256, bytes, name, media_type }
            }
        };
        let fields = fields.into_iter().map(|(key, v)| (key, value(v))).collect();
        Self { schema, kind, id, version, case_id, person, retracted, fields }
    }
}

impl From<&manifest::Entry> for Entry {
    fn from(entry: &manifest::Entry) -> Self {
        let manifest::Entry { number, kind, name, version, offset, stored_bytes, raw_bytes, codec, .. } = entry.clone();
        let manifest::Entry { records, sha256, media_type, reason, .. } = entry.clone();
        let codec = match codec {
            Codec::Raw => Storage::Raw,
            Codec::Zstd => Storage::Zstd,
        };
        Self {
            number,
            kind,
            name,
            version,
            offset,
            stored_bytes,
            raw_bytes,
            codec,
            records,
            sha256,
            media_type,
            reason,
        }
    }
}

impl From<&Entry> for manifest::Entry {
    fn from(entry: &Entry) -> Self {
        Self {
            number: entry.number,
            kind: entry.kind.clone(),
            name: entry.name.clone(),
            version: entry.version,
            offset: entry.offset,
            stored_bytes: entry.stored_bytes,
            raw_bytes: entry.raw_bytes,
            codec: if entry.codec == Storage::Raw { Codec::Raw } else { Codec::Zstd },
            records: entry.records,
            sha256: entry.sha256,
            media_type: entry.media_type.clone(),
            reason: entry.reason.clone(),
        }
    }
}

/// Little-endian, numbers of variable length, no bytes left over, and a limit.
fn options(limit_bytes: usize) -> impl Options {
    bincode::DefaultOptions::new().with_limit(limit_bytes as u64)
}

/// The bytes that bincode writes; nothing where they are too many.
pub fn encode(value: &(impl Serialize + ?Sized), limit_bytes: usize) -> Option<Vec<u8>> {
    options(limit_bytes).serialize(value).ok()
}

/// What bincode reads from exactly these bytes.
pub fn decode<T: DeserializeOwned>(bytes: &[u8], limit_bytes: usize) -> Option<T> {
    options(limit_bytes).deserialize(bytes).ok()
}

/// Reads a record twice.
pub fn compare_record(bytes: &[u8]) -> Comparison {
    let ours = record::Record::decode(bytes).ok().map(|record| Record::from(&record));
    let theirs = decode::<Record>(bytes, RECORD_BYTES_MAX);
    compare(bytes, RECORD_BYTES_MAX, ours, theirs, |record| (record.schema != 1).then_some(Strictness::Schema))
}

/// Reads a manifest block twice.
pub fn compare_block(bytes: &[u8]) -> Comparison {
    let ours = decode_block(bytes).ok().map(|entries| entries.iter().map(Entry::from).collect());
    let theirs = decode::<Vec<Entry>>(bytes, MANIFEST_BLOCK_BYTES_MAX);
    compare(bytes, MANIFEST_BLOCK_BYTES_MAX, ours, theirs, |entries| {
        if entries.len() > MANIFEST_BLOCK_ENTRIES {
            return Some(Strictness::TooManyEntries);
        }
        let is_wrong = |entry: &Entry| manifest::Entry::from(entry).check().is_err();
        entries.iter().any(is_wrong).then_some(Strictness::EntryRules)
    })
}

/// Panics where the two differ without a reason.
fn compare<T: Debug + PartialEq + Serialize>(
    bytes: &[u8],
    limit_bytes: usize,
    ours: Option<T>,
    theirs: Option<T>,
    rule: impl Fn(&T) -> Option<Strictness>,
) -> Comparison {
    match (ours, theirs) {
        (Some(ours), theirs) => {
            assert_eq!(Some(ours), theirs, "the format reads another value than bincode");
            Comparison::Same
        }
        (None, None) => Comparison::Refused,
        (None, Some(theirs)) => {
            let is_other_form = encode(&theirs, limit_bytes).as_deref() != Some(bytes);
            let reason = if is_other_form { Some(Strictness::OtherForm) } else { rule(&theirs) };
            Comparison::Stricter(reason.unwrap_or_else(|| panic!("refused without a reason: {theirs:?}")))
        }
    }
}

/// Writes a record twice; panics where the bytes differ.
pub fn compare_written_record(record: &record::Record) {
    assert_eq!(record.encode().ok(), encode(&Record::from(record), RECORD_BYTES_MAX));
}

/// Writes a manifest block twice; panics where the bytes differ.
pub fn compare_written_block(entries: &[manifest::Entry]) {
    let theirs: Vec<Entry> = entries.iter().map(Entry::from).collect();
    assert_eq!(encode_block(entries).ok(), encode(&theirs, MANIFEST_BLOCK_BYTES_MAX));
}
