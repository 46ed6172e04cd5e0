//! How many bytes of a document were sent: counted where the connection writes, since bytes handed to it may never leave.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Called once, with the bytes of the document that were written to the reader's connection.
pub type OnSent = Box<dyn FnOnce(Range<u64>) + Send>;

/// Bytes that the TLS of a connection may hold back: accepted, and not written before the next flush is done.
pub const BUFFERED_BYTES_MAX: usize = 64 * 1024;

/// In the extensions of a response: counts how much of its body was written.
#[derive(Clone)]
pub struct Delivery(Arc<Progress>);

struct Progress {
    /// Where in the document the body starts.
    start: u64,
    /// Bytes of the body that the connection accepted.
    accepted: AtomicU64,
    /// Bytes of the body accepted before the last finished flush.
    flushed: AtomicU64,
    on_sent: Mutex<Option<OnSent>>,
}

impl Delivery {
    /// Of a body that starts at `start` of its document. `on_sent` is called when the body or its connection ends.
    pub fn new(start: u64, on_sent: OnSent) -> Self {
        let (accepted, flushed) = (AtomicU64::new(0), AtomicU64::new(0));
        Self(Arc::new(Progress { start, accepted, flushed, on_sent: Mutex::new(Some(on_sent)) }))
    }

    /// The connection accepted more bytes.
    pub fn accepted(&self, bytes: u64) {
        self.0.accepted.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The connection was flushed. Returns whether the body is still being sent.
    pub fn flushed(&self) -> bool {
        self.0.flushed.store(self.0.accepted.load(Ordering::Relaxed), Ordering::Relaxed);
        Arc::strong_count(&self.0) > 1
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let (accepted, flushed) = (*self.accepted.get_mut(), *self.flushed.get_mut());
        // Bytes accepted after the last flush were written, except those that TLS may hold back.
        let written = flushed.max(accepted.saturating_sub(BUFFERED_BYTES_MAX as u64));
        if let Some(on_sent) = self.on_sent.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            on_sent(self.start..self.start + written);
        }
    }
}
