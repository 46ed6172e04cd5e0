//! SHA-256 of a long document on another core.
//!
//! SHA-256 is the slowest step (about half of the work) and cannot be split. Buffers therefore travel to one hashing
//! thread and back; short documents are hashed in place, because a thread costs more than their digest.

use crate::crypto::hash::sha256;
use crate::error::{FormatError, Result};
use crate::limits::CHUNK_BYTES;
use crate::text::TextError;
use crate::texts::errors;
use ring::digest::{Context, SHA256};
use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

/// Consecutive plain bytes of a document.
pub type Buffer = Vec<u8>;
/// Bytes of every buffer but the last: whole chunks.
pub const BUFFER_BYTES: usize = 8 * CHUNK_BYTES;
/// Buffers in flight. At least two, so that the last one is known before it is passed on.
const BUFFERS_MAX: usize = 8;

/// Hashes documents while they pass, and keeps its buffers for the next one.
#[derive(Default)]
pub struct ParallelHasher {
    spare: Vec<Buffer>,
}

impl ParallelHasher {
    /// Reads `input` to its end. Each buffer is hashed first and then given to `pass`, which may change it; the flag says
    /// whether it is the last. Gives length and digest of the input.
    pub fn hash_and_pass(
        &mut self,
        input: &mut dyn Read,
        mut pass: impl FnMut(&mut Buffer, bool) -> Result<()>,
    ) -> Result<(u64, [u8; 32])> {
        let mut first = self.buffer();
        read_buffer(input, &mut first)?;
        let mut total = first.len() as u64;
        if first.len() < BUFFER_BYTES {
            let digest = sha256(&first);
            pass(&mut first, true)?;
            self.spare.push(first);
            return Ok((total, digest));
        }
        std::thread::scope(|scope| {
            let hashing = Hashing::start(scope);
            let (mut in_flight, mut ended) = (1, false);
            hashing.send(first)?;
            while in_flight > 0 {
                while !ended && in_flight < BUFFERS_MAX {
                    let mut buffer = self.buffer();
                    read_buffer(input, &mut buffer)?;
                    ended = buffer.len() < BUFFER_BYTES;
                    if !buffer.is_empty() {
                        total += buffer.len() as u64;
                        in_flight += 1;
                        hashing.send(buffer)?;
                    }
                }
                let mut buffer = hashing.receive()?;
                in_flight -= 1;
                pass(&mut buffer, ended && in_flight == 0)?;
                self.spare.push(buffer);
            }
            Ok((total, hashing.finish(&mut self.spare)?))
        })
    }

    /// Takes buffers from `fill` until it returns false. Each is given to `pass` and hashed. Gives the digest of all of
    /// them. `total_bytes` is the expected length.
    pub fn pass_and_hash(
        &mut self,
        total_bytes: u64,
        mut fill: impl FnMut(&mut Buffer) -> Result<bool>,
        mut pass: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<[u8; 32]> {
        let mut buffer = self.buffer();
        if total_bytes <= BUFFER_BYTES as u64 {
            while fill(&mut buffer)? {}
            pass(&buffer)?;
            let digest = sha256(&buffer);
            self.spare.push(buffer);
            return Ok(digest);
        }
        std::thread::scope(|scope| {
            let hashing = Hashing::start(scope);
            let mut in_flight = 0;
            loop {
                let more = fill(&mut buffer)?;
                pass(&buffer)?;
                hashing.send(buffer)?;
                in_flight += 1;
                if !more {
                    return hashing.finish(&mut self.spare);
                }
                buffer = if in_flight < BUFFERS_MAX { self.buffer() } else { hashing.receive()? };
                buffer.clear();
            }
        })
    }

    fn buffer(&mut self) -> Buffer {
        let mut buffer = self.spare.pop().unwrap_or_else(|| Buffer::with_capacity(BUFFER_BYTES + CHUNK_BYTES));
        buffer.clear();
        buffer
    }
}

/// The hashing thread. It ends when its sender is dropped, or when nobody receives the buffers.
struct Hashing<'scope> {
    to: SyncSender<Buffer>,
    back: Receiver<Buffer>,
    thread: ScopedJoinHandle<'scope, Context>,
}

impl<'scope> Hashing<'scope> {
    fn start(scope: &'scope Scope<'scope, '_>) -> Self {
        let (to, buffers) = sync_channel::<Buffer>(BUFFERS_MAX);
        // Capacity for every buffer: the thread never waits for its buffers to be received.
        let (give, back) = sync_channel(BUFFERS_MAX + 1);
        let thread = scope.spawn(move || {
            let mut digest = Context::new(&SHA256);
            for buffer in buffers {
                digest.update(&buffer);
                if give.send(buffer).is_err() {
                    break;
                }
            }
            digest
        });
        Self { to, back, thread }
    }

    fn send(&self, buffer: Buffer) -> Result<()> {
        self.to.send(buffer).map_err(|_| stopped())
    }

    fn receive(&self) -> Result<Buffer> {
        self.back.recv().map_err(|_| stopped())
    }

    fn finish(self, spare: &mut Vec<Buffer>) -> Result<[u8; 32]> {
        drop(self.to);
        let digest = self.thread.join().map_err(|_| stopped())?;
        spare.extend(self.back.try_iter());
        let mut out = [0; 32];
        out.copy_from_slice(digest.finish().as_ref());
        Ok(out)
    }
}

fn stopped() -> FormatError {
    FormatError::Io(TextError(errors::hashing_stopped()).into())
}

fn read_buffer(input: &mut dyn Read, buffer: &mut Buffer) -> Result<()> {
    input.take(BUFFER_BYTES as u64).read_to_end(buffer)?;
    Ok(())
}
