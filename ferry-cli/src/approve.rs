//! `ferry approve`

use crate::passes::Held;
use crate::trusting::Trusting;
use ferry_channel::failure::NOT_PERMITTED;
use ferry_channel::files;
use ferry_channel::{Failure, Result as Outcome};
use ferry_format::FormatError;
use ferry_format::approval::ApprovalFile;
use ferry_format::keys::Role;
use std::path::PathBuf;

/// Writes a detached approval over a draft's content statement.
#[derive(clap::Args)]
pub struct Args {
    /// The reviewer's secret key.
    #[arg(short)]
    identity: PathBuf,
    #[command(flatten)]
    trust: Trusting,
    /// The draft.
    draft: PathBuf,
    /// Where to write the approval.
    #[arg(short)]
    output: PathBuf,
}

impl Args {
    /// Opens the whole draft with the reviewer's key before signing anything.
    pub fn run(self) -> Outcome<()> {
        let key = files::secret_key(&self.identity)?;
        let claimed = files::batch(&self.draft)?;
        let trust = self.trust.read()?.of(claimed.claimed_header()).map_err(|e| Failure::about(&self.draft, &e))?;
        if key.role() != Role::Reviewer || !trust.keys.contains(&key.public()?) {
            let message = format!("{}: this key is no reviewer of the trust file", self.identity.display());
            return Err(Failure::new(NOT_PERMITTED, "FERRY-E0702", message, "use the key of a named reviewer"));
        }
        let draft = Held::read(&self.draft, &self.identity, &self.trust)?;
        if draft.series.is_some() {
            let released = FormatError::Stage("this batch is released already; only a draft can be approved");
            return Err(Failure::about(&self.draft, &released));
        }
        let approval = ApprovalFile::sign(&draft.content, &key.signer()?)?;
        ferry_channel::durable::write_new(&self.output, &approval.encode(), 0o644)
    }
}
