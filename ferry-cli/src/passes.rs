//! A batch or draft that is read more than once: first as a whole, so that nothing is shown of one that does not hold,
//! then for what to show. Memory does not grow with the batch.

use crate::trusting::Trusting;
use ferry_format::Result;
use ferry_format::batch::open::Sink;
use ferry_format::frame::header::Header;
use ferry_format::frame::manifest::Entry;
use ferry_format::frame::statement::{ContentStatement, SeriesStatement};
use ferry_format::keys::SoftUnwrapper;
use ferry_format::record::Record;
use ferry_format::trust::trust_file::Trust;
use ferry_io::exit_code::BAD_DATA;
use ferry_io::fs::read;
use ferry_io::keys::signing_key::Identity;
use ferry_io::output::progress;
use ferry_io::{Error, Result as Outcome};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a pass wants to see.
pub trait Viewer {
    /// A document, after its digest matched.
    fn document(&mut self, entry: &Entry) -> Result<()>;
    /// A record, with the block that it stood in.
    fn record(&mut self, block: &Entry, record: Record) -> Result<()>;
}

/// A file that held, all of it, when it was first read.
pub struct Held {
    path: PathBuf,
    key: SoftUnwrapper,
    /// Whom it was believed by.
    pub trust: Trust,
    /// Its header.
    pub header: Header,
    /// Its content statement.
    pub content: ContentStatement,
    /// Its place; a draft has none.
    pub series: Option<SeriesStatement>,
    /// What is in it, by kind.
    pub kinds: BTreeMap<String, Count>,
}

/// How much of one kind.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct Count {
    /// Records, with retractions.
    pub records: u64,
    /// Retractions.
    pub retracted: u64,
    /// Documents.
    pub documents: u64,
    /// Raw bytes of both.
    pub bytes: u64,
    /// Entries that the sender's scanner flagged.
    pub flagged: u64,
}

impl Held {
    /// Reads the whole file once.
    pub fn read(path: &Path, key: &Identity, trust: &Trusting) -> Outcome<Self> {
        let key = key.unwrapper()?;
        let claimed = read::batch(path)?;
        let trust = trust.read()?.of(claimed.claimed_header()).map_err(|e| Error::about(path, &e))?;
        let mut counter = Counter::default();
        let (header, content, series) = pass(path, &key, &trust, "verifying", &mut counter)?;
        Ok(Self { path: path.to_owned(), key, trust, header, content, series, kinds: counter.0 })
    }

    /// Reads it again for `viewer`.
    pub fn show(&self, viewer: &mut dyn Viewer) -> Outcome<()> {
        let (_, content, _) = pass(&self.path, &self.key, &self.trust, "reading", viewer)?;
        if content != self.content {
            let message = format!("{}: it was exchanged while it was read", self.path.display());
            return Err(Error::new(BAD_DATA, "FERRY-E0615", message, "copy the file to a folder of your own first"));
        }
        Ok(())
    }

    /// `batch 1/17`, or `draft`.
    pub fn place(&self) -> String {
        self.series.as_ref().map_or("draft".to_owned(), |s| format!("batch {}/{}", s.epoch, s.sequence))
    }
}

type Front = (Header, ContentStatement, Option<SeriesStatement>);

fn pass(path: &Path, key: &SoftUnwrapper, trust: &Trust, what: &str, viewer: &mut dyn Viewer) -> Outcome<Front> {
    let about = |e| Error::about(path, &e);
    let batch = read::batch(path)?;
    let (header, content) = (batch.claimed_header().clone(), batch.claimed_content().clone());
    let bar = progress::bytes(what, Some(content.raw_bytes));
    let mut sink = Feeding { viewer, bar };
    let series = if batch.is_draft() {
        trust.check_destination(&header).map_err(about)?;
        batch.open_draft(key, &mut sink).map_err(about)?;
        None
    } else {
        let batch = batch.verify(trust).map_err(about)?;
        let series = batch.series().clone();
        batch.open(key, &mut sink).map_err(about)?;
        Some(series)
    };
    sink.bar.finish_and_clear();
    Ok((header, content, series))
}

struct Feeding<'a> {
    viewer: &'a mut dyn Viewer,
    bar: ProgressBar,
}

impl Sink for Feeding<'_> {
    fn begin(&mut self, _: &Entry) -> Result<()> {
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.bar.inc(bytes.len() as u64);
        Ok(())
    }

    fn end(&mut self, entry: &Entry) -> Result<()> {
        self.viewer.document(entry)
    }

    fn record(&mut self, block: &Entry, encoded: &[u8]) -> Result<()> {
        self.bar.inc(encoded.len() as u64);
        self.viewer.record(block, Record::decode(encoded)?)
    }
}

#[derive(Default)]
struct Counter(BTreeMap<String, Count>);

impl Viewer for Counter {
    fn document(&mut self, entry: &Entry) -> Result<()> {
        let count = self.0.entry(entry.kind.clone()).or_default();
        count.documents += 1;
        count.bytes += entry.raw_bytes;
        count.flagged += u64::from(entry.is_flagged());
        Ok(())
    }

    fn record(&mut self, block: &Entry, record: Record) -> Result<()> {
        let count = self.0.entry(record.kind.clone()).or_default();
        count.records += 1;
        count.retracted += u64::from(record.retracted);
        count.bytes += record.encode()?.len() as u64;
        count.flagged += u64::from(block.is_flagged());
        Ok(())
    }
}
