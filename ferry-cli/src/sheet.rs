//! `ferry sheet`

use crate::decide::{Given, Reviewer};
use crate::labels::Labels;
use crate::review::draft::Draft;
use crate::review::view::{Head, Standing};
use crate::secret;
use crate::show;
use crate::trusting::Trusting;
use askama::Template;
use ferry_format::FormatError;
use ferry_format::trust::trust_file::Moment;
use ferry_io::Result as Outcome;
use ferry_io::clock;
use ferry_io::fs::durable;
use std::path::PathBuf;

/// Prints the release sheet of a draft: one page to compare by telephone, to sign and to file.
#[derive(clap::Args)]
#[command(after_help = "Example:
  ferry sheet -k reviewer.key --trust trust.toml --catalogue catalogue.toml draft.ferry -o sheet.html")]
pub struct Args {
    /// Secret key of a recipient or reviewer.
    #[arg(short)]
    key: PathBuf,
    #[command(flatten)]
    passphrase: secret::Given,
    #[command(flatten)]
    trust: Trusting,
    /// The catalogue, for names of kinds; used where its digest is the one that the header names.
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

/// The sheet. As a file it brings its style along; from the reviewer's page it links to it.
#[derive(Template)]
#[template(path = "review/sheet.html")]
pub struct Sheet {
    /// Where the page's own files are; none for a file.
    pub root: Option<String>,
    /// Facts.
    pub head: Head,
    /// Approvals.
    pub standing: Standing,
    /// When it was printed.
    pub printed: String,
}

/// Style of the page and of the sheet.
pub const STYLE: &str = include_str!("../templates/review/style.css");

impl Sheet {
    /// Of a draft as it stands now.
    pub fn of(root: Option<String>, head: Head, standing: Standing) -> Self {
        Self { root, head, standing, printed: show::time(clock::now_s()) }
    }
}

impl Args {
    /// Verifies the whole draft, then writes the page.
    pub fn run(self) -> Outcome<()> {
        let trust = self.trust.about(&self.draft)?;
        let draft = Draft::open(&self.draft, &trust, &Reviewer::read(&self.key, &self.passphrase)?.unwrapper()?)?;
        let labels = Labels::read(self.catalogue.as_deref(), draft.front().header())?;
        let now = Moment::now(clock::now_s());
        let mut given = Given::read(&self.approvals, &trust, draft.front().content(), &now);
        given.embedded = draft.front().series().map(|s| s.approvals.clone()).unwrap_or_default();
        let standing = Standing::of(&draft, &trust, &given, &now);
        let sheet = Sheet::of(None, Head::of(&draft, &labels, &trust), standing);
        let page =
            sheet.render().map_err(|e| FormatError::Input { what: "release sheet".into(), why: e.to_string() })?;
        durable::write_new(&self.output, page.as_bytes(), 0o644)
    }
}
