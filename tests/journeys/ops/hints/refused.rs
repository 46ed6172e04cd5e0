//! Whatever refuses a batch, what the runbook says brings its content across, and the quarantine is empty afterwards.

use super::{codes, typed};
use crate::support::forge::{forge, put};
use ferry_format::names::Id;
use ferry_testkit::court::touch;
use ferry_testkit::stage::{Court, SEED};

/// Where the parts of a batch file lie: SPEC.md section 4.
const VERSION_AT: usize = 8;
const HEADER_LENGTH_AT: usize = 12;

/// What the carrier, or somebody beside it, made of a batch.
type Change = fn(&Court, Vec<u8>) -> Vec<u8>;

fn with(mut file: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    file[at..at + bytes.len()].copy_from_slice(bytes);
    file
}

/// What arrives instead of the batch, by the code that it is refused with.
const CHANGES: [(&str, Change); 10] = [
    ("FERRY-E0101", |_, file| with(file, 1, b"X")),
    ("FERRY-E0102", |_, file| with(file, VERSION_AT, &[0, 9])),
    ("FERRY-E0103", |_, file| file[..file.len() - 7].to_vec()),
    ("FERRY-E0104", |_, file| with(file, HEADER_LENGTH_AT, &[0; 4])),
    ("FERRY-E0105", |_, file| with(file, HEADER_LENGTH_AT, &[0, 1, 0, 0])),
    ("FERRY-E0201", |_, file| {
        let at = file.len() - 1;
        let last = file[at] ^ 1;
        with(file, at, &[last])
    }),
    ("FERRY-E0202", |court, _| forge(court, "thief.key", "outer/recipient.pub", |_| (), 2, &[])),
    ("FERRY-E0204", |_, file| {
        let at = file.len() / 2;
        let middle = file[at] ^ 1;
        with(file, at, &[middle])
    }),
    ("FERRY-E0301", |court, _| {
        let elsewhere = |address: &mut ferry_format::batch::seal::Address| {
            address.court = Id::new("other-court").unwrap();
        };
        forge(court, "inner/sender.key", "outer/recipient.pub", elsewhere, 2, &[])
    }),
    ("FERRY-E0402", |court, _| {
        // Its number is far beyond what was ever sent.
        forge(court, "inner/sender.key", "outer/recipient.pub", |_| (), 2_000_000, &[])
    }),
];

#[test]
fn e01_e02_e03_e04_what_was_refused_is_requested_sent_again_and_published_by_the_commands_of_the_runbook() {
    let court = Court::new(5);
    court.ferry_ok(&["keygen", "--role", "sender", "-o", "thief"]);
    court.up();
    for (n, (code, change)) in CHANGES.into_iter().enumerate() {
        touch(&court.path(""), 2, SEED + n as u64).unwrap();
        court.agent("inner", "export");
        let sent = court.files("channel/up/sent").pop().unwrap();
        let changed = change(&court, std::fs::read(&sent).unwrap());
        std::fs::remove_file(sent).unwrap();
        put(&court, "up", "arrived.ferry", &changed);
        assert_eq!(court.agent("outer", "ingest")["batches"], 0, "{code}");
        let quarantined = court.agent("outer", "status")["quarantine"][0].clone();
        assert_eq!(quarantined["code"], code, "{quarantined}");
    }
    // The next day's batch arrives and waits for those that are missing; then the runbook's "Faster".
    touch(&court.path(""), 2, SEED + 100).unwrap();
    court.agent("inner", "export");
    court.carry("up");
    court.agent("outer", "ingest");
    court.down();
    court.carry("up");
    court.agent("outer", "ingest");
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    for quarantined in court.agent("outer", "status")["quarantine"].as_array().unwrap() {
        typed(&court, "outer", &format!("quarantine discard {} --by 王芳 --reason 已补发", quarantined["id"]));
    }
    assert!(!codes(&court, "outer").contains("FERRY-E0697"));
}
