//! A court follows from its seed, and a working day changes what it says it changes.

use ferry_testkit::court::schema::{TABLES, Table};
use ferry_testkit::court::{MakeOptions, flag, make, touch};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::path::Path;

const OPTIONS: MakeOptions = MakeOptions { cases: 20, seed: 3, reviewed: true };

/// All rows of all tables, in the order of their keys.
fn content(dir: &Path) -> Vec<Vec<Value>> {
    let conn = Connection::open(dir.join("platform.db")).unwrap();
    let mut all = Vec::new();
    for Table(table, _) in TABLES {
        let mut statement = conn.prepare(&format!("SELECT * FROM {table} ORDER BY 1")).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |r| (0..columns).map(|n| r.get(n)).collect()).unwrap();
        all.extend(rows.map(Result::unwrap));
    }
    all
}

fn count(dir: &Path, sql: &str) -> u64 {
    let conn = Connection::open(dir.join("platform.db")).unwrap();
    conn.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap() as u64
}

#[test]
fn the_same_seed_makes_the_same_court_and_another_seed_another() {
    let dir = tempfile::tempdir().unwrap();
    let [one, two, other] = ["one", "two", "other"].map(|name| dir.path().join(name));
    let made = make(&one, &OPTIONS).unwrap();
    make(&two, &OPTIONS).unwrap();
    make(&other, &MakeOptions { seed: 4, ..OPTIONS }).unwrap();
    assert_eq!((made.rows_of("AJXX"), made.held), (OPTIONS.cases, 2));
    assert_eq!(content(&one), content(&two));
    assert_ne!(content(&one), content(&other));
    for file in ["logins.tsv", "inner/sender.key", "outer/trust.toml", "documents/zn/fafa-2014-18.pdf"] {
        assert_eq!(std::fs::read(one.join(file)).unwrap(), std::fs::read(two.join(file)).unwrap(), "{file}");
    }
    assert_eq!(make(&one, &OPTIONS).unwrap_err().exit, 73);
}

#[test]
fn a_day_changes_what_it_counts_even_with_a_seed_used_twice() {
    let dir = tempfile::tempdir().unwrap();
    let court = dir.path().join("court");
    make(&court, &OPTIONS).unwrap();
    for day in 1..=2 {
        let (before, measures) = (content(&court), count(&court, "SELECT count(*) FROM ZXCS WHERE CSBH LIKE 'CS-%-%'"));
        let t = touch(&court, 10, 9).unwrap();
        assert_eq!((t.new, t.advanced, t.corrected, t.withheld, t.retracted), (2, 2, 2, 2, 2));
        assert_ne!(content(&court), before);
        assert_eq!(count(&court, "SELECT count(*) FROM AJXX"), OPTIONS.cases + 2 * day);
        assert_eq!(count(&court, "SELECT count(*) FROM BYGK WHERE DXBH IS NULL"), 2 * day);
        assert!(count(&court, "SELECT count(*) FROM ZXCS WHERE CSBH LIKE 'CS-%-%'") >= measures);
    }
}

#[test]
fn what_is_to_be_flagged_is_added_to_a_court_a_day_later() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), &OPTIONS).unwrap();
    flag(dir.path(), 2, 5).unwrap();
    let conn = Connection::open(dir.path().join("platform.db")).unwrap();
    let sql = "SELECT count(*) FROM GG WHERE NR LIKE '%公民身份号码__________________。%' AND GXSJ > (SELECT max(GXSJ) FROM AJXX)";
    assert_eq!(conn.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap(), 2);
}
