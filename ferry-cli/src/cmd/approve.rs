//! `ferry approve`

use crate::decision::decisions::Decisions;
use crate::decision::signing::{SigningContext, SigningOptions};
use crate::texts::errors;
use ferry_io::Result as Outcome;
use std::path::PathBuf;

/// Writes a detached approval over a draft's content statement, and prints the digest words to compare.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry approve -i reviewer.key --trust trust.toml draft.ferry -o li.approval
  ferry approve -i reviewer.key --trust trust.toml --post-release up-1-00000017.ferry -o li.approval")]
pub struct Args {
    #[command(flatten)]
    signing: SigningOptions,
    /// Approve a batch that is already released, as a review after the release.
    #[arg(long)]
    post_release: bool,
    /// Approvals and refusals that others gave; after a refusal nothing is signed.
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
}

impl Args {
    /// Opens the whole draft with the reviewer's key before signing anything.
    pub fn run(self) -> Outcome<()> {
        let SigningContext { reviewer, trust, now, draft } = self.signing.begin()?;
        if draft.series.is_some() && !self.post_release {
            return Err(errors::already_released(self.signing.draft.display()));
        }
        let mut given = Decisions::read(&self.approvals, &trust, &draft.content, &now);
        if let Some((_, why)) = given.rejected.pop() {
            return Err(why);
        }
        given.embedded = draft.series.map(|s| s.approvals).unwrap_or_default();
        let approval = reviewer.approve(&trust, &draft.content, &given, &now)?;
        self.signing.write(&approval.content, &approval.encode())
    }
}
