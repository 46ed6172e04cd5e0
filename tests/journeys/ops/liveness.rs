//! Liveness is progress: what the service manager hears of a daemon, on a real socket.

use ferry_testkit::stage::Court;
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

/// Messages until `done`, or none within `limit`.
fn receive(socket: &UnixDatagram, limit: Duration, mut done: impl FnMut(&str) -> bool) -> Vec<String> {
    let started = Instant::now();
    let mut messages = Vec::new();
    let mut buffer = [0; 4096];
    while let Some(left) = limit.checked_sub(started.elapsed()).filter(|left| !left.is_zero()) {
        socket.set_read_timeout(Some(left)).unwrap();
        let Ok(length) = socket.recv(&mut buffer) else { break };
        let message = String::from_utf8(buffer[..length].to_vec()).unwrap();
        let is_last = done(&message);
        messages.push(message);
        if is_last {
            break;
        }
    }
    messages
}

#[test]
fn a_daemon_sends_heartbeats_only_while_it_makes_progress_and_status_shows_it() {
    for side in ["inner", "outer"] {
        let court = Court::new(12);
        if side == "outer" {
            court.edit("outer.toml", "127.0.0.1:8443", "127.0.0.1:0");
            court.edit("outer.toml", "127.0.0.1:9443", "127.0.0.1:0");
        }
        court.edit(&format!("{side}.toml"), "poll-interval-s = 60", "poll-interval-s = 1");
        let path = court.path("notify.socket");
        let socket = UnixDatagram::bind(&path).unwrap();
        let mut daemon = court.spawn_notifying(side, &["run"], &path);
        let limit = Duration::from_secs(60);
        let first = receive(&socket, limit, |m| m.contains("WATCHDOG=1"));
        assert!(first.iter().any(|m| m.contains("READY=1")), "{side}: {first:?}");
        let mut heartbeats = 0;
        receive(&socket, limit, |m| {
            heartbeats += usize::from(m.contains("WATCHDOG=1"));
            heartbeats == 3
        });
        assert_eq!(heartbeats, 3, "{side}");
        let sign = court.agent(side, "status")["daemon"].clone();
        assert_eq!((&sign["silent"], &sign["process"]), (&false.into(), &daemon.id().into()), "{side}");

        daemon.signal("STOP");
        std::thread::sleep(Duration::from_millis(500));
        socket.set_nonblocking(true).unwrap();
        while socket.recv(&mut [0; 4096]).is_ok() {}
        socket.set_nonblocking(false).unwrap();
        let silence = receive(&socket, Duration::from_secs(5), |_| false);
        assert!(silence.is_empty(), "{side}: {silence:?}");
        // Three minutes later.
        let heartbeat_file =
            std::fs::File::options().write(true).open(court.path(&format!("{side}/state/daemon.heartbeat"))).unwrap();
        heartbeat_file.set_modified(std::time::SystemTime::now() - Duration::from_secs(180)).unwrap();
        let status = court.agent(side, "status");
        assert_eq!((&status["daemon"]["silent"], &status["alarms"][0]["code"]), (&true.into(), &"FERRY-E0690".into()));
        assert!(status["todo"][0]["command"].as_str().unwrap().contains("systemctl restart"), "{status}");

        daemon.signal("CONT");
        receive(&socket, limit, |m| m.contains("WATCHDOG=1"));
        assert_eq!(court.agent(side, "status")["daemon"]["silent"], false, "{side}");
        daemon.signal("TERM");
        let last = receive(&socket, limit, |m| m.contains("STOPPING=1"));
        assert!(last.last().unwrap().contains("STOPPING=1"), "{side}: {last:?}");
        drop(daemon);
        assert!(court.agent(side, "status")["daemon"].is_null(), "{side}: one that ended in order is not missed");
        // What `systemctl restart` does: it is started again.
        let again = court.spawn_notifying(side, &["run"], &path);
        receive(&socket, limit, |m| m.contains("READY=1"));
        assert!(!court.agent(side, "status")["alarms"].to_string().contains("FERRY-E0690"), "{side}");
        drop(again);
    }
}

#[test]
fn a_stuck_step_sends_no_heartbeat_although_the_process_lives() {
    let court = Court::new(12);
    court.edit("inner.toml", "poll-interval-s = 60", "poll-interval-s = 1");
    let path = court.path("notify.socket");
    let socket = UnixDatagram::bind(&path).unwrap();
    let daemon = court.spawn_notifying("inner", &["run"], &path);
    let limit = Duration::from_secs(60);
    assert!(!receive(&socket, limit, |m| m.contains("WATCHDOG=1")).is_empty());
    // A writer that keeps the platform locked: the import waits for it, in a call that makes no progress.
    let platform = court.platform();
    platform.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    // What was in progress ends; from then on there is no heartbeat.
    receive(&socket, Duration::from_secs(3), |_| false);
    let silence = receive(&socket, Duration::from_secs(6), |_| false);
    let tasks = std::fs::read_dir(format!("/proc/{}/task", daemon.id())).unwrap().count();
    assert!(tasks > 0, "it lives");
    assert!(!silence.iter().any(|m| m.contains("WATCHDOG=1")), "{silence:?}");
    platform.execute_batch("ROLLBACK").unwrap();
    drop(platform);
    let messages = receive(&socket, limit, |m| m.contains("WATCHDOG=1"));
    assert!(messages.last().unwrap().contains("WATCHDOG=1"), "it continues by itself: {messages:?}");
}
