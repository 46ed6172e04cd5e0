//! Collects the items of an evidence bundle from a batch while the batch is opened.

use crate::batch::open::Sink;
use crate::crypto::merkle::Commitment;
use crate::error::at_most;
use crate::error::{FormatError, Result};
use crate::evidence::bundle::{Body, Item, Role};
use crate::frame::manifest::Entry;
use crate::limits::EVIDENCE_ITEMS_MAX;
use crate::texts;

/// Decides which items an evidence bundle shows.
pub trait ItemSelector {
    /// The role of a record, if it is wanted.
    fn record(&mut self, block: &Entry, encoded: &[u8]) -> Result<Option<Role>>;
    /// Whether a document is wanted.
    fn document(&mut self, entry: &Entry) -> Result<bool>;
    /// The next bytes of the document that was asked for last. Until opening has succeeded they are staging.
    fn bytes(&mut self, bytes: &[u8]) -> Result<()>;
}

/// Collects items of a batch while it is opened, each with salt and path, in memory that does not grow with the batch.
pub struct ItemCollector<'a> {
    selector: &'a mut dyn ItemSelector,
    commitment: Commitment,
    collected: Vec<(usize, Role, [u8; 32], Body)>,
    current: Option<(Role, Body)>,
}

impl<'a> ItemCollector<'a> {
    /// A sink that asks `selector` about every item.
    pub fn new(selector: &'a mut dyn ItemSelector) -> Self {
        Self { selector, commitment: Commitment::default(), collected: Vec::new(), current: None }
    }

    /// The collected items. Call it after opening succeeded; before that they prove nothing.
    ///
    /// # Errors
    /// [`FormatError::OverLimit`] for more items than a bundle may have of one batch.
    pub fn finish(self) -> Result<Vec<Item>> {
        at_most(texts::parts::items_of_batch(), self.collected.len() as u64, EVIDENCE_ITEMS_MAX as u64)?;
        let Self { commitment, collected, .. } = self;
        let item = |(trace, role, salt, body)| {
            let path = commitment.path(trace).ok_or(FormatError::Stage(texts::evidence::not_opened_to_end()));
            path.map(|(leaf, path)| Item { role, leaf, salt, path, body })
        };
        collected.into_iter().map(item).collect()
    }
}

impl Sink for ItemCollector<'_> {
    fn begin(&mut self, entry: &Entry) -> Result<()> {
        let wanted = self.selector.document(entry)?;
        let body = Body::Document { sha256: entry.sha256, bytes: entry.raw_bytes };
        self.current = wanted.then_some((Role::Document, body));
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.selector.bytes(bytes)
    }

    fn end(&mut self, _: &Entry) -> Result<()> {
        Ok(())
    }

    fn record(&mut self, block: &Entry, encoded: &[u8]) -> Result<()> {
        let role = self.selector.record(block, encoded)?;
        self.current = role.map(|role| (role, Body::Record(encoded.to_vec())));
        Ok(())
    }

    fn leaf(&mut self, salt: &[u8; 32], digest: &[u8; 32]) -> Result<()> {
        if let Some((role, body)) = self.current.take() {
            // One more than the limit is kept, so that too many items are an error.
            if self.collected.len() <= EVIDENCE_ITEMS_MAX {
                self.collected.push((self.commitment.trace_next(), role, *salt, body));
            }
        }
        self.commitment.add(salt, digest);
        Ok(())
    }
}
