//! Gaps in both directions: requested, filled from the kept outbox or by command, or accepted permanently by a named
//! person.

use crate::support::wait::eventually;
use ferry_format::record::{Record, Value};
use ferry_testkit::court::touch;
use ferry_testkit::stage::{Court, SEED};
use serde_json::{Value as Json, json};
use std::path::PathBuf;

/// By how much batches of the same content differ: clocks, random numbers and what compresses a little better.
const SLACK_BYTES: u64 = 512;

/// Runs a command of several words with `--json`.
fn run(court: &Court, side: &str, command: &[&str]) -> Json {
    let out = court.try_agent(side, &[command, &["--json"]].concat());
    assert!(out.status.success(), "{side} {command:?}: {}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

/// Runs a command that must end with `exit` and this code.
fn refused(court: &Court, side: &str, command: &[&str], exit: i32, code: &str) {
    let out = court.try_agent(side, command);
    let text = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(exit), "{side} {command:?}: {text}");
    assert!(text.contains(code) && text.contains("hint: "), "{text}");
}

fn accept(court: &Court, side: &str, number: &str) -> Json {
    run(court, side, &["gaps", "accept", number, "--by", "王芳", "--reason", "光闸硬盘损坏"])
}

/// What is missing on the channel that a side receives.
fn gaps(court: &Court, side: &str) -> Json {
    channel(court, side, if side == "inner" { 1 } else { 0 })["gaps"].clone()
}

fn channel(court: &Court, side: &str, number: usize) -> Json {
    court.agent(side, "status")["channels"][number].clone()
}

fn codes(court: &Court, side: &str) -> Vec<String> {
    let status = court.agent(side, "status");
    status["alarms"].as_array().unwrap().iter().map(|a| a["code"].as_str().unwrap().to_owned()).collect()
}

fn lose(court: &Court, direction: &str) {
    for folder in ["sent", "received"] {
        for file in court.files(&format!("channel/{direction}/{folder}")) {
            std::fs::remove_file(file).unwrap();
        }
    }
}

fn newest(court: &Court, direction: &str) -> PathBuf {
    court.files(&format!("channel/{direction}/sent")).pop().unwrap()
}

/// A message of a party, waiting outside to cross back.
fn write_message(court: &Court, id: &str) {
    let sql = "SELECT case_id, person FROM case_access ORDER BY case_id, person LIMIT 1";
    let ledger = court.database("inner/state/inner.db");
    let (case, person) = ledger.query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    let mut record = Record::new("message", id, 1);
    (record.case_id, record.person) = (case, person);
    record.fields.insert("text".into(), Value::Text(format!("留言 {id}")));
    record.fields.insert("written".into(), Value::Integer(jiff::Timestamp::now().as_second()));
    for (field, text) in [("author", "当事人"), ("address", "192.0.2.7"), ("via", "portal")] {
        record.fields.insert(field.into(), Value::Text(text.into()));
    }
    let sql = "INSERT INTO outgoing(kind, id, version, body) VALUES ('message', ?1, 1, ?2)";
    court.database("outer/state/outer.db").execute(sql, rusqlite::params![id, record.encode().unwrap()]).unwrap();
}

fn messages(court: &Court) -> i64 {
    court.count("SELECT count(*) FROM FERRY_MESSAGE")
}

fn waiting_outside(court: &Court) -> Json {
    court.agent("outer", "status")["outgoing"].clone()
}

#[test]
fn an_accepted_gap_is_closed_permanently_and_its_records_and_retractions_are_sent_again() {
    let court = Court::new(40);
    court.up();
    court.platform().execute("UPDATE WS SET QFBZ = 0, GXSJ = '2027-01-01 00:00:00'", []).unwrap();
    touch(&court.path(""), 5, SEED).unwrap();
    let lost = court.agent("inner", "export");
    assert!(lost["retracted"].as_u64().unwrap() > 0, "{lost}");
    let kept = std::fs::read(newest(&court, "up")).unwrap();
    lose(&court, "up");
    court.up();
    assert_eq!(gaps(&court, "outer"), json!([2]));
    refused(&court, "outer", &["gaps", "accept", "3", "--by", "王芳", "--reason", "x"], 66, "FERRY-E0673");
    refused(&court, "outer", &["gaps", "accept", "1-2", "--by", "王芳", "--reason", "x"], 66, "FERRY-E0673");
    let nobody = court.try_agent("outer", &["gaps", "accept", "2", "--by", "", "--reason", "x"]);
    assert_eq!(nobody.status.code(), Some(2));
    assert_eq!(gaps(&court, "outer"), json!([2]), "all or nothing");

    assert_eq!(accept(&court, "outer", "2")["accepted"], json!([2]));
    let status = channel(&court, "outer", 0);
    assert_eq!((&status["gaps"], &status["accepted_gaps"]), (&json!([]), &json!([2])));
    assert_eq!(status["batches"], json!({ "published": 2, "gap-accepted": 1 }));
    let listed = run(&court, "outer", &["gaps", "list"]);
    assert_eq!((&listed[0]["state"], &listed[0]["accepted_by"]), (&json!("accepted"), &json!("王芳")));
    let sql =
        "SELECT count(*) FROM ferry_audit WHERE act = 'accept-gap' AND actor = '王芳' AND detail = '光闸硬盘损坏'";
    let audited = court.database("outer/state/outer.db").query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!(audited, 1);

    // It is asked for no longer; the sender learns that it never crossed, and its records go out again.
    let (_, imported) = court.down();
    assert_eq!(imported["resent"], 0);
    let inner = channel(&court, "inner", 0)["batches"].clone();
    assert_eq!((&inner["refused"], &inner["confirmed"]), (&json!(1), &json!(2)));
    let (exported, _) = court.up();
    assert!(exported["retracted"].as_u64().unwrap() >= lost["retracted"].as_u64().unwrap(), "{exported}");
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    assert_eq!(court.agent("outer", "status")["root_differs"], false);

    // The sender has received it: the next batches do not repeat it, and nothing is collected a third time.
    court.down();
    let (exported, _) = court.up();
    assert_eq!(exported["records"], 0, "{exported}");
    court.down();
    let output: i64 = court
        .database("outer/state/outer.db")
        .query_row("SELECT said_sequence FROM ferry_gap_accepted", [], |r| r.get(0))
        .unwrap();
    assert_eq!(output, 1);

    // If it comes after all it is applied by version like any other.
    std::fs::write(court.path("channel/up/received/late.ferry"), kept).unwrap();
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    assert_eq!(channel(&court, "outer", 0)["accepted_gaps"], json!([]));
    court.down();
    assert_eq!(channel(&court, "inner", 0)["batches"]["refused"], Json::Null, "it was published after all");
}

#[test]
fn items_of_a_lost_return_batch_are_settled_once_after_its_gap_was_accepted() {
    let court = Court::new(20);
    court.up();
    court.down();
    write_message(&court, "m1");
    court.agent("outer", "reply");
    let kept = std::fs::read(newest(&court, "down")).unwrap();
    lose(&court, "down");
    write_message(&court, "m2");
    court.down();
    assert_eq!(gaps(&court, "inner"), json!([2]));
    assert_eq!(messages(&court), 1);
    accept(&court, "inner", "2");
    assert_eq!(gaps(&court, "inner"), json!([]));
    // Two batches leave before the outer side knows of it: what is not acknowledged is not deleted.
    court.agent("inner", "export");
    lose(&court, "up");
    assert_eq!(waiting_outside(&court), 2);
    let (_, ingested) = court.up();
    assert_eq!(ingested["resent"], 0, "an accepted gap is not asked for");
    assert_eq!(waiting_outside(&court), 1, "m2 was acknowledged, m1 waits to cross again");
    let (replied, imported) = court.down();
    assert_eq!((&replied["items"], &imported["messages"]), (&json!(1), &json!(1)));
    assert_eq!(messages(&court), 2);
    court.up();
    assert_eq!(waiting_outside(&court), 0);
    // The lost file turns up after all: nothing happens twice.
    std::fs::write(court.path("channel/down/received/late.ferry"), kept).unwrap();
    assert_eq!(court.agent("inner", "import")["batches"], 1);
    assert_eq!(messages(&court), 2);
}

#[test]
fn the_very_first_batch_of_either_direction_is_requested_and_resent() {
    let court = Court::new(20);
    court.agent("inner", "export");
    lose(&court, "up");
    court.up();
    assert_eq!(gaps(&court, "outer"), json!([1]));
    write_message(&court, "m1");
    court.agent("outer", "reply");
    lose(&court, "down");
    let (_, imported) = court.down();
    assert_eq!((gaps(&court, "inner"), &imported["resent"]), (json!([1]), &json!(1)));
    let (_, ingested) = court.up();
    assert_eq!((&ingested["batches"], &ingested["resent"]), (&json!(2), &json!(1)), "{ingested}");
    court.carry("down");
    assert_eq!(court.agent("inner", "import")["messages"], 1);
    assert_eq!((gaps(&court, "outer"), gaps(&court, "inner")), (json!([]), json!([])));
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

/// The outer side forgot that it took batch 2, which the inner side knows to be confirmed.
fn forgotten_after_it_was_confirmed() -> Court {
    let court = Court::new(30);
    court.up();
    touch(&court.path(""), 5, SEED).unwrap();
    court.up();
    court.down();
    assert_eq!(channel(&court, "inner", 0)["batches"]["confirmed"], 2);
    court.database("outer/state/outer.db").execute("DELETE FROM ferry_received WHERE sequence = 2", []).unwrap();
    lose(&court, "up");
    court
}

#[test]
fn an_acknowledged_batch_can_be_resent_while_it_is_kept() {
    let court = forgotten_after_it_was_confirmed();
    court.up();
    assert_eq!(gaps(&court, "outer"), json!([2]));
    let (_, imported) = court.down();
    assert_eq!(imported["resent"], 1);
    assert!(codes(&court, "inner").is_empty());
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    assert_eq!(gaps(&court, "outer"), json!([]));
}

#[test]
fn a_request_that_can_no_longer_be_met_is_reported_on_both_sides_with_a_remedy() {
    let court = forgotten_after_it_was_confirmed();
    let long_ago = "UPDATE ferry_sent SET settled_s = settled_s - 40 * 86400 WHERE state = 'confirmed'";
    court.database("inner/state/inner.db").execute(long_ago, []).unwrap();
    court.up();
    let (_, imported) = court.down();
    assert_eq!(imported["resent"], 0);
    assert_eq!(channel(&court, "inner", 0)["asked_not_kept"], json!([2]));
    let alarm = court.agent("inner", "status")["alarms"][0].clone();
    assert_eq!(alarm["code"], "FERRY-E0678");
    assert!(alarm["hint"].as_str().unwrap().contains("`baseline`"), "{alarm}");
    refused(&court, "inner", &["resend", "2"], 66, "FERRY-E0672");
    run(&court, "inner", &["reconcile"]);
    // The outer side's request arrived, and newer batches come without what it asked for.
    assert_eq!(run(&court, "outer", &["gaps", "list"])[0]["state"], "asked");
    assert!(codes(&court, "outer").is_empty());
    court.database("outer/state/outer.db").execute("UPDATE ferry_sent SET settled_s = settled_s - 5", []).unwrap();
    court.up();
    court.database("outer/state/outer.db").execute("UPDATE ferry_sent SET settled_s = settled_s - 5", []).unwrap();
    court.up();
    assert_eq!(run(&court, "outer", &["gaps", "list"])[0]["state"], "unanswered");
    let alarm = court.agent("outer", "status")["alarms"][0].clone();
    assert_eq!(alarm["code"], "FERRY-E0678");
    assert!(alarm["hint"].as_str().unwrap().contains("`gaps accept 2`"), "{alarm}");
    accept(&court, "outer", "2");
    assert!(codes(&court, "outer").is_empty());
    court.down();
    assert!(codes(&court, "inner").is_empty());
    // What it carried was confirmed, so it goes out again.
    court.up();
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn resending_a_lost_batch_costs_only_its_bytes() {
    // Of two courts that do the same, one loses its second batch.
    let court = Court::new(40);
    court.up();
    touch(&court.path(""), 10, SEED).unwrap();
    let twin = court.duplicate();
    let bytes = |court: &Court, direction: &str| -> u64 {
        court.files(&format!("channel/{direction}/sent")).iter().map(|file| file.metadata().unwrap().len()).sum()
    };
    court.agent("inner", "export");
    let lost = std::fs::read(newest(&court, "up")).unwrap();
    lose(&court, "up");
    twin.up();
    let (up, twin_up) = (bytes(&court, "up"), bytes(&twin, "up"));
    for court in [&court, &twin] {
        court.up();
        court.down();
    }
    assert_eq!(gaps(&court, "outer"), json!([2]));
    for court in [&court, &twin] {
        court.up();
        court.down();
    }
    assert_eq!((gaps(&court, "outer"), court.roots().0), (json!([]), twin.roots().0));
    assert_eq!(court.roots().0, court.roots().1);

    // Up, the very bytes crossed once more; down, a question of a few.
    let again = court.files("channel/up/sent").into_iter().filter(|file| std::fs::read(file).unwrap() == lost);
    assert_eq!(again.count(), 1);
    let difference = (bytes(&court, "up") - up).abs_diff(bytes(&twin, "up") - twin_up + lost.len() as u64);
    assert!(difference < SLACK_BYTES, "{difference} bytes more or less than the lost {}", lost.len());
    let question = bytes(&court, "down").abs_diff(bytes(&twin, "down"));
    assert!(question < SLACK_BYTES && (lost.len() as u64) > 4 * SLACK_BYTES, "{question} of {}", lost.len());
}

#[test]
fn a_kept_batch_is_resent_by_command_with_the_same_bytes() {
    let court = Court::new(20);
    for _ in 0..3 {
        court.agent("inner", "export");
    }
    let before: Vec<_> = court.files("channel/up/sent").iter().map(|f| std::fs::read(f).unwrap()).collect();
    lose(&court, "up");
    assert_eq!(run(&court, "inner", &["resend", "2-3"])["batches"], json!([2, 3]));
    let again: Vec<_> = court.files("channel/up/sent").iter().map(|f| std::fs::read(f).unwrap()).collect();
    assert_eq!(again, before[1..]);
    refused(&court, "inner", &["resend", "3-4"], 66, "FERRY-E0671");
    refused(&court, "inner", &["resend", "2", "--volume", "1"], 66, "FERRY-E0679");
    assert_eq!(court.try_agent("inner", &["resend", "3-2"]).status.code(), Some(2));
    run(&court, "inner", &["resend", "1"]);
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["batches"], 3);
    // The way back, too.
    court.agent("outer", "reply");
    lose(&court, "down");
    refused(&court, "outer", &["resend", "2"], 66, "FERRY-E0671");
    assert_eq!(run(&court, "outer", &["resend", "1"]), json!({ "epoch": 1, "batches": [1], "volume": null }));
    court.carry("down");
    assert_eq!(court.agent("inner", "import")["batches"], 1);
    let sql = "SELECT count(*) FROM ferry_audit WHERE act = 'resend'";
    let resent = |db: &str| court.database(db).query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!((resent("inner/state/inner.db"), resent("outer/state/outer.db")), (3, 1));
}

#[test]
fn one_volume_is_resent_by_command() {
    let court = crate::support::volumes::court_with_a_large_document();
    court.agent("inner", "export");
    let third = court.files("channel/up/sent").into_iter().find(|f| f.to_string_lossy().contains(".0003.")).unwrap();
    let bytes = std::fs::read(&third).unwrap();
    std::fs::remove_file(&third).unwrap();
    refused(&court, "inner", &["resend", "1", "--volume", "99"], 66, "FERRY-E0679");
    let before = court.files("channel/up/sent").len();
    assert_eq!(run(&court, "inner", &["resend", "1", "--volume", "3"])["volume"], 3);
    assert_eq!(court.files("channel/up/sent").len(), before + 1);
    assert_eq!(std::fs::read(&third).unwrap(), bytes);
    court.carry("up");
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
}

#[test]
fn a_refusal_is_counted_even_after_a_newer_batch_was_acknowledged() {
    let court = Court::new(20);
    assert_eq!(crate::support::forge::ingest_a_faulty_first_batch(&court)["refused"], 1);
    // The return batch that reports the refusal is late; the next one acknowledges batch 1 and no longer mentions it.
    court.agent("outer", "reply");
    let report = newest(&court, "down");
    std::fs::rename(&report, court.path("late.ferry")).unwrap();
    court.down();
    assert_eq!(channel(&court, "inner", 0)["batches"], json!({ "confirmed": 1 }));
    std::fs::rename(court.path("late.ferry"), court.path("channel/down/received/late.ferry")).unwrap();
    court.agent("inner", "import");
    assert_eq!(channel(&court, "inner", 0)["batches"], json!({ "refused": 1 }));
    court.up();
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn a_missing_batch_raises_an_alarm_on_both_sides_and_in_the_daemon_log_until_one_is_accepted() {
    let court = Court::new(12);
    court.edit("outer.toml", "no-batch-alarm-hours = 26", "no-batch-alarm-hours = 30");
    assert_eq!((codes(&court, "inner"), codes(&court, "outer")), (vec![], vec![]), "nothing ever came");
    court.up();
    court.down();
    let age = |side: &str, hours: i64| {
        let sql = format!("UPDATE ferry_received SET at_s = at_s - {hours} * 3600");
        court.database(&format!("{side}/state/{side}.db")).execute(&sql, []).unwrap();
    };
    age("inner", 27);
    age("outer", 27);
    assert!(codes(&court, "inner").contains(&"FERRY-E0674".into()));
    assert!(!codes(&court, "outer").contains(&"FERRY-E0674".into()), "30 hours are not over");
    age("outer", 4);
    let status = court.agent("outer", "status");
    assert_eq!(status["alarms"][0]["code"], "FERRY-E0674");
    assert!(status["alarms"][0]["message"].as_str().unwrap().contains("no-batch-alarm-hours = 30"), "{status}");
    let daemon = court.spawn("outer", &["run"]);
    eventually("the alarm", || daemon.stderr().contains("[FERRY-E0674]"));
    drop(daemon);
    court.up();
    court.down();
    let silent = |side| codes(&court, side).contains(&"FERRY-E0674".into());
    assert!(!silent("inner") && !silent("outer"));
}
