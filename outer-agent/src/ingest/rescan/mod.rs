//! The second scan: what everyone would see is scanned again before it becomes visible. A hit hides that record and nothing
//! else; the batch, its numbers and the state root stay as the sender made them.

mod characters;
mod checksums;
mod numerals;
mod scanner;
mod travel;

use crate::store::documents::DocumentStore;
use ferry_format::reason::Rule;
use ferry_format::record::catalogue::{Audience, Catalogue};
use ferry_format::record::policy::Policy;
use ferry_format::record::{DocumentRef, Record, Value};
use ferry_io::error::{Error, Result};
use ferry_io::malware::{self, Checked, Clamd, MalwareScanner};
use ferry_io::reading::proven::ProvenReader;
use std::collections::{BTreeSet, HashMap};

/// Documents of one batch whose result is cached: a file that many records refer to is read once.
const CACHED_MAX: usize = 65_536;

/// What was found in a document.
#[derive(Clone)]
struct DocumentRules {
    rules: BTreeSet<Rule>,
    /// Whether it was read as a whole.
    is_read: bool,
    /// Whether it carries what crosses to nobody: no approval was given for that.
    is_forbidden: bool,
}

/// Scans the records of one batch.
pub struct Rescanner<'a> {
    catalogue: &'a Catalogue,
    policy: &'a Policy,
    store: &'a DocumentStore,
    reader: ProvenReader,
    malware: MalwareScanner,
    /// Results by SHA-256 and media type.
    cache: HashMap<([u8; 32], String), DocumentRules>,
    /// What the malware scanner said, by SHA-256.
    malware_cache: HashMap<[u8; 32], Option<Rule>>,
    /// Whether the batch has the approvals that the release rules require for what a scanner flagged.
    is_cleared: bool,
}

impl<'a> Rescanner<'a> {
    /// A scanner for one batch.
    pub fn new(
        (catalogue, policy): (&'a Catalogue, &'a Policy),
        store: &'a DocumentStore,
        clamd: Option<Clamd>,
        is_cleared: bool,
    ) -> Self {
        Self {
            catalogue,
            policy,
            store,
            reader: ProvenReader::default(),
            malware: MalwareScanner::new(clamd),
            cache: HashMap::new(),
            malware_cache: HashMap::new(),
            is_cleared,
        }
    }

    /// Whether reviewers approved the batch.
    pub fn is_batch_approved(&self) -> bool {
        self.is_cleared
    }

    /// Whether a record is public, so that its texts are scanned.
    fn is_public(&self, record: &Record) -> bool {
        self.catalogue.kinds.get(&record.kind).is_some_and(|kind| kind.audience == Audience::Public)
    }

    /// The rules that hide a record, such as `identity,mobile`; its documents are in the store. What reviewers approved is
    /// shown, except a secrecy mark and malware, which no approval clears. Texts are scanned of public records, malware is
    /// looked for in the documents of all.
    pub fn rules(&mut self, record: &Record) -> Result<Option<String>> {
        let mut found = if self.is_public(record) { self.of_public(record)? } else { BTreeSet::new() };
        for document in record.documents() {
            found.extend(self.malware_rule(document)?);
        }
        let rules: Vec<_> = found.into_iter().map(Rule::as_str).collect();
        Ok((!rules.is_empty()).then(|| rules.join(",")))
    }

    fn of_public(&mut self, record: &Record) -> Result<BTreeSet<Rule>> {
        let mut found = BTreeSet::new();
        let (mut is_read, mut is_forbidden) = (true, false);
        for value in record.fields.values() {
            match value {
                Value::Text(text) => found.extend(self.scan(text)),
                Value::Document(document) => {
                    found.extend(self.scan(&document.name));
                    let document = self.document(document)?;
                    found.extend(document.rules);
                    is_read &= document.is_read;
                    is_forbidden |= document.is_forbidden;
                }
                Value::Integer(_) => {}
            }
        }
        if self.is_cleared {
            found.retain(|rule| *rule == Rule::SecrecyMark);
        } else if !is_read {
            found.insert(Rule::Unscannable);
        }
        if is_forbidden {
            found.insert(Rule::Unscannable);
        }
        Ok(found)
    }

    /// By which rule the malware scanner hides a document: what it found, or what it did not take where the policy asks for it.
    ///
    /// # Errors
    /// `FERRY-E0505` where the policy asks for a scanner and there is none: the batch is tried again.
    fn malware_rule(&mut self, document: &DocumentRef) -> Result<Option<Rule>> {
        if let Some(found) = self.malware_cache.get(&document.sha256) {
            return Ok(*found);
        }
        let found = match self.malware.check(&self.store.open_staged(&document.sha256)?) {
            Checked::Found(_) => Some(Rule::Malware),
            Checked::NotTaken(_) if self.policy.scan.malware.required => Some(Rule::Unscannable),
            Checked::NoScanner(why) if self.policy.scan.malware.required => return Err(malware::fault(&why)),
            Checked::NotTaken(_) | Checked::NoScanner(_) | Checked::NotAsked | Checked::Clean => None,
        };
        if self.malware_cache.len() < CACHED_MAX {
            self.malware_cache.insert(document.sha256, found);
        }
        Ok(found)
    }

    /// The malware scanner of this batch, for what it showed before its first document.
    pub fn malware(&self) -> &MalwareScanner {
        &self.malware
    }

    /// The reader of this batch, for what it showed before its first document.
    pub fn reader(&self) -> &ProvenReader {
        &self.reader
    }

    fn scan(&self, text: &str) -> BTreeSet<Rule> {
        scanner::scan(text, &self.policy.scan.marks)
    }

    fn document(&mut self, document: &DocumentRef) -> Result<DocumentRules> {
        let key = (document.sha256, document.media_type.clone());
        if let Some(found) = self.cache.get(&key) {
            return Ok(found.clone());
        }
        let file = self.store.open_staged(&document.sha256)?;
        let reading = self.reader.read(&file, &document.media_type, self.policy.scan.document_mib_max);
        let reading = reading.map_err(|e| Error::io(&self.store.path(&document.sha256), &e, false))?;
        if reading.is_without_reader() {
            // A fault of this machine hides nothing: the batch is tried again.
            return Err(self.reader.fault());
        }
        let found = DocumentRules {
            rules: reading.texts.iter().flat_map(|text| self.scan(text)).collect(),
            is_read: reading.not_read().is_none(),
            is_forbidden: reading.forbidden().is_some(),
        };
        if self.cache.len() < CACHED_MAX {
            self.cache.insert(key, found.clone());
        }
        Ok(found)
    }
}
