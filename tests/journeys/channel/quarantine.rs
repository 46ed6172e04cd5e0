//! What waits in quarantine: looked at, put back through the same verification, or removed by a named person.

use ferry_testkit::stage::Court;
use serde_json::Value;

fn run(court: &Court, side: &str, command: &[&str]) -> Value {
    let out = court.try_agent(side, &[&["quarantine"], command, &["--json"]].concat());
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn done(court: &Court, side: &str, command: &[&str]) -> Option<i32> {
    court.try_agent(side, &[&["quarantine"], command].concat()).status.code()
}

#[test]
fn a_quarantined_file_is_shown_verified_again_or_deleted_by_a_named_person() {
    let court = Court::new(20);
    court.agent("inner", "export");
    let mut damaged = std::fs::read(&court.files("channel/up/sent")[0]).unwrap();
    let at = damaged.len() / 2;
    damaged[at] ^= 1;
    std::fs::write(court.path("channel/up/received/damaged"), &damaged).unwrap();
    std::fs::write(court.path("channel/up/received/noise"), b"PK something else entirely, of some length").unwrap();
    assert_eq!(court.agent("outer", "ingest")["quarantined"], 2);
    let listed = run(&court, "outer", &["list"]);
    let number = |name: &str| {
        let held = listed.as_array().unwrap().iter().find(|h| h["name"] == name).unwrap();
        held["id"].to_string()
    };
    let (batch, noise) = (number("damaged"), number("noise"));
    let shown = run(&court, "outer", &["show", &batch]);
    assert_eq!((&shown["claimed"]["place"], &shown["claimed"]["channel"]), (&serde_json::json!([1, 1]), &"up".into()));
    assert_eq!(shown["file"]["code"], "FERRY-E0204");
    assert_eq!(run(&court, "outer", &["show", &noise])["claimed"], Value::Null);
    assert_eq!(done(&court, "outer", &["show", "99"]), Some(66));

    // No back door: what was refused is refused again.
    assert_eq!(done(&court, "outer", &["retry", &batch]), Some(0));
    let pass = court.agent("outer", "ingest");
    assert_eq!((&pass["quarantined"], &pass["batches"]), (&1.into(), &0.into()));
    assert_eq!(done(&court, "outer", &["discard", &noise]), Some(2), "who and why is needed");
    let why = ["--by", "王芳", "--reason", "不是批次"];
    assert_eq!(done(&court, "outer", &[&["discard", &noise][..], &why].concat()), Some(0));
    assert_eq!(court.files("outer/state/quarantine").len(), 1);
    assert_eq!(run(&court, "outer", &["list"]).as_array().unwrap().len(), 1);
    let sql = "SELECT count(*) FROM ferry_audit WHERE act = 'discard' AND actor = '王芳'";
    let conn = court.database("outer/state/outer.db");
    assert_eq!(conn.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap(), 1);
}

#[test]
fn a_file_left_in_both_folders_by_a_power_cut_counts_as_one_arrival() {
    let court = Court::new(5);
    court.up();
    let noise = b"PK something else entirely, of some length";
    // What a cut leaves before the row is committed: with its old name, and without.
    let moved = |id: u64| court.path(&format!("outer/state/quarantine/{id:06}-FERRY-E0101.ferry"));
    std::fs::write(moved(1), noise).unwrap();
    std::fs::write(court.path("channel/up/received/noise"), noise).unwrap();
    std::fs::write(moved(2), b"PK another thing, whose old name is gone").unwrap();
    assert_eq!(court.agent("outer", "ingest")["quarantined"], 2);
    let listed = run(&court, "outer", &["list"]);
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|held| held["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["noise", "orphan-000002-FERRY-E0101.ferry"]);
    assert_eq!(court.files("outer/state/quarantine").len(), 2);
    assert!(court.files("channel/up/received").is_empty());
}

#[test]
fn a_return_batch_refused_for_a_wrong_trust_file_is_accepted_once_the_file_is_right() {
    let court = Court::new(20);
    court.up();
    court.ferry_ok(&["keygen", "--role", "sender", "-o", "other"]);
    let trust = std::fs::read_to_string(court.path("inner/trust.toml")).unwrap();
    court.ferry_ok(&["trust", "init", "--sender", "other.pub", "-o", "other.toml"]);
    std::fs::copy(court.path("other.toml"), court.path("inner/trust.toml")).unwrap();
    let (_, imported) = court.down();
    assert_eq!((&imported["quarantined"], &imported["batches"]), (&1.into(), &0.into()));
    std::fs::write(court.path("inner/trust.toml"), trust).unwrap();
    let todo = || court.agent("inner", "status")["todo"].to_string();
    assert!(todo().contains("FERRY-E0697"), "{}", todo());
    let id = run(&court, "inner", &["list"])[0]["id"].to_string();
    assert_eq!(done(&court, "inner", &["retry", &id]), Some(0));
    assert_eq!(court.agent("inner", "import")["batches"], 1);
    assert_eq!(run(&court, "inner", &["list"]), serde_json::json!([]));
    assert!(!todo().contains("FERRY-E0697"), "{}", todo());
}
