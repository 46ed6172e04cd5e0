//! Whom a command believes: a trust file, or a signed list with root keys.

use ferry_channel::Result;
use ferry_channel::files::{self, Trusted};
use std::path::PathBuf;

/// The options of every command that checks signatures.
#[derive(clap::Args)]
pub struct Trusting {
    /// Trust file, or signed trust list.
    #[arg(long, value_name = "FILE")]
    trust: PathBuf,
    /// Root key by which a signed list is believed; as many as its threshold. Whether it is the newest is not seen.
    #[arg(long, value_name = "PUB")]
    root: Vec<PathBuf>,
}

impl Trusting {
    /// Reads what was named.
    ///
    /// # Errors
    /// `FERRY-E0726` for a list without root keys.
    pub fn read(&self) -> Result<Trusted> {
        files::trusted(&self.trust, &self.root)
    }
}
