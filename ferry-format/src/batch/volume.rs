//! Volumes: a large batch is cut after sealing into a head (everything but the body) and volumes of whole segments.
//!
//! The signed bytes do not change. Each volume is checked alone against the digests in the head, in any order, and
//! written to its position (SPEC.md, "Volumes").

use crate::batch::open::UnverifiedBatch;
use crate::encoding::reader_writer::{Reader, Writer};
use crate::error::at_most;
use crate::error::{FormatError, Result};
use crate::limits::{SEGMENT_BYTES, VOLUMES_MAX};
use crate::texts;
use std::io::{Read, Seek, SeekFrom, Write};

/// First bytes of a head.
pub const HEAD_MAGIC: [u8; 8] = *b"\x89FERRYH\n";
/// First bytes of a volume.
pub const VOLUME_MAGIC: [u8; 8] = *b"\x89FERRYV\n";
/// Version of both.
const VERSION: u16 = 1;
/// Length of a head before the first byte of the batch.
const HEAD_PREFIX_BYTES: u64 = 18;
/// Length of a volume before its first segment.
pub const VOLUME_HEADER_BYTES: usize = 62;

/// The header of a volume. It is not signed; the head decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeHeader {
    /// Its number, from 1.
    pub number: u32,
    /// Epoch of the batch, so that a lost head can be requested.
    pub epoch: u64,
    /// Number of the batch.
    pub sequence: u64,
    /// Digest of the batch.
    pub batch: [u8; 32],
}

impl VolumeHeader {
    /// The 62 bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.bytes(&VOLUME_MAGIC).u16(VERSION).u32(self.number).u64(self.epoch).u64(self.sequence).bytes(&self.batch);
        w.finish()
    }

    /// Reads the first 62 bytes of a volume.
    pub fn decode(bytes: &[u8; VOLUME_HEADER_BYTES]) -> Result<Self> {
        let mut r = Reader::new(texts::parts::volume(), bytes);
        if r.array()? != VOLUME_MAGIC {
            return Err(r.error(texts::wire::not_a_volume()));
        }
        check_version(r.u16()?)?;
        let header = Self { number: r.u32()?, epoch: r.u64()?, sequence: r.u64()?, batch: r.array()? };
        r.end()?;
        if header.number == 0 || u64::from(header.number) > VOLUMES_MAX {
            return Err(FormatError::OverLimit {
                what: texts::parts::volume(),
                found: header.number.into(),
                limit: VOLUMES_MAX,
            });
        }
        Ok(header)
    }
}

/// How a batch is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeLayout {
    /// Segments of every volume but the last.
    pub segments_per_volume: u32,
    segments: u64,
}

impl VolumeLayout {
    /// Volume files of at most `volume_bytes`, but at least one segment each, for a batch of `segments`.
    ///
    /// # Errors
    /// [`FormatError::OverLimit`] where that would give more volumes than a batch may have.
    pub fn new(volume_bytes: u64, segments: u64) -> Result<Self> {
        let room = volume_bytes.saturating_sub(VOLUME_HEADER_BYTES as u64);
        let per_volume = (room / SEGMENT_BYTES as u64).clamp(1, u32::MAX.into()) as u32;
        Self::of(per_volume, segments)
    }

    fn of(segments_per_volume: u32, segments: u64) -> Result<Self> {
        let layout = Self { segments_per_volume, segments };
        if segments_per_volume == 0 {
            return Err(FormatError::malformed(texts::parts::head(), texts::wire::volumes_without_segments()));
        }
        at_most(texts::parts::number_of_volumes(), segments.div_ceil(segments_per_volume.into()), VOLUMES_MAX)?;
        Ok(layout)
    }

    /// How many volumes there are.
    pub fn volumes(&self) -> u32 {
        self.segments.div_ceil(self.segments_per_volume.into()) as u32
    }

    /// The segments of volume `number`, from 0.
    fn segments_of(&self, number: u32) -> std::ops::Range<u64> {
        let per_volume = u64::from(self.segments_per_volume);
        let first = u64::from(number - 1) * per_volume;
        first..(first + per_volume).min(self.segments)
    }
}

/// Writes the head of a released batch.
pub fn write_head<F: Read + Seek>(
    batch: &mut UnverifiedBatch<F>,
    layout: VolumeLayout,
    out: &mut impl Write,
) -> Result<()> {
    let region = batch.region();
    let mut w = Writer::new();
    w.bytes(&HEAD_MAGIC).u16(VERSION).u32(layout.segments_per_volume).u32(region.start as u32);
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
    out.write_all(&VolumeHeader { number, epoch, sequence, batch: digest }.encode())?;
    let mut segment = Vec::with_capacity(SEGMENT_BYTES);
    for n in layout.segments_of(number) {
        batch.segment(n, &mut segment)?;
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
    layout: VolumeLayout,
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
        let (segments_per_volume, beginning_bytes) = (r.u32()?, u64::from(r.u32()?));
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
        let layout = VolumeLayout::of(segments_per_volume, batch.claimed_content().segments)?;
        Ok(Self { batch, layout, batch_digest })
    }

    /// The batch without its body. Its signatures can be verified; its body cannot be read.
    pub fn batch(&self) -> &UnverifiedBatch<impl Read + Seek> {
        &self.batch
    }

    /// How it was cut.
    pub fn layout(&self) -> VolumeLayout {
        self.layout
    }

    /// Digest of the batch: what its volumes name.
    pub fn batch_digest(&self) -> [u8; 32] {
        self.batch_digest
    }

    /// Length of volume `number`, in bytes.
    ///
    /// # Errors
    /// [`FormatError::Malformed`] for a number that the batch does not have.
    pub fn volume_bytes(&self, number: u32) -> Result<u64> {
        if number == 0 || number > self.layout.volumes() {
            return Err(FormatError::malformed(texts::parts::volume(), texts::wire::of_another_batch()));
        }
        let segments = self.layout.segments_of(number);
        let region = self.batch.region();
        let end = (region.end - region.start).min(segments.end * SEGMENT_BYTES as u64);
        Ok(VOLUME_HEADER_BYTES as u64 + end - segments.start * SEGMENT_BYTES as u64)
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
    /// one wrote. Gives its number.
    pub fn write_volume(&self, volume: &mut impl Read, out: &mut (impl Write + Seek)) -> Result<u32> {
        let mut header = [0; VOLUME_HEADER_BYTES];
        volume
            .read_exact(&mut header)
            .map_err(|_| FormatError::malformed(texts::parts::volume(), texts::wire::ends_too_early()))?;
        let header = VolumeHeader::decode(&header)?;
        if header.batch != self.batch_digest || header.number > self.layout.volumes() {
            return Err(FormatError::malformed(texts::parts::volume(), texts::wire::of_another_batch()));
        }
        let region = self.batch.region();
        let mut segment = Vec::with_capacity(SEGMENT_BYTES);
        for n in self.layout.segments_of(header.number) {
            segment.clear();
            let start = region.start + n * SEGMENT_BYTES as u64;
            let length = (region.end - start).min(SEGMENT_BYTES as u64);
            volume.take(length).read_to_end(&mut segment)?;
            self.batch.compare_segment(n, &segment)?;
            out.seek(SeekFrom::Start(start))?;
            out.write_all(&segment)?;
        }
        if volume.read(&mut [0])? != 0 {
            return Err(FormatError::malformed(texts::parts::volume(), texts::wire::bytes_after_segments()));
        }
        Ok(header.number)
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
