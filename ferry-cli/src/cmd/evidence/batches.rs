//! Opens batches whole, and picks items out of them.

use crate::texts::{commands, errors};
use ferry_format::Result;
use ferry_format::batch::open::VerifiedBatch;
use ferry_format::evidence::bundle::{BatchEvidence, Role};
use ferry_format::evidence::select::{ItemCollector, ItemSelector};
use ferry_format::evidence::trust::TrustSource;
use ferry_format::evidence::verify::Kinds;
use ferry_format::frame::manifest::Entry;
use ferry_format::keys::{SoftUnwrapper, Unwrapper};
use ferry_io::fs::read;
use ferry_io::output::language::Show;
use ferry_io::output::progress;
use ferry_io::{Error, Result as Outcome};
use indicatif::ProgressBar;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// What opens and verifies batches.
pub struct BatchOpener {
    /// Keys, of which one must open each batch.
    pub keys: Vec<SoftUnwrapper>,
    /// Whose signatures count.
    pub trusted: TrustSource,
    /// The kinds of reports and receipts.
    pub kinds: Kinds,
}

type Batch = VerifiedBatch<BufReader<File>>;

impl BatchOpener {
    fn verified(&self, path: &Path) -> Outcome<Batch> {
        let about = |e| Error::about(path, &e);
        let batch = read::batch(path)?;
        let series = batch.claimed_series().ok_or_else(|| errors::is_a_draft(path.display()))?;
        let trust = self.trusted.of(batch.claimed_header(), series).map_err(about)?;
        batch.verify(&trust).map_err(about)
    }

    fn key(&self, path: &Path, batch: &Batch) -> Outcome<&SoftUnwrapper> {
        let found = self.keys.iter().find(|key| batch.header().recipients.contains(&key.key_id()));
        found.ok_or_else(|| errors::no_key_opens(path.display()))
    }

    /// Opens a batch whole, and gives the items that `pick` chooses.
    ///
    /// # Errors
    /// Bad data where the batch does not verify; `FERRY-E0750` where no key opens it.
    pub fn pick(&self, path: &Path, pick: &mut dyn ItemSelector) -> Outcome<BatchEvidence> {
        let about = |e| Error::about(path, &e);
        let batch = self.verified(path)?;
        let key = self.key(path, &batch)?;
        let (suite, signed) =
            (batch.suite().number(), batch.signed().ok_or_else(|| errors::is_a_draft(path.display()))?);
        let bar = progress::bytes(commands::reading().show(), Some(batch.content().raw_bytes));
        let mut counting = WithProgress { pick, bar };
        let mut picker = ItemCollector::new(&mut counting);
        batch.open(key, &mut picker).map_err(about)?;
        let items = picker.finish().map_err(about)?;
        counting.bar.finish_and_clear();
        Ok(BatchEvidence { suite, signed, items })
    }
}

/// Shows the progress of another choice.
struct WithProgress<'a> {
    pick: &'a mut dyn ItemSelector,
    bar: ProgressBar,
}

impl ItemSelector for WithProgress<'_> {
    fn record(&mut self, block: &Entry, encoded: &[u8]) -> Result<Option<Role>> {
        self.bar.inc(encoded.len() as u64);
        self.pick.record(block, encoded)
    }

    fn document(&mut self, entry: &Entry) -> Result<bool> {
        self.pick.document(entry)
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.bar.inc(bytes.len() as u64);
        self.pick.bytes(bytes)
    }
}
