//! What is fuzzed: every decoder that sees bytes, each with the rule that what decodes encodes to the same bytes, the
//! compact encoding beside bincode, and the whole way from a file to its records. `tests/fuzzed` replays the kept corpus; `ops/fuzz` runs them long.

use crate::oracle;
use ferry_format::batch::open::{Sink, UnverifiedBatch};
use ferry_format::batch::volume::{Head, VOLUME_HEADER_BYTES, VolumeHeader, VolumeLayout, write_head, write_volume};
use ferry_format::frame::header::{Header, Prelude, STANZA_BYTES, Stanza};
use ferry_format::frame::manifest::{Entry, decode_block, encode_block};
use ferry_format::frame::sequence::{HighWater, locate};
use ferry_format::frame::statement::{ContentStatement, SeriesStatement};
use ferry_format::keys::{KeyFile, KeyId, PublicKey, SecretKey};
use ferry_format::names::SafeName;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::record::{Record, split_block};
use ferry_format::trust::approval::ApprovalFile;
use ferry_format::trust::trust_file::Trust;
use std::io::Cursor;
use std::sync::LazyLock;

/// A name, and what is done with the bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target by name.
pub const ALL: &[Target] = &[
    ("approval", approval),
    ("catalogue", catalogue),
    ("content-statement", content_statement),
    ("file", file),
    ("head", head),
    ("header", header),
    ("key-line", key_line),
    ("manifest-block", manifest_block),
    ("name", name),
    ("place", series_place),
    ("prelude", prelude),
    ("record", record),
    ("record-block", record_block),
    ("series-statement", series_statement),
    ("stanzas", stanzas),
    ("trust-file", trust_file),
    ("volume", volume),
];

fn prelude(bytes: &[u8]) {
    if let Ok(front) = <[u8; 32]>::try_from(bytes)
        && let Ok(prelude) = Prelude::decode(&front)
    {
        assert_eq!(prelude.encode(), bytes);
    }
}

fn header(bytes: &[u8]) {
    if let Ok(header) = Header::decode(bytes) {
        assert_eq!(header.encode(), bytes);
    }
}

fn stanzas(bytes: &[u8]) {
    let mut header = HEADER.clone();
    header.recipients = bytes.chunks(STANZA_BYTES).filter_map(|s| Some(KeyId(*s.first_chunk()?))).collect();
    if let Ok(stanzas) = Stanza::decode_all(bytes, &header) {
        assert_eq!(stanzas.iter().flat_map(Stanza::encode).collect::<Vec<_>>(), bytes);
    }
}

fn content_statement(bytes: &[u8]) {
    if let Ok(statement) = ContentStatement::decode(bytes) {
        assert_eq!(statement.encode(), bytes);
    }
}

fn series_statement(bytes: &[u8]) {
    if let Ok(statement) = SeriesStatement::decode(bytes) {
        assert_eq!(statement.encode(), bytes);
    }
}

fn series_place(bytes: &[u8]) {
    let Some((numbers, statement)) = bytes.split_first_chunk::<48>() else { return };
    let Ok(statement) = SeriesStatement::decode(statement) else { return };
    let number = |at: usize| numbers[at..at + 8].iter().fold(0, |n: u64, b| n << 8 | u64::from(*b));
    let mut digest = [0; 32];
    digest.copy_from_slice(&numbers[16..]);
    let newest = HighWater { epoch: number(0), sequence: number(8), digest };
    let _ = locate(Some(&newest), &statement);
    let _ = locate(None, &statement);
}

fn approval(bytes: &[u8]) {
    if let Ok(file) = ApprovalFile::decode(bytes) {
        assert_eq!(file.encode(), bytes);
    }
}

fn manifest_block(bytes: &[u8]) {
    if let Ok(entries) = decode_block(bytes) {
        assert_eq!(encode_block(&entries).unwrap_or_default(), bytes);
        oracle::compare_written_block(&entries);
    }
    oracle::compare_block(bytes);
}

fn record(bytes: &[u8]) {
    if let Ok(record) = Record::decode(bytes) {
        assert_eq!(record.encode().unwrap_or_default(), bytes);
        assert!(record.content_digest().is_ok());
        oracle::compare_written_record(&record);
    }
    oracle::compare_record(bytes);
}

fn record_block(bytes: &[u8]) {
    let Some((count, raw)) = bytes.split_first_chunk::<4>() else { return };
    if let Ok(records) = split_block(raw, u32::from_be_bytes(*count)) {
        assert_eq!(records.iter().map(|r| r.len() + 4).sum::<usize>(), raw.len());
    }
}

fn name(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(safe) = SafeName::check(text)
    {
        let path = std::path::Path::new(safe.as_str());
        assert!(path.components().all(|c| matches!(c, std::path::Component::Normal(_))));
    }
}

fn key_line(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = PublicKey::from_text(text) {
        assert_eq!(key.to_text().trim_end(), text.trim_end());
    }
    if let Ok(key) = SecretKey::from_text(text) {
        let _ = key.public();
    }
    match KeyFile::from_text(text) {
        Ok(KeyFile::Encrypted(key)) => assert_eq!(key.to_text(), text),
        Ok(KeyFile::Token(key)) => assert_eq!(*key.to_text(), text),
        Ok(KeyFile::Plain(_)) | Err(_) => {}
    }
}

fn trust_file(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(trust) = Trust::from_toml(text)
    {
        let written = trust.to_toml().unwrap_or_default();
        assert!(Trust::from_toml(&written).is_ok());
    }
}

fn catalogue(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(catalogue) = Catalogue::from_toml(text)
    {
        let _ = catalogue.digest();
    }
}

struct Nothing;

impl Sink for Nothing {
    fn begin(&mut self, _: &Entry) -> ferry_format::Result<()> {
        Ok(())
    }
    fn bytes(&mut self, _: &[u8]) -> ferry_format::Result<()> {
        Ok(())
    }
    fn end(&mut self, _: &Entry) -> ferry_format::Result<()> {
        Ok(())
    }
    fn record(&mut self, _: &Entry, encoded: &[u8]) -> ferry_format::Result<()> {
        Record::decode(encoded).map(|_| ())
    }
}

/// The golden batches, their trust file and key: whatever is accepted must be one of them.
static GOLDEN: LazyLock<[&[u8]; 2]> = LazyLock::new(|| {
    [
        include_bytes!("../testdata/vectors/good-heartbeat.ferry"),
        include_bytes!("../testdata/vectors/good-documents-and-records.ferry"),
    ]
});
static HEADER: LazyLock<Header> = LazyLock::new(|| {
    let batch = UnverifiedBatch::read(Cursor::new(GOLDEN[0])).expect("the golden batch parses");
    batch.claimed_header().clone()
});
static TRUST: LazyLock<Trust> = LazyLock::new(|| {
    Trust::from_toml(include_str!("../testdata/vectors/trust.toml")).expect("the golden trust file parses")
});
static KEY: LazyLock<SecretKey> = LazyLock::new(|| {
    SecretKey::from_text(include_str!("../testdata/vectors/recipient.key")).expect("the golden key parses")
});

fn file(bytes: &[u8]) {
    let opened = UnverifiedBatch::read(Cursor::new(bytes))
        .and_then(|b| b.verify(&TRUST))
        .and_then(|b| b.open(&KEY.unwrapper()?, &mut Nothing));
    assert!(opened.is_err() || GOLDEN.contains(&bytes), "a batch that nobody signed was accepted");
}

fn head(bytes: &[u8]) {
    if let Ok(mut head) = Head::read(Cursor::new(bytes)) {
        let mut frame = Cursor::new(Vec::new());
        // The frame of a head has the length that its prelude says, which need not be small.
        if head.batch().claimed_content().body_bytes < 1 << 20 {
            assert!(head.write_frame(&mut frame).is_ok());
        }
    }
}

/// The head of the golden batch, which has one volume.
static HEAD: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let mut batch = UnverifiedBatch::read(Cursor::new(GOLDEN[1])).expect("the golden batch parses");
    let cut = VolumeLayout::new(1, batch.claimed_content().segments).expect("it has one volume");
    let (mut head, mut volume) = (Vec::new(), Vec::new());
    write_head(&mut batch, &mut head).expect("it has a head");
    write_volume(&mut batch, cut, 1, &mut volume).expect("it has a body");
    (head, volume)
});

fn volume(mut bytes: &[u8]) {
    let whole = bytes;
    if let Some(front) = bytes.first_chunk::<VOLUME_HEADER_BYTES>()
        && let Ok(decoded) = VolumeHeader::decode(front)
    {
        assert_eq!(decoded.encode(), front);
    }
    let head = Head::read(Cursor::new(HEAD.0.as_slice())).expect("the golden head parses");
    let taken = head.write_volume(&mut bytes, &mut Cursor::new(Vec::new())).is_ok();
    // Epoch and sequence are hints; everything else must be the golden volume.
    assert!(!taken || whole[VOLUME_HEADER_BYTES..] == HEAD.1[VOLUME_HEADER_BYTES..]);
}
