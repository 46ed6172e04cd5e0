//! `ferry approve`

use crate::decide::{Decider, Deciding, Given};
use ferry_format::FormatError;
use ferry_io::{Error, Result as Outcome};
use std::path::PathBuf;

/// Writes a detached approval over a draft's content statement, and prints the words to compare.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry approve -i reviewer.key --trust trust.toml draft.ferry -o li.approval
  ferry approve -i reviewer.key --trust trust.toml --afterwards up-1-00000017.ferry -o li.approval")]
pub struct Args {
    #[command(flatten)]
    deciding: Deciding,
    /// Approve what was released already, as review afterwards.
    #[arg(long)]
    afterwards: bool,
    /// Approvals and refusals that others gave; one that ends the matter is heeded.
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
}

impl Args {
    /// Opens the whole draft with the reviewer's key before signing anything.
    pub fn run(self) -> Outcome<()> {
        let Decider { reviewer, trust, now, draft } = self.deciding.begin()?;
        if draft.series.is_some() && !self.afterwards {
            let released = FormatError::Stage("this batch is released already; `--afterwards` approves such a one");
            return Err(Error::about(&self.deciding.draft, &released));
        }
        let mut given = Given::read(&self.approvals, &trust, &draft.content, &now);
        if let Some((_, why)) = given.wrong.pop() {
            return Err(why);
        }
        given.embedded = draft.series.map(|s| s.approvals).unwrap_or_default();
        let approval = reviewer.approve(&trust, &draft.content, &given, &now)?;
        self.deciding.end(&approval.content, &approval.encode())
    }
}
