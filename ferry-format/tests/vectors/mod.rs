//! The vectors of `testdata/vectors`: golden bytes, and one fault each. `index.tsv` says what a reader must
//! answer. `FERRY_WRITE_VECTORS=1` writes them anew; a changed byte then shows in the diff.

use super::*;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/vectors"))
}

/// Name, expected code (`ok` or the code of the refusal), what it shows, bytes.
type Vector = (&'static str, &'static str, &'static str, Vec<u8>);

fn with_records(stage: &Stage) -> Vec<u8> {
    let recipients = [stage.recipient.public().unwrap()];
    let (out, scratch) = (Cursor::new(Vec::new()), Cursor::new(Vec::new()));
    let mut sealer = Sealer::new(out, scratch, &address(), &recipients, &mut Counting(0)).unwrap();
    let mut block = RecordBlock::default();
    for n in 0..3_u64 {
        let mut record = Record::new("measure", &format!("m{n}"), 1);
        record.case_id = "AJ000001".into();
        record.fields.insert("target".into(), Value::Text("位于东昌区的房产一套".into()));
        record.fields.insert("amount".into(), Value::Integer(12_345_678));
        block.push(&record.encode().unwrap());
    }
    sealer.records("measure", block, false).unwrap();
    let (file, content) = sealer.finish_draft().unwrap();
    number(stage, file, &content, Vec::new())
}

fn elsewhere(stage: &Stage, other: &Address) -> Vec<u8> {
    let (file, content) = draft(stage, other, &[]);
    number(stage, file, &content, Vec::new())
}

fn vectors(stage: &Stage) -> Vec<Vector> {
    let document = sealed(stage, &["执行通知书".as_bytes().to_vec()]);
    let flipped = |at: usize| {
        let mut bytes = document.clone();
        bytes[at] ^= 1;
        bytes
    };
    let length = document.len();
    let body = 32 + u32::from_be_bytes(document[12..16].try_into().unwrap()) as usize + 112;
    let mut stranger = super::stage();
    stranger.sender = SecretKey::generate(Role::Sender, &mut Counting(78)).unwrap();
    let mut reader = super::stage();
    reader.recipient = SecretKey::generate(Role::Recipient, &mut Counting(77)).unwrap();
    vec![
        ("good-heartbeat", "ok", "a batch without entries", sealed(stage, &[])),
        ("good-document", "ok", "one document", document.clone()),
        ("good-records", "ok", "one block of three records", with_records(stage)),
        ("bad-empty-file", "FERRY-E0101", "no bytes at all", Vec::new()),
        ("bad-magic", "FERRY-E0101", "first byte changed", flipped(0)),
        ("bad-version", "FERRY-E0102", "format version changed", flipped(9)),
        ("bad-suite", "FERRY-E0102", "suite changed", flipped(11)),
        ("bad-cut-by-one", "FERRY-E0103", "last byte missing", document[..length - 1].to_vec()),
        ("bad-one-byte-more", "FERRY-E0103", "one byte after the end", [document.as_slice(), b"x"].concat()),
        ("bad-header", "FERRY-E0205", "header salt changed", flipped(body - 112 - 40)),
        ("bad-stanza", "FERRY-E0205", "wrapped key changed", flipped(body - 1)),
        ("bad-body", "FERRY-E0204", "first body byte changed", flipped(body)),
        ("bad-signature", "FERRY-E0201", "last signature byte changed", flipped(length - 1)),
        ("bad-unknown-sender", "FERRY-E0202", "signed by a key that is not trusted", sealed(&stranger, &[])),
        ("bad-recipient", "FERRY-E0301", "sealed to another recipient", sealed(&reader, &[])),
        (
            "bad-court",
            "FERRY-E0301",
            "made for another court",
            elsewhere(stage, &Address { court: Id::new("court-2").unwrap(), ..address() }),
        ),
        (
            "bad-channel",
            "FERRY-E0301",
            "made for another channel",
            elsewhere(stage, &Address { channel: Id::new("down").unwrap(), ..address() }),
        ),
        (
            "bad-direction",
            "FERRY-E0301",
            "made for the other direction",
            elsewhere(stage, &Address { direction: Direction::Return, ..address() }),
        ),
        ("bad-draft", "FERRY-E0401", "a draft without number", draft(stage, &address(), &[]).0.into_inner()),
    ]
}

#[test]
fn the_bytes_of_every_vector_are_what_they_were() {
    let stage = stage();
    let write = std::env::var_os("FERRY_WRITE_VECTORS").is_some();
    let mut index = String::from("file\texpected\twhat\n");
    for (name, code, what, bytes) in vectors(&stage) {
        let path = folder().join(format!("{name}.ferry"));
        index.push_str(&format!("{name}.ferry\t{code}\t{what}\n"));
        if write {
            std::fs::write(&path, &bytes).unwrap();
        }
        assert!(std::fs::read(&path).unwrap() == bytes, "{name}: other bytes than the golden file");
    }
    let trust = stage.trust.to_toml().unwrap();
    for (name, text) in
        [("index.tsv", index), ("trust.toml", trust), ("recipient.key", stage.recipient.to_text().to_string())]
    {
        if write {
            std::fs::write(folder().join(name), &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(folder().join(name)).unwrap(), text, "{name}");
    }
}

#[test]
fn every_vector_gives_the_verdict_of_the_index_and_a_bad_one_releases_nothing() {
    let stage = stage();
    let key = stage.recipient.unwrapper().unwrap();
    let index = std::fs::read_to_string(folder().join("index.tsv")).unwrap();
    let mut seen = 0;
    for line in index.lines().skip(1) {
        let [file, expected, _] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let bytes = std::fs::read(folder().join(file)).unwrap();
        let mut sink = Collected::default();
        let opened = UnverifiedBatch::read(Cursor::new(&bytes))
            .and_then(|b| b.verify(&stage.trust))
            .and_then(|b| b.open(&key, &mut sink));
        let found = opened.as_ref().map_or_else(FormatError::code, |()| "ok");
        assert_eq!(found, expected, "{file}");
        if expected != "ok" {
            assert!(sink.documents.is_empty() && sink.records.is_empty(), "{file} released something");
        }
        seen += 1;
    }
    assert!(seen >= 19);
}
