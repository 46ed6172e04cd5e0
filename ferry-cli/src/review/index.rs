//! What is in a draft, without its content: a row of a few bytes for each entry.

use crate::batch::verified_file::KindCount;
use crate::texts::commands;
use ferry_format::batch::open::Sink;
use ferry_format::frame::manifest::Entry;
use ferry_format::record::Record;
use ferry_format::{FormatError, Result};
use indicatif::ProgressBar;
use std::collections::BTreeMap;

/// Different reasons that are counted; the scanner knows few.
const REASONS_MAX: usize = 1000;

/// Number of an entry, and of the record in it; 0 for a document.
pub type ItemNumber = (u32, u32);

/// What is known of an entry without reading it again.
pub struct Row {
    /// Its kind, an index into [`Index::kinds`].
    pub kind: u16,
    /// Whether it is a document.
    pub is_document: bool,
    /// Whether the scanner flagged it.
    pub flagged: bool,
    /// Records in it; 1 for a document.
    pub items: u32,
    /// Retractions among them.
    pub retracted: u32,
}

/// What is in the draft, without its content.
#[derive(Default)]
pub struct Index {
    /// Kinds, in the order in which they came.
    pub kinds: Vec<String>,
    /// One row for each entry.
    pub rows: Vec<Row>,
    /// How much of each kind.
    pub counts: BTreeMap<String, KindCount>,
    /// Encoded reasons for flagging, and how many records and documents have each.
    pub reasons: BTreeMap<String, u64>,
    /// Documents: the first bytes of their digests, and their entries; ascending.
    documents: Vec<([u8; 8], u32)>,
}

impl Index {
    /// Entries of documents whose digest begins like this one.
    pub fn documents_like(&self, sha256: &[u8; 32]) -> Vec<u32> {
        let first = first_bytes(sha256);
        let from = self.documents.partition_point(|(known, _)| *known < first);
        self.documents[from..].iter().take_while(|(known, _)| *known == first).map(|(_, entry)| *entry).collect()
    }
}

fn first_bytes(digest: &[u8; 32]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    first
}

/// Builds the index while the draft is verified.
pub struct IndexBuilder {
    index: Index,
    bar: ProgressBar,
}

impl IndexBuilder {
    /// An empty index; `bar` shows the bytes read.
    pub fn new(bar: ProgressBar) -> Self {
        Self { index: Index::default(), bar }
    }

    /// The index of all that was read.
    pub fn finish(mut self) -> Index {
        self.bar.finish_and_clear();
        self.index.documents.sort_unstable();
        self.index
    }

    /// The row of the entry, which is the last one: entries come in their order.
    fn row(&mut self, entry: &Entry) -> Result<&mut Row> {
        if self.index.rows.len() as u64 == u64::from(entry.number) {
            let kind = self.kind(&entry.kind)?;
            let (is_document, flagged) = (entry.records == 0, entry.is_flagged());
            self.index.rows.push(Row { kind, is_document, flagged, items: entry.records.max(1), retracted: 0 });
            self.count_reason(entry);
            let count = self.index.counts.entry(entry.kind.clone()).or_default();
            count.bytes += entry.raw_bytes;
        }
        self.index.rows.last_mut().ok_or_else(|| FormatError::Malformed {
            what: commands::manifest(),
            why: commands::entries_not_contiguous(),
        })
    }

    fn kind(&mut self, name: &str) -> Result<u16> {
        if let Some(at) = self.index.kinds.iter().position(|k| k == name) {
            return Ok(at as u16);
        }
        self.index.kinds.push(name.to_owned());
        u16::try_from(self.index.kinds.len() - 1)
            .map_err(|_| FormatError::Malformed { what: commands::manifest(), why: commands::too_many_kinds() })
    }

    fn count_reason(&mut self, entry: &Entry) {
        let reasons = &mut self.index.reasons;
        if entry.is_flagged() && (reasons.len() < REASONS_MAX || reasons.contains_key(&entry.reason)) {
            *reasons.entry(entry.reason.clone()).or_default() += u64::from(entry.records.max(1));
        }
    }
}

impl Sink for IndexBuilder {
    fn begin(&mut self, _: &Entry) -> Result<()> {
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.bar.inc(bytes.len() as u64);
        Ok(())
    }

    fn end(&mut self, entry: &Entry) -> Result<()> {
        self.row(entry)?;
        self.index.documents.push((first_bytes(&entry.sha256), entry.number));
        let count = self.index.counts.entry(entry.kind.clone()).or_default();
        count.documents += 1;
        count.flagged += u64::from(entry.is_flagged());
        Ok(())
    }

    fn record(&mut self, block: &Entry, encoded: &[u8]) -> Result<()> {
        self.bar.inc(encoded.len() as u64);
        let record = Record::decode(encoded)?;
        if record.kind != block.kind {
            return Err(FormatError::Malformed {
                what: commands::record_block(),
                why: commands::record_of_other_kind(),
            });
        }
        self.row(block)?.retracted += u32::from(record.retracted);
        let count = self.index.counts.entry(record.kind).or_default();
        count.records += 1;
        count.retracted += u64::from(record.retracted);
        count.flagged += u64::from(block.is_flagged());
        Ok(())
    }
}
