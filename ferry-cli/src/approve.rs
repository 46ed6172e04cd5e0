//! `ferry approve`

use crate::decide::{Given, Reviewer};
use crate::passes::Held;
use crate::secret;
use crate::trusting::Trusting;
use ferry_channel::{Failure, Result as Outcome, durable, files};
use ferry_format::FormatError;
use ferry_format::hex::to_hex;
use ferry_format::keys::digest_words;
use ferry_format::trust::Moment;
use std::path::PathBuf;

/// Writes a detached approval over a draft's content statement, and prints the words to compare.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry approve -i reviewer.key --trust trust.toml draft.ferry -o li.approval
  ferry approve -i reviewer.key --trust trust.toml --afterwards up-1-00000017.ferry -o li.approval")]
pub struct Args {
    /// The reviewer's secret key.
    #[arg(short)]
    identity: PathBuf,
    #[command(flatten)]
    passphrase: secret::Given,
    #[command(flatten)]
    trust: Trusting,
    /// Approve what was released already, as review afterwards.
    #[arg(long)]
    afterwards: bool,
    /// Approvals and refusals that others gave; one that ends the matter is heeded.
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
    /// The draft, or with --afterwards a batch.
    draft: PathBuf,
    /// Where to write the approval.
    #[arg(short)]
    output: PathBuf,
}

impl Args {
    /// Opens the whole draft with the reviewer's key before signing anything.
    pub fn run(self) -> Outcome<()> {
        let reviewer = Reviewer::read(&self.identity, &self.passphrase)?;
        let trust = self.trust.about(&self.draft)?;
        let now = Moment::now(files::now_s());
        reviewer.may(&trust, &now)?;
        let draft = Held::read(&self.draft, reviewer.identity(), &self.trust)?;
        if draft.series.is_some() && !self.afterwards {
            let released = FormatError::Stage("this batch is released already; `--afterwards` approves such a one");
            return Err(Failure::about(&self.draft, &released));
        }
        let mut given = Given::read(&self.approvals, &trust, &draft.content, &now);
        if let Some((_, why)) = given.wrong.pop() {
            return Err(why);
        }
        given.embedded = draft.series.map(|s| s.approvals).unwrap_or_default();
        let approval = reviewer.approve(&trust, &draft.content, &given, &now)?;
        durable::write_new(&self.output, &approval.encode(), 0o644)?;
        println!("content {}\n{}", to_hex(&approval.content), digest_words(&approval.content));
        Ok(())
    }
}
