//! Which items of a batch go into the bundle.

use ferry_format::Result;
use ferry_format::encoding::hex::to_hex;
use ferry_format::evidence::bundle::Role;
use ferry_format::evidence::select::ItemSelector;
use ferry_format::evidence::verify::Kinds;
use ferry_format::frame::manifest::Entry;
use ferry_format::record::Record;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// What the bundle is about.
pub enum Subject {
    /// A record.
    Record(Record),
    /// The SHA-256 of a document.
    Document([u8; 32]),
}

/// The record of this kind and id.
pub struct RecordById<'a> {
    /// Kind.
    pub kind: &'a str,
    /// Id.
    pub id: &'a str,
}

impl ItemSelector for RecordById<'_> {
    fn record(&mut self, block: &Entry, encoded: &[u8]) -> Result<Option<Role>> {
        if block.kind != self.kind {
            return Ok(None);
        }
        let record = Record::decode(encoded)?;
        Ok((record.kind == self.kind && record.id == self.id).then_some(Role::Subject))
    }

    fn document(&mut self, _: &Entry) -> Result<bool> {
        Ok(false)
    }

    fn bytes(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }
}

/// Documents, each copied into a file of its own that has no name.
pub struct Documents<'a> {
    /// Which ones.
    pub wanted: &'a dyn Fn(&Entry) -> bool,
    /// Where the files are.
    pub folder: &'a Path,
    /// The files by digest.
    pub found: &'a mut BTreeMap<[u8; 32], File>,
    /// The document that is being copied.
    pub current: Option<[u8; 32]>,
}

impl ItemSelector for Documents<'_> {
    fn record(&mut self, _: &Entry, _: &[u8]) -> Result<Option<Role>> {
        Ok(None)
    }

    fn document(&mut self, entry: &Entry) -> Result<bool> {
        let is_wanted = (self.wanted)(entry) && !self.found.contains_key(&entry.sha256);
        self.current = is_wanted.then_some(entry.sha256);
        if is_wanted {
            self.found.insert(entry.sha256, tempfile::tempfile_in(self.folder)?);
        }
        Ok(is_wanted)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        match self.current.and_then(|digest| self.found.get_mut(&digest)) {
            Some(file) => Ok(file.write_all(bytes)?),
            None => Ok(()),
        }
    }
}

/// Delivery reports of the subject's batch, and receipts of the subject.
pub struct ReportsAndReceipts<'a> {
    /// The kinds of both.
    pub kinds: &'a Kinds,
    /// `EPOCH/SEQUENCE` of the batch.
    pub batch: String,
    /// The subject.
    pub subject: &'a Subject,
}

impl ItemSelector for ReportsAndReceipts<'_> {
    fn record(&mut self, block: &Entry, encoded: &[u8]) -> Result<Option<Role>> {
        if block.kind == self.kinds.report {
            let record = Record::decode(encoded)?;
            return Ok((record.id == self.batch && !record.retracted).then_some(Role::Report));
        }
        if block.kind != self.kinds.receipt {
            return Ok(None);
        }
        let record = Record::decode(encoded)?;
        let is_about_it = match self.subject {
            Subject::Document(digest) => record.text("sha256") == to_hex(digest),
            Subject::Record(subject) => {
                (record.text("kind"), record.text("item")) == (subject.kind.as_str(), subject.id.as_str())
                    && record.integer("item-version") == i64::try_from(subject.version).ok()
            }
        };
        Ok((is_about_it && !record.retracted).then_some(Role::Receipt))
    }

    fn document(&mut self, _: &Entry) -> Result<bool> {
        Ok(false)
    }

    fn bytes(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }
}
