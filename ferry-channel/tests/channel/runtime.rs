//! One run at a time, and what wakes a daemon.

use ferry_channel::config::Watch;
use ferry_channel::receive::scan;
use ferry_channel::runtime::lock;
use ferry_channel::runtime::watch::FolderWatcher;
use ferry_io::exit_code::TEMPORARY;
use std::time::{Duration, Instant};

#[test]
fn one_run_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let held = lock::take(dir.path(), "job").unwrap();
    assert_eq!(lock::take(dir.path(), "job").err().unwrap().exit, TEMPORARY);
    lock::take(dir.path(), "other").unwrap();
    drop(held);
    lock::take(dir.path(), "job").unwrap();
}

#[test]
fn a_new_file_wakes_a_watcher_and_polling_waits_for_its_interval() {
    let dir = tempfile::tempdir().unwrap();
    let mut waker = FolderWatcher::new(dir.path(), Watch::Inotify).unwrap();
    std::fs::write(dir.path().join("x"), b"x").unwrap();
    let started = Instant::now();
    assert!(waker.wait(Duration::from_secs(60)));
    assert!(started.elapsed() < Duration::from_secs(50), "the event was lost");
    let mut poll = FolderWatcher::new(dir.path(), Watch::Poll).unwrap();
    assert!(poll.wait(Duration::from_millis(1)));
}

#[test]
fn our_own_scan_wakes_no_watcher_and_a_burst_of_arrivals_does() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("left alone"), b"x").unwrap();
    let mut waker = FolderWatcher::new(dir.path(), Watch::Inotify).unwrap();
    for _ in 0..10 {
        assert_eq!(scan::scan(dir.path()).unwrap().len(), 1);
    }
    let (started, interval) = (Instant::now(), Duration::from_millis(1500));
    assert!(waker.wait(interval));
    assert!(started.elapsed() >= interval, "looking at what lies there woke it");
    for n in 0..1000 {
        std::fs::write(dir.path().join(n.to_string()), b"x").unwrap();
    }
    let started = Instant::now();
    assert!(waker.wait(Duration::from_secs(60)));
    assert!(started.elapsed() < Duration::from_secs(50), "a thousand arrivals are a hint like one");
}
