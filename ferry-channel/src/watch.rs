//! Waiting for the next scan. An event is a hint to scan early; the interval is the promise.

use crate::config::Watch;
use crate::failure::{Failure, IO, Result};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Copies come as bursts of events; one scan after a short rest serves them all.
const REST: Duration = Duration::from_millis(200);
/// File systems that give no events: nfs, cifs, smb2, smb, fuse, 9p (`statfs(2)` magic numbers).
const SILENT: [i64; 6] = [0x6969, 0xFF53_4D42, 0xFE53_4D42, 0x517B, 0x6573_5546, 0x0102_1997];

/// A watched folder.
pub struct Waker {
    _watcher: Option<RecommendedWatcher>,
    events: Option<Receiver<()>>,
}

impl Waker {
    /// Starts to watch, or not, as configured.
    pub fn new(folder: &Path, watch: Watch) -> Result<Self> {
        let silent = rustix::fs::statfs(folder).is_ok_and(|s| SILENT.contains(&(s.f_type & 0xFFFF_FFFF)));
        if watch == Watch::Poll || (watch == Watch::Auto && silent) {
            return Ok(Self { _watcher: None, events: None });
        }
        let (hint, events) = channel();
        let watcher = notify::recommended_watcher(move |_| {
            // The other end is gone only while the agent stops.
            let _ = hint.send(());
        })
        .and_then(|mut w| w.watch(folder, RecursiveMode::NonRecursive).map(|()| w));
        match watcher {
            Ok(watcher) => Ok(Self { _watcher: Some(watcher), events: Some(events) }),
            Err(_) if watch == Watch::Auto => Ok(Self { _watcher: None, events: None }),
            Err(e) => {
                let message = format!("{}: it cannot be watched: {e}", folder.display());
                Err(Failure::new(IO, "FERRY-E0608", message, "set watch = \"poll\""))
            }
        }
    }

    /// Returns after an event or after `interval`, whichever comes first.
    pub fn wait(&mut self, interval: Duration) {
        let Some(events) = &self.events else {
            std::thread::sleep(interval);
            return;
        };
        match events.recv_timeout(interval) {
            Ok(()) => {
                std::thread::sleep(REST);
                while events.try_recv().is_ok() {}
            }
            Err(RecvTimeoutError::Disconnected) => self.events = None,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}
