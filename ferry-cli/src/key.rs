//! `ferry key`

use crate::secret;
use ferry_format::FormatError;
use ferry_format::keys::{Cost, KeyFile, ProtectedKey, SecretKey};
use ferry_io::Result as Outcome;
use ferry_io::entropy::SystemEntropy;
use ferry_io::fs::durable;
use ferry_io::keys::load;
use ferry_io::keys::secret_file;
use ferry_io::keys::signing_key::Identity;
use ferry_io::outln;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Looks after a secret key's file.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Shows what a secret key's file is: role, fingerprint, words to compare, and how the secret is kept. Needs neither
    /// passphrase nor token.
    Show {
        /// The secret key's file.
        key: PathBuf,
    },
    Passwd(Passwd),
}

/// Sets, changes or takes off the passphrase of a secret key. The file is replaced in one step; the key stays the same.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry key passwd li.key             ask at the terminal 在终端输入
  ferry key passwd li.key --remove    store it as it is 去掉口令")]
pub struct Passwd {
    /// The secret key's file.
    key: PathBuf,
    #[command(flatten)]
    now: secret::Given,
    /// Read the new passphrase from this file descriptor, first line.
    #[arg(long, value_name = "N", conflicts_with = "remove")]
    new_passphrase_fd: Option<u32>,
    /// Take the passphrase off: whoever reads the file has the key.
    #[arg(long)]
    remove: bool,
}

impl Command {
    /// Does what was asked.
    pub fn run(self) -> Outcome<()> {
        match self {
            Self::Show { key } => show(&key),
            Self::Passwd(args) => args.run(),
        }
    }
}

fn show(path: &Path) -> Outcome<()> {
    let file = secret_file::key_file(path)?;
    let public = file.public()?;
    outln!("{}\t{}\t{}", public.role.as_str(), public.fingerprint(), public.digest_words());
    match file {
        KeyFile::Plain(_) => outln!("明文存放 kept as it is: whoever reads the file has the key"),
        KeyFile::Protected(_) => outln!("口令保护 under a passphrase (Argon2id, AES-256-GCM)"),
        KeyFile::Token(key) => outln!("硬件令牌 in a token: {}, module {}", key.place, key.place.module),
    }
    Ok(())
}

impl Passwd {
    fn run(self) -> Outcome<()> {
        let key = match load::identity(&self.key, &self.now.source())? {
            Identity::Soft(key) => key,
            Identity::Token(_) => {
                let why = "it lies in a token: its PIN is changed with the maker's tool".into();
                return Err(FormatError::Input { what: self.key.display().to_string(), why }.into());
            }
        };
        let text = if self.remove { key.to_text() } else { self.protected(&key)? };
        durable::replace(&self.key, text.as_bytes())
    }

    fn protected(&self, key: &SecretKey) -> Outcome<Zeroizing<String>> {
        let new = secret::new_passphrase(self.new_passphrase_fd)?;
        Ok(Zeroizing::new(ProtectedKey::seal(key, &new, Cost::USUAL, &mut SystemEntropy)?.to_text()))
    }
}
