//! `ferry trust first`

use crate::cmd::trust::list_file::valid_until;
use crate::texts::errors;
use ferry_format::trust::list::TrustList;
use ferry_io::Result as Outcome;
use ferry_io::clock::now_s;
use ferry_io::fs::durable::write_new;
use ferry_io::keys::load;
use std::path::PathBuf;

/// Writes the body of list 1 from the trust files of a court's channels.
#[derive(clap::Args)]
pub struct Args {
    /// Public key of a root.
    #[arg(long, required = true)]
    root: Vec<PathBuf>,
    /// How many root keys must sign the next list.
    #[arg(long)]
    threshold: usize,
    /// How many days it is valid; without it, permanently.
    #[arg(long)]
    days: Option<u32>,
    /// Trust files that name court, channel and direction.
    #[arg(required = true)]
    channels: Vec<PathBuf>,
    /// Where to write.
    #[arg(short)]
    output: PathBuf,
}

impl Args {
    /// Writes the body.
    pub fn run(self) -> Outcome<()> {
        let channels = self.channels.iter().map(|p| load::trust(p)).collect::<Outcome<Vec<_>>>()?;
        let court = channels.first().and_then(|t| t.court.clone());
        let (Some(court), true) = (court.clone(), channels.iter().all(|t| t.court == court)) else {
            return Err(errors::courts_differ(self.channels[0].display()));
        };
        let created_s = now_s();
        let list = TrustList {
            court,
            number: 1,
            previous: [0; 32],
            created_s,
            valid_until_s: valid_until(self.days, created_s),
            root_threshold: self.threshold,
            roots: self.root.iter().map(|p| load::public_key(p)).collect::<Outcome<_>>()?,
            channels,
        };
        write_new(&self.output, list.to_toml()?.as_bytes(), 0o644)
    }
}
