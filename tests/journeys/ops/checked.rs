//! `status` is a claim that was checked: portal and documents are looked at, and `--check` says one thing to a monitoring system.

use crate::support::wait::eventually;
use ferry_testkit::stage::Court;
use std::net::TcpListener;
use std::path::PathBuf;

fn codes(court: &Court, side: &str) -> Vec<String> {
    let status = court.agent(side, "status");
    status["alarms"].as_array().unwrap().iter().map(|alarm| alarm["code"].as_str().unwrap().to_owned()).collect()
}

/// `status --check`: exit code and line.
fn check(court: &Court, side: &str) -> (i32, String) {
    let out = court.try_agent(side, &["status", "--check"]);
    (out.status.code().unwrap(), String::from_utf8(out.stdout).unwrap().trim().to_owned())
}

#[test]
fn lost_and_damaged_documents_are_found_by_the_next_passes_and_named_until_they_are_back() {
    let court = Court::new(12);
    court.up();
    court.agent("outer", "ingest");
    assert_eq!(check(&court, "outer"), (0, "OK: nothing for a person to do".to_owned()));
    let checked = court.agent("outer", "status")["documents"].clone();
    assert!(checked["presence_s"].is_i64() && checked["lost"] == 0, "{checked}");
    let first_of = |folder: &PathBuf| std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let documents: Vec<PathBuf> = court.files("outer/state/documents").iter().map(first_of).collect();
    let three = [&documents[0], &documents[1], &documents[2]];
    let kept = three.map(|path| std::fs::read(path).unwrap());
    std::fs::remove_file(three[0]).unwrap();
    std::fs::write(three[1], &kept[1][..kept[1].len() / 2]).unwrap();
    let mut other = kept[2].clone();
    other[0] ^= 1;
    std::fs::write(three[2], other).unwrap();
    court.agent("outer", "ingest");
    assert!(court.agent("outer", "status")["documents"]["lost"].as_u64() >= Some(2), "presence and length");
    let (code, line) = check(&court, "outer");
    assert!(code == 2 && line.starts_with("CRITICAL: ") && line.contains("FERRY-E0663"), "{line}");
    // Of so small a court each pass reads the bytes of one.
    let whole_round = || (0..=documents.len() + 1).for_each(|_| drop(court.agent("outer", "ingest")));
    whole_round();
    assert_eq!(court.agent("outer", "status")["documents"]["lost"], 3);
    three.into_iter().zip(kept).for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
    whole_round();
    assert_eq!(codes(&court, "outer"), [""; 0]);
    assert_eq!(check(&court, "outer").0, 0);
}

/// As case M6: nobody does anything but the daily jobs.
#[test]
fn lost_documents_are_asked_for_and_sent_again_by_the_daily_jobs_alone() {
    let court = Court::new(12);
    court.up();
    court.down();
    let documents = court.path("outer/state/documents");
    let folders = || -> Vec<PathBuf> {
        let shown = |path: &PathBuf| !path.file_name().unwrap().to_string_lossy().starts_with('.');
        std::fs::read_dir(&documents).unwrap().flatten().map(|entry| entry.path()).filter(shown).collect()
    };
    let before = folders().len();
    folders().iter().skip(2).for_each(|folder| std::fs::remove_dir_all(folder).unwrap());
    // One is cut short: what arrives takes its place.
    let cut = std::fs::read_dir(&folders()[1]).unwrap().flatten().next().unwrap().path();
    let whole = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let mut days = 0;
    court.up();
    assert!(codes(&court, "outer").contains(&"FERRY-E0663".to_owned()));
    while codes(&court, "outer").contains(&"FERRY-E0663".to_owned()) {
        court.down();
        court.up();
        days += 1;
        assert!(days <= 4, "after {days} days: {:?}", court.agent("outer", "status")["documents"]);
    }
    assert_eq!((folders().len(), std::fs::read(&cut).unwrap()), (before, whole));
    court.down();
    court.up();
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
    assert_eq!(codes(&court, "outer"), Vec::<String>::new());
}

#[test]
fn a_portal_whose_port_is_taken_is_an_alarm_until_it_serves() {
    let court = Court::new(12);
    court.up();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    court.edit("outer.toml", "listen = \"127.0.0.1:8443\"", &format!("listen = \"{address}\""));
    court.edit("outer.toml", "listen = \"127.0.0.1:9443\"", "listen = \"127.0.0.1:0\"");
    let _daemon = court.spawn("outer", &["run"]);
    eventually("the daemon works", || court.path("outer/state/daemon.heartbeat").exists());
    assert_eq!(codes(&court, "outer"), ["FERRY-E0662"]);
    let (code, line) = check(&court, "outer");
    assert!(code == 2 && line.contains(&address.to_string()), "{line}");
    drop(taken);
    // The daemon starts it again with its next round.
    eventually("the portal serves", || check(&court, "outer").0 == 0);
}

#[test]
fn a_check_that_cannot_be_made_is_not_well_and_a_missing_ledger_stands_still() {
    let court = Court::new(12);
    court.up();
    assert_eq!(check(&court, "inner").0, 0);
    std::fs::rename(court.path("inner/state/inner.db"), court.path("kept.db")).unwrap();
    let (code, line) = check(&court, "inner");
    assert!(code == 2 && line.contains("FERRY-E0658"), "{line}");
    std::fs::rename(court.path("kept.db"), court.path("inner/state/inner.db")).unwrap();
    std::fs::write(court.path("catalogue.toml"), "not a catalogue").unwrap();
    let (code, line) = check(&court, "inner");
    assert!(code == 3 && line.starts_with("UNKNOWN: "), "{line}");
    for side in ["inner", "outer"] {
        std::fs::write(court.path(&format!("{side}.toml")), "no = [").unwrap();
        let (code, line) = check(&court, side);
        assert!(code == 3 && line.starts_with("UNKNOWN: "), "{side}: {line}");
    }
}

#[test]
fn a_daemon_that_was_stopped_and_not_started_again_for_an_hour_raises_an_alarm() {
    let court = Court::new(5);
    let named = |what: &str| {
        let status = court.agent("inner", "status");
        let looked_at = status["looked_at"].as_array().unwrap().clone();
        looked_at.into_iter().find(|look| look["what"] == what).unwrap_or_else(|| panic!("{what} is not looked at"))
    };
    assert!(named("daemon")["at"].is_null(), "where none ever ran, none is missed");
    let mut daemon = court.spawn("inner", &["run"]);
    eventually("the daemon runs", || court.path("inner/state/daemon.heartbeat").exists());
    daemon.signal("TERM");
    daemon.wait().unwrap();
    assert_eq!(codes(&court, "inner"), [""; 0], "it may be an update");
    let stopped = std::fs::File::options().write(true).open(court.path("inner/state/daemon.stopped")).unwrap();
    stopped.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(3700)).unwrap();
    assert_eq!(codes(&court, "inner"), ["FERRY-E0629"]);
    assert_eq!(named("daemon")["raised"][0], "FERRY-E0629");
    assert_eq!(named("folders")["raised"].as_array().unwrap().len(), 0);
    let again = court.spawn("inner", &["run"]);
    eventually("the alarm ends with the daemon's start", || codes(&court, "inner").is_empty());
    drop(again);
}

#[test]
fn every_claim_of_status_says_when_and_how_it_was_looked_at() {
    let court = Court::new(5);
    court.up();
    court.down();
    for (side, own) in
        [("inner", &[][..]), ("outer", &["portal", "certificates", "documents-presence", "documents-bytes"][..])]
    {
        let status = court.agent(side, "status");
        let looked_at = status["looked_at"].as_array().unwrap();
        let names: Vec<&str> = looked_at.iter().map(|look| look["what"].as_str().unwrap()).collect();
        let common = ["ledger", "folders", "outbox", "space", "reader", "clock", "daemon", "far-side"];
        assert_eq!(names, [&common[..], own].concat(), "{side}");
        assert!(looked_at.iter().all(|look| !look["how"].as_str().unwrap().is_empty()));
        for what in ["ledger", "folders", "outbox", "space", "reader", "clock", "far-side"] {
            let look = looked_at.iter().find(|look| look["what"] == what).unwrap();
            assert!(look["at"].is_string(), "{side} {look}");
        }
    }
}
