//! `ferry trust init`

use ferry_format::names::Id;
use ferry_format::trust::trust_file::Trust;
use ferry_io::Result as Outcome;
use ferry_io::fs::durable::write_new;
use ferry_io::keys::load::public_key;
use std::path::PathBuf;

/// Writes a trust file for these keys. What is not named is not bound.
#[derive(clap::Args)]
pub struct Args {
    /// Public key of a sender.
    #[arg(long, required = true)]
    sender: Vec<PathBuf>,
    /// Public key of a reviewer.
    #[arg(long)]
    reviewer: Vec<PathBuf>,
    /// Public key of a recipient.
    #[arg(long)]
    recipient: Vec<PathBuf>,
    /// How many distinct reviewers must approve.
    #[arg(long, default_value_t = 0)]
    approvals: usize,
    /// The lowest suite that is accepted; on a channel it only rises.
    #[arg(long, default_value_t = 1)]
    suite_floor: u16,
    /// The channel that batches must name.
    #[arg(long)]
    channel: Option<String>,
    /// The court that batches must name.
    #[arg(long)]
    court: Option<String>,
    /// Where to write.
    #[arg(short)]
    output: PathBuf,
}

impl Args {
    /// Reads the keys, writes the file.
    pub fn run(self) -> Outcome<()> {
        let paths = self.sender.iter().chain(&self.reviewer).chain(&self.recipient);
        let id = |text: Option<String>| text.map(|t| Id::new(&t)).transpose();
        let trust = Trust {
            court: id(self.court)?,
            channel: id(self.channel)?,
            direction: None,
            approvals_needed: self.approvals,
            suite_floor: self.suite_floor,
            keys: paths.map(|p| public_key(p)).collect::<Result<_, _>>()?,
            ..Trust::default()
        };
        write_new(&self.output, trust.to_toml()?.as_bytes(), 0o644)
    }
}
