//! Batches as somebody with a stolen key, or a faulty agent, could make them.

use ferry_format::batch::seal::{Address, Sealer, release};
use ferry_format::crypto::entropy::Entropy;
use ferry_format::frame::header::{BatchType, Direction};
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::keys::{PublicKey, SecretKey, Signer};
use ferry_format::names::Id;
use ferry_format::record::{Record, RecordBlock, Value};
use ferry_testkit::stage::Court;
use std::io::Cursor;

struct Counting(u64);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) -> ferry_format::Result<()> {
        for part in out.chunks_mut(32) {
            self.0 += 1;
            part.copy_from_slice(&ferry_format::crypto::hash::sha256(&self.0.to_be_bytes())[..part.len()]);
        }
        Ok(())
    }
}

/// Digests of catalogue and policy.
fn rules(court: &Court) -> ([u8; 32], [u8; 32]) {
    let text = |name: &str| std::fs::read_to_string(court.path(name)).unwrap();
    let catalogue = ferry_format::record::catalogue::Catalogue::from_toml(&text("catalogue.toml")).unwrap();
    let policy = ferry_format::record::policy::Policy::from_toml(&text("policy.toml"), &catalogue).unwrap();
    (catalogue.digest().unwrap(), policy.digest().unwrap())
}

/// A batch as the holder of `sender` could make it, with records that no agent would.
pub fn forge(
    court: &Court,
    sender: &str,
    recipient: &str,
    address: impl Fn(&mut Address),
    sequence: u64,
    records: &[Record],
) -> Vec<u8> {
    forge_at(court, sender, recipient, address, (1, sequence), records)
}

/// The same under any epoch and number.
pub fn forge_at(
    court: &Court,
    sender: &str,
    recipient: &str,
    address: impl Fn(&mut Address),
    number: (u64, u64),
    records: &[Record],
) -> Vec<u8> {
    forge_saying(court, sender, recipient, address, number, records, |_| ())
}

/// A return batch of a stolen outer machine, which says whatever it likes.
pub fn forge_return(
    court: &Court,
    number: (u64, u64),
    records: &[Record],
    say: impl FnOnce(&mut SeriesStatement),
) -> Vec<u8> {
    let down = |to: &mut Address| (to.channel, to.direction) = (Id::new("down").unwrap(), Direction::Return);
    forge_saying(court, "outer/sender.key", "inner/recipient.pub", down, number, records, say)
}

fn forge_saying(
    court: &Court,
    sender: &str,
    recipient: &str,
    address: impl Fn(&mut Address),
    (epoch, sequence): (u64, u64),
    records: &[Record],
    say: impl FnOnce(&mut SeriesStatement),
) -> Vec<u8> {
    let key = SecretKey::from_text(&std::fs::read_to_string(court.path(sender)).unwrap()).unwrap();
    let recipient = PublicKey::from_text(&std::fs::read_to_string(court.path(recipient)).unwrap()).unwrap();
    let mut to = Address {
        court: Id::new("fy-dongchang").unwrap(),
        channel: Id::new("up").unwrap(),
        direction: Direction::Export,
        batch_type: BatchType::Data,
        catalogue: rules(court).0,
        policy: rules(court).1,
        sender: key.signer().unwrap().public_key(),
    };
    address(&mut to);
    let (out, scratch) = (Cursor::new(Vec::new()), Cursor::new(Vec::new()));
    let mut sealer = Sealer::new(out, scratch, &to, &[recipient], &mut Counting(sequence * 1000)).unwrap();
    for record in records {
        let mut block = RecordBlock::default();
        block.push(&record.encode().unwrap());
        sealer.records(&record.kind, block, "").unwrap();
    }
    let (mut file, content) = sealer.finish_draft().unwrap();
    let signer = key.signer().unwrap();
    let mut series = SeriesStatement {
        content: content.digest(),
        epoch,
        sequence,
        previous: previous(court, &to, (epoch, sequence)),
        created_s: 0,
        not_after_s: i64::MAX,
        sender: signer.public_key(),
        ..SeriesStatement::default()
    };
    say(&mut series);
    release(&mut file, &content, &series, &signer).unwrap();
    file.into_inner()
}

/// The history that such a batch names: what its receiver has accepted, and zeros where that is nothing.
fn previous(court: &Court, to: &Address, (epoch, sequence): (u64, u64)) -> Vec<[u8; 32]> {
    let side = if to.direction == Direction::Export { "outer" } else { "inner" };
    let path = format!("{side}/state/{side}.db");
    let ledger = court.path(&path).exists().then(|| court.database(&path));
    let sql =
        "SELECT digest FROM ferry_received WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3 AND digest IS NOT NULL";
    let digest = |number: u64| {
        let row = (to.channel.as_str(), epoch, number);
        ledger.as_ref().and_then(|ledger| ledger.query_row(sql, row, |r| r.get(0)).ok()).unwrap_or_default()
    };
    (1..sequence).rev().take(32).map(digest).collect()
}

pub fn put(court: &Court, direction: &str, name: &str, bytes: &[u8]) {
    std::fs::write(court.path(&format!("channel/{direction}/received/{name}")), bytes).unwrap();
}

/// Exports, and puts content in the first batch's place that the outer side must refuse. Gives what the ingest said.
pub fn ingest_a_faulty_first_batch(court: &Court) -> serde_json::Value {
    court.agent("inner", "export");
    let mut foreign = Record::new("measure", "m1", 1);
    foreign.case_id = "AJ1".into();
    foreign.fields.insert("judge-note".into(), Value::Text("合议庭意见".into()));
    // As if a faulty inner agent had made and kept it: same number, same series.
    let faulty = forge(court, "inner/sender.key", "outer/recipient.pub", |_| (), 1, &[foreign]);
    let trust = ferry_format::trust::trust_file::Trust::from_toml(
        &std::fs::read_to_string(court.path("outer/trust.toml")).unwrap(),
    );
    let read = ferry_format::batch::open::UnverifiedBatch::read(Cursor::new(&faulty)).unwrap();
    let digest = read.verify(&trust.unwrap()).unwrap().digest();
    let ledger = court.database("inner/state/inner.db");
    ledger.execute("UPDATE ferry_sent SET digest = ?1", [digest.as_slice()]).unwrap();
    std::fs::remove_file(&court.files("channel/up/sent")[0]).unwrap();
    put(court, "up", "1.ferry", &faulty);
    court.agent("outer", "ingest")
}
