//! Both daemons at work: what arrives is taken by itself, and a slow copy is waited for.

use crate::stage::Court;
use std::io::Write;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

pub struct Daemon(pub Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        // SIGTERM, so that the portal is ended too.
        Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        self.0.wait().unwrap();
    }
}

/// Waits until `done`, at most two minutes: how long it takes is not what is tested.
pub fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(120), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn article_18_the_daemons_catch_up_a_missed_export_once_and_publish_what_arrives() {
    let court = Court::new(20);
    court.edit("outer.toml", "127.0.0.1:8443", "127.0.0.1:0");
    court.edit("outer.toml", "127.0.0.1:9443", "127.0.0.1:0");
    let sequence = || court.agent("inner", "status")["channels"][0]["last_sequence"].as_u64().unwrap();
    court.agent("inner", "export");
    // The last success was two days ago: one run is due, however many were missed.
    let two_days = 2 * 86_400;
    court
        .database("inner/state/inner.db")
        .execute("UPDATE ferry_run SET last_success_s = last_success_s - ?1 WHERE job = 'export'", [two_days])
        .unwrap();
    let _inner = Daemon(court.spawn("inner", &["run"]));
    eventually("the missed export", || sequence() == 2);
    let _outer = Daemon(court.spawn("outer", &["run"]));
    court.carry("up");
    let published = || court.agent("outer", "status")["channels"][0]["last_sequence"].as_u64().unwrap();
    eventually("the publication", || published() == 2);
    assert_eq!(sequence(), 2, "caught up once");

    // A third batch is copied slowly in place: it waits, and is published when it is whole.
    drop(_inner);
    court.agent("inner", "export");
    let whole = std::fs::read(court.files("channel/up/sent").last().unwrap()).unwrap();
    let mut slow = std::fs::File::create(court.path("channel/up/received/slow.ferry")).unwrap();
    slow.write_all(&whole[..whole.len() / 2]).unwrap();
    let waiting = || court.agent("outer", "status")["channels"][0]["waiting"].as_u64().unwrap();
    eventually("the waiting", || waiting() == 1);
    slow.write_all(&whole[whole.len() / 2..]).unwrap();
    eventually("the publication of the slow copy", || published() == 3);
    assert_eq!(court.agent("outer", "status")["channels"][0]["quarantined"], 0);
}
