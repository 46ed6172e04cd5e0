//! The reader in `tests/reader`, written in Python from SPEC.md alone, gives the same result as this crate: the same code for
//! every vector, every wrong evidence bundle, and for batches with random changes. Half of the changes are made before
//! sealing and signing, so that the layers behind the signature are reached. `ops/mutate` runs many more.
//!
//! `ops/reader` installs what it needs; `cargo test` alone leaves this target out.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
#![allow(dead_code, unused_imports, reason = "the stage is shared with the tests that need no second reader")]

#[path = "../bundles/mod.rs"]
mod bundles;
#[path = "../forge/mod.rs"]
mod forge;
#[path = "../stage/mod.rs"]
mod stage;
#[path = "../vectors/mod.rs"]
mod vectors;

use crate::bundles::{lists, wrong};
use crate::forge::{Change, block, document, forge};
use crate::vectors::faults::{parts, records};
use ferry_format::crypto::hash::sha256;
use ferry_format::frame::manifest::Codec;
use stage::*;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::sync_channel;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn python() -> Command {
    let python =
        std::env::var_os("FERRY_READER_PYTHON").map_or_else(|| root().join("target/reader/bin/python"), PathBuf::from);
    assert!(python.exists(), "{}: `ops/reader` installs the second reader", python.display());
    let mut reader = Command::new(python);
    reader.arg(root().join("tests/reader/ferry_reader.py"));
    reader
}

/// A running second reader. It answers in order.
fn serving(line: &[&str]) -> Child {
    python().args(line).current_dir(vectors::folder()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

/// Gives every input to the second reader and to this crate; panics at the first difference. Gives the number of rejected inputs.
fn compare(trust: &str, inputs: impl Iterator<Item = (String, Vec<u8>)>) -> usize {
    let mut child = serving(&["serve", "--trust", trust, "-k", "recipient.key"]);
    let mut ask = BufWriter::new(child.stdin.take().unwrap());
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let trust = Trust::from_toml(&std::fs::read_to_string(vectors::folder().join(trust)).unwrap()).unwrap();
    let key = stage().recipient.unwrapper().unwrap();
    let (expect, expected) = sync_channel::<(String, &'static str)>(64);
    let checker = std::thread::spawn(move || {
        let mut refused = 0;
        for (what, ours) in expected {
            let theirs = answers.next().expect("the second reader died").unwrap();
            assert_eq!(theirs, ours, "{what}: the second reader, and this one");
            refused += usize::from(ours != "ok");
        }
        refused
    });
    for (what, bytes) in inputs {
        let ours = open(&bytes, &trust, &key).map_or_else(|e| e.code(), |_| "ok");
        let asked = ask.write_all(&(bytes.len() as u32).to_be_bytes()).and_then(|()| ask.write_all(&bytes));
        if asked.and_then(|()| ask.flush()).is_err() || expect.send((what, ours)).is_err() {
            break;
        }
    }
    drop((ask, expect));
    let refused = checker.join();
    child.wait().unwrap();
    refused.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[test]
fn both_readers_give_the_same_code_for_every_vector() {
    let index = std::fs::read_to_string(vectors::folder().join("index.tsv")).unwrap();
    let rows: Vec<Vec<&str>> = index.lines().skip(1).map(|l| l.split('\t').collect()).collect();
    for trust in ["trust.toml", "trust-two-approvals.toml"] {
        let chosen = rows.iter().filter(|row| row[1] == trust);
        compare(trust, chosen.map(|row| (row[0].to_owned(), std::fs::read(vectors::folder().join(row[0])).unwrap())));
    }
}

/// Numbers from a seed: a failed run can be repeated from its output.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 += 1;
        let digest = sha256(&self.0.to_be_bytes());
        (u64::from_be_bytes(digest[..8].try_into().unwrap()) % n.max(1) as u64) as usize
    }

    fn edit(&mut self, bytes: &mut Vec<u8>) {
        const TELLING: [u8; 12] = [0, 1, 2, 0x10, 0x7F, 0x80, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF];
        let (at, length) = (self.below(bytes.len()), bytes.len());
        match self.below(8) {
            _ if length == 0 => bytes.push(TELLING[self.below(12)]),
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes[at] = TELLING[self.below(12)],
            2 => bytes.insert(at, TELLING[self.below(12)]),
            3 => drop(bytes.remove(at)),
            4 => bytes.truncate(at),
            5 => {
                let end = at + self.below(length - at);
                bytes.extend_from_within(at..end);
            }
            6 => {
                let other = self.below(length);
                bytes.swap(at, other);
            }
            _ => {
                let end = length.min(at + [1, 2, 4, 8, 32][self.below(5)]);
                bytes[at..end].fill(TELLING[self.below(12)]);
            }
        }
    }
}

fn mutated(stage: &Stage, bases: &[Vec<u8>], seed: u64) -> Vec<u8> {
    let mut dice = Dice(seed << 20);
    let edits = 1 + dice.below(3);
    let inner = dice.below(2) == 0;
    if !inner {
        let mut bytes = bases[dice.below(bases.len())].clone();
        (0..edits).for_each(|_| dice.edit(&mut bytes));
        return bytes;
    }
    let parts = match dice.below(4) {
        0 => vec![],
        1 => vec![document("a/b.txt", b"text"), document("空.txt", b"")],
        2 => vec![block(&records(20), Codec::Zstd)],
        _ => parts(),
    };
    let layer = dice.below(12);
    let seed = dice.0;
    let edit = move |bytes: &mut Vec<u8>| {
        let mut dice = Dice(seed);
        (0..edits).for_each(|_| dice.edit(bytes));
    };
    let change = match layer {
        0 => Change::HeaderBytes(Box::new(edit)),
        1 => Change::Stanzas(Box::new(edit)),
        2 => Change::Body(Box::new(edit)),
        3 | 4 => Change::Blocks(Box::new(move |b| edit(&mut b[0].plain))),
        5 => Change::Manifest(Box::new(edit)),
        6 => Change::Digests(Box::new(edit)),
        7 => Change::ContentBytes(Box::new(edit)),
        8 => Change::SeriesBytes(Box::new(edit)),
        9 => Change::Signature(Box::new(edit)),
        10 => Change::Prelude(Box::new(move |front| {
            edit(front);
            front.resize(32, 0);
        })),
        _ => {
            // A block of records whose bytes are changed, with digests and leaves that hold for the change.
            let mut encoded = records(2);
            edit(&mut encoded[1]);
            let codec = [Codec::Raw, Codec::Zstd][(seed % 2) as usize];
            return forge(stage, vec![block(&encoded, codec)], &Change::None);
        }
    };
    forge(stage, parts, &change)
}

#[test]
fn both_readers_give_the_same_code_for_random_changes() {
    let count: u64 = std::env::var("FERRY_MUTATIONS").map_or(3000, |n| n.parse().unwrap());
    let stage = stage();
    let bases = [parts(), vec![], vec![block(&records(20), Codec::Zstd)]].map(|p| forge(&stage, p, &Change::None));
    let inputs = (0..count).map(|seed| (format!("seed {seed}"), mutated(&stage, &bases, seed)));
    let refused = compare("trust.toml", inputs);
    println!("{count} inputs, {refused} refused, every code the same");
    assert!(refused as u64 * 10 > count * 8, "{refused} of {count}: the changes hit nothing");
}

#[test]
fn both_readers_reject_every_wrong_bundle_for_its_fault() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = serving(&["evidence-serve"]);
    let mut ask = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for (n, wrong) in wrong::all().iter().enumerate() {
        let path = |name: &str| folder.path().join(format!("{n}-{name}"));
        let paths = ["evidence", "up.toml", "down.toml"].map(path);
        std::fs::write(&paths[0], &wrong.bytes).unwrap();
        for (path, trust) in paths[1..].iter().zip(&wrong.trusts) {
            std::fs::write(path, trust.to_toml().unwrap()).unwrap();
        }
        writeln!(ask, "{}", paths.map(|p| p.display().to_string()).join("\t")).unwrap();
        assert_eq!(answers.next().expect("the second reader died").unwrap(), wrong.code, "{}", wrong.name);
    }
    drop(ask);
    assert!(child.wait().unwrap().success());
}

#[test]
fn both_readers_reject_every_wrong_list_for_its_fault() {
    for listed in lists::all() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bundle");
        std::fs::write(&file, &listed.bytes).unwrap();
        let mut reader = python();
        reader.arg("evidence").arg(&file);
        for (n, key) in listed.roots.iter().enumerate() {
            let path = folder.path().join(format!("{n}.pub"));
            std::fs::write(&path, key.to_text()).unwrap();
            reader.arg("--root").arg(path);
        }
        let out = reader.output().unwrap();
        let said = String::from_utf8(out.stderr).unwrap();
        let theirs = match out.status.success() {
            true => "ok",
            false => said.rsplit('[').next().unwrap().trim_end_matches("]\n"),
        };
        assert_eq!(theirs, listed.code, "{}: {said}", listed.name);
    }
}
