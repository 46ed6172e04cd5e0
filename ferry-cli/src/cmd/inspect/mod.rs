//! `ferry inspect`

mod filter;
mod release_state;
mod text;
mod json;

use crate::batch::verified_file::VerifiedFile;
use crate::options::reader::ReaderOptions;
use ferry_io::Result as Outcome;
use filter::Filter;
use release_state::ReleaseState;
use std::io::BufWriter;
use std::path::PathBuf;

/// Shows what is in a batch or draft, as a recipient or reviewer: counts by kind and the approvals that are needed, then
/// flagged items with the reason, then the rest.
///
/// Nothing is shown of a batch that does not verify.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry inspect -k reviewer.key --trust trust.toml draft.ferry
  ferry inspect -k reviewer.key --trust trust.toml draft.ferry --kind announcement --contains 2026 --all
  ferry inspect -k reviewer.key --trust trust.toml draft.ferry --flagged --approval li.approval
  ferry inspect -k reviewer.key --trust trust.toml draft.ferry --json | jq '.kinds'")]
pub struct Args {
    #[command(flatten)]
    reader: ReaderOptions,
    /// One JSON object on stdout.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    filter: Filter,
    /// Approvals and refusals that were given: shows what is still missing, and which do not count.
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
    /// How many records and documents are shown in detail.
    #[arg(long, default_value_t = 20, conflicts_with = "all")]
    limit: u64,
    /// Show all of them.
    #[arg(long)]
    all: bool,
    /// The batch or draft.
    batch: PathBuf,
}

impl Args {
    /// One pass to verify and count, further ones to show.
    pub fn run(self) -> Outcome<()> {
        let key = self.reader.load()?;
        let batch = VerifiedFile::read(&self.batch, &key, &self.reader.trust)?;
        let release = ReleaseState::of(&batch, &self.approvals)?;
        let out = BufWriter::new(std::io::stdout().lock());
        if self.json {
            return json::print(&batch, &release, &self.filter, out);
        }
        let limit = if self.all { u64::MAX } else { self.limit };
        text::print(&batch, &release, &self.filter, limit, out)
    }
}
