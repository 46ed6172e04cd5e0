//! A batch or draft that is read more than once: first as a whole, so that nothing is shown of one that fails verification,
//! then for what to show. Memory does not grow with the batch.

use crate::options::trust::TrustOptions;
use crate::texts::{commands, errors};
use ferry_format::Result;
use ferry_format::batch::open::Sink;
use ferry_format::frame::header::Header;
use ferry_format::frame::manifest::Entry;
use ferry_format::frame::statement::{ContentStatement, SeriesStatement};
use ferry_format::keys::SoftUnwrapper;
use ferry_format::record::Record;
use ferry_format::text::Text;
use ferry_format::trust::trust_file::Trust;
use ferry_io::fs::read;
use ferry_io::keys::signing_key::LoadedKey;
use ferry_io::output::language::Show;
use ferry_io::output::progress;
use ferry_io::{Error, Result as Outcome};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Is shown every item of a batch, in its order.
pub trait Visitor {
    /// A document, after its digest matched.
    fn document(&mut self, entry: &Entry) -> Result<()>;
    /// A record, with the block that it stood in.
    fn record(&mut self, block: &Entry, record: Record) -> Result<()>;
}

/// A file that was verified as a whole when it was first read.
pub struct VerifiedFile {
    path: PathBuf,
    key: SoftUnwrapper,
    /// What it was verified with.
    pub trust: Trust,
    /// Its header.
    pub header: Header,
    /// Its content statement.
    pub content: ContentStatement,
    /// Its series statement; a draft has none.
    pub series: Option<SeriesStatement>,
    /// What is in it, by kind.
    pub kinds: BTreeMap<String, KindCount>,
}

/// How much of one kind a batch has.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct KindCount {
    /// Records, with retractions.
    pub records: u64,
    /// Retractions.
    pub retracted: u64,
    /// Documents.
    pub documents: u64,
    /// Raw bytes of both.
    pub bytes: u64,
    /// Items that the sender's scanner flagged.
    pub flagged: u64,
}

impl VerifiedFile {
    /// Verifies the whole file, and counts what is in it.
    ///
    /// # Errors
    /// Bad data (65) where anything in it does not verify.
    pub fn read(path: &Path, key: &LoadedKey, trust: &TrustOptions) -> Outcome<Self> {
        let key = key.unwrapper()?;
        let claimed = read::batch(path)?;
        let trust = trust.read()?.of(claimed.claimed_header()).map_err(|e| Error::about(path, &e))?;
        let mut counter = KindCounter::default();
        let (header, content, series) = visit(path, &key, &trust, &commands::verifying(), &mut counter)?;
        Ok(Self { path: path.to_owned(), key, trust, header, content, series, kinds: counter.0 })
    }

    /// Reads it again for `visitor`.
    ///
    /// # Errors
    /// `FERRY-E0615` where it is another file than before.
    pub fn visit(&self, visitor: &mut dyn Visitor) -> Outcome<()> {
        let (_, content, _) = visit(&self.path, &self.key, &self.trust, &commands::reading(), visitor)?;
        if content != self.content {
            return Err(errors::changed_while_read(self.path.display()));
        }
        Ok(())
    }

    /// `batch 1/17`, or `draft`.
    pub fn label(&self) -> Text {
        self.series.as_ref().map_or_else(commands::draft, |s| commands::batch_number(s.epoch, s.sequence))
    }
}

type Statements = (Header, ContentStatement, Option<SeriesStatement>);

fn visit(
    path: &Path,
    key: &SoftUnwrapper,
    trust: &Trust,
    what: &Text,
    visitor: &mut dyn Visitor,
) -> Outcome<Statements> {
    let about = |e| Error::about(path, &e);
    let batch = read::batch(path)?;
    let (header, content) = (batch.claimed_header().clone(), batch.claimed_content().clone());
    let bar = progress::bytes(what.show(), Some(content.raw_bytes));
    let mut sink = VisitingSink { visitor, bar };
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

struct VisitingSink<'a> {
    visitor: &'a mut dyn Visitor,
    bar: ProgressBar,
}

impl Sink for VisitingSink<'_> {
    fn begin(&mut self, _: &Entry) -> Result<()> {
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.bar.inc(bytes.len() as u64);
        Ok(())
    }

    fn end(&mut self, entry: &Entry) -> Result<()> {
        self.visitor.document(entry)
    }

    fn record(&mut self, block: &Entry, encoded: &[u8]) -> Result<()> {
        self.bar.inc(encoded.len() as u64);
        self.visitor.record(block, Record::decode(encoded)?)
    }
}

#[derive(Default)]
struct KindCounter(BTreeMap<String, KindCount>);

impl Visitor for KindCounter {
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
