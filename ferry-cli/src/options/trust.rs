//! Which signatures a command trusts: a trust file, or a signed list with root keys.

use ferry_format::trust::trust_file::Trust;
use ferry_io::Error;
use ferry_io::Result as Outcome;
use ferry_io::fs::read;
use ferry_io::keys::load;
use ferry_io::keys::load::Trusted;
use std::path::{Path, PathBuf};

/// The options of every command that checks signatures.
#[derive(clap::Args)]
pub struct TrustOptions {
    /// Trust file, or signed trust list.
    #[arg(long, value_name = "FILE")]
    trust: PathBuf,
    /// Root key that a signed list must be signed by; as many as its threshold. Whether it is the newest list is not seen.
    #[arg(long, value_name = "PUB")]
    root: Vec<PathBuf>,
}

impl TrustOptions {
    /// Reads the files that were named.
    ///
    /// # Errors
    /// `FERRY-E0726` for a list without root keys.
    pub fn read(&self) -> Outcome<Trusted> {
        load::trusted(&self.trust, &self.root)
    }

    /// What is trusted about this batch or draft: the channel is the one that its header claims.
    ///
    /// # Errors
    /// As [`Self::read`]; `FERRY-E0229` for a list that does not name the channel.
    pub fn for_batch(&self, batch: &Path) -> Outcome<Trust> {
        let claimed = read::batch(batch)?;
        self.read()?.of(claimed.claimed_header()).map_err(|e| Error::about(batch, &e))
    }
}
