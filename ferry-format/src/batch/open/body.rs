//! Body and manifest: segments compared with their digests, chunks opened, blocks unpacked.

use crate::batch::open::unverified::{Sink, UnverifiedBatch};
use crate::crypto::hash::sha256;
use crate::crypto::merkle::Commitment;
use crate::crypto::parallel_hash::{BUFFER_BYTES, Buffer, ParallelHasher};
use crate::crypto::suite::{FileKeys, MANIFEST_ENTRY, TAG_BYTES, chunk_count};
use crate::error::at_most;
use crate::error::{FormatError, Result};
use crate::frame::manifest::{Codec, Entry, decode_block};
use crate::limits::{CHUNK_BYTES, MANIFEST_BLOCK_BYTES_MAX, RECORD_BLOCK_BYTES_MAX, SEGMENT_BYTES};
use crate::record::split_block;
use crate::texts;
use std::io::{Read, Seek};

/// The entries of the manifest's block at the cursor.
pub(crate) fn read_manifest_block<F: Read + Seek>(
    batch: &mut UnverifiedBatch<F>,
    keys: &FileKeys,
    manifest: &mut Region,
    number: u64,
) -> Result<Vec<Entry>> {
    let mut length = [0; 4];
    manifest.read(batch, &mut length)?;
    let length = u32::from_be_bytes(length);
    at_most(texts::parts::manifest_block(), length.into(), (MANIFEST_BLOCK_BYTES_MAX + TAG_BYTES) as u64)?;
    let mut block = vec![0; length as usize];
    manifest.read(batch, &mut block)?;
    let last = manifest.position == batch.content.body_bytes + batch.content.manifest_bytes;
    decode_block(keys.manifest.open(MANIFEST_ENTRY, number, last, &mut block)?)
}

pub(super) fn open_document<F: Read + Seek>(
    batch: &mut UnverifiedBatch<F>,
    keys: &FileKeys,
    entry: &Entry,
    body: &mut Region,
    hasher: &mut ParallelHasher,
    sink: &mut dyn Sink,
) -> Result<[u8; 32]> {
    if entry.codec != Codec::Raw {
        return Err(FormatError::malformed(texts::parts::manifest(), texts::wire::document_compressed()));
    }
    sink.begin(entry)?;
    let mut chunks = Chunks::of(batch, entry, body)?;
    let digest = hasher.pass_and_hash(
        entry.stored_bytes,
        |buffer| chunks.fill(batch, keys, body, buffer),
        |plain| sink.bytes(plain),
    )?;
    if digest != entry.sha256 {
        return Err(FormatError::Digest(texts::parts::a_document()));
    }
    sink.end(entry)?;
    Ok(entry.sha256)
}

pub(super) fn open_records<F: Read + Seek>(
    batch: &mut UnverifiedBatch<F>,
    keys: &FileKeys,
    entry: &Entry,
    body: &mut Region,
    commitment: &mut Commitment,
    sink: &mut dyn Sink,
) -> Result<()> {
    let raw = read_records(batch, keys, entry, body)?;
    for (item, encoded) in split_block(&raw, entry.records)?.into_iter().enumerate() {
        let (salt, digest) = (keys.leaf_salt(entry.number, item as u32), sha256(encoded));
        commitment.add(&salt, &digest);
        sink.record(entry, encoded)?;
        sink.leaf(&salt, &digest)?;
    }
    Ok(())
}

/// The raw bytes of the block of records at the cursor, after their digest matched.
pub(crate) fn read_records<F: Read + Seek>(
    batch: &mut UnverifiedBatch<F>,
    keys: &FileKeys,
    entry: &Entry,
    body: &mut Region,
) -> Result<Vec<u8>> {
    at_most(texts::parts::record_block(), entry.raw_bytes.max(entry.stored_bytes), RECORD_BLOCK_BYTES_MAX as u64)?;
    let mut chunks = Chunks::of(batch, entry, body)?;
    let mut stored = Vec::with_capacity(entry.sealed_bytes() as usize);
    while chunks.fill(batch, keys, body, &mut stored)? {}
    let raw = match entry.codec {
        Codec::Raw => stored,
        Codec::Zstd => unpack(&stored, entry.raw_bytes as usize)?,
    };
    if raw.len() as u64 != entry.raw_bytes || sha256(&raw) != entry.sha256 {
        return Err(FormatError::Digest(texts::parts::a_record_block()));
    }
    Ok(raw)
}

/// Exactly one frame, and no byte more than `raw_bytes` of memory (attack: bombs, frames behind frames).
fn unpack(stored: &[u8], raw_bytes: usize) -> Result<Vec<u8>> {
    let one = zstd::zstd_safe::find_frame_compressed_size(stored).is_ok_and(|n| n == stored.len());
    let raw = if one { zstd::bulk::decompress(stored, raw_bytes).ok() } else { None };
    raw.ok_or(FormatError::malformed(texts::parts::record_block(), texts::wire::not_one_frame()))
}

/// The chunks of one entry that are not yet opened.
pub(crate) struct Chunks {
    entry: u32,
    next: u64,
    count: u64,
    left_bytes: u64,
}

impl Chunks {
    pub(crate) fn of<F>(batch: &UnverifiedBatch<F>, entry: &Entry, body: &Region) -> Result<Self> {
        if entry.sealed_bytes() > batch.content.body_bytes.saturating_sub(body.position) {
            return Err(FormatError::malformed(texts::parts::manifest(), texts::wire::entry_past_body()));
        }
        let count = chunk_count(entry.stored_bytes);
        Ok(Self { entry: entry.number, next: 0, count, left_bytes: entry.stored_bytes })
    }

    /// Appends up to [`BUFFER_BYTES`] plain bytes to `buffer`. Gives whether more follow.
    pub(crate) fn fill<F: Read + Seek>(
        &mut self,
        batch: &mut UnverifiedBatch<F>,
        keys: &FileKeys,
        body: &mut Region,
        buffer: &mut Buffer,
    ) -> Result<bool> {
        for _ in 0..BUFFER_BYTES / CHUNK_BYTES {
            if self.next == self.count {
                break;
            }
            let plain_bytes = self.left_bytes.min(CHUNK_BYTES as u64) as usize;
            let at = buffer.len();
            buffer.resize(at + plain_bytes + TAG_BYTES, 0);
            body.read(batch, &mut buffer[at..])?;
            keys.body.open(self.entry, self.next, self.next + 1 == self.count, &mut buffer[at..])?;
            buffer.truncate(at + plain_bytes);
            self.left_bytes -= plain_bytes as u64;
            self.next += 1;
        }
        Ok(self.next < self.count)
    }
}

/// A cursor over body and manifest that only gives bytes of verified segments.
pub(crate) struct Region {
    pub(super) position: u64,
    loaded: Option<u64>,
    segment: Vec<u8>,
}

impl Region {
    pub(crate) fn at(position: u64) -> Self {
        Self { position, loaded: None, segment: Vec::new() }
    }

    fn read<F: Read + Seek>(&mut self, batch: &mut UnverifiedBatch<F>, mut out: &mut [u8]) -> Result<()> {
        while !out.is_empty() {
            let number = self.position / SEGMENT_BYTES as u64;
            if self.loaded != Some(number) {
                batch.segment(number, &mut self.segment)?;
                self.loaded = Some(number);
            }
            let at = (self.position % SEGMENT_BYTES as u64) as usize;
            let available = self
                .segment
                .get(at..)
                .filter(|s| !s.is_empty())
                .ok_or(FormatError::malformed(texts::parts::manifest(), texts::wire::ends_too_early()))?;
            let taken = available.len().min(out.len());
            let (now, rest) = out.split_at_mut(taken);
            now.copy_from_slice(&available[..taken]);
            self.position += taken as u64;
            out = rest;
        }
        Ok(())
    }
}
