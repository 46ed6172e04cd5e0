//! The draft under review: read whole once, then entry by entry as pages ask for them. No content is kept in memory beyond
//! the block that was read last.

use crate::review::index::{Index, IndexBuilder, ItemNumber};
use crate::review::query::{Matches, SearchQuery};
use crate::texts::{commands, errors};
use ferry_format::Result;
use ferry_format::batch::open::UnverifiedBatch;
use ferry_format::batch::random_access::OpenedBatch;
use ferry_format::frame::manifest::Entry;
use ferry_format::keys::Unwrapper;
use ferry_format::record::Record;
use ferry_format::trust::trust_file::Trust;
use ferry_io::fs::read;
use ferry_io::output::language::Show;
use ferry_io::output::progress;
use ferry_io::{Error, Result as Outcome};
use std::fs::{File, Metadata};
use std::io::BufReader;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A document, or one record.
pub struct Item {
    /// Where it is.
    pub number: ItemNumber,
    /// Its entry.
    pub entry: Entry,
    /// The record; none for a document.
    pub record: Option<Record>,
}

/// The draft.
pub struct Draft {
    path: PathBuf,
    stamp: FileStamp,
    opened: OpenedBatch<BufReader<File>>,
    /// What is in it.
    pub index: Index,
    /// What the last search found, to turn its pages.
    pub(super) last_search: Option<(SearchQuery, Matches)>,
    /// The block that was read last, and its entry.
    last_block: Option<(u32, Vec<Record>)>,
}

impl Draft {
    /// Reads and verifies all of it.
    ///
    /// # Errors
    /// Bad data (65) where anything in it does not verify.
    pub fn open(path: &Path, trust: &Trust, key: &dyn Unwrapper) -> Outcome<Self> {
        let about = |e| Error::about(path, &e);
        let file = read::open_regular(path)?;
        let stamp = FileStamp::of(&file.metadata().map_err(|e| Error::io(path, &e, false))?);
        let batch = UnverifiedBatch::read(BufReader::new(file)).map_err(about)?;
        let bar = progress::bytes(commands::verifying().show(), Some(batch.claimed_content().raw_bytes));
        let mut builder = IndexBuilder::new(bar);
        let opened = OpenedBatch::open(batch, trust, key, &mut builder).map_err(about)?;
        let index = builder.finish();
        Ok(Self { path: path.to_owned(), stamp, opened, index, last_search: None, last_block: None })
    }

    /// Header and statements.
    pub fn opened(&self) -> &OpenedBatch<BufReader<File>> {
        &self.opened
    }

    /// Refuses to continue with a file that was replaced or written since it was opened.
    ///
    /// # Errors
    /// `FERRY-E0740`.
    pub fn check_unchanged(&self) -> Outcome<()> {
        let now = std::fs::symlink_metadata(&self.path).map_err(|e| Error::io(&self.path, &e, false))?;
        if FileStamp::of(&now) == self.stamp {
            return Ok(());
        }
        Err(errors::draft_changed(self.path.display()))
    }

    /// Some items, in this order.
    ///
    /// # Errors
    /// As [`Self::item`].
    pub fn items(&mut self, numbers: &[ItemNumber]) -> Outcome<Vec<Item>> {
        numbers.iter().map(|number| self.item(*number)).collect()
    }

    /// One item.
    ///
    /// # Errors
    /// `FERRY-E0742` where there is none of that number.
    pub fn item(&mut self, number: ItemNumber) -> Outcome<Item> {
        let entry = self.entry(number.0)?;
        let record = if entry.records == 0 { None } else { Some(self.record(&entry, number.1)?) };
        Ok(Item { number, entry, record })
    }

    /// An entry.
    ///
    /// # Errors
    /// An input error where there is none of that number.
    pub fn entry(&mut self, number: u32) -> Outcome<Entry> {
        self.opened.entry(number).map_err(|e| Error::about(&self.path, &e))
    }

    fn record(&mut self, entry: &Entry, number: u32) -> Outcome<Record> {
        self.block(entry)?.get(number as usize).cloned().ok_or_else(errors::item_not_found)
    }

    /// The records of a block.
    ///
    /// # Errors
    /// Bad data where it does not decrypt any longer.
    pub fn block(&mut self, entry: &Entry) -> Outcome<&[Record]> {
        if self.last_block.as_ref().is_none_or(|(known, _)| *known != entry.number) {
            let records = self.opened.records(entry).map_err(|e| Error::about(&self.path, &e))?;
            self.last_block = Some((entry.number, records));
        }
        Ok(self.last_block.as_ref().map(|(_, records)| records.as_slice()).unwrap_or_default())
    }

    /// Gives a document's bytes to `out`.
    ///
    /// # Errors
    /// As `out`; bad data where it does not decrypt any longer.
    pub fn document(&mut self, entry: &Entry, out: impl FnMut(&[u8]) -> Result<()>) -> Outcome<()> {
        self.opened.document(entry, out).map_err(|e| Error::about(&self.path, &e))
    }

    /// The entry of the document with this digest, if it is in this draft.
    ///
    /// # Errors
    /// As [`Self::entry`].
    pub fn document_of(&mut self, sha256: &[u8; 32]) -> Outcome<Option<u32>> {
        for number in self.index.documents_like(sha256) {
            if self.entry(number)?.sha256 == *sha256 {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }
}

/// Which file it is, and when it was last written.
#[derive(PartialEq, Eq)]
struct FileStamp {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
}

impl FileStamp {
    fn of(meta: &Metadata) -> Self {
        let modified = (meta.mtime(), meta.mtime_nsec());
        Self { device: meta.dev(), inode: meta.ino(), length: meta.len(), modified }
    }
}
