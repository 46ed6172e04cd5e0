//! The second look: whatever everyone would see is scanned again before it becomes visible. A hit hides that entry and
//! nothing else; the batch, its numbers and the state root stay as the sender made them.

use crate::ingest::second_scan::{self, Found};
use crate::store::blobs::Blobs;
use ferry_format::record::catalogue::{Audience, Catalogue};
use ferry_format::record::policy::{Policy, Unscannable};
use ferry_format::record::{DocumentRef, Record, Value};
use ferry_io::error::{Error, Result};
use ferry_io::fs::pdf_text;
use ferry_io::fs::pdf_text::Text;
use std::collections::{BTreeSet, HashMap};

/// Documents of one batch whose result is remembered: a file that many records name is read once.
const SEEN_MAX: usize = 65_536;
/// The rule of a document whose text cannot be taken.
const UNSCANNABLE: &str = "unscannable";

/// What was found in a document; nothing where its text cannot be taken.
type Seen = Option<BTreeSet<Found>>;

/// Looks at the records of one batch.
pub struct SecondLook<'a> {
    catalogue: &'a Catalogue,
    policy: &'a Policy,
    blobs: &'a Blobs,
    seen: HashMap<([u8; 32], String), Seen>,
    /// Whether the batch carries the approvals that the release rules ask for what a scanner flagged.
    is_cleared: bool,
}

impl<'a> SecondLook<'a> {
    /// Nothing is seen yet.
    pub fn new(catalogue: &'a Catalogue, policy: &'a Policy, blobs: &'a Blobs, is_cleared: bool) -> Self {
        Self { catalogue, policy, blobs, seen: HashMap::new(), is_cleared }
    }

    /// Whether everyone would see a record.
    pub fn concerns(&self, record: &Record) -> bool {
        self.catalogue.kinds.get(&record.kind).is_some_and(|kind| kind.audience == Audience::Public)
    }

    /// The rules by which a record for the public is hidden, if any; its documents lie in the store. What reviewers cleared is
    /// shown, but for a secrecy mark, which nobody here clears.
    pub fn rules(&mut self, record: &Record) -> Result<Option<String>> {
        let mut found = BTreeSet::new();
        let mut is_scannable = true;
        for value in record.fields.values() {
            match value {
                Value::Text(text) => found.extend(self.scan(text)),
                Value::Document(document) => {
                    found.extend(self.scan(&document.name));
                    match self.document(document)? {
                        Some(more) => found.extend(more),
                        None => is_scannable = false,
                    }
                }
                Value::Integer(_) => {}
            }
        }
        if self.is_cleared {
            found.retain(|found| *found == Found::SecrecyMark);
        }
        let mut rules: Vec<_> = found.into_iter().map(Found::as_str).collect();
        if !self.is_cleared && !is_scannable && self.policy.scan.unscannable == Unscannable::Hold {
            rules.push(UNSCANNABLE);
        }
        Ok((!rules.is_empty()).then(|| rules.join(",")))
    }

    fn scan(&self, text: &str) -> BTreeSet<Found> {
        second_scan::scan(text, &self.policy.scan.marks)
    }

    fn document(&mut self, document: &DocumentRef) -> Result<Seen> {
        let key = (document.sha256, document.media_type.clone());
        if let Some(seen) = self.seen.get(&key) {
            return Ok(seen.clone());
        }
        let mut file = self.blobs.read_coming(&document.sha256)?;
        let taken = pdf_text::text(&mut file, &document.media_type, self.policy)
            .map_err(|e| Error::io(&self.blobs.path(&document.sha256), &e, false))?;
        let seen = match taken {
            Text::Text(text) => Some(self.scan(&text)),
            Text::None(_) => None,
        };
        if self.seen.len() < SEEN_MAX {
            self.seen.insert(key, seen.clone());
        }
        Ok(seen)
    }
}
