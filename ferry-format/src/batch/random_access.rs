//! A batch or draft that was opened completely once, and whose entries are then read in any order.

use crate::batch::open::{Chunks, Region, Sink, UnverifiedBatch, read_manifest_block, read_records};
use crate::crypto::suite::FileKeys;
use crate::error::{FormatError, Result};
use crate::frame::header::Header;
use crate::frame::manifest::Entry;
use crate::frame::statement::{ContentStatement, SeriesStatement};
use crate::keys::Unwrapper;
use crate::record::{Record, split_block};
use crate::texts;
use crate::trust::trust_file::Trust;
use std::io::{Read, Seek};

/// An opened file. Everything that is read later is compared with the verified digests again: a file that changes in the
/// meantime is rejected ([`FormatError::Segment`]), never shown.
pub struct OpenedBatch<F> {
    batch: UnverifiedBatch<F>,
    keys: FileKeys,
    series: Option<SeriesStatement>,
    /// First entry of each block of the manifest, and the position of the block.
    blocks: Vec<(u32, u64)>,
    /// The block that was read last.
    recent: Option<(usize, Vec<Entry>)>,
}

impl<F: Read + Seek> OpenedBatch<F> {
    /// Reads all of it once for `sink`. A released batch is verified against `trust`; a draft has no signature yet, but its
    /// destination is checked.
    ///
    /// # Errors
    /// As [`UnverifiedBatch::verify`] and opening; `sink` must then discard what it got.
    pub fn open(
        mut batch: UnverifiedBatch<F>,
        trust: &Trust,
        key: &dyn Unwrapper,
        sink: &mut dyn Sink,
    ) -> Result<Self> {
        let series = if batch.is_draft() {
            trust.check_destination(batch.claimed_header())?;
            batch.check_suite(trust)?;
            None
        } else {
            Some(batch.check(trust)?.clone())
        };
        let keys = batch.keys(key)?;
        let mut recorder = BlockRecorder { sink, blocks: Vec::new() };
        batch.open_with(&keys, &mut recorder)?;
        let blocks = recorder.blocks;
        Ok(Self { batch, keys, series, blocks, recent: None })
    }

    /// The header.
    pub fn header(&self) -> &Header {
        self.batch.claimed_header()
    }

    /// The content statement.
    pub fn content(&self) -> &ContentStatement {
        self.batch.claimed_content()
    }

    /// The series statement; a draft has none.
    pub fn series(&self) -> Option<&SeriesStatement> {
        self.series.as_ref()
    }

    /// The manifest entry of that number.
    pub fn entry(&mut self, number: u32) -> Result<Entry> {
        let at = self.blocks.partition_point(|(first, _)| *first <= number).saturating_sub(1);
        if self.recent.as_ref().is_none_or(|(known, _)| *known != at) {
            let (_, position) = *self.blocks.get(at).ok_or_else(|| none(number))?;
            let entries = read_manifest_block(&mut self.batch, &self.keys, &mut Region::at(position), at as u64)?;
            self.recent = Some((at, entries));
        }
        let found = self.recent.as_ref().and_then(|(_, entries)| entries.iter().find(|e| e.number == number));
        found.cloned().ok_or_else(|| none(number))
    }

    /// The records of a block, in its order.
    pub fn records(&mut self, block: &Entry) -> Result<Vec<Record>> {
        let raw = read_records(&mut self.batch, &self.keys, block, &mut Region::at(block.offset))?;
        split_block(&raw, block.records)?.into_iter().map(Record::decode).collect()
    }

    /// Gives a document's bytes to `out` in parts, each from verified segments.
    pub fn document(&mut self, entry: &Entry, mut out: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut body = Region::at(entry.offset);
        let mut chunks = Chunks::of(&self.batch, entry, &body)?;
        loop {
            let mut piece = Vec::new();
            let more = chunks.fill(&mut self.batch, &self.keys, &mut body, &mut piece)?;
            out(&piece)?;
            if !more {
                return Ok(());
            }
        }
    }
}

fn none(number: u32) -> FormatError {
    FormatError::input(texts::parts::numbered_entry(number), texts::wire::no_such_entry())
}

/// Records the positions of the manifest's blocks while it feeds another sink.
struct BlockRecorder<'a> {
    sink: &'a mut dyn Sink,
    blocks: Vec<(u32, u64)>,
}

impl Sink for BlockRecorder<'_> {
    fn block(&mut self, first: u32, position: u64) {
        self.blocks.push((first, position));
        self.sink.block(first, position);
    }

    fn begin(&mut self, entry: &Entry) -> Result<()> {
        self.sink.begin(entry)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.sink.bytes(bytes)
    }

    fn end(&mut self, entry: &Entry) -> Result<()> {
        self.sink.end(entry)
    }

    fn record(&mut self, block: &Entry, encoded: &[u8]) -> Result<()> {
        self.sink.record(block, encoded)
    }
}
