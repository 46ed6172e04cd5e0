//! `ferry approve`

use crate::passes::Held;
use crate::secret;
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
    passphrase: secret::Given,
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
        let key = files::identity(&self.identity, &self.passphrase.source())?;
        let claimed = files::batch(&self.draft)?;
        let trust = self.trust.read()?.of(claimed.claimed_header()).map_err(|e| Failure::about(&self.draft, &e))?;
        if key.role() != Role::Reviewer || !trust.keys.contains(&key.public()?) {
            let message = format!("{}: this key is no reviewer of the trust file", self.identity.display());
            return Err(Failure::new(NOT_PERMITTED, "FERRY-E0702", message, "use the key of a named reviewer"));
        }
        let draft = Held::read(&self.draft, &key, &self.trust)?;
        if draft.series.is_some() {
            let released = FormatError::Stage("this batch is released already; only a draft can be approved");
            return Err(Failure::about(&self.draft, &released));
        }
        let approval = ApprovalFile::sign(&draft.content, key.signer()?.as_ref())?;
        ferry_channel::durable::write_new(&self.output, &approval.encode(), 0o644)
    }
}
