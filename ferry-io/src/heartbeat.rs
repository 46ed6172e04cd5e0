//! Heartbeats of long work, independent of who watches: a daemon registers its watchdog here when it starts.

use std::io::Read;
use std::sync::OnceLock;

static WATCHDOG: OnceLock<fn()> = OnceLock::new();

/// Registers what each heartbeat calls. Call it once per process; a second call changes nothing.
pub fn set_watchdog(tick: fn()) {
    let _ = WATCHDOG.set(tick);
}

/// Reports progress. It is cheap enough for inner loops; without a watchdog it does nothing.
pub fn tick() {
    if let Some(tick) = WATCHDOG.get() {
        tick();
    }
}

/// A reader that reports progress with every chunk.
pub struct HeartbeatReader<R>(pub R);

impl<R: Read> Read for HeartbeatReader<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        tick();
        self.0.read(out)
    }
}
