//! Whoever follows a hint word by word is better off afterwards. That every command of every hint can be typed is a rule of
//! its own (`tests/rules/hints.rs`).

mod configured;
mod files;
mod names;
mod refused;

use crate::support::forge::{forge, put};
use ferry_testkit::court::touch;
use ferry_testkit::stage::{Court, SEED};
use serde_json::Value as Json;

fn todo(court: &Court, side: &str) -> Vec<Json> {
    court.agent(side, "status")["todo"].as_array().unwrap().clone()
}

fn codes(court: &Court, side: &str) -> String {
    court.agent(side, "status")["alarms"].to_string() + &Json::from(todo(court, side)).to_string()
}

/// The error of a command that must fail: what it prints.
fn failure(court: &Court, side: &str, command: &[&str]) -> String {
    let out = court.try_agent(side, command);
    assert!(!out.status.success(), "{side} {command:?}");
    String::from_utf8_lossy(&out.stderr).into_owned()
}

fn typed(court: &Court, side: &str, command: &str) {
    let words: Vec<&str> = command.split(' ').collect();
    let out = court.try_agent(side, &words);
    assert!(out.status.success(), "{side} {command}: {}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn e0607_a_file_in_a_batch_s_way_is_moved_away_and_the_next_run_sends_the_batch() {
    let court = Court::new(5);
    court.up();
    std::fs::write(court.path("channel/up/sent/up-1-00000002.ferry"), "somebody's").unwrap();
    touch(&court.path(""), 2, SEED).unwrap();
    let output = failure(&court, "inner", &["export"]);
    assert!(output.contains("FERRY-E0607") && output.contains("move that file away"), "{output}");
    std::fs::rename(court.path("channel/up/sent/up-1-00000002.ferry"), court.path("away")).unwrap();
    court.up();
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn e0694_the_command_that_status_names_after_a_failed_run_ends_it_once_its_cause_is_gone() {
    let court = Court::new(5);
    court.up();
    let (sent, away) = (court.path("channel/up/sent"), court.path("channel/up/away"));
    std::fs::rename(&sent, &away).unwrap();
    touch(&court.path(""), 2, SEED).unwrap();
    failure(&court, "inner", &["export"]);
    let failed = todo(&court, "inner").into_iter().find(|todo| todo["code"] == "FERRY-E0694").expect("it is named");
    std::fs::rename(&away, &sent).unwrap();
    let command = failed["command"].as_str().unwrap();
    let words = command.split_whitespace().collect::<Vec<_>>();
    assert_eq!(words[0], "inner-agent", "{command}");
    typed(&court, "inner", words.last().unwrap());
    assert!(!codes(&court, "inner").contains("FERRY-E0694"));
}

#[test]
fn e0675_a_channel_that_stopped_continues_as_its_hint_says() {
    let court = Court::new(5);
    court.up();
    put(&court, "up", "second", &forge(&court, "inner/sender.key", "outer/recipient.pub", |_| (), 1, &[]));
    let output = failure(&court, "outer", &["ingest"]);
    assert!(output.contains("`fork list`") && output.contains("`fork resume --by NAME --reason TEXT`"), "{output}");
    typed(&court, "outer", "fork list");
    typed(&court, "outer", "fork resume --by 王芳 --reason 已留证");
    touch(&court.path(""), 2, SEED).unwrap();
    court.up();
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    assert!(!codes(&court, "outer").contains("FERRY-E0675"));
}

#[test]
fn e0606_a_batch_that_the_outbox_lost_is_accepted_as_a_gap_and_its_content_crosses_again() {
    let court = Court::new(5);
    court.up();
    touch(&court.path(""), 2, SEED).unwrap();
    court.agent("inner", "export");
    for folder in ["channel/up/sent", "inner/state/outbox"] {
        std::fs::remove_file(court.files(folder).pop().unwrap()).unwrap();
    }
    let output = failure(&court, "inner", &["resend", "2"]);
    assert!(output.contains("FERRY-E0606") && output.contains("`gaps accept`"), "{output}");
    touch(&court.path(""), 2, SEED + 1).unwrap();
    court.up();
    typed(&court, "outer", "gaps accept 2 --by 王芳 --reason 发件箱丢失");
    court.down();
    let reason = "SELECT reason FROM ferry_sent WHERE sequence = 2";
    let reason: String = court.database("inner/state/inner.db").query_row(reason, [], |r| r.get(0)).unwrap();
    assert_eq!(reason, "FERRY-E0670", "its content is collected again by itself");
    court.up();
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    assert!(!codes(&court, "inner").contains("FERRY-E0667"));
}

#[test]
fn e0202_a_new_key_of_the_court_is_paired_as_the_runbook_says_and_the_quarantined_batch_crosses() {
    let court = Court::new(5);
    court.up();
    for name in ["inner/sender.key", "inner/sender.pub"] {
        std::fs::remove_file(court.path(name)).unwrap();
    }
    typed(&court, "inner", "init");
    touch(&court.path(""), 2, SEED).unwrap();
    court.agent("inner", "export");
    court.carry("up");
    court.agent("outer", "ingest");
    let quarantined = court.agent("outer", "status")["quarantine"][0].clone();
    assert_eq!(quarantined["code"], "FERRY-E0202", "{quarantined}");
    let path = |name: &str| court.path(name).display().to_string();
    let pair =
        format!("pair --peer-sender {} --peer-recipient {}", path("inner/sender.pub"), path("inner/recipient.pub"));
    let output = failure(&court, "outer", &pair.split(' ').collect::<Vec<_>>());
    assert!(output.contains("FERRY-E0703") && output.contains("`--replace`") && output.contains("`--yes`"), "{output}");
    typed(&court, "outer", &format!("{pair} --replace"));
    typed(&court, "outer", &format!("{pair} --replace --yes"));
    typed(&court, "outer", &format!("quarantine retry {}", quarantined["id"]));
    assert_eq!(court.agent("outer", "ingest")["batches"], 1);
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}
