//! Passphrases at the command line: from a file descriptor, from the credentials of a service, or typed without echo.

use ferry_io::exit_code::NOT_PERMITTED;
use ferry_io::keys::passphrase;
use ferry_io::keys::passphrase::Passphrase;
use ferry_io::{Error, Result as Outcome};
use std::path::Path;
use zeroize::Zeroizing;

/// Where the passphrase of the secret key comes from. Without any of this it is asked for at the terminal.
#[derive(clap::Args)]
pub struct Given {
    /// Read the passphrase of the secret key from this file descriptor, first line.
    #[arg(long, value_name = "N")]
    passphrase_fd: Option<u32>,
}

impl Given {
    /// For keys that are read.
    pub fn source(&self) -> Passphrase {
        Passphrase::new(self.passphrase_fd, Some(ask))
    }
}

/// A passphrase that is to be set: from `fd`, or typed twice.
pub fn new_passphrase(fd: Option<u32>) -> Outcome<Zeroizing<String>> {
    let new = match fd {
        Some(fd) => passphrase::of_descriptor(fd)?,
        None => {
            let first = typed("新口令 new passphrase: ")?;
            if *first != *typed("再输入一次 once more: ")? {
                let message = "the two passphrases differ";
                return Err(Error::new(NOT_PERMITTED, "FERRY-E0719", message, "begin anew"));
            }
            first
        }
    };
    passphrase::check_new(&new)?;
    Ok(new)
}

fn ask(key: &Path) -> Outcome<Zeroizing<String>> {
    typed(&format!("{} 的口令 passphrase of this key: ", ferry_io::output::table::safe(&key.display().to_string())))
}

fn typed(prompt: &str) -> Outcome<Zeroizing<String>> {
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|e| {
        let message = format!("no passphrase can be asked for: there is no terminal ({e})");
        Error::new(NOT_PERMITTED, "FERRY-E0711", message, "give it with `--passphrase-fd N`")
    })
}
