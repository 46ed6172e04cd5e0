//! What changed between two batches or drafts, record by record: for `ferry diff` and for the reviewer's page.

use crate::batch::verified_file::{VerifiedFile, Visitor};
use crate::output::values;
use ferry_format::Result;
use ferry_format::crypto::hash::sha256;
use ferry_format::frame::manifest::Entry;
use ferry_format::record::Record;
use ferry_io::Result as Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// Kind, and id or name.
pub type ItemKey = (String, String);

/// What is in a batch: for each record and document a digest of its key and one of its content, in ascending order.
/// Thirty-two bytes each, so that batches of millions can be compared.
#[derive(Default)]
struct ContentIndex(Vec<([u8; 16], [u8; 16])>);

impl ContentIndex {
    fn of(batch: &VerifiedFile) -> Outcome<Self> {
        let mut index = Self::default();
        batch.visit(&mut index)?;
        index.0.sort_unstable();
        Ok(index)
    }

    /// The content under a key.
    fn get(&self, key: &[u8; 16]) -> Option<&[u8; 16]> {
        self.0.binary_search_by(|(known, _)| known.cmp(key)).ok().map(|at| &self.0[at].1)
    }
}

fn short(digest: [u8; 32]) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    short
}

fn key_digest(kind: &str, id: &str) -> [u8; 16] {
    short(sha256(&[&(kind.len() as u64).to_be_bytes(), kind.as_bytes(), id.as_bytes()].concat()))
}

impl Visitor for ContentIndex {
    fn document(&mut self, e: &Entry) -> Result<()> {
        self.0.push((key_digest(&e.kind, &e.name), short(e.sha256)));
        Ok(())
    }

    fn record(&mut self, _: &Entry, r: Record) -> Result<()> {
        self.0.push((key_digest(&r.kind, &r.id), short(r.content_digest()?)));
        Ok(())
    }
}

/// What one batch has and the other does not, or has with another content.
struct Difference<'a> {
    other: &'a ContentIndex,
    only_here: Vec<ItemKey>,
    changed: BTreeMap<ItemKey, Option<Record>>,
}

impl<'a> Difference<'a> {
    fn of(batch: &VerifiedFile, other: &'a ContentIndex) -> Outcome<Self> {
        let mut difference = Self { other, only_here: Vec::new(), changed: BTreeMap::new() };
        batch.visit(&mut difference)?;
        difference.only_here.sort_unstable();
        Ok(difference)
    }

    fn compare(&mut self, kind: String, id: String, content: [u8; 16], record: Option<Record>) {
        match self.other.get(&key_digest(&kind, &id)) {
            None => self.only_here.push((kind, id)),
            Some(known) if *known != content => drop(self.changed.insert((kind, id), record)),
            Some(_) => {}
        }
    }
}

impl Visitor for Difference<'_> {
    fn document(&mut self, e: &Entry) -> Result<()> {
        self.compare(e.kind.clone(), e.name.clone(), short(e.sha256), None);
        Ok(())
    }

    fn record(&mut self, _: &Entry, r: Record) -> Result<()> {
        let content = short(r.content_digest()?);
        self.compare(r.kind.clone(), r.id.clone(), content, Some(r));
        Ok(())
    }
}

/// A field that differs: its id, and its value before and after.
pub type FieldChange = (String, Option<String>, Option<String>);

/// What differs. Only that is kept: two batches of millions can be compared.
pub struct Comparison {
    /// What only the later one has, ascending.
    pub added: Vec<ItemKey>,
    /// What only the earlier one has, ascending.
    pub gone: Vec<ItemKey>,
    /// What both have with different contents; none for a document, of which only the digest is compared.
    pub changed: BTreeMap<ItemKey, (Option<Record>, Option<Record>)>,
    /// How many items are the same.
    pub same: usize,
}

impl Comparison {
    /// Reads both twice.
    ///
    /// # Errors
    /// As [`VerifiedFile::visit`].
    pub fn between(before: &VerifiedFile, after: &VerifiedFile) -> Outcome<Self> {
        let (old, new) = (ContentIndex::of(before)?, ContentIndex::of(after)?);
        let (later, mut earlier) = (Difference::of(after, &old)?, Difference::of(before, &new)?);
        let same = new.0.len() - later.only_here.len() - later.changed.len();
        let changed = later.changed.into_iter().map(|(key, now)| {
            let then = earlier.changed.remove(&key).flatten();
            (key, (then, now))
        });
        Ok(Self { added: later.only_here, gone: earlier.only_here, changed: changed.collect(), same })
    }

    /// The fields of a changed record that differ.
    pub fn fields(&self, key: &ItemKey) -> Vec<FieldChange> {
        self.changed.get(key).map(|(before, after)| fields(before.as_ref(), after.as_ref())).unwrap_or_default()
    }

    /// How many items changed, are new, are gone, and are the same.
    pub fn counts(&self) -> [usize; 4] {
        [self.changed.len(), self.added.len(), self.gone.len(), self.same]
    }
}

/// The fields that differ; of a document nothing but its bytes can.
fn fields(before: Option<&Record>, after: Option<&Record>) -> Vec<FieldChange> {
    let (Some(before), Some(after)) = (before, after) else { return Vec::new() };
    let (old, new) = (values_of(before), values_of(after));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| (name.clone(), old.get(name).cloned(), new.get(name).cloned()))
        .collect()
}

/// All that a record says, by field; case, person and retraction count as fields.
fn values_of(record: &Record) -> BTreeMap<String, String> {
    let head = [("case", &record.case_id), ("person", &record.person)];
    let head = head.map(|(name, value)| (name.to_owned(), values::safe(value)));
    let mut all: BTreeMap<String, String> =
        record.fields.iter().map(|(name, value)| (name.clone(), values::value(value))).collect();
    all.extend(head.into_iter().filter(|(_, value)| !value.is_empty()));
    all.extend(record.retracted.then(|| ("retracted".to_owned(), "true".to_owned())));
    all
}
