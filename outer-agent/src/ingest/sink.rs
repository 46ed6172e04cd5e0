//! Takes the entries of one batch while it is opened, and stages them.

use crate::ingest::rescan::Rescanner;
use crate::store::documents::{DocumentStore, DocumentWriter};
use crate::store::publish::Staging;
use ferry_format::batch::open::Sink;
use ferry_format::frame::manifest::Entry;
use ferry_format::reason::{HIDDEN_BY_OPERATOR, ReasonCode};
use ferry_format::record::Record;
use ferry_format::record::catalogue::{Catalogue, Direction};
use ferry_format::{FormatError, Result as FormatResult};
use ferry_io::error::{Error, Result};
use ferry_io::output::progress;
use indicatif::ProgressBar;

/// Stages the entries of one batch.
pub struct BatchSink<'a> {
    /// The rows.
    pub staging: Staging<'a>,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The second scan.
    pub rescanner: Rescanner<'a>,
    /// The documents.
    pub documents: &'a DocumentStore,
    /// The document that is being written.
    pub document: Option<DocumentWriter>,
    /// An error of this side. It ends the opening, and is no fault of the batch.
    pub error: Option<Error>,
    /// Progress in bytes.
    pub bar: ProgressBar,
}

impl BatchSink<'_> {
    /// The rules by which a record is hidden, if any.
    fn hidden_by(&mut self, record: &Record) -> Result<Option<String>> {
        let by_scan = self.hidden_by_scan(record)?;
        if record.retracted || !self.staging.is_hidden_by_operator(record, self.rescanner.is_batch_approved())? {
            return Ok(by_scan);
        }
        Ok(Some(
            by_scan.map_or_else(|| HIDDEN_BY_OPERATOR.to_owned(), |rules| format!("{rules},{}", HIDDEN_BY_OPERATOR)),
        ))
    }

    fn hidden_by_scan(&mut self, record: &Record) -> Result<Option<String>> {
        if record.documents().next().is_some() {
            // Reading the text of a document may take seconds; the portal's writers must not wait for it.
            self.staging.commit()?;
        }
        self.rescanner.rules(record)
    }

    /// Keeps an error of this side, and ends the opening with one that stands for it.
    fn keep_error<T>(&mut self, result: Result<T>) -> FormatResult<T> {
        result.map_err(|error| {
            let stopped = std::io::Error::other(error.message.english());
            self.error = Some(error);
            FormatError::Io(stopped)
        })
    }
}

impl Sink for BatchSink<'_> {
    fn begin(&mut self, _: &Entry) -> FormatResult<()> {
        // A document may take minutes; the portal's writers must not wait for it.
        let document = self.staging.commit().and_then(|()| self.documents.create());
        self.document = Some(self.keep_error(document)?);
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> FormatResult<()> {
        progress::advance(&self.bar, bytes.len() as u64);
        match &mut self.document {
            Some(document) => Ok(document.write(bytes)?),
            None => Ok(()),
        }
    }

    fn end(&mut self, entry: &Entry) -> FormatResult<()> {
        let Some(document) = self.document.take() else { return Ok(()) };
        let staged = self.documents.stage(document, &entry.sha256);
        self.keep_error(staged)
    }

    fn record(&mut self, _: &Entry, encoded: &[u8]) -> FormatResult<()> {
        progress::advance(&self.bar, encoded.len() as u64);
        let record = Record::decode(encoded)?;
        self.catalogue.check_record(&record, Direction::Up)?;
        if let Some(missing) = record.documents().find(|d| !self.documents.contains(&d.sha256)) {
            return Err(FormatError::Record {
                kind: record.kind.clone(),
                id: record.id.clone(),
                field: missing.name.clone(),
                why: ReasonCode::DocumentMissing,
            });
        }
        let rules = self.hidden_by(&record);
        let rules = self.keep_error(rules)?;
        let mut put = self.staging.put(&record, encoded, rules.as_deref());
        if self.catalogue.kinds.get(&record.kind).is_some_and(|kind| kind.served) && !record.retracted {
            put = put.and_then(|()| self.staging.record_arrival(&record));
        }
        self.keep_error(put)
    }
}
