//! Who reads a batch or draft: the key that opens it, and the signatures that are trusted about it.

use crate::options::passphrase::PassphraseOption;
use crate::options::trust::TrustOptions;
use ferry_io::Result as Outcome;
use ferry_io::keys::load;
use ferry_io::keys::signing_key::LoadedKey;
use std::path::PathBuf;

/// The options of every command that opens batches.
#[derive(clap::Args)]
pub struct ReaderOptions {
    /// Secret key of a recipient or reviewer.
    #[arg(short)]
    pub key: PathBuf,
    /// Where its passphrase comes from.
    #[command(flatten)]
    pub passphrase: PassphraseOption,
    /// Which signatures are trusted.
    #[command(flatten)]
    pub trust: TrustOptions,
}

impl ReaderOptions {
    /// Reads the key; asks for its passphrase where it has one.
    ///
    /// # Errors
    /// As [`load::key`].
    pub fn load(&self) -> Outcome<LoadedKey> {
        load::key(&self.key, &self.passphrase.source())
    }
}
