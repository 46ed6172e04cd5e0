//! `ferry man`
#![expect(clippy::disallowed_methods, reason = "man pages can be made again")]

use clap::ValueEnum;
use clap_complete::Shell;
use ferry_io::fs::durable;
use ferry_io::{Error, Result as Outcome};
use std::path::{Path, PathBuf};

/// Writes man pages and shell completions, made from the same definitions as `--help`.
#[derive(clap::Args)]
#[command(after_help = "Example:
  ferry man -o /usr/share
writes man/man1/ferry*.1, bash-completion/completions/ferry, zsh/vendor-completions/_ferry and
fish/vendor_completions.d/ferry.fish below that folder.")]
pub struct Args {
    /// The folder to write below.
    #[arg(short)]
    output: PathBuf,
}

impl Args {
    /// Writes below the folder, in the places where Debian looks.
    pub fn run(self, definition: &clap::Command) -> Outcome<()> {
        fn cannot_write(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
            move |e| Error::io(path, &e, true)
        }
        let pages = self.output.join("man/man1");
        durable::make_folder(&pages)?;
        clap_mangen::generate_to(definition.clone(), &pages).map_err(cannot_write(&pages))?;
        for shell in Shell::value_variants() {
            let folder = self.output.join(match shell {
                Shell::Bash => "bash-completion/completions",
                Shell::Zsh => "zsh/vendor-completions",
                Shell::Fish => "fish/vendor_completions.d",
                _ => continue,
            });
            durable::make_folder(&folder)?;
            let written = clap_complete::generate_to(*shell, &mut definition.clone(), "ferry", &folder);
            let written = written.map_err(cannot_write(&folder))?;
            if *shell == Shell::Bash {
                std::fs::rename(&written, folder.join("ferry")).map_err(cannot_write(&folder))?;
            }
        }
        Ok(())
    }
}
