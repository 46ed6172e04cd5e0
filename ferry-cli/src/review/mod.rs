//! `ferry review`: the reviewer's page, on his own machine, from the file itself.
//!
//! The draft is read whole once ([`draft`]), then single entries of it as pages ask for them ([`find`], [`view`]). Only this
//! machine is listened to, only its own page may send forms ([`guard`]), and no page has or lets run a script.

pub mod draft;
mod find;
pub mod view;
mod guard;
mod desk;
mod pages;
mod documents;
mod forms;
mod server;

use crate::changes::Changes;
use crate::decide::{Given, Reviewer};
use crate::labels::Labels;
use crate::passes::Held;
use crate::secret;
use crate::trusting::Trusting;
use desk::Desk;
use draft::Draft;
use ferry_format::trust::trust_file::Moment;
use ferry_io::Result as Outcome;
use ferry_io::clock;
use ferry_io::fs::durable;
use std::path::PathBuf;

/// Shows a draft to its reviewer in a browser, on 127.0.0.1 of his own machine, and lets him approve or refuse it.
///
/// Nothing is sent anywhere: the key stays here, and what he decides is a file beside the draft.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry review -k reviewer.key --trust trust.toml draft.ferry
  ferry review -k reviewer.key --trust trust.toml --catalogue catalogue.toml --before up-1-00000016.ferry draft.ferry --open")]
pub struct Args {
    /// The reviewer's secret key.
    #[arg(short)]
    key: PathBuf,
    #[command(flatten)]
    passphrase: secret::Given,
    #[command(flatten)]
    trust: Trusting,
    /// The catalogue, for names of kinds and fields; used where its digest is the one that the header names.
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// An earlier batch or draft that this key opens too: shows what changed since.
    #[arg(long, value_name = "FILE")]
    before: Option<PathBuf>,
    /// Approvals and refusals that others gave.
    #[arg(long = "approval", value_name = "FILE")]
    approvals: Vec<PathBuf>,
    /// Where an approval or refusal is written; beside the draft otherwise.
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,
    /// Port of the page; a free one otherwise.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Open the page in the browser.
    #[arg(long)]
    open: bool,
    /// The draft, or a released batch to be reviewed afterwards.
    draft: PathBuf,
}

impl Args {
    /// Opens and verifies everything, then serves until it is ended with Ctrl-C.
    pub fn run(self) -> Outcome<()> {
        let trust = self.trust.about(&self.draft)?;
        let reviewer = Reviewer::read(&self.key, &self.passphrase)?;
        let draft = Draft::open(&self.draft, &trust, &reviewer.unwrapper()?)?;
        let labels = Labels::read(self.catalogue.as_deref(), draft.front().header())?;
        let changes = self.before.as_ref().map(|before| self.changes(before, &draft, &reviewer)).transpose()?;
        let content = draft.front().content();
        let mut given = Given::read(&self.approvals, &trust, content, &Moment::now(clock::now_s()));
        given.embedded = draft.front().series().map(|s| s.approvals.clone()).unwrap_or_default();
        let output = self.output_dir.clone().unwrap_or_else(|| durable::folder_of(&self.draft));
        let stem = self.draft.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let desk = Desk::new(draft, trust, reviewer, labels, changes, given, output.join(stem))?;
        server::run(desk, self.port, self.open)
    }

    fn changes(&self, before: &std::path::Path, draft: &Draft, reviewer: &Reviewer) -> Outcome<Changes> {
        let before = Held::read(before, reviewer.identity(), &self.trust)?;
        let after = Held::read(&self.draft, reviewer.identity(), &self.trust)?;
        if after.content != *draft.front().content() {
            return Err(draft::exchanged(&self.draft));
        }
        Changes::between(&before, &after)
    }
}
