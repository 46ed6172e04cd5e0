//! `ferry catalogue`

use crate::catalogue::page::Page;
use crate::output::stdout::check_written;
use crate::output::values::safe;
use crate::texts::commands;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::record::policy::Policy;
use ferry_io::exit_code::BAD_DATA;
use ferry_io::fs::durable::write_new;
use ferry_io::fs::read;
use ferry_io::outln;
use ferry_io::output::language::{self, Show as _};
use ferry_io::{Error, Result as Outcome};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Checks a catalogue, which says what may cross, and prints it as a page for people.
#[derive(clap::Subcommand)]
pub enum Command {
    Check(Rules),
    Show(Show),
}

/// Reports what is wrong with a catalogue and its policy, or prints their names and digests.
#[derive(clap::Args)]
pub struct Rules {
    /// The policy of masking and scanning.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The catalogue.
    #[arg(value_name = "FILE")]
    catalogue: PathBuf,
}

/// Prints who sees what, field by field, for a reviewer to read and sign. The page is in the language of `--lang`.
#[derive(clap::Args)]
#[command(after_help = "Example:
  ferry catalogue show catalogue.toml --policy policy.toml --html -o catalogue.html")]
pub struct Show {
    #[command(flatten)]
    rules: Rules,
    /// One HTML file instead of Markdown, without scripts; it loads nothing.
    #[arg(long)]
    html: bool,
    /// Where to write; stdout otherwise.
    #[arg(short)]
    output: Option<PathBuf>,
}

impl Command {
    /// Checks or shows.
    pub fn run(self) -> Outcome<()> {
        match self {
            Self::Check(rules) => rules.check(),
            Self::Show(show) => show.run(),
        }
    }
}

impl Rules {
    fn read(&self) -> Outcome<(Catalogue, Option<Policy>)> {
        // These files are the input of this command, not its configuration.
        let bad_data = |path: &Path, e| Error { exit: BAD_DATA, ..Error::about(path, &e) };
        let text = read::text(&self.catalogue)?;
        let catalogue = Catalogue::from_toml(&text).map_err(|e| bad_data(&self.catalogue, e))?;
        let policy = match &self.policy {
            Some(path) => Some(Policy::from_toml(&read::text(path)?, &catalogue).map_err(|e| bad_data(path, e))?),
            None => None,
        };
        Ok((catalogue, policy))
    }

    fn check(&self) -> Outcome<()> {
        let (catalogue, policy) = self.read()?;
        let mut line =
            commands::catalogue_holds(safe(&catalogue.name), catalogue.kinds.len(), to_hex(&catalogue.digest()?));
        if let Some(policy) = &policy {
            line = commands::with_policy(&line, to_hex(&policy.digest()?));
        }
        outln!("{}", line.show());
        Ok(())
    }
}

impl Show {
    fn run(self) -> Outcome<()> {
        let (catalogue, policy) = self.rules.read()?;
        let page = Page::new(&catalogue, policy.as_ref(), language::current())?;
        let text = if self.html { page.html()? } else { page.markdown()? };
        // A name that reverses the reading direction would deceive the reviewer: it becomes visible.
        let text: Vec<String> = text.split('\n').map(safe).collect();
        let text = text.join("\n");
        match &self.output {
            Some(path) => write_new(path, text.as_bytes(), 0o644),
            None => check_written(std::io::stdout().lock().write_all(text.as_bytes())),
        }
    }
}
