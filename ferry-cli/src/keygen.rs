//! `ferry keygen`

use clap::ValueEnum;
use ferry_channel::Result as Outcome;
use ferry_channel::durable::write_new;
use ferry_channel::files::SystemEntropy;
use ferry_format::keys::{Role, SecretKey};
use std::path::PathBuf;

/// Makes a key: NAME.key (secret, mode 0600) and NAME.pub.
#[derive(clap::Args)]
pub struct Args {
    /// What the key is for.
    #[arg(long)]
    role: RoleName,
    /// Path without ending.
    #[arg(short, value_name = "NAME")]
    output: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    Root,
    Sender,
    Recipient,
    Reviewer,
}

impl Args {
    /// Writes both files and prints what two people compare.
    pub fn run(self) -> Outcome<()> {
        let role = match self.role {
            RoleName::Root => Role::Root,
            RoleName::Sender => Role::Sender,
            RoleName::Recipient => Role::Recipient,
            RoleName::Reviewer => Role::Reviewer,
        };
        let key = SecretKey::generate(role, &mut SystemEntropy)?;
        let public = key.public()?;
        let with_ending = |ending: &str| {
            let mut path = self.output.clone().into_os_string();
            path.push(ending);
            PathBuf::from(path)
        };
        write_new(&with_ending(".key"), key.to_text().as_bytes(), 0o600)?;
        write_new(&with_ending(".pub"), public.to_text().as_bytes(), 0o644)?;
        println!("{}\n{}", public.fingerprint(), public.digest_words());
        Ok(())
    }
}
