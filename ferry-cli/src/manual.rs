//! `ferry manual`
#![expect(clippy::disallowed_methods, reason = "pages of a manual can be made again")]

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;
use ferry_io::fs::durable;
use ferry_io::{Error, Result as Outcome};
use std::path::PathBuf;

/// Writes man pages and shell completions, made from the same definitions as `--help`.
#[derive(clap::Args)]
#[command(after_help = "Example:
  ferry manual -o /usr/share
writes man/man1/ferry*.1, bash-completion/completions/ferry, zsh/vendor-completions/_ferry and
fish/vendor_completions.d/ferry.fish below that folder.")]
pub struct Args {
    /// The folder to write below.
    #[arg(short)]
    output: PathBuf,
}

impl Args {
    /// Writes below the folder, in the places where Debian looks.
    pub fn run<C: CommandFactory>(self) -> Outcome<()> {
        let failed = |path: &PathBuf| {
            let path = path.clone();
            move |e: std::io::Error| Error::io(&path, &e, true)
        };
        let pages = self.output.join("man/man1");
        durable::make_folder(&pages)?;
        clap_mangen::generate_to(C::command(), &pages).map_err(failed(&pages))?;
        for shell in Shell::value_variants() {
            let folder = self.output.join(match shell {
                Shell::Bash => "bash-completion/completions",
                Shell::Zsh => "zsh/vendor-completions",
                Shell::Fish => "fish/vendor_completions.d",
                _ => continue,
            });
            durable::make_folder(&folder)?;
            let written =
                clap_complete::generate_to(*shell, &mut C::command(), "ferry", &folder).map_err(failed(&folder))?;
            if *shell == Shell::Bash {
                std::fs::rename(&written, folder.join("ferry")).map_err(failed(&folder))?;
            }
        }
        Ok(())
    }
}
