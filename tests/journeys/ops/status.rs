//! The operator's view: one screen for each side, what to do first, and commands that can be typed as they stand.

use ferry_testkit::stage::{Court, binary, in_english};
use serde_json::Value;
use std::process::Command;

const DAY_S: i64 = 86_400;

/// What `status` shows people.
fn screen(court: &Court, side: &str) -> String {
    let out = court.try_agent(side, &["status"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn codes(status: &Value, list: &str) -> Vec<String> {
    status[list].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
}

/// Types a command of `todo` into a shell.
fn typed(command: &str) -> bool {
    let folder = binary("inner-agent").parent().unwrap().to_owned();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    in_english(shell.args(["-c", command]).env("PATH", path)).output().unwrap().status.success()
}

#[test]
fn status_fits_one_screen_and_says_when_nothing_is_to_be_done() {
    let court = Court::new(12);
    for side in ["inner", "outer"] {
        assert!(screen(&court, side).starts_with("nothing for a person to do\n"));
    }
    court.up();
    court.down();
    for (side, last) in [("inner", "last success"), ("outer", "last success")] {
        let shown = screen(&court, side);
        let lines: Vec<_> = shown.lines().filter(|line| !line.starts_with("  → ")).collect();
        assert!(lines.len() <= 48, "{} lines:\n{shown}", lines.len());
        for line in lines {
            assert!(ferry_io::output::table::width(line) <= 80, "{line:?} is wider than a screen:\n{shown}");
        }
        for output in [last, "next due", "1/1", "backlog", "space", "enough", "repaired", "not running"] {
            assert!(shown.contains(output), "{output:?} is not said:\n{shown}");
        }
    }
    let outer = court.agent("outer", "status");
    assert!(outer["certificates"][0]["days_left"].as_i64().unwrap() > 365);
    assert!(outer["space"][0]["free_bytes"].as_u64().unwrap() > 0 && outer["daemon"].is_null());
    assert_eq!(codes(&outer, "todo"), codes(&outer, "alarms"));
}

#[test]
fn a_failed_run_names_the_command_that_repeats_it_and_that_command_clears_the_to_do_list() {
    let court = Court::new(12);
    let (received, away) = (court.path("channel/up/received"), court.path("channel/up/away"));
    std::fs::rename(&received, &away).unwrap();
    court.refused("outer", "ingest", 66);
    let status = court.agent("outer", "status");
    let todo = &status["todo"][0];
    assert_eq!((&todo["code"], &todo["urgency"]), (&"FERRY-E0694".into(), &"today".into()), "{status}");
    assert!(todo["what"].as_str().unwrap().contains("[FERRY-E0601]"), "{todo}");
    let command = todo["command"].as_str().unwrap();
    assert!(screen(&court, "outer").contains(&format!("  → {command}\n")));
    assert!(!typed(command), "the folder is still away");
    std::fs::rename(&away, &received).unwrap();
    assert!(typed(command));
    assert_eq!(codes(&court.agent("outer", "status"), "todo"), [""; 0]);
}

#[test]
fn a_batch_unacknowledged_for_two_days_raises_an_alarm_until_it_is_acknowledged() {
    let court = Court::new(12);
    court.up();
    let backlog = || court.agent("inner", "status")["channels"][0].clone();
    assert_eq!((&backlog()["unconfirmed"], &backlog()["overdue_s"]), (&1.into(), &0.into()));
    let sql = "UPDATE ferry_sent SET created_s = created_s - ?1";
    court.database("inner/state/inner.db").execute(sql, [3 * DAY_S]).unwrap();
    assert!((3 * DAY_S..3 * DAY_S + 600).contains(&backlog()["oldest_unconfirmed_age_s"].as_i64().unwrap()));
    assert!(codes(&court.agent("inner", "status"), "alarms").contains(&"FERRY-E0695".to_owned()));
    assert!(screen(&court, "inner").contains("1, oldest 3d 0h"));
    court.down();
    assert_eq!((&backlog()["unconfirmed"], &backlog()["oldest_unconfirmed"]), (&0.into(), &Value::Null));
    assert!(!codes(&court.agent("inner", "status"), "alarms").contains(&"FERRY-E0695".to_owned()));

    // An export that was due two nights ago.
    let sql = "UPDATE ferry_run SET last_success_s = last_success_s - ?1 WHERE job = 'export'";
    court.database("inner/state/inner.db").execute(sql, [3 * DAY_S]).unwrap();
    let status = court.agent("inner", "status");
    let late = status["todo"].as_array().unwrap().iter().find(|t| t["code"] == "FERRY-E0693").unwrap().clone();
    assert!(typed(late["command"].as_str().unwrap()), "{late}");
    assert!(!codes(&court.agent("inner", "status"), "alarms").contains(&"FERRY-E0693".to_owned()));
}

#[test]
fn a_certificate_that_expires_soon_or_has_expired_raises_an_alarm() {
    let court = Court::new(12);
    let made = |days: i64| {
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let end = jiff::Timestamp::now().as_second() + days * DAY_S + 3600;
        let end = jiff::Timestamp::from_second(end).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
        params.not_after = rcgen::date_time_ymd(end.year().into(), end.month() as u8, end.day() as u8);
        let key = rcgen::KeyPair::generate().unwrap();
        std::fs::write(court.path("outer/tls.crt"), params.self_signed(&key).unwrap().pem()).unwrap();
        court.agent("outer", "status")
    };
    let soon = made(10);
    assert!((8..=10).contains(&soon["certificates"][0]["days_left"].as_i64().unwrap()), "{soon}");
    assert_eq!(codes(&soon, "alarms"), ["FERRY-E0692"]);
    let ended = made(-2);
    assert!(ended["certificates"][0]["days_left"].as_i64().unwrap() < 0);
    let shown = screen(&court, "outer").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("expired"), "{shown}");
    assert_eq!(codes(&made(40), "alarms"), [""; 0]);
}

#[test]
fn old_quarantine_and_ended_sessions_are_deleted_and_status_shows_automatic_repairs() {
    let court = Court::new(12);
    court.up();
    for name in ["old.ferry", "new.ferry"] {
        std::fs::write(court.path("channel/up/received").join(name), format!("{name} is no batch")).unwrap();
    }
    court.agent("outer", "ingest");
    let store = court.database("outer/state/outer.db");
    assert_eq!(codes(&court.agent("outer", "status"), "todo"), ["FERRY-E0697"; 2][..1]);
    let age = "UPDATE ferry_quarantine SET at_s = at_s - ?1 WHERE name = 'old.ferry'";
    store.execute(age, [181 * DAY_S]).unwrap();
    let now_s = jiff::Timestamp::now().as_second();
    for (id, seen_s) in [(1_u8, now_s - DAY_S), (2, now_s)] {
        let sql = "INSERT INTO session(id, person, name, csrf, seen_s, started_s) VALUES (?1, 'p', 'n', 'c', ?2, ?2)";
        store.execute(sql, rusqlite::params![[id; 32].as_slice(), seen_s]).unwrap();
        store
            .execute("INSERT INTO failed_login VALUES (?1, 1, ?2)", rusqlite::params![id.to_string(), seen_s])
            .unwrap();
    }
    court.agent("outer", "ingest");
    court.down();
    let status = court.agent("outer", "status");
    assert_eq!(status["channels"][0]["quarantined"], 1);
    assert_eq!(status["quarantine"][0]["name"], "new.ferry");
    assert_eq!(court.files("outer/state/quarantine").len(), 1);
    let repaired = status["repaired"].as_array().unwrap();
    assert!(repaired.iter().any(|r| r["act"] == "quarantine-delete" && r["count"] == 1), "{status}");
    assert!(screen(&court, "outer").contains("old files deleted from quarantine"));
    let left =
        |table: &str| -> i64 { store.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0)).unwrap() };
    assert_eq!((left("session"), left("failed_login")), (1, 1), "who is still here stays");
}

#[test]
fn a_differing_state_root_is_shown_at_once_on_both_sides() {
    let court = Court::new(12);
    court.up();
    court.database("outer/state/outer.db").execute("UPDATE visible SET root_differs = 1", []).unwrap();
    let status = court.agent("outer", "status");
    assert_eq!(codes(&status, "alarms"), ["FERRY-E0696"]);
    assert!(screen(&court, "outer").starts_with("alarm: the state root differs from the sender's"));
}
