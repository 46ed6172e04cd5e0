//! Disconnects clients that read nothing, or almost nothing, of what they are sent.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// How slowly a client may read.
#[derive(Clone, Copy, Debug)]
pub struct WriteLimits {
    /// Longest time without progress.
    pub silence: Duration,
    /// Waiting time over which the rate is averaged. Time in which nothing waits to be written does not count.
    pub window: Duration,
    /// Bytes that the client must accept in each window.
    pub window_bytes_min: u64,
}

/// Fails a write to a client that reads too slowly.
pub struct SlowClientGuard<S> {
    stream: S,
    limits: WriteLimits,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    /// Waiting time in this window so far.
    waited: Duration,
    /// Bytes accepted in this window so far.
    accepted: u64,
}

impl<S> SlowClientGuard<S> {
    /// Around a stream.
    pub fn new(stream: S, limits: WriteLimits) -> Self {
        Self { stream, limits, waiting: None, waited: Duration::ZERO, accepted: 0 }
    }

    fn limited(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let Poll::Ready(outcome) = polled else {
            let silence = self.limits.silence;
            let (_, silent) = self.waiting.get_or_insert_with(|| {
                let now = Instant::now();
                (now, Box::pin(sleep_until(now + silence)))
            });
            return silent.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()));
        };
        self.accepted += *outcome.as_ref().unwrap_or(&0) as u64;
        if let Some((since, _)) = self.waiting.take() {
            self.waited += since.elapsed();
        }
        if self.waited >= self.limits.window {
            if self.accepted < self.limits.window_bytes_min {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            (self.waited, self.accepted) = (Duration::ZERO, 0);
        }
        Poll::Ready(outcome)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for SlowClientGuard<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for SlowClientGuard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.limited(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.limited(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(cx).map_ok(|()| 0);
        self.limited(cx, polled).map_ok(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const LIMITS: WriteLimits =
        WriteLimits { silence: Duration::from_secs(10), window: Duration::from_millis(60), window_bytes_min: 0 };

    #[tokio::test]
    async fn a_client_that_reads_nothing_is_disconnected_and_a_slow_one_is_not() {
        let (ours, mut theirs) = tokio::io::duplex(16);
        let mut guarded = SlowClientGuard::new(ours, WriteLimits { silence: Duration::from_millis(80), ..LIMITS });
        let writer = tokio::spawn(async move { guarded.write_all(&[7; 64]).await });
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(30)).await;
            theirs.read_exact(&mut [0; 12]).await.unwrap();
        }
        let outcome = tokio::time::timeout(Duration::from_secs(5), writer).await.unwrap().unwrap();
        assert!(outcome.is_ok(), "it kept reading");
        let (ours, _silent) = tokio::io::duplex(16);
        let mut guarded = SlowClientGuard::new(ours, WriteLimits { silence: Duration::from_millis(30), ..LIMITS });
        assert_eq!(guarded.write_all(&[7; 64]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_reads_a_byte_now_and_then_is_disconnected_and_one_that_reads_enough_is_not() {
        for (window_bytes_min, is_enough) in [(1 << 20, false), (1, true)] {
            let (ours, mut theirs) = tokio::io::duplex(16);
            let mut guarded = SlowClientGuard::new(ours, WriteLimits { window_bytes_min, ..LIMITS });
            let reader = tokio::spawn(async move {
                for _ in 0..100 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    theirs.read_exact(&mut [0; 1]).await?;
                }
                io::Result::Ok(())
            });
            let written = guarded.write_all(&[7; 100]).await;
            assert_eq!(written.is_ok(), is_enough, "{written:?}");
            drop(guarded);
            assert_eq!(reader.await.unwrap().is_ok(), is_enough);
        }
    }
}
