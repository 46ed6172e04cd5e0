//! An old case platform, with a mapping as a court's own IT writes it: what is published is compared field by field with what
//! was to be published, from both databases.

use crate::support::postgres::Platform;
use ferry_format::record::{Record, Value};
use ferry_testkit::stage::Court;
use std::collections::{BTreeMap, BTreeSet};

const CASES: u64 = 60;

/// Fields by kind, id and name.
type Fields = BTreeMap<(String, String, String), String>;

fn published(court: &Court) -> Fields {
    let outer = court.database("outer/state/outer.db");
    let mut statement = outer
        .prepare(
            "SELECT body FROM record r WHERE retracted = 0 AND version = (SELECT max(version) FROM record n
               WHERE n.kind = r.kind AND n.id = r.id)",
        )
        .unwrap();
    let bodies = statement.query_map([], |r| r.get::<_, Vec<u8>>(0)).unwrap();
    let mut fields = Fields::new();
    for body in bodies {
        let record = Record::decode(&body.unwrap()).unwrap();
        // The id of a log-in is a digest of the identity number: its person names it here.
        let id = if record.kind == "login" { &record.person } else { &record.id };
        for (name, value) in &record.fields {
            let text = match value {
                Value::Text(_) if name == "phone-hmac" => "*".to_owned(),
                Value::Text(text) => text.replace('\\', "\\\\").replace('\n', "\\n"),
                Value::Integer(number) => number.to_string(),
                Value::Document(document) => document.bytes.to_string(),
            };
            if name != "code-hash" {
                fields.insert((record.kind.clone(), id.clone(), name.clone()), text);
            }
        }
    }
    fields
}

fn expected(court: &Court) -> Fields {
    let text = std::fs::read_to_string(court.path("expected.tsv")).unwrap();
    let mut fields = Fields::new();
    for line in text.lines() {
        let [kind, id, name, value] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let value = match name {
            "document" => std::fs::metadata(court.path("documents").join(value)).unwrap().len().to_string(),
            _ => value.to_owned(),
        };
        // An optional value that was left out.
        if !value.is_empty() {
            fields.insert((kind.into(), id.into(), name.into()), value);
        }
    }
    fields
}

fn held(court: &Court) -> BTreeSet<(String, String, String)> {
    let inner = court.database("inner/state/inner.db");
    let mut statement = inner.prepare("SELECT kind, key, class FROM held").unwrap();
    statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap().map(Result::unwrap).collect()
}

fn to_be_held(court: &Court) -> BTreeSet<(String, String, String)> {
    let text = std::fs::read_to_string(court.path("held.tsv")).unwrap();
    let row = |line: &str| {
        let [kind, key, class] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        (kind.to_owned(), key.to_owned(), class.to_owned())
    };
    text.lines().map(row).collect()
}

fn crosses_whole(court: &Court) {
    let (exported, ingested) = court.up();
    assert_eq!(exported["records"], ingested["records"], "{exported} {ingested}");
    let (found, wanted) = (published(court), expected(court));
    let differing: Vec<_> = found.iter().filter(|(key, value)| wanted.get(*key) != Some(*value)).take(5).collect();
    assert!(differing.is_empty(), "published otherwise: {differing:?}");
    let missing: Vec<_> = wanted.keys().filter(|key| !found.contains_key(*key)).take(5).collect();
    assert!(missing.is_empty(), "not published: {missing:?}");
    assert!(found.len() > 1000, "{} fields", found.len());
    assert_eq!(held(court), to_be_held(court));
    // The left-out telephone numbers and the private-use character are named.
    let status = court.agent("inner", "status");
    let remarks = status["remark_items"].as_array().unwrap();
    assert_eq!(status["remarks"].as_u64().unwrap(), CASES.div_ceil(5) * 2 + 1, "{status}");
    assert!(remarks.iter().any(|r| r["kind"] == "announcement" && r["reason"].as_str().unwrap().contains("U+E0A1")));
    assert!(
        remarks.iter().any(|r| r["kind"] == "login" && r["reason"].as_str().unwrap().to_uppercase().contains("LXDH")),
        "{remarks:?}"
    );
    // Nothing is sent again, and both sides agree.
    for line in [&["export", "--json"][..], &["export", "--full", "--json"]] {
        let out = court.try_agent("inner", line);
        let again: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!((&again["records"], &again["documents"]), (&0.into(), &0.into()), "{again}");
    }
    court.carry("up");
    court.agent("outer", "ingest");
    assert_eq!(court.roots().0, court.roots().1);
}

#[test]
fn an_old_platform_crosses_whole_from_sqlite() {
    crosses_whole(&Court::legacy(CASES));
}

#[test]
fn an_old_platform_crosses_whole_from_postgresql() {
    let court = Court::legacy(CASES);
    let _platform = Platform::legacy(&court);
    crosses_whole(&court);
}

#[test]
fn a_row_that_changed_in_another_spelling_of_time_is_read_by_the_next_run() {
    let court = Court::legacy(CASES);
    court.up();
    for (time, text) in [
        ("2026-11-28T10:00:00", "一"),
        ("2026-11-28 10:01:00", "二"),
        ("2026/11/28 10:02", "三"),
        ("20261128100300", "四"),
        ("2026-11-28T02:04:00Z", "五"),
    ] {
        let sql = "UPDATE T_TZ SET SX = ?1, XGSJ = ?2 WHERE TZXH = 1";
        court.platform().execute(sql, [text, time]).unwrap();
        let exported = court.agent("inner", "export");
        assert_eq!((&exported["records"], &exported["full"]), (&1.into(), &false.into()), "{time}: {exported}");
    }
}
