//! `ferry review`

use crate::batch::comparison::Comparison;
use crate::batch::verified_file::VerifiedFile;
use crate::catalogue::names::CatalogueNames;
use crate::decision::decisions::Decisions;
use crate::decision::reviewer::Reviewer;
use crate::options::reader::ReaderOptions;
use crate::review::draft::Draft;
use crate::review::server;
use crate::review::state::{ReviewInput, ReviewState};
use crate::texts::errors;
use ferry_format::trust::trust_file::Moment;
use ferry_io::Result as Outcome;
use ferry_io::clock;
use ferry_io::fs::durable;
use ferry_io::output::language;
use std::path::{Path, PathBuf};

/// Shows a draft to its reviewer in a browser, on 127.0.0.1 of the reviewer's own machine, and lets them approve or refuse it.
///
/// Nothing is sent anywhere: the key stays here, and the decision is a file beside the draft.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry review -k reviewer.key --trust trust.toml draft.ferry
  ferry review -k reviewer.key --trust trust.toml --catalogue catalogue.toml --before up-1-00000016.ferry draft.ferry --open")]
pub struct Args {
    #[command(flatten)]
    reader: ReaderOptions,
    /// The catalogue, for names of kinds and fields; used if its digest is the one that the header names.
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// An earlier batch or draft that this key opens too: shows what changed since.
    #[arg(long, value_name = "FILE")]
    before: Option<PathBuf>,
    /// Approvals and refusals that others gave.
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
    /// Folder for the approval or refusal; the draft's own otherwise.
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    /// Port of the page; a free one otherwise.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Open the page in the browser.
    #[arg(long)]
    open: bool,
    /// The draft, or a released batch to review after its release.
    draft: PathBuf,
}

impl Args {
    /// Opens and verifies everything, then serves until it is ended with Ctrl-C.
    pub fn run(self) -> Outcome<()> {
        let trust = self.reader.trust.for_batch(&self.draft)?;
        let reviewer = Reviewer::read(&self.reader.key, &self.reader.passphrase)?;
        let draft = Draft::open(&self.draft, &trust, &reviewer.unwrapper()?)?;
        let names = CatalogueNames::read(self.catalogue.as_deref(), draft.opened().header())?;
        let comparison = self.before.as_ref().map(|before| self.compare(before, &draft, &reviewer)).transpose()?;
        let content = draft.opened().content();
        let mut given = Decisions::read(&self.approvals, &trust, content, &Moment::now(clock::now_s()));
        given.embedded = draft.opened().series().map(|s| s.approvals.clone()).unwrap_or_default();
        let folder = self.output_dir.clone().unwrap_or_else(|| durable::folder_of(&self.draft));
        let stem = self.draft.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let input = ReviewInput { draft, trust, reviewer, names, comparison, given, output: folder.join(stem) };
        server::run(ReviewState::new(input, language::current())?, self.port, self.open)
    }

    fn compare(&self, before: &Path, draft: &Draft, reviewer: &Reviewer) -> Outcome<Comparison> {
        let before = VerifiedFile::read(before, reviewer.identity(), &self.reader.trust)?;
        let after = VerifiedFile::read(&self.draft, reviewer.identity(), &self.reader.trust)?;
        if after.content != *draft.opened().content() {
            return Err(errors::draft_changed(self.draft.display()));
        }
        Comparison::between(&before, &after)
    }
}
