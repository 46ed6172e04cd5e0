//! How fast records are encoded and decoded, beside bincode. `ops/bench encoding` runs it; no test depends on it.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "it measures time and prints it")]
#![allow(clippy::unwrap_used, reason = "its records are its own")]

#[allow(dead_code, reason = "tests and fuzzing compare with the rest of it")]
#[path = "../fuzz/oracle.rs"]
mod oracle;

use bincode::{DefaultOptions, Options};
use ferry_format::limits::RECORD_BYTES_MAX;
use ferry_format::record::{DocumentRef, Record, Value};
use std::hint::black_box;
use std::io::{Error, ErrorKind, Write};
use std::time::{Duration, Instant};

/// Records of one round.
const RECORDS: u64 = 200_000;
/// Rounds; each measures everything once, and the shortest time of each counts.
const ROUNDS: usize = 9;

/// Every fourth record has a document, all have texts, a code, a day and an amount.
fn typical(n: u64) -> Record {
    let mut record = Record::new("measure", &format!("AJ{:06}-{n}", n / 7), n % 900 + 1);
    record.case_id = format!("AJ{:06}", n / 7);
    let text = |text: &str| Value::Text(text.to_owned());
    record.fields.insert("amount".into(), Value::Integer(n as i64 * 10_007));
    record.fields.insert("decided-on".into(), text("2026-03-17"));
    record.fields.insert("kind".into(), text("freeze"));
    record.fields.insert("name".into(), text("冻结银行存款"));
    record.fields.insert("place".into(), text("山东省聊城市东昌区柳园路支行"));
    record.fields.insert("target".into(), text("银行存款，期限一年，到期前可申请续行冻结"));
    if n.is_multiple_of(4) {
        let (name, media_type) = ("执行裁定书.pdf".to_owned(), "application/pdf".to_owned());
        let document = DocumentRef { sha256: [n as u8; 32], bytes: 40_000 + n, name, media_type };
        record.fields.insert("document".into(), Value::Document(document));
    }
    record
}

/// Fails at the first byte that differs: bincode reads other forms of a value too, so what it read is encoded again.
struct Comparing<'a>(&'a [u8]);

impl Write for Comparing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.strip_prefix(bytes).ok_or_else(|| Error::from(ErrorKind::InvalidData))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn checked_by_bincode(bytes: &[u8]) -> oracle::Record {
    let record = oracle::decode::<oracle::Record>(bytes, RECORD_BYTES_MAX).unwrap();
    let mut same = Comparing(bytes);
    DefaultOptions::new().with_limit(RECORD_BYTES_MAX as u64).serialize_into(&mut same, &record).unwrap();
    assert!(same.0.is_empty());
    record
}

fn timed<T>(items: &[T], work: impl FnMut(&T)) -> Duration {
    let begun = Instant::now();
    items.iter().for_each(work);
    begun.elapsed()
}

fn main() {
    let records: Vec<Record> = (0..RECORDS).map(typical).collect();
    let theirs: Vec<oracle::Record> = records.iter().map(oracle::Record::from).collect();
    let encoded: Vec<Vec<u8>> = records.iter().map(|record| record.encode().unwrap()).collect();
    let bytes: usize = encoded.iter().map(Vec::len).sum();
    let mut least = [Duration::MAX; 5];
    for _ in 0..ROUNDS {
        let round = [
            timed(&records, |record| drop(black_box(record.encode().unwrap()))),
            timed(&theirs, |record| drop(black_box(oracle::encode(record, RECORD_BYTES_MAX).unwrap()))),
            timed(&encoded, |bytes| drop(black_box(Record::decode(bytes).unwrap()))),
            timed(&encoded, |bytes| drop(black_box(checked_by_bincode(bytes)))),
            timed(&encoded, |b| drop(black_box(oracle::decode::<oracle::Record>(b, RECORD_BYTES_MAX).unwrap()))),
        ];
        for (least, now) in least.iter_mut().zip(round) {
            *least = now.min(*least);
        }
    }
    println!("{RECORDS} records, {} bytes each, the least of {ROUNDS} alternating rounds", bytes as u64 / RECORDS);
    println!("| work | ns a record | ratio |\n| --- | ---: | ---: |");
    let [encode, encode_by_bincode, decode, decode_checked, decode_unchecked] = least;
    for (work, time, base) in [
        ("encode", encode, encode),
        ("encode with bincode", encode_by_bincode, encode),
        ("decode", decode, decode),
        ("decode with bincode, encode again to compare", decode_checked, decode),
        ("decode with bincode, other forms accepted", decode_unchecked, decode),
    ] {
        let ratio = time.as_secs_f64() / base.as_secs_f64();
        println!("| {work} | {} | {ratio:.2} |", time.as_nanos() / u128::from(RECORDS));
    }
}
