//! SHA-256 of a long document beside everything else, on another core.
//!
//! SHA-256 is the slowest step of a pass (about half of its work) and cannot be split. Pieces
//! therefore travel to one hashing thread and back; short documents stay where they are, because a
//! thread costs more than their digest.

use crate::crypto::hash::sha256;
use crate::error::{FormatError, Result};
use crate::limits::CHUNK_BYTES;
use ring::digest::{Context, SHA256};
use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

/// Consecutive plain bytes of a document.
pub type Buffer = Vec<u8>;
/// Bytes of every piece but the last: whole chunks.
pub const BUFFER_BYTES: usize = 8 * CHUNK_BYTES;
/// Pieces under way at once. At least two, so that the last one is known before it is passed on.
const BUFFERS_MAX: usize = 8;

/// Passes documents, and keeps its buffers for the next one.
#[derive(Default)]
pub struct ParallelHasher {
    spare: Vec<Buffer>,
}

impl ParallelHasher {
    /// Reads `input` to its end. Each piece is hashed first and then handed to `pass`, which may change it; the flag
    /// says whether it is the last. Gives length and digest of what was read.
    pub fn hash_and_pass(
        &mut self,
        input: &mut dyn Read,
        mut pass: impl FnMut(&mut Buffer, bool) -> Result<()>,
    ) -> Result<(u64, [u8; 32])> {
        let mut first = self.buffer();
        read_piece(input, &mut first)?;
        let mut total = first.len() as u64;
        if first.len() < BUFFER_BYTES {
            let digest = sha256(&first);
            pass(&mut first, true)?;
            self.spare.push(first);
            return Ok((total, digest));
        }
        std::thread::scope(|scope| {
            let hashing = Hashing::start(scope);
            let (mut under_way, mut ended) = (1, false);
            hashing.send(first)?;
            while under_way > 0 {
                while !ended && under_way < BUFFERS_MAX {
                    let mut piece = self.buffer();
                    read_piece(input, &mut piece)?;
                    ended = piece.len() < BUFFER_BYTES;
                    if !piece.is_empty() {
                        total += piece.len() as u64;
                        under_way += 1;
                        hashing.send(piece)?;
                    }
                }
                let mut piece = hashing.receive()?;
                under_way -= 1;
                pass(&mut piece, ended && under_way == 0)?;
                self.spare.push(piece);
            }
            Ok((total, hashing.finish(&mut self.spare)?))
        })
    }

    /// Takes pieces from `fill` until it says that no more are to come. Each is handed to `pass` and hashed. Gives the
    /// digest of them all. `total_bytes` is how many bytes are expected.
    pub fn pass_and_hash(
        &mut self,
        total_bytes: u64,
        mut fill: impl FnMut(&mut Buffer) -> Result<bool>,
        mut pass: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<[u8; 32]> {
        let mut piece = self.buffer();
        if total_bytes <= BUFFER_BYTES as u64 {
            while fill(&mut piece)? {}
            pass(&piece)?;
            let digest = sha256(&piece);
            self.spare.push(piece);
            return Ok(digest);
        }
        std::thread::scope(|scope| {
            let hashing = Hashing::start(scope);
            let mut under_way = 0;
            loop {
                let more = fill(&mut piece)?;
                pass(&piece)?;
                hashing.send(piece)?;
                under_way += 1;
                if !more {
                    return hashing.finish(&mut self.spare);
                }
                piece = if under_way < BUFFERS_MAX { self.buffer() } else { hashing.receive()? };
                piece.clear();
            }
        })
    }

    fn buffer(&mut self) -> Buffer {
        let mut piece = self.spare.pop().unwrap_or_else(|| Buffer::with_capacity(BUFFER_BYTES + CHUNK_BYTES));
        piece.clear();
        piece
    }
}

/// The hashing thread. It ends when its sender is dropped, and gives up when nobody takes pieces back.
struct Hashing<'scope> {
    to: SyncSender<Buffer>,
    back: Receiver<Buffer>,
    thread: ScopedJoinHandle<'scope, Context>,
}

impl<'scope> Hashing<'scope> {
    fn start(scope: &'scope Scope<'scope, '_>) -> Self {
        let (to, pieces) = sync_channel::<Buffer>(BUFFERS_MAX);
        // Room for every piece: the thread never waits for its pieces to be taken back.
        let (give, back) = sync_channel(BUFFERS_MAX + 1);
        let thread = scope.spawn(move || {
            let mut digest = Context::new(&SHA256);
            for piece in pieces {
                digest.update(&piece);
                if give.send(piece).is_err() {
                    break;
                }
            }
            digest
        });
        Self { to, back, thread }
    }

    fn send(&self, piece: Buffer) -> Result<()> {
        self.to.send(piece).map_err(|_| stopped())
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
    FormatError::Io(std::io::Error::other("the hashing thread stopped"))
}

fn read_piece(input: &mut dyn Read, piece: &mut Buffer) -> Result<()> {
    input.take(BUFFER_BYTES as u64).read_to_end(piece)?;
    Ok(())
}
