//! Passphrases at the command line: from a file descriptor, from the credentials of a service, or typed without echo.

use crate::texts::{commands, errors};
use ferry_format::text::Text;
use ferry_format::texts::errors::io as io_text;
use ferry_io::Result as Outcome;
use ferry_io::keys::passphrase;
use ferry_io::keys::passphrase::PassphraseSource;
use ferry_io::output::language::Show;
use ferry_io::output::table::safe;
use std::path::Path;
use zeroize::Zeroizing;

/// Where the passphrase of the secret key comes from. Without this option it is asked for at the terminal.
#[derive(clap::Args)]
pub struct PassphraseOption {
    /// Read the passphrase of the secret key from this file descriptor, first line.
    #[arg(long, value_name = "N")]
    passphrase_fd: Option<u32>,
}

impl PassphraseOption {
    /// For keys that are read.
    pub fn source(&self) -> PassphraseSource {
        PassphraseSource::new(self.passphrase_fd, Some(ask))
    }
}

/// A passphrase that is to be set: from `fd`, or typed twice.
///
/// # Errors
/// `FERRY-E0719` where it is typed differently or too short, `FERRY-E0711` where there is no terminal.
pub fn new_passphrase(fd: Option<u32>) -> Outcome<Zeroizing<String>> {
    let new = match fd {
        Some(fd) => passphrase::of_descriptor(fd)?,
        None => {
            let first = typed(&commands::ask_new_passphrase())?;
            if *first != *typed(&commands::ask_again())? {
                return Err(errors::passphrases_differ());
            }
            first
        }
    };
    passphrase::check_new(&new)?;
    Ok(new)
}

fn ask(key: &Path) -> Outcome<Zeroizing<String>> {
    typed(&commands::ask_passphrase_of(safe(&key.display().to_string())))
}

fn typed(prompt: &Text) -> Outcome<Zeroizing<String>> {
    rpassword::prompt_password(prompt.show()).map(Zeroizing::new).map_err(|e| errors::no_terminal(io_text(&e)))
}
