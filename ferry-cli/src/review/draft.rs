//! The draft on the reviewer's desk: read whole once, then entry by entry as he asks. What stays in memory of it is a row of
//! a few bytes for each entry; no content is kept.

use crate::passes::Count;
use crate::review::find::{Asked, Found};
use ferry_format::batch::open::Sink;
use ferry_format::batch::random_access::Opened;
use ferry_format::frame::manifest::Entry;
use ferry_format::keys::Unwrapper;
use ferry_format::record::Record;
use ferry_format::trust::trust_file::Trust;
use ferry_format::{FormatError, Result};
use ferry_io::exit_code::BAD_DATA;
use ferry_io::fs::read;
use ferry_io::output::progress;
use ferry_io::{Error, Result as Outcome};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::BufReader;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Reasons that are counted one by one; what the scanner says is short and of few forms.
const REASONS_MAX: usize = 1000;

/// Number of an entry, and of the record in it; 0 for a document.
pub type Place = (u32, u32);

/// A document, or one record.
pub struct Item {
    /// Where it stands.
    pub place: Place,
    /// Its entry.
    pub entry: Entry,
    /// The record; none for a document.
    pub record: Option<Record>,
}

/// What is known of an entry without reading it again.
pub struct Row {
    /// Its kind, a place in [`Index::kinds`].
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
    pub counts: BTreeMap<String, Count>,
    /// Why something was flagged, and how many records and documents for that reason.
    pub reasons: BTreeMap<String, u64>,
    /// Documents: the first bytes of their digests, and their entries; ascending.
    documents: Vec<([u8; 8], u32)>,
}

/// The draft.
pub struct Draft {
    path: PathBuf,
    stood: Stamp,
    opened: Opened<BufReader<File>>,
    /// What is in it.
    pub index: Index,
    /// What was found last, to turn its pages.
    pub(super) found: Option<(Asked, Found)>,
    /// The block that was read last.
    recent: Option<(u32, Vec<Record>)>,
}

impl Draft {
    /// Reads and verifies all of it.
    pub fn open(path: &Path, trust: &Trust, key: &dyn Unwrapper) -> Outcome<Self> {
        let about = |e| Error::about(path, &e);
        let file = read::open_regular(path)?;
        let stood = Stamp::of(&file.metadata().map_err(|e| Error::io(path, &e, false))?);
        let batch = ferry_format::batch::open::UnverifiedBatch::read(BufReader::new(file)).map_err(about)?;
        let bar = progress::bytes("verifying", Some(batch.claimed_content().raw_bytes));
        let mut reading = Reading { index: Index::default(), bar };
        let opened = Opened::open(batch, trust, key, &mut reading).map_err(about)?;
        reading.bar.finish_and_clear();
        let mut index = reading.index;
        index.documents.sort_unstable();
        Ok(Self { path: path.to_owned(), stood, opened, index, found: None, recent: None })
    }

    /// Header, statements.
    pub fn front(&self) -> &Opened<BufReader<File>> {
        &self.opened
    }

    /// Refuses to go on with a file that was exchanged or written since it was opened.
    pub fn check_unchanged(&self) -> Outcome<()> {
        let now = std::fs::symlink_metadata(&self.path).map_err(|e| Error::io(&self.path, &e, false))?;
        if Stamp::of(&now) == self.stood {
            return Ok(());
        }
        Err(exchanged(&self.path))
    }

    /// The items at these places, in this order.
    pub fn items(&mut self, places: &[Place]) -> Outcome<Vec<Item>> {
        places.iter().map(|place| self.item(*place)).collect()
    }

    /// The item at a place.
    pub fn item(&mut self, place: Place) -> Outcome<Item> {
        let entry = self.entry(place.0)?;
        let record = if entry.records == 0 { None } else { Some(self.record(&entry, place.1)?) };
        Ok(Item { place, entry, record })
    }

    /// An entry.
    pub fn entry(&mut self, number: u32) -> Outcome<Entry> {
        self.opened.entry(number).map_err(|e| Error::about(&self.path, &e))
    }

    fn record(&mut self, entry: &Entry, number: u32) -> Outcome<Record> {
        let found = self.block(entry)?.get(number as usize).cloned();
        found.ok_or_else(|| {
            FormatError::Input { what: format!("record {number}"), why: "its block has fewer".into() }.into()
        })
    }

    /// The records of a block.
    pub fn block(&mut self, entry: &Entry) -> Outcome<&[Record]> {
        if self.recent.as_ref().is_none_or(|(known, _)| *known != entry.number) {
            let records = self.opened.records(entry).map_err(|e| Error::about(&self.path, &e))?;
            self.recent = Some((entry.number, records));
        }
        Ok(self.recent.as_ref().map(|(_, records)| records.as_slice()).unwrap_or_default())
    }

    /// Gives a document's bytes to `out`.
    pub fn document(&mut self, entry: &Entry, out: impl FnMut(&[u8]) -> Result<()>) -> Outcome<()> {
        self.opened.document(entry, out).map_err(|e| Error::about(&self.path, &e))
    }

    /// The entry of the document with this digest, where it is in this draft.
    pub fn document_of(&mut self, sha256: &[u8; 32]) -> Outcome<Option<u32>> {
        let first = first_bytes(sha256);
        let from = self.index.documents.partition_point(|(known, _)| *known < first);
        let near: Vec<u32> =
            self.index.documents[from..].iter().take_while(|(known, _)| *known == first).map(|(_, n)| *n).collect();
        for number in near {
            if self.entry(number)?.sha256 == *sha256 {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }
}

/// The file is another one now.
pub fn exchanged(path: &Path) -> Error {
    let message = format!("{}: it was changed or exchanged since it was opened", path.display());
    let hint = "find out who wrote it, then open it again: nothing was approved";
    Error::new(BAD_DATA, "FERRY-E0740", message, hint)
}

#[derive(PartialEq, Eq)]
struct Stamp(u64, u64, u64, i64, i64);

impl Stamp {
    fn of(meta: &Metadata) -> Self {
        Self(meta.dev(), meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec())
    }
}

fn first_bytes(digest: &[u8; 32]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    first
}

struct Reading {
    index: Index,
    bar: ProgressBar,
}

impl Reading {
    /// The row of the entry, which is the last one: entries come in their order.
    fn row(&mut self, entry: &Entry) -> Result<&mut Row> {
        if self.index.rows.len() as u64 == u64::from(entry.number) {
            let kind = self.kind(&entry.kind)?;
            let (is_document, flagged) = (entry.records == 0, entry.is_flagged());
            self.index.rows.push(Row { kind, is_document, flagged, items: entry.records.max(1), retracted: 0 });
            self.reason(entry);
            let count = self.index.counts.entry(entry.kind.clone()).or_default();
            count.bytes += entry.raw_bytes;
        }
        self.index
            .rows
            .last_mut()
            .ok_or(FormatError::Malformed { what: "manifest", why: "its entries are not contiguous" })
    }

    fn kind(&mut self, name: &str) -> Result<u16> {
        if let Some(at) = self.index.kinds.iter().position(|k| k == name) {
            return Ok(at as u16);
        }
        self.index.kinds.push(name.to_owned());
        u16::try_from(self.index.kinds.len() - 1)
            .map_err(|_| FormatError::Malformed { what: "manifest", why: "it has too many kinds" })
    }

    fn reason(&mut self, entry: &Entry) {
        let reasons = &mut self.index.reasons;
        if entry.is_flagged() && (reasons.len() < REASONS_MAX || reasons.contains_key(&entry.reason)) {
            *reasons.entry(entry.reason.clone()).or_default() += u64::from(entry.records.max(1));
        }
    }
}

impl Sink for Reading {
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
            return Err(FormatError::Malformed { what: "record block", why: "a record of it is of another kind" });
        }
        self.row(block)?.retracted += u32::from(record.retracted);
        let count = self.index.counts.entry(record.kind).or_default();
        count.records += 1;
        count.retracted += u64::from(record.retracted);
        count.flagged += u64::from(block.is_flagged());
        Ok(())
    }
}
