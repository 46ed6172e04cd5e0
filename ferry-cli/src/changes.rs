//! What changed between two batches or drafts, record by record: for `ferry diff` and for the reviewer's page.

use crate::passes::{Held, Viewer};
use crate::show;
use ferry_format::Result;
use ferry_format::crypto::hash::sha256;
use ferry_format::frame::manifest::Entry;
use ferry_format::record::Record;
use ferry_io::Result as Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// Kind, and id or name.
pub type Key = (String, String);

/// What is in a batch: for each record and document a digest of its key and one of its content, in ascending order.
/// Thirty-two bytes each, so that batches of millions can be compared.
#[derive(Default)]
struct Contents(Vec<([u8; 16], [u8; 16])>);

impl Contents {
    fn of(held: &Held) -> Outcome<Self> {
        let mut contents = Self::default();
        held.show(&mut contents)?;
        contents.0.sort_unstable();
        Ok(contents)
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

fn key_of(kind: &str, id: &str) -> [u8; 16] {
    short(sha256(&[&(kind.len() as u64).to_be_bytes(), kind.as_bytes(), id.as_bytes()].concat()))
}

impl Viewer for Contents {
    fn document(&mut self, e: &Entry) -> Result<()> {
        self.0.push((key_of(&e.kind, &e.name), short(e.sha256)));
        Ok(())
    }

    fn record(&mut self, _: &Entry, r: Record) -> Result<()> {
        self.0.push((key_of(&r.kind, &r.id), short(r.content_digest()?)));
        Ok(())
    }
}

/// What one batch has that the other has not, or has otherwise.
struct Differing<'a> {
    other: &'a Contents,
    alone: Vec<Key>,
    changed: BTreeMap<Key, Option<Record>>,
}

impl<'a> Differing<'a> {
    fn of(held: &Held, other: &'a Contents) -> Outcome<Self> {
        let mut differing = Self { other, alone: Vec::new(), changed: BTreeMap::new() };
        held.show(&mut differing)?;
        differing.alone.sort_unstable();
        Ok(differing)
    }

    fn note(&mut self, kind: String, id: String, content: [u8; 16], record: Option<Record>) {
        match self.other.get(&key_of(&kind, &id)) {
            None => self.alone.push((kind, id)),
            Some(known) if *known != content => drop(self.changed.insert((kind, id), record)),
            Some(_) => {}
        }
    }
}

impl Viewer for Differing<'_> {
    fn document(&mut self, e: &Entry) -> Result<()> {
        self.note(e.kind.clone(), e.name.clone(), short(e.sha256), None);
        Ok(())
    }

    fn record(&mut self, _: &Entry, r: Record) -> Result<()> {
        let content = short(r.content_digest()?);
        self.note(r.kind.clone(), r.id.clone(), content, Some(r));
        Ok(())
    }
}

/// Name of a field, and its value before and after.
pub type Field = (String, Option<String>, Option<String>);

/// What differs. Only that is kept: two batches of millions can be compared.
pub struct Changes {
    /// What only the later one has, ascending.
    pub added: Vec<Key>,
    /// What only the earlier one has, ascending.
    pub gone: Vec<Key>,
    /// What both have, otherwise; none for a document, of which only the digest is compared.
    pub changed: BTreeMap<Key, (Option<Record>, Option<Record>)>,
    /// How much is the same.
    pub same: usize,
}

impl Changes {
    /// Reads both twice.
    pub fn between(before: &Held, after: &Held) -> Outcome<Self> {
        let (old, new) = (Contents::of(before)?, Contents::of(after)?);
        let (is, mut was) = (Differing::of(after, &old)?, Differing::of(before, &new)?);
        let same = new.0.len() - is.alone.len() - is.changed.len();
        let changed = is.changed.into_iter();
        let changed = changed.map(|(key, now)| {
            let then = was.changed.remove(&key).flatten();
            (key, (then, now))
        });
        Ok(Self { added: is.alone, gone: was.alone, changed: changed.collect(), same })
    }

    /// The fields of a changed record that differ.
    pub fn fields(&self, key: &Key) -> Vec<Field> {
        self.changed.get(key).map(|(before, after)| fields(before.as_ref(), after.as_ref())).unwrap_or_default()
    }
}

/// The fields that differ; of a document nothing but its bytes can.
fn fields(before: Option<&Record>, after: Option<&Record>) -> Vec<Field> {
    let (Some(before), Some(after)) = (before, after) else { return Vec::new() };
    let head =
        |r: &Record| [("case", &r.case_id), ("person", &r.person)].map(|(name, v)| (name.to_owned(), show::safe(v)));
    let values = |r: &Record| {
        let mut all: BTreeMap<String, String> = r.fields.iter().map(|(n, v)| (n.clone(), show::value(v))).collect();
        all.extend(head(r).into_iter().filter(|(_, v)| !v.is_empty()));
        all.extend(r.retracted.then(|| ("retracted".to_owned(), "true".to_owned())));
        all
    };
    let (old, new) = (values(before), values(after));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| (name.clone(), old.get(name).cloned(), new.get(name).cloned()))
        .collect()
}
