//! `ferry key`

use crate::options::passphrase;
use crate::options::passphrase::PassphraseOption;
use crate::texts::{commands, errors};
use ferry_format::keys::{Cost, EncryptedKey, KeyFile, SecretKey};
use ferry_io::Result as Outcome;
use ferry_io::entropy::SystemEntropy;
use ferry_io::fs::durable;
use ferry_io::keys::load;
use ferry_io::keys::secret_file;
use ferry_io::keys::signing_key::LoadedKey;
use ferry_io::outln;
use ferry_io::output::language::Show as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Shows a secret key's file, or changes its passphrase.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Shows what a key's file is: role, fingerprint, words to compare, and of a secret key how the secret is kept. Needs neither
    /// passphrase nor token.
    Show {
        /// The file of a secret key or of its public half.
        key: PathBuf,
    },
    Passwd(Passwd),
}

/// Sets, changes or removes the passphrase of a secret key. The file is replaced in one step; the key stays the same.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry key passwd li.key             ask for the new passphrase at the terminal
  ferry key passwd li.key --remove    store the key without a passphrase")]
pub struct Passwd {
    /// The secret key's file.
    key: PathBuf,
    #[command(flatten)]
    current: PassphraseOption,
    /// Read the new passphrase from this file descriptor, first line.
    #[arg(long, value_name = "N", conflicts_with = "remove")]
    new_passphrase_fd: Option<u32>,
    /// Remove the passphrase: anyone who can read the file has the key.
    #[arg(long)]
    remove: bool,
}

impl Command {
    /// Shows or changes it.
    pub fn run(self) -> Outcome<()> {
        match self {
            Self::Show { key } => show(&key),
            Self::Passwd(args) => args.run(),
        }
    }
}

fn show(path: &Path) -> Outcome<()> {
    if let Ok(public) = load::public_key(path) {
        outln!("{}\t{}\t{}", public.role.as_str(), public.fingerprint(), public.digest_words());
        outln!("{}", commands::public_half().show());
        return Ok(());
    }
    let file = secret_file::key_file(path)?;
    let public = file.public()?;
    outln!("{}\t{}\t{}", public.role.as_str(), public.fingerprint(), public.digest_words());
    match file {
        KeyFile::Plain(_) => outln!("{}", commands::kept_in_the_clear().show()),
        KeyFile::Encrypted(_) => outln!("{}", commands::kept_under_a_passphrase().show()),
        KeyFile::Token(key) => {
            outln!("{}", commands::kept_in_a_token(key.location.text(), &key.location.module).show());
        }
    }
    Ok(())
}

impl Passwd {
    fn run(self) -> Outcome<()> {
        let key = match load::key(&self.key, &self.current.source())? {
            LoadedKey::Soft(key) => key,
            LoadedKey::Token(_) => return Err(errors::key_is_in_token(self.key.display())),
        };
        let text = if self.remove { key.to_text() } else { self.protected(&key)? };
        durable::replace(&self.key, text.as_bytes())
    }

    fn protected(&self, key: &SecretKey) -> Outcome<Zeroizing<String>> {
        let new = passphrase::new_passphrase(self.new_passphrase_fd)?;
        Ok(Zeroizing::new(EncryptedKey::seal(key, &new, Cost::USUAL, &mut SystemEntropy)?.to_text()))
    }
}
