//! A wrong configuration is named by file and key, and works once that is corrected as the hint says.

use super::{failure, typed};
use crate::support::wait::eventually;
use ferry_testkit::stage::{Court, Running};
use std::net::TcpListener;

/// Code; side; file; what stands in it; what stands there wrongly; what the hint names.
const WRONG: [(&str, &str, &str, &str, &str, &str); 5] = [
    ("FERRY-E0502", "inner", "inner.toml", "poll-interval-s = 60", "poll-interval-s = \"often\"", "correct this key"),
    ("FERRY-E0501", "outer", "policy.toml", "[scan.public]", "[scan.everyone]", "correct the named value"),
    ("FERRY-E0651", "outer", "outer.toml", "\"127.0.0.1:9443\"", "\"8.8.8.8:9443\"", "loopback or private address"),
    ("FERRY-E0720", "outer", "outer.toml", "[ingest]", "[ingest]\nroots = [\"outer/root.pub\"]", "trust install"),
    (
        "FERRY-E0630",
        "inner",
        "inner.toml",
        "certificate-font = ",
        "certificate-font = \"/etc/hostname\" # ",
        "Chinese characters",
    ),
];

#[test]
fn a_wrong_key_is_named_with_its_remedy_and_check_config_is_well_once_it_is_corrected() {
    let court = Court::new(5);
    court.ferry_ok(&["keygen", "--role", "root", "-o", "outer/root"]);
    for (code, side, file, right, wrong, named) in WRONG {
        court.edit(file, right, wrong);
        let output = failure(&court, side, &["check-config"]);
        assert!(output.contains(code), "{code}: {output}");
        let hint = output.split_once("hint: ").map_or("", |(_, hint)| hint);
        assert!(hint.contains(named), "{code}: {output}");
        court.edit(file, wrong, right);
        let out = court.try_agent(side, &["check-config"]);
        assert!(out.status.success(), "{code}: {}", String::from_utf8_lossy(&out.stderr));
    }
}

#[test]
fn e0612_a_portal_whose_address_is_taken_serves_once_it_is_free() {
    let court = Court::new(5);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    court.edit("outer.toml", "127.0.0.1:8443", &address);
    let output = failure(&court, "outer", &["portal"]);
    assert!(output.contains("FERRY-E0612") && output.contains(&address), "{output}");
    drop(taken);
    let portal = court.portal();
    assert_eq!(portal.browser().get("/login").status, 200);
}

#[test]
fn e0652_a_portal_of_more_connections_than_files_may_be_open_starts_with_fewer() {
    let court = Court::new(5);
    court.edit("outer.toml", "127.0.0.1:8443", "127.0.0.1:0");
    let with_few_files = ["timeout", "20", "prlimit", "--nofile=512:512"];
    let portal = || court.under(&with_few_files, "outer", &["portal"]);
    let out = portal().output().unwrap();
    let output = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(78), "{output}");
    assert!(output.contains("FERRY-E0652") && output.contains("lower `connections-max`"), "{output}");
    court.edit("outer.toml", "connections-max = 4096", "connections-max = 100");
    let running = Running::start(&mut portal(), court.secrets());
    eventually("it serves", || running.stdout().contains("https://"));
}

#[test]
fn e0608_a_folder_that_cannot_be_watched_is_looked_at_in_intervals_as_the_hint_says() {
    let court = Court::new(5);
    court.edit("outer.toml", "watch = \"auto\"", "watch = \"inotify\"");
    for (from, to) in [("127.0.0.1:8443", "127.0.0.1:0"), ("127.0.0.1:9443", "127.0.0.1:0")] {
        court.edit("outer.toml", from, to);
    }
    let script = "echo 0 > /proc/sys/user/max_inotify_instances && exec timeout 60 \"$@\"";
    let without_inotify = ["unshare", "--user", "--map-root-user", "sh", "-c", script, "sh"];
    let daemon = || court.under(&without_inotify, "outer", &["run"]);
    let out = daemon().output().unwrap();
    let output = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!out.status.success() && output.contains("FERRY-E0608"), "{output}");
    assert!(output.contains("watch = \"poll\""), "{output}");
    court.edit("outer.toml", "watch = \"inotify\"", "watch = \"poll\"");
    court.edit("outer.toml", "poll-interval-s = 60", "poll-interval-s = 1");
    let running = Running::start(&mut daemon(), court.secrets());
    court.agent("inner", "export");
    court.carry("up");
    eventually("the batch is published", || court.agent("outer", "status")["published"]["records"] != 0);
    drop(running);
}

#[test]
fn e0605_a_ledger_of_a_newer_release_is_named_and_the_release_that_wrote_it_goes_on() {
    let court = Court::new(5);
    court.up();
    let version = |change: &str| {
        let conn = court.database("outer/state/outer.db");
        let now: i64 = conn.query_row("PRAGMA user_version", [], |r| r.get(0)).unwrap();
        conn.pragma_update(None, "user_version", if change == "newer" { now + 1000 } else { now - 1000 }).unwrap();
    };
    version("newer");
    let output = failure(&court, "outer", &["ingest"]);
    assert!(output.contains("FERRY-E0605") && output.contains("a newer program wrote it"), "{output}");
    version("as before");
    court.up();
    let (inner, outer) = court.roots();
    assert_eq!(inner, outer);
}

#[test]
fn e0503_a_key_of_the_wrong_role_is_named_and_the_other_file_pairs() {
    let court = Court::new(5);
    let path = |name: &str| court.path(name).display().to_string();
    std::fs::remove_file(court.path("outer/trust.toml")).unwrap();
    let (sender, recipient) = (path("inner/sender.pub"), path("inner/recipient.pub"));
    let swapped = ["pair", "--peer-sender", &recipient, "--peer-recipient", &sender];
    let output = failure(&court, "outer", &swapped);
    assert!(output.contains("FERRY-E0503") && output.contains("name the other file"), "{output}");
    typed(&court, "outer", &format!("pair --peer-sender {sender} --peer-recipient {recipient}"));
    court.up();
}
