//! `ferry release-form`

use crate::catalogue::names::CatalogueNames;
use crate::decision::decisions::Decisions;
use crate::decision::reviewer::Reviewer;
use crate::options::reader::ReaderOptions;
use crate::output::page_language::PageLanguage;
use crate::review::draft::Draft;
use crate::review::release_form::ReleaseForm;
use crate::review::view::approvals::ApprovalState;
use crate::review::view::summary::DraftSummary;
use crate::texts::errors;
use askama::Template;
use ferry_format::trust::trust_file::Moment;
use ferry_io::Result as Outcome;
use ferry_io::clock;
use ferry_io::fs::durable;
use ferry_io::output::language;
use std::path::PathBuf;

/// Writes the release form of a draft: one page to compare by telephone, to sign and to file.
#[derive(clap::Args)]
#[command(after_help = "Example:
  ferry release-form -k reviewer.key --trust trust.toml --catalogue catalogue.toml draft.ferry -o form.html")]
pub struct Args {
    #[command(flatten)]
    reader: ReaderOptions,
    /// The catalogue, for names of kinds; used if its digest is the one that the header names.
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// Approvals and refusals that were given.
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
    /// The draft or batch.
    draft: PathBuf,
    /// Where to write the page.
    #[arg(short)]
    output: PathBuf,
}

impl Args {
    /// Verifies the whole draft, then writes the page.
    pub fn run(self) -> Outcome<()> {
        let trust = self.reader.trust.for_batch(&self.draft)?;
        let draft =
            Draft::open(&self.draft, &trust, &Reviewer::read(&self.reader.key, &self.reader.passphrase)?.unwrapper()?)?;
        let names = CatalogueNames::read(self.catalogue.as_deref(), draft.opened().header())?;
        let now = Moment::now(clock::now_s());
        let mut given = Decisions::read(&self.approvals, &trust, draft.opened().content(), &now);
        given.embedded = draft.opened().series().map(|s| s.approvals.clone()).unwrap_or_default();
        let approvals = ApprovalState::of(&draft, &trust, &given, &now);
        let summary = DraftSummary::of(&draft, &names, &trust);
        let form = ReleaseForm::of(PageLanguage(language::current()), None, summary, approvals);
        let page = form.render().map_err(errors::cannot_render)?;
        durable::write_new(&self.output, page.as_bytes(), 0o644)
    }
}
