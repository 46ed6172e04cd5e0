//! The second scan: what everyone would see is scanned again before it becomes visible. A hit hides that record and nothing
//! else; the batch, its numbers and the state root stay as the sender made them.

mod characters;
mod checksums;
mod scanner;

use crate::store::documents::DocumentStore;
use ferry_format::reason::Rule;
use ferry_format::record::catalogue::{Audience, Catalogue};
use ferry_format::record::policy::{Policy, Unscannable};
use ferry_format::record::{DocumentRef, Record, Value};
use ferry_io::error::{Error, Result};
use ferry_io::fs::pdf_text;
use ferry_io::fs::pdf_text::Extracted;
use std::collections::{BTreeSet, HashMap};

/// Documents of one batch whose result is cached: a file that many records refer to is read once.
const CACHED_MAX: usize = 65_536;

/// What was found in a document; `None` where it has no text to scan.
type DocumentRules = Option<BTreeSet<Rule>>;

/// Scans the records of one batch.
pub struct Rescanner<'a> {
    catalogue: &'a Catalogue,
    policy: &'a Policy,
    store: &'a DocumentStore,
    /// Results by SHA-256 and media type.
    cache: HashMap<([u8; 32], String), DocumentRules>,
    /// Whether the batch has the approvals that the release rules require for what a scanner flagged.
    is_cleared: bool,
}

impl<'a> Rescanner<'a> {
    /// A scanner for one batch.
    pub fn new(catalogue: &'a Catalogue, policy: &'a Policy, store: &'a DocumentStore, is_cleared: bool) -> Self {
        Self { catalogue, policy, store, cache: HashMap::new(), is_cleared }
    }

    /// Whether reviewers approved the batch.
    pub fn is_batch_approved(&self) -> bool {
        self.is_cleared
    }

    /// Whether a record is public, so that it is scanned.
    pub fn scans(&self, record: &Record) -> bool {
        self.catalogue.kinds.get(&record.kind).is_some_and(|kind| kind.audience == Audience::Public)
    }

    /// The rules that hide a public record, such as `identity,mobile`; its documents are in the store. What reviewers
    /// approved is shown, except a secrecy mark, which no approval clears.
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
            found.retain(|rule| *rule == Rule::SecrecyMark);
        } else if !is_scannable && self.policy.scan.unscannable == Unscannable::Hold {
            found.insert(Rule::Unscannable);
        }
        let rules: Vec<_> = found.into_iter().map(Rule::as_str).collect();
        Ok((!rules.is_empty()).then(|| rules.join(",")))
    }

    fn scan(&self, text: &str) -> BTreeSet<Rule> {
        scanner::scan(text, &self.policy.scan.marks)
    }

    fn document(&mut self, document: &DocumentRef) -> Result<DocumentRules> {
        let key = (document.sha256, document.media_type.clone());
        if let Some(found) = self.cache.get(&key) {
            return Ok(found.clone());
        }
        let mut file = self.store.open_staged(&document.sha256)?;
        let text = pdf_text::extract(&mut file, &document.media_type, self.policy)
            .map_err(|e| Error::io(&self.store.path(&document.sha256), &e, false))?;
        let found = match text {
            Extracted::Text(text) => Some(self.scan(&text)),
            Extracted::None(_) => None,
        };
        if self.cache.len() < CACHED_MAX {
            self.cache.insert(key, found.clone());
        }
        Ok(found)
    }
}
