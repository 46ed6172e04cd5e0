//! A stream whose other end must take what it is sent: patience with a client that reads nothing, or next to nothing, ends.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long a client is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Without any progress.
    pub silence: Duration,
    /// Time of waiting over which its rate is averaged. Time in which nothing waits to be written does not count.
    pub window: Duration,
    /// Bytes that it must take in each window.
    pub window_bytes_min: u64,
}

/// Fails a write to a client that tries the patience.
pub struct Patient<S> {
    stream: S,
    patience: Patience,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    /// Waited for in this window so far.
    waited: Duration,
    /// Bytes taken in this window so far.
    taken: u64,
}

impl<S> Patient<S> {
    /// Around a stream.
    pub fn new(stream: S, patience: Patience) -> Self {
        Self { stream, patience, waiting: None, waited: Duration::ZERO, taken: 0 }
    }

    fn bounded(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let Poll::Ready(outcome) = polled else {
            let silence = self.patience.silence;
            let (_, silent) = self.waiting.get_or_insert_with(|| {
                let now = Instant::now();
                (now, Box::pin(sleep_until(now + silence)))
            });
            return silent.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()));
        };
        self.taken += *outcome.as_ref().unwrap_or(&0) as u64;
        if let Some((since, _)) = self.waiting.take() {
            self.waited += since.elapsed();
        }
        if self.waited >= self.patience.window {
            if self.taken < self.patience.window_bytes_min {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            (self.waited, self.taken) = (Duration::ZERO, 0);
        }
        Poll::Ready(outcome)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.bounded(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.bounded(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(cx).map_ok(|()| 0);
        self.bounded(cx, polled).map_ok(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const PATIENCE: Patience =
        Patience { silence: Duration::from_secs(10), window: Duration::from_millis(60), window_bytes_min: 0 };

    #[tokio::test]
    async fn a_client_that_reads_nothing_is_let_go_and_a_slow_one_is_not() {
        let (ours, mut theirs) = tokio::io::duplex(16);
        let mut patient = Patient::new(ours, Patience { silence: Duration::from_millis(80), ..PATIENCE });
        let writer = tokio::spawn(async move { patient.write_all(&[7; 64]).await });
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(30)).await;
            theirs.read_exact(&mut [0; 12]).await.unwrap();
        }
        let outcome = tokio::time::timeout(Duration::from_secs(5), writer).await.unwrap().unwrap();
        assert!(outcome.is_ok(), "it read something all the time");
        let (ours, _silent) = tokio::io::duplex(16);
        let mut patient = Patient::new(ours, Patience { silence: Duration::from_millis(30), ..PATIENCE });
        assert_eq!(patient.write_all(&[7; 64]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_takes_a_byte_now_and_then_is_let_go_and_one_that_takes_enough_is_not() {
        for (window_bytes_min, is_enough) in [(1 << 20, false), (1, true)] {
            let (ours, mut theirs) = tokio::io::duplex(16);
            let mut patient = Patient::new(ours, Patience { window_bytes_min, ..PATIENCE });
            let reader = tokio::spawn(async move {
                for _ in 0..100 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    theirs.read_exact(&mut [0; 1]).await?;
                }
                io::Result::Ok(())
            });
            let written = patient.write_all(&[7; 100]).await;
            assert_eq!(written.is_ok(), is_enough, "{written:?}");
            drop(patient);
            assert_eq!(reader.await.unwrap().is_ok(), is_enough);
        }
    }
}
