//! Signs of life from long work, without knowing who watches: a daemon registers its watchdog here at its start.

use std::io::Read;
use std::sync::OnceLock;

static WATCHDOG: OnceLock<fn()> = OnceLock::new();

/// Registers what each sign of life calls. To be called once per process; a second call changes nothing.
pub fn set_watchdog(tick: fn()) {
    let _ = WATCHDOG.set(tick);
}

/// Work went on: the cheapest of all calls, to be made as often as one likes. Without a watchdog it does nothing.
pub fn tick() {
    if let Some(tick) = WATCHDOG.get() {
        tick();
    }
}

/// A reader whose every chunk is a sign of life.
pub struct HeartbeatReader<R>(pub R);

impl<R: Read> Read for HeartbeatReader<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        tick();
        self.0.read(out)
    }
}
