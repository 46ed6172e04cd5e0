//! Behaviour of whole batches, in memory.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]
#![allow(missing_docs, reason = "a test binary has no readers of its documentation")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod bundles;
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
mod specification;
mod stage;
mod tamper;
mod trust_list;
#[path = "../fuzz/oracle.rs"]
mod oracle;
#[path = "../fuzz/targets.rs"]
mod targets;
mod vector_files;
mod vectors;

use stage::*;

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
