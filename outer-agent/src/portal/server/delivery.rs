//! Reports accepted bytes and finished flushes of a connection to the deliveries under way on it.

use crate::portal::content::delivery::Delivery;
use axum::body::Bytes;
use hyper::body::Buf;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A chunk of a body that reports how many of its bytes were accepted.
pub struct CountedBytes {
    bytes: Bytes,
    delivery: Option<Delivery>,
}

impl CountedBytes {
    /// Of a body with or without a delivery to count.
    pub fn new(bytes: Bytes, delivery: Option<Delivery>) -> Self {
        Self { bytes, delivery }
    }
}

impl Buf for CountedBytes {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        if let Some(delivery) = &self.delivery {
            delivery.accepted(count as u64);
        }
    }
}

/// The deliveries under way on one connection.
#[derive(Clone, Default)]
pub struct Deliveries(Arc<Mutex<Vec<Delivery>>>);

impl Deliveries {
    /// Starts one.
    pub fn start(&self, delivery: Delivery) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(delivery);
    }

    /// All accepted bytes were written. Deliveries whose body has ended are dropped, which reports them.
    fn flushed(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(Delivery::flushed);
    }
}

/// A connection that reports every finished flush to its deliveries.
pub struct FlushObserver<S> {
    stream: S,
    deliveries: Deliveries,
}

impl<S> FlushObserver<S> {
    /// Around a stream that may hold back accepted bytes.
    pub fn new(stream: S, deliveries: Deliveries) -> Self {
        Self { stream, deliveries }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for FlushObserver<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FlushObserver<S> {
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
            self.deliveries.flushed();
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
    use crate::portal::content::delivery::BUFFERED_BYTES_MAX;
    use std::ops::Range;
    use tokio::io::{AsyncWriteExt, duplex};

    type Reported = Arc<Mutex<Vec<Range<u64>>>>;

    fn delivery(reported: &Reported, start: u64) -> Delivery {
        let reported = reported.clone();
        Delivery::new(start, Box::new(move |range| reported.lock().unwrap().push(range)))
    }

    fn chunk(of: &Delivery, bytes: usize) -> CountedBytes {
        CountedBytes::new(vec![7; bytes].into(), Some(of.clone()))
    }

    #[tokio::test]
    async fn flushed_bytes_are_reported_as_sent_once_the_body_has_ended() {
        let (reported, deliveries) = (Reported::default(), Deliveries::default());
        let (ours, _theirs) = duplex(16);
        let mut stream = FlushObserver::new(ours, deliveries.clone());
        let one = delivery(&reported, 5);
        deliveries.start(one.clone());
        let mut only = chunk(&one, 10);
        only.advance(4);
        stream.flush().await.unwrap();
        assert!(reported.lock().unwrap().is_empty(), "its body continues");
        only.advance(6);
        drop((one, only));
        assert!(reported.lock().unwrap().is_empty(), "the rest may be held back");
        stream.flush().await.unwrap();
        let reported = reported.lock().unwrap().clone();
        assert_eq!((reported.len(), &reported[0]), (1, &(5..15)));
    }

    #[test]
    fn a_broken_connection_has_sent_what_was_flushed_or_exceeds_the_buffer() {
        let reported = Reported::default();
        let sent = |flushed: u64, accepted: usize| {
            let (deliveries, one) = (Deliveries::default(), delivery(&reported, 0));
            deliveries.start(one.clone());
            let mut only = chunk(&one, 1 << 20);
            only.advance(flushed as usize);
            deliveries.flushed();
            only.advance(accepted);
            drop((deliveries, one, only));
            reported.lock().unwrap().pop().unwrap().end
        };
        assert_eq!(sent(0, 0), 0, "handed over, and not a byte was accepted");
        assert_eq!(sent(0, BUFFERED_BYTES_MAX), 0);
        assert_eq!(sent(100, 50), 100);
        assert_eq!(sent(100, BUFFERED_BYTES_MAX), 100);
        assert_eq!(sent(100, 2 * BUFFERED_BYTES_MAX), 100 + BUFFERED_BYTES_MAX as u64);
    }
}
