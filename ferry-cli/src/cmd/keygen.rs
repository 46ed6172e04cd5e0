//! `ferry keygen`

use crate::options::passphrase;
use crate::texts::errors;
use clap::ValueEnum;
use ferry_format::keys::{Cost, EncryptedKey, PinSource, PublicKey, Role, SecretKey};
use ferry_io::entropy::SystemEntropy;
use ferry_io::fs::durable::write_new;
use ferry_io::keys::pkcs11;
use ferry_io::keys::pkcs11::KeyPairRequest;
use ferry_io::outln;
use ferry_io::{Error, Result as Outcome};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Makes a key: NAME.key (secret, mode 0600) and NAME.pub.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  ferry keygen --role reviewer --passphrase -o li       under a passphrase
  ferry keygen --role sender -o sender --token /usr/lib/softhsm/libsofthsm2.so --token-label court \\
    --pin-file /etc/ferry/pin                            inside a token")]
pub struct Args {
    /// What the key is for.
    #[arg(long)]
    role: RoleName,
    /// Protect it with a passphrase, asked for twice at the terminal.
    #[arg(long, conflicts_with_all = ["passphrase_fd", "token"])]
    passphrase: bool,
    /// Protect it with the passphrase that this file descriptor gives, first line.
    #[arg(long, value_name = "N", conflicts_with = "token")]
    passphrase_fd: Option<u32>,
    /// Make the signing half inside a token, with this PKCS#11 module; NAME.key then says where it is.
    #[arg(long, value_name = "MODULE", requires = "which_token", requires = "pin")]
    token: Option<PathBuf>,
    #[command(flatten)]
    which_token: WhichToken,
    /// Label of the key in the token; NAME's last part unless named.
    #[arg(long, value_name = "LABEL", requires = "token")]
    object_label: Option<String>,
    #[command(flatten)]
    pin: Pin,
    /// Path without ending.
    #[arg(short, value_name = "NAME")]
    output: PathBuf,
}

#[derive(clap::Args)]
#[group(id = "which_token", multiple = true)]
struct WhichToken {
    /// Label of the token.
    #[arg(long, value_name = "LABEL", requires = "token")]
    token_label: Option<String>,
    /// Serial number of the token.
    #[arg(long, value_name = "SERIAL", requires = "token")]
    token_serial: Option<String>,
}

#[derive(clap::Args)]
#[group(id = "pin")]
struct Pin {
    /// File with the PIN in its first line, mode 0600.
    #[arg(long, value_name = "FILE", requires = "token")]
    pin_file: Option<PathBuf>,
    /// Name of the PIN among the credentials of the service (LoadCredential=).
    #[arg(long, value_name = "NAME", requires = "token")]
    pin_credential: Option<String>,
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
        let with_ending = |ending: &str| {
            let mut path = self.output.clone().into_os_string();
            path.push(ending);
            PathBuf::from(path)
        };
        let (secret, public) = (with_ending(".key"), with_ending(".pub"));
        // Before anything is asked for, or made in a token.
        for file in [&secret, &public] {
            if file.symlink_metadata().is_ok() {
                return Err(Error::io(file, &std::io::ErrorKind::AlreadyExists.into(), true));
            }
        }
        let (text, key) = self.make(role)?;
        write_new(&secret, text.as_bytes(), 0o600)?;
        write_new(&public, key.to_text().as_bytes(), 0o644)?;
        outln!("{}\n{}", key.fingerprint(), key.digest_words());
        Ok(())
    }

    fn make(&self, role: Role) -> Outcome<(Zeroizing<String>, PublicKey)> {
        if let Some(module) = &self.token {
            let key = pkcs11::generate(self.request(role, module)?, &mut SystemEntropy)?;
            return Ok((key.to_text(), key.public()));
        }
        let key = SecretKey::generate(role, &mut SystemEntropy)?;
        let public = key.public()?;
        if !self.passphrase && self.passphrase_fd.is_none() {
            return Ok((key.to_text(), public));
        }
        let passphrase = passphrase::new_passphrase(self.passphrase_fd)?;
        let protected = EncryptedKey::seal(&key, &passphrase, Cost::USUAL, &mut SystemEntropy)?;
        Ok((Zeroizing::new(protected.to_text()), public))
    }

    fn request(&self, role: Role, module: &Path) -> Outcome<KeyPairRequest> {
        let pin = match (&self.pin.pin_file, &self.pin.pin_credential) {
            (Some(file), _) => PinSource::File(absolute(file)?),
            (None, name) => PinSource::Credential(name.clone().unwrap_or_default()),
        };
        let name = || self.output.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(KeyPairRequest {
            role,
            module: absolute(module)?,
            token: self.which_token.token_label.clone(),
            serial: self.which_token.token_serial.clone(),
            object: self.object_label.clone().unwrap_or_else(name),
            pin,
        })
    }
}

/// The path as a key file can name it.
fn absolute(path: &Path) -> Outcome<String> {
    let whole = std::path::absolute(path).map_err(|e| Error::io(path, &e, false))?;
    Ok(whole.to_str().ok_or_else(|| errors::path_is_not_utf8(path.display()))?.to_owned())
}
