//! What `approve` and `refuse` have in common: the draft is read whole with the reviewer's key before anything is signed.

use crate::batch::verified_file::VerifiedFile;
use crate::decision::reviewer::Reviewer;
use crate::options::passphrase::PassphraseOption;
use crate::options::trust::TrustOptions;
use crate::texts::commands;
use ferry_format::crypto::hash::digest_words;
use ferry_format::encoding::hex::to_hex;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::Result as Outcome;
use ferry_io::clock;
use ferry_io::fs::durable;
use ferry_io::outln;
use ferry_io::output::language::Show;
use std::path::PathBuf;

/// Options of both commands.
#[derive(clap::Args)]
pub struct SigningOptions {
    /// The reviewer's secret key.
    #[arg(short)]
    identity: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseOption,
    #[command(flatten)]
    trust: TrustOptions,
    /// The draft; `approve --post-release` takes a batch.
    pub draft: PathBuf,
    /// Where the signed file is written.
    #[arg(short)]
    output: PathBuf,
}

/// Who decides about what, and when.
pub struct SigningContext {
    /// The reviewer's key.
    pub reviewer: Reviewer,
    /// Who may decide.
    pub trust: Trust,
    /// The time of the decision.
    pub now: Moment,
    /// The draft, verified as a whole.
    pub draft: VerifiedFile,
}

impl SigningOptions {
    /// Reads the key and the whole draft.
    ///
    /// # Errors
    /// As [`Reviewer::check_may_decide`], and whatever does not verify in the draft.
    pub fn begin(&self) -> Outcome<SigningContext> {
        let reviewer = Reviewer::read(&self.identity, &self.passphrase)?;
        let (trust, now) = (self.trust.for_batch(&self.draft)?, Moment::now(clock::now_s()));
        reviewer.check_may_decide(&trust, &now)?;
        let draft = VerifiedFile::read(&self.draft, reviewer.identity(), &self.trust)?;
        Ok(SigningContext { reviewer, trust, now, draft })
    }

    /// Writes what was signed, and prints the digest words that two people compare.
    ///
    /// # Errors
    /// `FERRY-E0601` where the file exists or cannot be created.
    pub fn write(&self, content: &[u8; 32], signed: &[u8]) -> Outcome<()> {
        durable::write_new(&self.output, signed, 0o644)?;
        outln!("{}\n{}", commands::content_digest(to_hex(content)).show(), digest_words(content));
        Ok(())
    }
}
