//! Waiting for what a daemon does by itself.

use std::time::{Duration, Instant};

/// Waits until `done`, at most two minutes: how long it takes is not what is tested.
pub fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(120), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(200));
    }
}
