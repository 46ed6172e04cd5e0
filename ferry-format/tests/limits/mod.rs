//! Every limit at one less, exactly, and one more.

use super::*;
use crate::forge::{Change, block, document, forge, raw_block};
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::compact;
use ferry_format::frame::header::Prelude;
use ferry_format::frame::manifest::{Codec, decode_block, encode_block};
use ferry_format::frame::statement::VolumeRange;
use ferry_format::keys::{Cost, EncryptedKey};
use ferry_format::limits::*;
use ferry_format::names::SafeName;
use ferry_format::text::Text;
use ferry_format::trust::approval::RefusalFile;

/// Which limits have a test here; every public constant of `limits.rs` must be in one of the lists.
const TESTED: &[&str] = &[
    "CHUNK_BYTES",
    "REASON_BYTES_MAX",
    "REFUSAL_REASON_BYTES_MAX",
    "REFUSAL_ITEMS_MAX",
    "SEGMENT_BYTES",
    "BATCH_BYTES_MAX",
    "RECIPIENTS_MAX",
    "HEADER_BYTES_MAX",
    "STATEMENT_BYTES_MAX",
    "APPROVALS_MAX",
    "DIGEST_HISTORY_MAX",
    "NUMBER_MAX",
    "GAP_RANGES_MAX",
    "VOLUME_RANGES_MAX",
    "ID_BYTES_MAX",
    "ENTRY_NAME_BYTES_MAX",
    "NAME_PART_BYTES_MAX",
    "KIND_BYTES_MAX",
    "MEDIA_TYPE_BYTES_MAX",
    "RECORD_BYTES_MAX",
    "RECORD_BLOCK_BYTES_MAX",
    "RECORD_ID_BYTES_MAX",
    "TEXT_BYTES_MAX",
    "CATALOGUE_BYTES_MAX",
    "MANIFEST_BLOCK_ENTRIES",
    "MANIFEST_BLOCK_BYTES_MAX",
    "ENTRIES_MAX",
    "RATIO_MAX",
    "TRUST_LIST_BYTES_MAX",
    "ROOTS_MAX",
    "VOLUMES_MAX",
    "KEY_MEMORY_KIB_MAX",
    "KEY_PASSES_MAX",
    "KEY_LANES_MAX",
    "KEY_WORK_KIB_MAX",
    // In `evidence::limits`.
    "EVIDENCE_HEAD_BYTES_MAX",
    "EVIDENCE_BATCHES_MAX",
    "EVIDENCE_ITEMS_MAX",
    "PATH_MAX",
    "EVIDENCE_TRUSTS_MAX",
    "EVIDENCE_TRUST_BYTES_MAX",
    "EVIDENCE_AUDIT_MAX",
    "EVIDENCE_AUDIT_LATER_MAX",
];

#[test]
fn every_limit_has_a_test_and_a_line_in_the_specification() {
    let spec = include_str!("../../SPEC.md");
    let source = include_str!("../../src/limits.rs");
    let names: Vec<&str> =
        source.lines().filter_map(|l| l.strip_prefix("pub const ")).map(|l| l.split(':').next().unwrap()).collect();
    assert_eq!(names.len(), TESTED.len());
    for name in names {
        assert!(TESTED.contains(&name), "{name} has no test");
        assert!(spec.contains(&format!("| `{name}` |")), "SPEC.md has no line for {name}");
    }
}

/// `make(n)` must succeed at one less and at the limit, and fail one above it.
fn at(limit: usize, what: &str, holds: impl Fn(usize) -> bool) {
    assert!(holds(limit - 1), "{what}: one less than the limit");
    assert!(holds(limit), "{what}: the limit");
    assert!(!holds(limit + 1), "{what}: one more than the limit");
}

fn is_over<T>(result: Result<T>) -> bool {
    matches!(result, Err(FormatError::OverLimit { .. }))
}

#[test]
fn an_encrypted_key_costs_no_more_than_the_limits() {
    let key = SecretKey::generate(Role::Sender, &mut Counting(5)).unwrap();
    let cheap = Cost { memory_kib: 8, passes: 1, lanes: 1 };
    let text = EncryptedKey::seal(&key, "passphrase", cheap, &mut Counting(9)).unwrap().to_text();
    let reads = |memory: usize, passes: usize, lanes: usize| {
        EncryptedKey::from_text(&text.replace(" 8 1 1 ", &format!(" {memory} {passes} {lanes} "))).is_ok()
    };
    at(KEY_MEMORY_KIB_MAX as usize, "memory of a protected key", |n| reads(n, 1, 1));
    at(KEY_PASSES_MAX as usize, "its passes", |n| reads(8, n, 1));
    at(KEY_LANES_MAX as usize, "its lanes", |n| reads(1024, 1, n));
    let passes = KEY_PASSES_MAX as usize;
    at(KEY_WORK_KIB_MAX as usize / passes, "memory times passes", |n| reads(n, passes, 1));
}

#[test]
fn chunks_and_segments_have_their_exact_lengths() {
    let stage = stage();
    let key = stage.recipient.unwrapper().unwrap();
    for n in [CHUNK_BYTES, SEGMENT_BYTES].into_iter().flat_map(|n| [n - 1, n, n + 1]) {
        let bytes = vec![7; n];
        let opened = open(&sealed(&stage, std::slice::from_ref(&bytes)), &stage.trust, &key).unwrap();
        assert!(opened.documents[0].1 == bytes, "{n}");
    }
}

#[test]
fn lengths_of_the_prelude() {
    let good = forge(&stage(), vec![], &Change::None);
    let with = |at: usize, bytes: &[u8]| {
        let mut front: [u8; 32] = good[..32].try_into().unwrap();
        front[at..at + bytes.len()].copy_from_slice(bytes);
        !is_over(Prelude::decode(&front))
    };
    at(HEADER_BYTES_MAX, "header", |n| with(12, &(n as u32).to_be_bytes()));
    at(BATCH_BYTES_MAX as usize, "batch", |n| with(24, &(n as u64).to_be_bytes()));
}

#[test]
fn lengths_of_statements() {
    let stage = stage();
    let over = |change: &Change| is_over(verify(&forge(&stage, vec![], change), &stage.trust));
    at(STATEMENT_BYTES_MAX, "content", |n| !over(&Change::ContentBytes(Box::new(move |s| s.resize(n, 0)))));
    at(STATEMENT_BYTES_MAX, "series", |n| !over(&Change::SeriesBytes(Box::new(move |s| s.resize(n, 0)))));
    at(ENTRIES_MAX as usize, "entries", |n| !over(&Change::Content(Box::new(move |s| s.entries = n as u32))));
}

#[test]
fn lists_of_the_series_statement() {
    let series = |hook: &dyn Fn(&mut SeriesStatement)| {
        let mut statement = SeriesStatement { sequence: 1, ..SeriesStatement::default() };
        hook(&mut statement);
        assert_eq!(statement.check().is_ok(), SeriesStatement::decode(&statement.encode()).is_ok());
        statement.check().is_ok()
    };
    let n = |k: usize| 0..k as u64;
    at(APPROVALS_MAX, "approvals", |k| {
        series(&|s| s.approvals = n(k).map(|n| Approval { reviewer: [n as u8; 32], signature: [0; 64] }).collect())
    });
    at(DIGEST_HISTORY_MAX, "history", |k| series(&|s| s.previous = vec![[0; 32]; k]));
    at(GAP_RANGES_MAX, "gaps", |k| series(&|s| s.gap_requests = n(k).map(|n| (2 * n + 1, 2 * n + 1)).collect()));
    at(VOLUME_RANGES_MAX, "volumes", |k| {
        series(&|s| s.volume_requests = n(k).map(|n| VolumeRange { sequence: n + 1, from: 0, to: 0 }).collect())
    });
    type Set = fn(&mut SeriesStatement, u64);
    let numbers: [Set; 7] = [
        |s, n| s.epoch = n,
        |s, n| s.sequence = n,
        |s, n| s.acknowledged.epoch = n,
        |s, n| s.acknowledged.sequence = n,
        |s, n| s.audit.entries = n,
        |s, n| s.gap_requests = vec![(1, n)],
        |s, n| s.volume_requests = vec![VolumeRange { sequence: n, from: 0, to: 0 }],
    ];
    for set in numbers {
        at(NUMBER_MAX as usize, "number", |n| series(&|s| set(s, n as u64)));
    }
    // All lists full at once still fit a statement that a token can sign.
    let full = SeriesStatement {
        sequence: 1,
        previous: vec![[0; 32]; DIGEST_HISTORY_MAX],
        gap_requests: n(GAP_RANGES_MAX).map(|n| (2 * n + 1, 2 * n + 1)).collect(),
        volume_requests: n(VOLUME_RANGES_MAX).map(|n| VolumeRange { sequence: n + 1, from: 0, to: 0 }).collect(),
        approvals: n(APPROVALS_MAX).map(|n| Approval { reviewer: [n as u8; 32], signature: [0; 64] }).collect(),
        ..SeriesStatement::default()
    };
    assert!(full.encode().len() <= STATEMENT_BYTES_MAX, "{}", full.encode().len());
}

#[test]
fn recipients_of_a_batch() {
    let keys: Vec<_> = (0..RECIPIENTS_MAX as u64 + 1)
        .map(|n| SecretKey::generate(Role::Recipient, &mut Counting(100 * n)).unwrap().public().unwrap())
        .collect();
    let nothing = || Cursor::new(Vec::new());
    at(RECIPIENTS_MAX, "recipients", |n| {
        Sealer::new(nothing(), nothing(), &address(), &keys[..n], &mut Counting(0)).is_ok()
    });
}

#[test]
fn ids_and_names() {
    at(ID_BYTES_MAX, "id", |n| Id::new(&"a".repeat(n)).is_ok());
    at(NAME_PART_BYTES_MAX, "part of a name", |n| SafeName::check(&"a".repeat(n)).is_ok());
    at(ENTRY_NAME_BYTES_MAX, "name", |n| {
        SafeName::check(&format!("{}{}", "a/".repeat(500), "b".repeat(n - 1000))).is_ok()
    });
}

#[test]
fn entries_of_the_manifest() {
    let entry = || document("x", b"0123456789").entry;
    let holds = |entry: Entry| entry.check().is_ok();
    at(KIND_BYTES_MAX, "kind", |n| holds(Entry { kind: "k".repeat(n), ..entry() }));
    at(REASON_BYTES_MAX, "reason", |n| holds(Entry { reason: "r".repeat(n), ..entry() }));
    at(MEDIA_TYPE_BYTES_MAX, "media type", |n| holds(Entry { media_type: "m".repeat(n), ..entry() }));
    at(10 * RATIO_MAX as usize, "ratio", |n| {
        holds(Entry { codec: Codec::Zstd, records: 1, raw_bytes: n as u64, ..entry() })
    });
    let entries = |n: usize| vec![entry(); n];
    let encoded = |n: usize| encode_block(&entries(n)).unwrap();
    at(MANIFEST_BLOCK_ENTRIES, "entries of a block", |n| decode_block(&encoded(n)).is_ok());
    // A full block is far below its limit in bytes; the length is rejected before it is read.
    let stage = stage();
    at(MANIFEST_BLOCK_BYTES_MAX + 16, "bytes of a block", |n| {
        let change = Change::Manifest(Box::new(move |m| m[..4].copy_from_slice(&(n as u32).to_be_bytes())));
        !is_over(open(&forge(&stage, vec![], &change), &stage.trust, &stage.recipient.unwrapper().unwrap()))
    });
}

#[test]
fn reasons_and_records_of_a_refusal() {
    let stage = stage();
    let (_, content) = draft(&stage, &address(), &[]);
    let signer = stage.reviewers[0].signer().unwrap();
    let refusal = |reason: usize, items: usize| {
        let items = (0..items).map(|n| ("k".to_owned(), format!("{n:04}"))).collect();
        let file = RefusalFile::sign(&content, 0, &"r".repeat(reason), items, &signer);
        file.is_ok_and(|file| RefusalFile::decode(&file.encode()).unwrap() == file)
    };
    at(REFUSAL_REASON_BYTES_MAX, "reason", |n| refusal(n, 0));
    at(REFUSAL_ITEMS_MAX, "records", |n| refusal(1, n));
}

#[test]
fn records_and_blocks_of_records() {
    let stage = stage();
    let key = stage.recipient.unwrapper().unwrap();
    let opened = |part| {
        let mut count = Counted(0);
        let bytes = forge(&stage, vec![part], &Change::None);
        let batch = UnverifiedBatch::read(Cursor::new(&bytes)).unwrap().verify(&stage.trust).unwrap();
        batch.open(&key, &mut count).is_ok()
    };
    at(RECORD_BYTES_MAX, "record", |n| opened(block(&[vec![0; n]], Codec::Raw)));
    at(RECORD_BLOCK_BYTES_MAX, "block", |n| {
        // Eight records of nearly the largest size, and a ninth that fills the block.
        let mut records = vec![vec![1; RECORD_BYTES_MAX - 8]; 9];
        records[8].resize(n - 8 * (RECORD_BYTES_MAX - 4) - 4, 1);
        opened(block(&records, Codec::Raw))
    });
    let record = |n: usize| {
        let mut record = Record::new("k", "i", 1);
        let overhead = record.encode().unwrap().len() + 8;
        record.fields.insert("f".into(), Value::Text("x".repeat(n - overhead)));
        record
    };
    at(RECORD_BYTES_MAX, "encoded record", |n| record(n).encode().is_ok());
    let raw = vec![0; 8];
    assert!(!opened(raw_block(raw.clone(), 1, vec![sha256(&raw)], Codec::Raw)));
}

/// Counts records without decoding them.
struct Counted(usize);

impl Sink for Counted {
    fn begin(&mut self, _: &Entry) -> Result<()> {
        Ok(())
    }
    fn bytes(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }
    fn end(&mut self, _: &Entry) -> Result<()> {
        Ok(())
    }
    fn record(&mut self, _: &Entry, _: &[u8]) -> Result<()> {
        self.0 += 1;
        Ok(())
    }
}

#[test]
fn texts_and_ids_of_records_and_the_catalogue() {
    use ferry_format::record::catalogue::{Catalogue, Direction};
    let text = include_str!("../../../config/catalogue.toml");
    let with_text = |n: usize| Catalogue::from_toml(&text.replacen("text = 200", &format!("text = {n}"), 1));
    at(TEXT_BYTES_MAX as usize, "text", |n| with_text(n).is_ok());
    let named = |n: usize| Catalogue::from_toml(&text.replacen("执行流程公开目录", &"a".repeat(n), 1));
    // The length of the catalogue without its name, once the length of the name takes five bytes.
    let fixed =
        compact::encode(Text::verbatim("catalogue"), &named(100_000).unwrap(), CATALOGUE_BYTES_MAX).unwrap().len()
            - 100_000;
    at(CATALOGUE_BYTES_MAX - fixed, "catalogue", |n| named(n).and_then(|c| c.digest()).is_ok());
    let catalogue = Catalogue::from_toml(text).unwrap();
    at(RECORD_ID_BYTES_MAX, "id", |n| {
        let mut record = Record::new("measure", &"i".repeat(n), 1);
        record.case_id = "c".repeat(n);
        record.retracted = true;
        catalogue.check_record(&record, Direction::Up).is_ok()
    });
}
