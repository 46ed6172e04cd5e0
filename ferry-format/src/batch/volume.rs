//! Volumes: a large batch is cut after sealing into a head (everything but the body) and volumes of whole segments.
//!
//! The signed bytes do not change. Each volume is checked alone against the digests in the head, in any order, and
//! written to its position (SPEC.md, "Volumes"). Segments are what the signed digests count, so they alone say what came
//! and what is missing: how a sender cut them into volumes is nothing that a carrier could change.

use crate::batch::open::UnverifiedBatch;
use crate::encoding::reader_writer::{Reader, Writer};
use crate::error::at_most;
use crate::error::{FormatError, Result};
use crate::limits::{BATCH_BYTES_MAX, SEGMENT_BYTES, VOLUMES_MAX};
use crate::texts;
use std::io::{Read, Seek, SeekFrom, Write};

/// First bytes of a head.
pub const HEAD_MAGIC: [u8; 8] = *b"\x89FERRYH\n";
/// First bytes of a volume.
pub const VOLUME_MAGIC: [u8; 8] = *b"\x89FERRYV\n";
/// Version of both.
const VERSION: u16 = 2;
/// Length of a head before the first byte of the batch.
const HEAD_PREFIX_BYTES: u64 = 14;
/// Length of a volume before its first segment.
pub const VOLUME_HEADER_BYTES: usize = 66;
/// Segments of the longest batch.
const SEGMENTS_MAX: u64 = BATCH_BYTES_MAX / SEGMENT_BYTES as u64;

/// The header of a volume. It is not signed; the head decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeHeader {
    /// Number of its first segment, from 1.
    pub first: u32,
    /// How many segments it has.
    pub segments: u32,
    /// Epoch of the batch, so that a lost head can be requested.
    pub epoch: u64,
    /// Number of the batch.
    pub sequence: u64,
    /// Digest of the batch.
    pub batch: [u8; 32],
}

impl VolumeHeader {
    /// The 66 bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.bytes(&VOLUME_MAGIC).u16(VERSION).u32(self.first).u32(self.segments);
        w.u64(self.epoch).u64(self.sequence).bytes(&self.batch);
        w.finish()
    }

    /// Number of its last segment.
    pub fn last(&self) -> u32 {
        self.first + (self.segments - 1)
    }

    /// Reads the first 66 bytes of a volume.
    pub fn decode(bytes: &[u8; VOLUME_HEADER_BYTES]) -> Result<Self> {
        let mut r = Reader::new(texts::parts::volume(), bytes);
        if r.array()? != VOLUME_MAGIC {
            return Err(r.error(texts::wire::not_a_volume()));
        }
        check_version(r.u16()?)?;
        let header =
            Self { first: r.u32()?, segments: r.u32()?, epoch: r.u64()?, sequence: r.u64()?, batch: r.array()? };
        if header.first == 0 || header.segments == 0 {
            return Err(r.error(texts::wire::volumes_without_segments()));
        }
        r.end()?;
        at_most(texts::parts::volume(), u64::from(header.first) + u64::from(header.segments) - 1, SEGMENTS_MAX)?;
        Ok(header)
    }
}

/// How a sender cuts a batch. No reader knows or needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeLayout {
    segments_per_volume: u64,
    segments: u64,
}

impl VolumeLayout {
    /// Volume files of at most `volume_bytes`, but at least one segment each, for a batch of `segments`.
    ///
    /// # Errors
    /// [`FormatError::OverLimit`] where that would give more volumes than a pass over a folder takes.
    pub fn new(volume_bytes: u64, segments: u64) -> Result<Self> {
        let room = volume_bytes.saturating_sub(VOLUME_HEADER_BYTES as u64);
        let segments_per_volume = (room / SEGMENT_BYTES as u64).max(1);
        at_most(texts::parts::number_of_volumes(), segments.div_ceil(segments_per_volume), VOLUMES_MAX)?;
        Ok(Self { segments_per_volume, segments })
    }

    /// How many volumes there are.
    pub fn volumes(&self) -> u32 {
        self.segments.div_ceil(self.segments_per_volume) as u32
    }

    /// The segments of volume `number`, which counts from 1: first and last, inclusive, from 1.
    pub fn segments_of(&self, number: u32) -> (u32, u32) {
        let first = u64::from(number - 1) * self.segments_per_volume;
        (first as u32 + 1, (first + self.segments_per_volume).min(self.segments) as u32)
    }

    /// The volumes that have segments of this inclusive range.
    pub fn volumes_with(&self, (from, to): (u32, u32)) -> impl Iterator<Item = u32> + use<> {
        let layout = *self;
        (1..=layout.volumes()).filter(move |number| {
            let (first, last) = layout.segments_of(*number);
            first <= to && from <= last
        })
    }
}

/// Writes the head of a released batch.
pub fn write_head<F: Read + Seek>(batch: &mut UnverifiedBatch<F>, out: &mut impl Write) -> Result<()> {
    let region = batch.region();
    let mut w = Writer::new();
    w.bytes(&HEAD_MAGIC).u16(VERSION).u32(region.start as u32);
    out.write_all(&w.finish())?;
    let total = batch.total_bytes();
    for range in [0..region.start, region.end..total] {
        let file = batch.file();
        file.seek(SeekFrom::Start(range.start))?;
        std::io::copy(&mut file.take(range.end - range.start), out)?;
    }
    Ok(())
}

/// Writes volume `number`. Every segment is compared with its digest on the way: a damaged batch is not forwarded.
pub fn write_volume<F: Read + Seek>(
    batch: &mut UnverifiedBatch<F>,
    layout: VolumeLayout,
    number: u32,
    out: &mut impl Write,
) -> Result<()> {
    let (epoch, sequence, digest) = batch.claimed_position()?;
    let (first, last) = layout.segments_of(number);
    let header = VolumeHeader { first, segments: last - first + 1, epoch, sequence, batch: digest };
    out.write_all(&header.encode())?;
    let mut segment = Vec::with_capacity(SEGMENT_BYTES);
    for n in first..=last {
        batch.segment(u64::from(n) - 1, &mut segment)?;
        out.write_all(&segment)?;
    }
    Ok(())
}

/// The bytes of a batch without its body, as a head has them: reading inside the body gives nothing.
struct HeadFile<F> {
    head: F,
    position: u64,
    beginning_bytes: u64,
    trailer_at: u64,
    total_bytes: u64,
}

impl<F: Read + Seek> Read for HeadFile<F> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let (end, at) = if self.position < self.beginning_bytes {
            (self.beginning_bytes, HEAD_PREFIX_BYTES + self.position)
        } else if self.position >= self.trailer_at {
            (self.total_bytes, HEAD_PREFIX_BYTES + self.beginning_bytes + (self.position - self.trailer_at))
        } else {
            return Ok(0);
        };
        let most = out.len().min(usize::try_from(end.saturating_sub(self.position)).unwrap_or(usize::MAX));
        self.head.seek(SeekFrom::Start(at))?;
        let n = self.head.read(&mut out[..most])?;
        self.position += n as u64;
        Ok(n)
    }
}

impl<F> Seek for HeadFile<F> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let moved = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(n) => self.total_bytes.checked_add_signed(n),
            SeekFrom::Current(n) => self.position.checked_add_signed(n),
        };
        self.position = moved.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// A head whose structure parses, as a batch without its body.
pub struct Head<F> {
    batch: UnverifiedBatch<HeadFile<F>>,
    batch_digest: [u8; 32],
}

impl<F: Read + Seek> Head<F> {
    /// Reads a head: all checks of a batch's structure, and that the missing part is exactly its body.
    pub fn read(mut head: F) -> Result<Self> {
        let length = head.seek(SeekFrom::End(0))?;
        head.rewind()?;
        let mut header = [0; HEAD_PREFIX_BYTES as usize];
        let mut prelude = [0; 32];
        let read = head.read_exact(&mut header).and_then(|()| head.read_exact(&mut prelude));
        read.map_err(|_| FormatError::malformed(texts::parts::head(), texts::wire::ends_too_early()))?;
        let mut r = Reader::new(texts::parts::head(), &header);
        if r.array()? != HEAD_MAGIC {
            return Err(r.error(texts::wire::not_a_head()));
        }
        check_version(r.u16()?)?;
        let beginning_bytes = u64::from(r.u32()?);
        r.end()?;
        let total_bytes = crate::frame::header::Prelude::decode(&prelude)?.total_bytes;
        let unfit = || FormatError::malformed(texts::parts::head(), texts::wire::parts_do_not_fit());
        let trailer = length.checked_sub(HEAD_PREFIX_BYTES + beginning_bytes).ok_or_else(unfit)?;
        let trailer_at = total_bytes.checked_sub(trailer).filter(|at| *at >= beginning_bytes).ok_or_else(unfit)?;
        let file = HeadFile { head, position: 0, beginning_bytes, trailer_at, total_bytes };
        // The length was checked: an early end here is inside the missing body.
        let batch = UnverifiedBatch::read(file).map_err(|e| match e {
            FormatError::Io(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => unfit(),
            other => other,
        })?;
        if batch.region() != (beginning_bytes..trailer_at) {
            return Err(unfit());
        }
        let (_, _, batch_digest) = batch.claimed_position()?;
        Ok(Self { batch, batch_digest })
    }

    /// The batch without its body. Its signatures can be verified; its body cannot be read.
    pub fn batch(&self) -> &UnverifiedBatch<impl Read + Seek> {
        &self.batch
    }

    /// How many segments the batch has.
    pub fn segments(&self) -> u32 {
        // A batch of 2^40 bytes has 2^20.
        self.batch.claimed_content().segments as u32
    }

    /// Digest of the batch: what its volumes name.
    pub fn batch_digest(&self) -> [u8; 32] {
        self.batch_digest
    }

    /// Length of a volume of this batch, in bytes.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] where it is of another batch, or has segments that the batch does not have.
    pub fn volume_bytes(&self, volume: &VolumeHeader) -> Result<u64> {
        if volume.batch != self.batch_digest || volume.last() > self.segments() {
            return Err(FormatError::malformed(texts::parts::volume(), texts::wire::of_another_batch()));
        }
        let region = self.batch.region();
        let start = u64::from(volume.first - 1) * SEGMENT_BYTES as u64;
        let end = (region.end - region.start).min(u64::from(volume.last()) * SEGMENT_BYTES as u64);
        Ok(VOLUME_HEADER_BYTES as u64 + end - start)
    }

    /// Writes everything but the body to its position in `out`, which then has the batch's length.
    pub fn write_frame(&mut self, out: &mut (impl Write + Seek)) -> Result<()> {
        let region = self.batch.region();
        let total = self.batch.total_bytes();
        for range in [0..region.start, region.end..total] {
            out.seek(SeekFrom::Start(range.start))?;
            let file = self.batch.file();
            file.seek(SeekFrom::Start(range.start))?;
            std::io::copy(&mut file.take(range.end - range.start), out)?;
        }
        Ok(())
    }

    /// Checks a volume alone and writes its segments to their positions in `out`. A valid volume overwrites what a rejected
    /// one wrote. Gives what it was.
    pub fn write_volume(&self, volume: &mut impl Read, out: &mut (impl Write + Seek)) -> Result<VolumeHeader> {
        let mut header = [0; VOLUME_HEADER_BYTES];
        volume
            .read_exact(&mut header)
            .map_err(|_| FormatError::malformed(texts::parts::volume(), texts::wire::ends_too_early()))?;
        let header = VolumeHeader::decode(&header)?;
        self.volume_bytes(&header)?;
        let region = self.batch.region();
        let mut segment = Vec::with_capacity(SEGMENT_BYTES);
        for n in header.first..=header.last() {
            segment.clear();
            let start = region.start + u64::from(n - 1) * SEGMENT_BYTES as u64;
            let length = (region.end - start).min(SEGMENT_BYTES as u64);
            volume.take(length).read_to_end(&mut segment)?;
            self.batch.compare_segment(u64::from(n) - 1, &segment)?;
            out.seek(SeekFrom::Start(start))?;
            out.write_all(&segment)?;
        }
        if volume.read(&mut [0])? != 0 {
            return Err(FormatError::malformed(texts::parts::volume(), texts::wire::bytes_after_segments()));
        }
        Ok(header)
    }
}

fn check_version(found: u16) -> Result<()> {
    if found != VERSION {
        return Err(FormatError::Unsupported { what: texts::parts::volume_version(), found: found.into() });
    }
    Ok(())
}

/// Numbers as inclusive ranges, ascending.
pub fn ranges(numbers: impl IntoIterator<Item = u32>) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for n in numbers {
        match ranges.last_mut() {
            Some((_, to)) if *to + 1 == n => *to = n,
            _ => ranges.push((n, n)),
        }
    }
    ranges
}
