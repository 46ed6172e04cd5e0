//! SPEC.md and the code agree: a worked example of real bytes, and a digest of the wire code that must be updated with
//! every change of that code.

use super::*;
use crate::forge::{Change, forge};
use ferry_format::crypto::hash::sha256;
use ferry_format::encoding::hex::to_hex;
use std::fmt::Write as _;

const BEGIN: &str = "<!-- worked example";
const END: &str = "<!-- end of worked example -->";
/// The code whose bytes the specification describes.
const WIRE: &[&str] = &[
    "audit.rs",
    "batch/open/approvals.rs",
    "batch/open/body.rs",
    "batch/open/contents.rs",
    "batch/open/unverified.rs",
    "batch/seal.rs",
    "crypto/merkle.rs",
    "crypto/suite.rs",
    "encoding/compact/read.rs",
    "encoding/compact/write.rs",
    "encoding/reader_writer.rs",
    "evidence/bundle.rs",
    "evidence/verify.rs",
    "frame/header.rs",
    "frame/manifest.rs",
    "frame/sequence.rs",
    "frame/statement.rs",
    "keys/encrypted.rs",
    "keys/pkcs11.rs",
    "limits.rs",
    "names.rs",
    "record/catalogue_bytes.rs",
    "record/mod.rs",
    "record/record_bytes.rs",
    "record/state_root.rs",
    "trust/approval.rs",
    "trust/release.rs",
    "trust/rules.rs",
    "trust/trust_file.rs",
];

fn path(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A heartbeat, field by field: section, meaning, length in bytes.
const FIELDS: &[(&str, &str, usize)] = &[
    ("2", "magic", 8),
    ("2", "format version 1", 2),
    ("2", "suite 1", 2),
    ("2", "`header_bytes`", 4),
    ("2", "`content_offset`", 8),
    ("2", "`total_bytes`", 8),
    ("3", "court `court-1`", 8),
    ("3", "channel `up`", 3),
    ("3", "direction: export", 1),
    ("3", "type: data", 1),
    ("3", "catalogue digest", 32),
    ("3", "policy digest", 32),
    ("3", "sender's public key", 32),
    ("3", "number of recipients", 1),
    ("3", "key id of the recipient", 32),
    ("3", "salt", 32),
    ("3", "key commitment", 32),
    ("3", "stanza: key id", 32),
    ("3", "stanza: encapsulated key", 32),
    ("3", "stanza: wrapped file key", 48),
    ("6", "length of the manifest block", 4),
    ("6", "the block: a sequence of no entries, encrypted", 1),
    ("6", "its tag", 16),
    ("7", "digest of the only segment", 32),
    ("8", "length of the content statement", 2),
    ("8", "`ferry/content/1` and a line feed", 16),
    ("8", "front digest", 32),
    ("8", "SHA-256 of the stanzas", 32),
    ("8", "body bytes", 8),
    ("8", "manifest bytes", 8),
    ("8", "segments", 8),
    ("8", "segment root", 32),
    ("8", "manifest commitment of nothing", 32),
    ("8", "entries", 4),
    ("8", "items", 8),
    ("8", "raw bytes", 8),
    ("8", "flagged", 4),
    ("8", "length of the series statement", 2),
    ("8", "`ferry/series/01` and a line feed", 16),
    ("8", "SHA-256 of the content statement", 32),
    ("8", "epoch", 8),
    ("8", "sequence", 8),
    ("8", "number of earlier digests", 1),
    ("8", "created, 2023-11-14 22:13:20 UTC", 8),
    ("8", "not after, seven days later", 8),
    ("8", "acknowledged epoch", 8),
    ("8", "acknowledged sequence", 8),
    ("8", "acknowledged digest", 32),
    ("8", "number of gap requests", 1),
    ("8", "number of volume requests", 1),
    ("8", "state root", 32),
    ("8", "entries of the sender's audit", 8),
    ("8", "digest of its newest entry", 32),
    ("8", "sender's public key", 32),
    ("8", "number of approvals", 1),
    ("8", "signature", 64),
];

fn example(stage: &Stage) -> String {
    let bytes = forge(stage, vec![], &Change::None);
    let mut text = String::from(
        "`testdata/vectors/good-heartbeat.ferry`, a batch without entries. The file key is 32 times `5a`.\n\n\
         | offset | bytes | section | meaning |\n|---:|---|---|---|\n",
    );
    let mut at = 0;
    for (section, meaning, length) in FIELDS {
        let digits = to_hex(&bytes[at..at + length]);
        writeln!(text, "| {at} | `{digits}` | {section} | {meaning} |").unwrap();
        at += length;
    }
    assert_eq!(at, bytes.len(), "the fields do not cover the file");
    let mut record = Record::new("measure", "m0", 1);
    record.case_id = "AJ000001".into();
    record.fields.insert("amount".into(), Value::Integer(-12_345_678));
    record.fields.insert("target".into(), Value::Text("房产".into()));
    write!(
        text,
        "\nA record of kind `measure`, id `m0`, version 1, case `AJ000001`, no person, `amount` -12345678, `target` 房产 \
         (section 11):\n\n`{}`\n\nIts content digest: `{}`.\n",
        to_hex(&record.encode().unwrap()),
        to_hex(&record.content_digest().unwrap())
    )
    .unwrap();
    text
}

#[test]
fn the_worked_example_has_the_bytes_that_the_code_makes() {
    let spec = std::fs::read_to_string(path("SPEC.md")).unwrap();
    let begin = spec.find(BEGIN).and_then(|at| Some(at + spec[at..].find('\n')? + 1)).unwrap();
    let end = spec.find(END).unwrap();
    let wanted = example(&stage());
    if std::env::var_os("FERRY_WRITE_VECTORS").is_some() {
        std::fs::write(path("SPEC.md"), [&spec[..begin], &wanted, &spec[end..]].concat()).unwrap();
        return;
    }
    assert!(spec[begin..end] == wanted, "the example in SPEC.md is not what the code makes");
}

#[test]
fn the_specification_was_read_again_since_the_wire_code_changed() {
    let mut code = String::new();
    for name in WIRE {
        let source = std::fs::read_to_string(path("src").join(name)).unwrap();
        // Comments and tests may change freely.
        let lines = source.split("#[cfg(test)]").next().unwrap().lines().map(str::trim);
        lines.filter(|l| !l.starts_with("//")).for_each(|l| code.push_str(l));
    }
    let digest = to_hex(&sha256(code.as_bytes()));
    let spec = std::fs::read_to_string(path("SPEC.md")).unwrap();
    assert!(
        spec.contains(&digest),
        "the wire code changed: read SPEC.md against the change, then put `{digest}` into its last line"
    );
}
