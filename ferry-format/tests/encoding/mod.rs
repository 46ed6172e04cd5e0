//! One value has one encoding (property P11): what decodes is what would be encoded, for random values and
//! for changed bytes of those values.

mod against_bincode;

use super::*;
use ferry_format::crypto::suite::Suite;
use ferry_format::frame::header::{Header, Prelude};
use ferry_format::frame::manifest::{Codec, decode_block, encode_block};
use ferry_format::frame::statement::{Acknowledged, AuditHead, VolumeRange};
use ferry_format::keys::KeyId;
use ferry_format::limits::NUMBER_MAX;
use ferry_format::record::DocumentRef;
use proptest::array::uniform4;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::Index;

/// Changes of the encoded bytes, by attackers or bad media.
#[derive(Clone, Debug)]
enum Edit {
    Set(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Repeat(Index, Index),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let at = any::<Index>;
    let edit = prop_oneof![
        (at(), any::<u8>()).prop_map(|(i, b)| Edit::Set(i, b)),
        (at(), any::<u8>()).prop_map(|(i, b)| Edit::Insert(i, b)),
        at().prop_map(Edit::Remove),
        (at(), at()).prop_map(|(a, b)| Edit::Repeat(a, b)),
    ];
    vec(edit, 0..4)
}

fn edited(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits.iter().filter(|_| !bytes.is_empty()).cloned().collect::<Vec<_>>() {
        let length = bytes.len();
        match edit {
            _ if length == 0 => break,
            Edit::Set(i, b) => bytes[i.index(length)] = b,
            Edit::Insert(i, b) => bytes.insert(i.index(length), b),
            Edit::Remove(i) => drop(bytes.drain(i.index(length)..=i.index(length))),
            Edit::Repeat(a, b) => {
                let (a, b) = (a.index(length), b.index(length));
                bytes.extend_from_within(a.min(b)..a.max(b));
            }
        }
    }
    bytes
}

fn id() -> impl Strategy<Value = Id> {
    "[a-z0-9._-]{0,64}".prop_map(|s| Id::new(&s).unwrap())
}

prop_compose! {
    fn header()(
        court in id(), channel in id(), up in any::<bool>(), kind in 0..3, fixed in any::<[[u8; 32]; 5]>(),
        recipients in btree_set(any::<[u8; 32]>(), 1..17),
    ) -> Header {
        let [catalogue, policy, sender, salt, commitment] = fixed;
        Header {
            court, channel, catalogue, policy, sender, salt, commitment,
            direction: if up { Direction::Export } else { Direction::Return },
            batch_type: [BatchType::Data, BatchType::Baseline, BatchType::Trust][kind as usize],
            recipients: recipients.into_iter().map(KeyId).collect(),
        }
    }
}

prop_compose! {
    fn content()(digests in any::<[[u8; 32]; 4]>(), n in any::<[u64; 5]>(), m in any::<[u32; 2]>()) -> ContentStatement {
        let [front_digest, stanzas_digest, segment_root, manifest_commitment] = digests;
        ContentStatement {
            front_digest, stanzas_digest, segment_root, manifest_commitment,
            body_bytes: n[0], manifest_bytes: n[1], segments: n[2], items: n[3], raw_bytes: n[4],
            entries: m[0], flagged: m[1],
        }
    }
}

prop_compose! {
    fn series()(
        digests in any::<[[u8; 32]; 5]>(), n in uniform4(0..=NUMBER_MAX), times in any::<[i64; 2]>(), sequence in 1..=NUMBER_MAX,
        previous in vec(any::<[u8; 32]>(), 0..33), ranges in btree_set(1..1_000_000_u64, 0..64),
        volumes in btree_map(1..=NUMBER_MAX, (0..1000_u32, 0..1000_u32), 0..64),
        approvals in btree_map(any::<[u8; 32]>(), any::<[u8; 64]>(), 0..9),
    ) -> SeriesStatement {
        let ranges: Vec<u64> = ranges.into_iter().collect();
        SeriesStatement {
            content: digests[0], epoch: n[0], sequence, previous, created_s: times[0], not_after_s: times[1],
            acknowledged: Acknowledged { epoch: n[1], sequence: n[2], digest: digests[1] },
            gap_requests: ranges.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect(),
            volume_requests: volumes.into_iter().map(|(sequence, (from, more))| VolumeRange { sequence, from, to: from + more }).collect(),
            state_root: digests[2], sender: digests[3], audit: AuditHead { entries: n[3], digest: digests[4] },
            approvals: approvals.into_iter().map(|(reviewer, signature)| Approval { reviewer, signature }).collect(),
        }
    }
}

prop_compose! {
    fn entry()(
        kind in "[a-z]{1,64}", name in "[a-z]{1,40}/[一-龥]{1,20}", n in any::<[u32; 3]>(), records in 0..9_u32,
        stored in 1..1_000_000_u64, ratio in 1..100_u64, sha256 in any::<[u8; 32]>(), reason in "[一-龥]{0,20}",
    ) -> Entry {
        let packed = records > 0 && ratio > 1;
        Entry {
            number: n[0], kind, name, version: n[1].into(), offset: n[2].into(), stored_bytes: stored, sha256, records,
            raw_bytes: if packed { stored * ratio } else { stored }, reason, media_type: "text/plain".into(),
            codec: if packed { Codec::Zstd } else { Codec::Raw },
        }
    }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".{0,40}".prop_map(Value::Text),
        any::<i64>().prop_map(Value::Integer),
        (any::<[u8; 32]>(), any::<u64>(), ".{1,20}").prop_map(|(sha256, bytes, name)| {
            Value::Document(DocumentRef { sha256, bytes, name, media_type: "application/pdf".into() })
        }),
    ]
}

prop_compose! {
    fn record()(texts in any::<[String; 4]>(), version in any::<u64>(), retracted in any::<bool>(),
                fields in btree_map("[a-z-]{1,20}", value(), 0..6)) -> Record {
        let [kind, id, case_id, person] = texts;
        Record { schema: 1, kind, id, version, case_id, person, retracted, fields }
    }
}

/// The value survives a round trip, and edited bytes are rejected or encode to the same bytes.
macro_rules! one_encoding {
    ($value:expr, $edits:expr, $encode:expr, $decode:expr) => {{
        let bytes = $encode(&$value);
        prop_assert_eq!(&$decode(&bytes).unwrap(), &$value);
        let other = edited(bytes, &$edits);
        if let Ok(value) = $decode(&other) {
            prop_assert_eq!($encode(&value), other);
        }
    }};
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_the_prelude(header_bytes in 0..2049_u32, at in 0..1000_u64, more in 1..1000_u64, edits in edits()) {
        let prelude = Prelude { suite: Suite::ONE, header_bytes, content_offset: at, total_bytes: at + more };
        let decode = |bytes: &[u8]| match <[u8; 32]>::try_from(bytes) {
            Ok(front) => Prelude::decode(&front),
            Err(_) => Err(FormatError::NotABatch),
        };
        one_encoding!(prelude, edits, Prelude::encode, decode);
    }

    #[test]
    fn of_the_header(header in header(), edits in edits()) {
        one_encoding!(header, edits, Header::encode, Header::decode);
    }

    #[test]
    fn of_the_content_statement(statement in content(), edits in edits()) {
        one_encoding!(statement, edits, ContentStatement::encode, ContentStatement::decode);
    }

    #[test]
    fn of_the_series_statement(statement in series(), edits in edits()) {
        one_encoding!(statement, edits, SeriesStatement::encode, SeriesStatement::decode);
    }

    #[test]
    fn of_a_manifest_block(entries in vec(entry(), 0..5), edits in edits()) {
        let encode = |entries: &Vec<Entry>| encode_block(entries).unwrap();
        one_encoding!(entries, edits, encode, decode_block);
    }

    #[test]
    fn of_a_record(record in record(), edits in edits()) {
        let encode = |record: &Record| record.encode().unwrap();
        one_encoding!(record, edits, encode, Record::decode);
    }

    #[test]
    fn of_an_approval(content in any::<[u8; 32]>(), reviewer in any::<[u8; 32]>(), signature in any::<[u8; 64]>(), edits in edits()) {
        let file = ApprovalFile { content, approval: Approval { reviewer, signature } };
        one_encoding!(file, edits, ApprovalFile::encode, ApprovalFile::decode);
    }
}
