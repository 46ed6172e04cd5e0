//! How much of a document was really sent: counted where the connection writes, since what is only handed to it may never
//! leave when the reader does.

use axum::body::Bytes;
use hyper::body::Buf;
use std::io::{self, IoSlice};
use std::ops::Range;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Called once, with the bytes of the document that were written to the reader's connection.
pub type Sent = Box<dyn FnOnce(Range<u64>) + Send>;

/// Bytes that the TLS of a connection may hold back: they were taken, and are not written before the next flush is done.
pub const HELD_BYTES_MAX: usize = 64 * 1024;

/// In the extensions of an answer: who wants to know how much of its body was written.
#[derive(Clone)]
pub struct Delivery(Arc<Progress>);

struct Progress {
    /// Where in the document the body begins.
    start: u64,
    /// Bytes of the body that the connection took.
    taken: AtomicU64,
    /// Bytes of it that a flush has seen out.
    flushed: AtomicU64,
    sent: Mutex<Option<Sent>>,
}

impl Delivery {
    /// Of a body that begins at `start` of its document. `sent` is called when the body has ended or its connection has.
    pub fn new(start: u64, sent: Sent) -> Self {
        let (taken, flushed) = (AtomicU64::new(0), AtomicU64::new(0));
        Self(Arc::new(Progress { start, taken, flushed, sent: Mutex::new(Some(sent)) }))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let (taken, flushed) = (*self.taken.get_mut(), *self.flushed.get_mut());
        // Whatever was taken after the last flush is out but for what TLS may hold.
        let out = flushed.max(taken.saturating_sub(HELD_BYTES_MAX as u64));
        if let Some(sent) = self.sent.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            sent(self.start..self.start + out);
        }
    }
}

/// A piece of a body, which says how much of it was taken.
pub struct Piece {
    bytes: Bytes,
    of: Option<Delivery>,
}

impl Piece {
    /// Of a body whose delivery somebody wants to know, or of any other.
    pub fn new(bytes: Bytes, of: Option<Delivery>) -> Self {
        Self { bytes, of }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        if let Some(Delivery(progress)) = &self.of {
            progress.taken.fetch_add(count as u64, Ordering::Relaxed);
        }
    }
}

/// The deliveries that are under way on one connection.
#[derive(Clone, Default)]
pub struct Line(Arc<Mutex<Vec<Delivery>>>);

impl Line {
    /// Begins one.
    pub fn begin(&self, delivery: Delivery) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(delivery);
    }

    /// Everything that was taken is out. Those whose body has ended are told of.
    fn flushed(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|Delivery(progress)| {
            progress.flushed.store(progress.taken.load(Ordering::Relaxed), Ordering::Relaxed);
            Arc::strong_count(progress) > 1
        });
    }
}

/// A connection that tells its line of every flush that is done.
pub struct Watched<S> {
    stream: S,
    line: Line,
}

impl<S> Watched<S> {
    /// Around a stream that may hold back what it takes.
    pub fn new(stream: S, line: Line) -> Self {
        Self { stream, line }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(cx));
        if flushed.is_ok() {
            self.line.flushed();
        }
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncWriteExt, duplex};

    type Told = Arc<Mutex<Vec<Range<u64>>>>;

    fn delivery(told: &Told, start: u64) -> Delivery {
        let told = told.clone();
        Delivery::new(start, Box::new(move |range| told.lock().unwrap().push(range)))
    }

    fn piece(of: &Delivery, bytes: usize) -> Piece {
        Piece::new(vec![7; bytes].into(), Some(of.clone()))
    }

    #[tokio::test]
    async fn what_a_flush_has_seen_out_was_sent_and_is_told_once_the_body_has_ended() {
        let (told, line) = (Told::default(), Line::default());
        let (ours, _theirs) = duplex(16);
        let mut stream = Watched::new(ours, line.clone());
        let one = delivery(&told, 5);
        line.begin(one.clone());
        let mut only = piece(&one, 10);
        only.advance(4);
        stream.flush().await.unwrap();
        assert!(told.lock().unwrap().is_empty(), "its body goes on");
        only.advance(6);
        drop((one, only));
        assert!(told.lock().unwrap().is_empty(), "the rest may be held back");
        stream.flush().await.unwrap();
        let told = told.lock().unwrap().clone();
        assert_eq!((told.len(), &told[0]), (1, &(5..15)));
    }

    #[test]
    fn a_connection_that_breaks_has_sent_what_was_flushed_or_can_no_longer_be_held_back() {
        let told = Told::default();
        let sent = |flushed: u64, taken: usize| {
            let (line, one) = (Line::default(), delivery(&told, 0));
            line.begin(one.clone());
            let mut only = piece(&one, 1 << 20);
            only.advance(flushed as usize);
            line.flushed();
            only.advance(taken);
            drop((line, one, only));
            told.lock().unwrap().pop().unwrap().end
        };
        assert_eq!(sent(0, 0), 0, "handed over, and not a byte was taken");
        assert_eq!(sent(0, HELD_BYTES_MAX), 0);
        assert_eq!(sent(100, 50), 100);
        assert_eq!(sent(100, HELD_BYTES_MAX), 100);
        assert_eq!(sent(100, 2 * HELD_BYTES_MAX), 100 + HELD_BYTES_MAX as u64);
    }
}
