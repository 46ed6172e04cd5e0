//! `ferry catalogue`

use crate::page::Page;
use crate::show;
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::record::policy::Policy;
use ferry_io::exit_code::BAD_DATA;
use ferry_io::fs::durable::write_new;
use ferry_io::fs::read;
use ferry_io::outln;
use ferry_io::{Error, Result as Outcome};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What may leave the building: checks the catalogue, and prints it as a page for people.
#[derive(clap::Subcommand)]
pub enum Command {
    Check(Rules),
    Show(Show),
}

/// Says what is wrong with a catalogue and its policy, or names them and their digests.
#[derive(clap::Args)]
pub struct Rules {
    /// The policy of masking and scanning.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The catalogue.
    #[arg(value_name = "FILE")]
    catalogue: PathBuf,
}

/// Prints who sees what, field by field, for a reviewer to read and sign.
#[derive(clap::Args)]
#[command(after_help = "Example:
  ferry catalogue show catalogue.toml --policy policy.toml --html -o catalogue.html")]
pub struct Show {
    #[command(flatten)]
    rules: Rules,
    /// One HTML file instead of Markdown: no script, nothing that it loads.
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
        // These files are what is looked at here, not a configuration of this program.
        let refused = |path: &Path, e| Error { exit: BAD_DATA, ..Error::about(path, &e) };
        let text = read::text(&self.catalogue)?;
        let catalogue = Catalogue::from_toml(&text).map_err(|e| refused(&self.catalogue, e))?;
        let policy = match &self.policy {
            Some(path) => Some(Policy::from_toml(&read::text(path)?, &catalogue).map_err(|e| refused(path, e))?),
            None => None,
        };
        Ok((catalogue, policy))
    }

    fn check(&self) -> Outcome<()> {
        let (catalogue, policy) = self.read()?;
        let mut line = format!(
            "ok: {}: {} kinds, catalogue {}",
            show::safe(&catalogue.name),
            catalogue.kinds.len(),
            to_hex(&catalogue.digest()?)
        );
        if let Some(policy) = &policy {
            line.push_str(&format!(", policy {}", to_hex(&policy.digest()?)));
        }
        outln!("{line}");
        Ok(())
    }
}

impl Show {
    fn run(self) -> Outcome<()> {
        let (catalogue, policy) = self.rules.read()?;
        let page = Page::new(&catalogue, policy.as_ref())?;
        let text = if self.html { page.html()? } else { page.markdown()? };
        // A name that turns the reading direction round would lie to the reviewer: it becomes visible.
        let text: Vec<String> = text.split('\n').map(show::safe).collect();
        let text = text.join("\n");
        match &self.output {
            Some(path) => write_new(path, text.as_bytes(), 0o644),
            None => {
                let written = std::io::stdout().lock().write_all(text.as_bytes());
                Ok(show::until_closed(written).map_err(ferry_format::FormatError::Io)?)
            }
        }
    }
}
