//! Behaviour of whole batches, in memory.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]
#![allow(missing_docs, reason = "a test binary has no readers of its documentation")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod case_number;
mod catalogue;
mod encoding;
mod evidence;
mod forge;
mod fuzzed;
mod keys;
mod limits;
mod published;
mod release;
mod second_reader;
mod specification;
mod tamper;
mod trust_list;
#[path = "../fuzz/oracle.rs"]
mod oracle;
#[path = "../fuzz/targets.rs"]
mod targets;
mod vectors;

use ferry_format::batch::open::{Sink, UnverifiedBatch};
use ferry_format::batch::seal::{Address, Document, Sealer, release};
use ferry_format::crypto::entropy::Entropy;
use ferry_format::frame::header::{BatchType, Direction};
use ferry_format::frame::manifest::Entry;
use ferry_format::frame::statement::{Approval, ContentStatement, SeriesStatement};
use ferry_format::keys::{PublicKey, Role, SecretKey, Signer, Unwrapper};
use ferry_format::names::Id;
use ferry_format::record::{Record, RecordBlock, Value};
use ferry_format::trust::approval::ApprovalFile;
use ferry_format::trust::trust_file::Trust;
use ferry_format::{Fault, FormatError, Result};
use std::io::Cursor;

/// Randomness from a counter: the same batch in every run.
struct Counting(u64);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) -> Result<()> {
        for part in out.chunks_mut(32) {
            self.0 += 1;
            part.copy_from_slice(&ferry_format::crypto::hash::sha256(&self.0.to_be_bytes())[..part.len()]);
        }
        Ok(())
    }
}

struct Stage {
    sender: SecretKey,
    second_sender: SecretKey,
    recipient: SecretKey,
    reviewers: Vec<SecretKey>,
    trust: Trust,
}

fn stage() -> Stage {
    let mut entropy = Counting(1000);
    let mut key = |role| SecretKey::generate(role, &mut entropy).unwrap();
    let (sender, recipient) = (key(Role::Sender), key(Role::Recipient));
    let reviewers: Vec<_> = (0..2).map(|_| key(Role::Reviewer)).collect();
    let second_sender = key(Role::Sender);
    let mut keys = vec![sender.public().unwrap(), recipient.public().unwrap(), second_sender.public().unwrap()];
    keys.extend(reviewers.iter().map(|r| r.public().unwrap()));
    let trust = Trust {
        court: Some(Id::new("court-1").unwrap()),
        channel: Some(Id::new("up").unwrap()),
        direction: Some(Direction::Export),
        keys,
        ..Trust::default()
    };
    Stage { sender, second_sender, recipient, reviewers, trust }
}

fn address() -> Address {
    Address {
        court: Id::new("court-1").unwrap(),
        channel: Id::new("up").unwrap(),
        direction: Direction::Export,
        batch_type: BatchType::Data,
        catalogue: [1; 32],
        policy: [0; 32],
        sender: stage().sender.signer().unwrap().public_key(),
    }
}

fn draft(stage: &Stage, address: &Address, documents: &[Vec<u8>]) -> (Cursor<Vec<u8>>, ContentStatement) {
    draft_for(&[stage.recipient.public().unwrap()], address, documents)
}

fn draft_for(
    recipients: &[PublicKey],
    address: &Address,
    documents: &[Vec<u8>],
) -> (Cursor<Vec<u8>>, ContentStatement) {
    let (out, scratch) = (Cursor::new(Vec::new()), Cursor::new(Vec::new()));
    let mut sealer = Sealer::new(out, scratch, address, recipients, &mut Counting(0)).unwrap();
    for (n, bytes) in documents.iter().enumerate() {
        let document = Document {
            kind: "file".into(),
            name: format!("文书-{n}.pdf"),
            version: 1,
            media_type: "application/pdf".into(),
            reason: String::new(),
        };
        sealer.document(document, &mut bytes.as_slice()).unwrap();
    }
    sealer.finish_draft().unwrap()
}

fn number(stage: &Stage, mut file: Cursor<Vec<u8>>, content: &ContentStatement, approvals: Vec<Approval>) -> Vec<u8> {
    let signer = stage.sender.signer().unwrap();
    let series = SeriesStatement {
        content: content.digest(),
        epoch: 1,
        sequence: 1,
        sender: signer.public_key(),
        approvals,
        ..SeriesStatement::default()
    };
    release(&mut file, content, &series, &signer).unwrap();
    file.into_inner()
}

fn sealed(stage: &Stage, documents: &[Vec<u8>]) -> Vec<u8> {
    let (file, content) = draft(stage, &address(), documents);
    number(stage, file, &content, Vec::new())
}

#[derive(Default)]
struct Collected {
    current: Vec<u8>,
    documents: Vec<(String, Vec<u8>)>,
    records: Vec<Record>,
}

impl Sink for Collected {
    fn begin(&mut self, _: &Entry) -> Result<()> {
        self.current.clear();
        Ok(())
    }
    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.current.extend_from_slice(bytes);
        Ok(())
    }
    fn end(&mut self, entry: &Entry) -> Result<()> {
        self.documents.push((entry.name.clone(), std::mem::take(&mut self.current)));
        Ok(())
    }
    fn record(&mut self, _: &Entry, encoded: &[u8]) -> Result<()> {
        self.records.push(Record::decode(encoded)?);
        Ok(())
    }
}

fn open(bytes: &[u8], trust: &Trust, key: &dyn Unwrapper) -> Result<Collected> {
    let mut sink = Collected::default();
    UnverifiedBatch::read(Cursor::new(bytes))?.verify(trust)?.open(key, &mut sink)?;
    Ok(sink)
}

fn verify(bytes: &[u8], trust: &Trust) -> Result<()> {
    UnverifiedBatch::read(Cursor::new(bytes))?.verify(trust)?.check_body(|_| ())
}

#[test]
fn documents_of_every_size_around_chunk_and_segment_edges_come_back() {
    let stage = stage();
    let sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 1_048_575, 1_048_576, 1_048_577, 3_000_000];
    let documents: Vec<Vec<u8>> = sizes.iter().map(|n| (0..*n).map(|i: usize| (i % 251) as u8).collect()).collect();
    let opened = open(&sealed(&stage, &documents), &stage.trust, &stage.recipient.unwrapper().unwrap()).unwrap();
    let found: Vec<_> = opened.documents.iter().map(|(_, bytes)| bytes.clone()).collect();
    assert!(found == documents);
    assert_eq!(opened.documents[3].0, "文书-3.pdf");
}

#[test]
fn a_heartbeat_has_no_entries_and_opens() {
    let stage = stage();
    let opened = open(&sealed(&stage, &[]), &stage.trust, &stage.recipient.unwrapper().unwrap()).unwrap();
    assert!(opened.documents.is_empty());
}

#[test]
fn more_entries_than_one_manifest_block_come_back_in_order() {
    let stage = stage();
    let documents: Vec<Vec<u8>> = (0..700_u32).map(|n| n.to_be_bytes().to_vec()).collect();
    let opened = open(&sealed(&stage, &documents), &stage.trust, &stage.recipient.unwrapper().unwrap()).unwrap();
    assert!(opened.documents.iter().map(|d| &d.1).eq(documents.iter()));
}

#[test]
fn another_court_channel_direction_or_recipient_is_rejected() {
    let stage = stage();
    let others = [
        Address { court: Id::new("court-2").unwrap(), ..address() },
        Address { channel: Id::new("down").unwrap(), ..address() },
        Address { direction: Direction::Return, ..address() },
    ];
    for other in others {
        let (file, content) = draft(&stage, &other, &[]);
        let bytes = number(&stage, file, &content, Vec::new());
        assert_eq!(verify(&bytes, &stage.trust).unwrap_err().fault(), Fault::Destination);
    }
    let mut elsewhere = stage.trust.clone();
    let other = SecretKey::generate(Role::Recipient, &mut Counting(77)).unwrap();
    elsewhere.keys[1] = other.public().unwrap();
    let bytes = sealed(&stage, &[]);
    assert_eq!(verify(&bytes, &elsewhere).unwrap_err().fault(), Fault::Destination);
    assert!(open(&bytes, &stage.trust, &other.unwrapper().unwrap()).is_err());
}

#[test]
fn a_sender_that_the_trust_file_does_not_name_is_rejected() {
    let mut stage = stage();
    let bytes = sealed(&stage, &[]);
    stage.trust.keys[0] = SecretKey::generate(Role::Sender, &mut Counting(78)).unwrap().public().unwrap();
    assert!(
        matches!(verify(&bytes, &stage.trust), Err(FormatError::UnknownSigner { role, .. }) if role.english() == "sender")
    );
}

#[test]
fn approvals_count_by_distinct_key_and_strangers_are_rejected() {
    let mut stage = stage();
    stage.trust.approvals_needed = 2;
    let (file, content) = draft(&stage, &address(), &[b"decision".to_vec()]);
    let approve = |key: &SecretKey, content: &ContentStatement| {
        let file = ApprovalFile::sign(content, &key.signer().unwrap()).unwrap();
        ApprovalFile::decode(&file.encode()).unwrap().approval
    };
    let mut both: Vec<_> = stage.reviewers.iter().map(|r| approve(r, &content)).collect();
    both.sort_by_key(|a| a.reviewer);
    verify(&number(&stage, file.clone(), &content, both.clone()), &stage.trust).unwrap();
    let one = number(&stage, file.clone(), &content, both[..1].to_vec());
    assert!(matches!(verify(&one, &stage.trust), Err(FormatError::Approvals { found: 1, needed: 2 })));

    let stranger = SecretKey::generate(Role::Reviewer, &mut Counting(79)).unwrap();
    let mut three = both.clone();
    three.push(approve(&stranger, &content));
    three.sort_by_key(|a| a.reviewer);
    assert!(verify(&number(&stage, file.clone(), &content, three), &stage.trust).is_err());

    let other = ContentStatement { entries: 9, ..content.clone() };
    let mut over_other: Vec<_> = stage.reviewers.iter().map(|r| approve(r, &other)).collect();
    over_other.sort_by_key(|a| a.reviewer);
    assert!(verify(&number(&stage, file, &content, over_other), &stage.trust).is_err());
}

#[test]
fn a_draft_is_not_a_batch_and_a_batch_is_not_a_draft() {
    let stage = stage();
    let (file, _) = draft(&stage, &address(), &[b"decision".to_vec()]);
    assert!(matches!(verify(file.get_ref(), &stage.trust), Err(FormatError::Stage(_))));
    let batch = sealed(&stage, &[]);
    let read = UnverifiedBatch::read(Cursor::new(&batch)).unwrap();
    let key = stage.recipient.unwrapper().unwrap();
    assert!(matches!(read.open_draft(&key, &mut Collected::default()), Err(FormatError::Stage(_))));
}

#[test]
fn key_files_survive_a_round_trip() {
    for role in [Role::Root, Role::Sender, Role::Recipient, Role::Reviewer] {
        let key = SecretKey::generate(role, &mut Counting(5)).unwrap();
        let again = SecretKey::from_text(&key.to_text()).unwrap();
        assert_eq!(again.public().unwrap(), key.public().unwrap());
        let public = key.public().unwrap();
        assert_eq!(PublicKey::from_text(&public.to_text()).unwrap(), public);
        assert!(PublicKey::from_text(&key.to_text()).is_err());
        assert!(SecretKey::from_text(&public.to_text()).is_err());
    }
}

#[test]
fn trust_files_survive_a_round_trip_and_reject_unknown_keys() {
    let stage = stage();
    let text = stage.trust.to_toml().unwrap();
    assert_eq!(Trust::from_toml(&text).unwrap().to_toml().unwrap(), text);
    assert!(Trust::from_toml(&format!("aprovals = 2\n{text}")).is_err());
    assert!(Trust::from_toml("court = \"court-1\"\n").is_err());
}

#[test]
fn records_cross_in_blocks_and_come_back_complete() {
    let stage = stage();
    let mut sealer = Sealer::new(
        Cursor::new(Vec::new()),
        Cursor::new(Vec::new()),
        &address(),
        &[stage.recipient.public().unwrap()],
        &mut Counting(0),
    )
    .unwrap();
    let mut sent = Vec::new();
    let mut block = RecordBlock::default();
    for n in 0..20_000_u64 {
        let mut record = Record::new("step", &format!("s{n}"), n + 1);
        record.fields.insert("note".into(), Value::Text(format!("查封房产 {n}")));
        let encoded = record.encode().unwrap();
        if block.is_full_for(&encoded) {
            sealer.records("step", std::mem::take(&mut block), "").unwrap();
        }
        block.push(&encoded);
        sent.push(record);
    }
    sealer.records("step", block, "").unwrap();
    let (file, content) = sealer.finish_draft().unwrap();
    assert_eq!(content.items, 20_000);
    let bytes = number(&stage, file, &content, Vec::new());
    let opened = open(&bytes, &stage.trust, &stage.recipient.unwrapper().unwrap()).unwrap();
    assert!(opened.records == sent);
}

#[test]
fn a_block_beyond_the_compression_ratio_is_stored_raw() {
    let stage = stage();
    let mut sealer = Sealer::new(
        Cursor::new(Vec::new()),
        Cursor::new(Vec::new()),
        &address(),
        &[stage.recipient.public().unwrap()],
        &mut Counting(0),
    )
    .unwrap();
    let mut record = Record::new("step", "s", 1);
    record.fields.insert("note".into(), Value::Text("零".repeat(30_000)));
    let mut block = RecordBlock::default();
    block.push(&record.encode().unwrap());
    sealer.records("step", block, "").unwrap();
    let (file, content) = sealer.finish_draft().unwrap();
    assert!(content.body_bytes > 90_000);
    let bytes = number(&stage, file, &content, Vec::new());
    assert_eq!(open(&bytes, &stage.trust, &stage.recipient.unwrapper().unwrap()).unwrap().records, [record]);
}

#[test]
fn the_format_opens_no_file_reads_no_clock_and_draws_no_randomness() {
    let mut todo = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for forbidden in ["std::fs", "std::net", "std::env", "std::process", "std::time", "ring::rand", "getrandom"] {
            assert!(!text.contains(forbidden), "{} names {forbidden}", path.display());
        }
    }
}
