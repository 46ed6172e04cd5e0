//! Twenty thousand texts with numbers of people, and as many without, through the whole bridge.

use ferry_format::record::Record;
use ferry_testkit::benign::benign;
use ferry_testkit::identifiers::planted;
use ferry_testkit::stage::Court;
use rusqlite::params;
use std::collections::{BTreeSet, HashSet};

const SEED: u64 = 20_260_105;
const TEXTS: u64 = 20_000;

/// A third check, plainer than either scanner: digits and letters of a text in one row, whatever stood between them.
fn in_a_row(text: &str) -> String {
    let half = |c: char| match c {
        '！'..='～' => char::from_u32(c as u32 - 0xfee0).unwrap(),
        c => c,
    };
    text.chars().map(half).filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase()
}

#[test]
fn no_planted_number_crosses_and_at_least_999_of_1000_clean_texts_do() {
    let court = Court::new(5);
    let platform = court.platform();
    let tx = platform.unchecked_transaction().unwrap();
    let mut numbers = HashSet::new();
    let sql = "INSERT INTO GG VALUES (?1, '2', '悬赏公告', ?2, '2026-01-05', NULL, NULL, NULL, NULL, NULL, '2026-02-01 00:00:00')";
    for n in 0..TEXTS {
        let planted = planted(SEED, n);
        numbers.extend(planted.numbers.into_iter().map(|(_, number)| number));
        tx.execute(sql, params![format!("BAD-{n:05}"), planted.text]).unwrap();
        tx.execute(sql, params![format!("FINE-{n:05}"), benign(SEED, n)]).unwrap();
    }
    tx.commit().unwrap();
    assert!(numbers.len() > 19_000, "they differ");
    let (exported, ingested) = court.up();
    assert_eq!(ingested["batches"], 1, "{exported}");

    let outside = court.database("outer/state/outer.db");
    let mut statement = outside.prepare("SELECT body FROM record").unwrap();
    let bodies: Vec<Vec<u8>> = statement.query_map([], |r| r.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let mut crossed = BTreeSet::new();
    for record in bodies.iter().map(|body| Record::decode(body).unwrap()).filter(|r| r.kind == "announcement") {
        let row = in_a_row(record.text("text"));
        for length in [11, 15, 16, 17, 18, 19] {
            let found = row.as_bytes().windows(length).find(|w| numbers.contains(str::from_utf8(w).unwrap()));
            assert_eq!(found, None, "{} crossed: {}", record.id, record.text("text"));
        }
        crossed.insert(record.id);
    }
    assert_eq!(crossed.iter().find(|id| id.starts_with("BAD")), None);
    let fine = crossed.iter().filter(|id| id.starts_with("FINE")).count() as u64;
    println!("{fine} of {TEXTS} court texts crossed");
    assert!((TEXTS - fine) * 1000 <= TEXTS, "only {fine} of {TEXTS} crossed");
    let hidden = court.agent("outer", "status")["held_outside"].as_u64().unwrap();
    assert!(hidden * 1000 <= TEXTS, "{hidden} are hidden outside");
}
