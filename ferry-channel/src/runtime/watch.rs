//! Waiting for the next scan. An event is a hint to scan early; the interval is the promise.

use crate::config::Watch;
use crate::texts;
use ferry_format::text::Text;
use ferry_format::texts::errors::io as io_text;
use ferry_io::error::Result;
use notify::event::{AccessKind, AccessMode, Event, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

/// Copies come as bursts of events; one scan after a short rest serves them all.
const REST: Duration = Duration::from_millis(200);
/// File systems that give no events: nfs, cifs, smb2, smb, fuse, 9p (`statfs(2)` magic numbers).
const SILENT: [i64; 6] = [0x6969, 0xFF53_4D42, 0xFE53_4D42, 0x517B, 0x6573_5546, 0x0102_1997];

/// What ends a wait early.
enum Hint {
    /// Something changed in the folder.
    Arrived,
    /// SIGTERM or SIGINT.
    Stop,
}

/// A watched folder, and the signals that end a daemon.
pub struct FolderWatcher {
    _watcher: Option<RecommendedWatcher>,
    hints: Receiver<Hint>,
}

impl FolderWatcher {
    /// Starts to watch, or not, as configured. From here on SIGTERM and SIGINT end the wait instead of the process.
    pub fn new(folder: &Path, watch: Watch) -> Result<Self> {
        // One hint says as much as a hundred thousand. The signal's thread waits for its place.
        let (hint, hints) = sync_channel(1);
        let failed = |what: Text, why: Text| texts::errors::cannot_wait_for_files(folder.display(), what, why);
        let mut signals = Signals::new([SIGTERM, SIGINT]).map_err(|e| failed(texts::errors::signals(), io_text(&e)))?;
        let stop = hint.clone();
        std::thread::spawn(move || {
            for _ in signals.forever() {
                // The other end is gone only while the daemon stops.
                let _ = stop.send(Hint::Stop);
            }
        });
        let silent = rustix::fs::statfs(folder).is_ok_and(|s| SILENT.contains(&(s.f_type & 0xFFFF_FFFF)));
        if watch == Watch::Poll || (watch == Watch::Auto && silent) {
            return Ok(Self { _watcher: None, hints });
        }
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| is_only_a_look(&event)) {
                return;
            }
            let _ = hint.try_send(Hint::Arrived);
        })
        .and_then(|mut w| w.watch(folder, RecursiveMode::NonRecursive).map(|()| w));
        match watcher {
            Ok(watcher) => Ok(Self { _watcher: Some(watcher), hints }),
            Err(_) if watch == Watch::Auto => Ok(Self { _watcher: None, hints }),
            Err(e) => Err(failed(texts::errors::cannot_watch(), watcher_text(&e))),
        }
    }

    /// Returns after an event or after `interval`, whichever comes first. False when the daemon is to stop.
    pub fn wait(&mut self, interval: Duration) -> bool {
        match self.hints.recv_timeout(interval) {
            Ok(Hint::Stop) => false,
            Ok(Hint::Arrived) => {
                std::thread::sleep(REST);
                !self.hints.try_iter().any(|h| matches!(h, Hint::Stop))
            }
            Err(RecvTimeoutError::Timeout) => true,
            // Without watcher and signal thread only the interval is left.
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(interval);
                true
            }
        }
    }
}

/// Whether a file was only opened or read: every scan does that itself, and would wake the next one without end.
fn watcher_text(error: &notify::Error) -> Text {
    match &error.kind {
        notify::ErrorKind::Io(error) => io_text(error),
        notify::ErrorKind::PathNotFound => io_text(&std::io::ErrorKind::NotFound.into()),
        notify::ErrorKind::MaxFilesWatch => texts::errors::too_many_watches(),
        _ => Text::verbatim(error.to_string()),
    }
}

fn is_only_a_look(event: &Event) -> bool {
    use AccessKind::{Close, Open, Read};
    matches!(event.kind, EventKind::Access(Open(_) | Read | Close(AccessMode::Read)))
}
