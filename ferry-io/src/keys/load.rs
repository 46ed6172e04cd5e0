//! Reads keys and trust files.

use crate::error::{Error, Result};
use crate::fs::read;
use crate::keys::passphrase::PassphraseSource;
use crate::keys::secret_file::{key_file, read_secret};
use crate::keys::signing_key::{BoxedSigner, LoadedKey};
use crate::texts::errors as texts;
use ferry_format::frame::header::Header;
use ferry_format::keys::{KeyFile, PublicKey, SecretKey, SoftUnwrapper};
use ferry_format::record::login_id::LoginKey;
use ferry_format::texts::parts;
use ferry_format::trust::list::{SignedList, TrustList};
use ferry_format::trust::trust_file::Trust;
use ferry_format::{FormatError, Result as FormatResult};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads a key of any form: plain, under a passphrase, or in a token. All programs read keys with it.
///
/// # Errors
/// `FERRY-E0701` where others may read the file, `FERRY-E0710` and `FERRY-E0711` of its passphrase.
pub fn key(path: &Path, passphrase: &PassphraseSource) -> Result<LoadedKey> {
    Ok(match key_file(path)? {
        KeyFile::Plain(key) => LoadedKey::Soft(Arc::new(key)),
        KeyFile::Encrypted(key) => LoadedKey::Soft(passphrase.open(path, &key)?),
        KeyFile::Token(key) => LoadedKey::Token(Box::new(key)),
    })
}

/// The signing half of the key in a file: see [`key`] and [`LoadedKey::signer`].
pub fn signer(path: &Path, passphrase: &PassphraseSource) -> Result<BoxedSigner> {
    key(path, passphrase)?.signer()
}

/// The opening half of the key in a file: see [`key`] and [`LoadedKey::unwrapper`].
pub fn unwrapper(path: &Path, passphrase: &PassphraseSource) -> Result<SoftUnwrapper> {
    key(path, passphrase)?.unwrapper()
}

/// The public half of a secret key's file, without passphrase or token.
pub fn public_half(path: &Path) -> Result<PublicKey> {
    Ok(key_file(path)?.public()?)
}

/// Reads a plain secret key.
///
/// # Errors
/// `FERRY-E0711` where it is under a passphrase; an input error where it is in a token.
pub fn secret_key(path: &Path) -> Result<SecretKey> {
    match key_file(path)? {
        KeyFile::Plain(key) => Ok(key),
        KeyFile::Encrypted(_) => Err(texts::under_passphrase(path.display())),
        KeyFile::Token(_) => {
            let why = FormatError::input(parts::secret_key(), texts::in_a_token());
            Err(Error::about(path, &why))
        }
    }
}

/// Reads a login key.
pub fn login_key(path: &Path) -> Result<LoginKey> {
    LoginKey::from_text(&read_secret(path)?).map_err(|e| Error::about(path, &e))
}

/// Reads a public key.
pub fn public_key(path: &Path) -> Result<PublicKey> {
    PublicKey::from_text(&read::text(path)?).map_err(|e| Error::about(path, &e))
}

/// Reads a trust file.
///
/// # Errors
/// `FERRY-E0726` for a signed list: without root keys its signatures cannot be checked.
pub fn trust(path: &Path) -> Result<Trust> {
    match trusted(path, &[])? {
        Trusted::File(trust) => Ok(trust),
        Trusted::List(_) => Err(texts::list_without_roots(path.display())),
    }
}

/// A trust file or a signed list.
pub enum Trusted {
    /// A trust file, of one channel or of any.
    File(Trust),
    /// A list whose signatures were checked with the given root keys.
    List(TrustList),
}

impl Trusted {
    /// The trust for the channel that a batch claims; signatures and destination are checked afterwards.
    ///
    /// # Errors
    /// Where a list does not name the channel.
    pub fn of(&self, claimed: &Header) -> FormatResult<Trust> {
        match self {
            Self::File(trust) => Ok(trust.clone()),
            Self::List(list) => list.trust(&claimed.channel, claimed.direction),
        }
    }
}

/// Reads a trust file, or a signed list with these root keys; its content says which it is.
///
/// # Errors
/// `FERRY-E0726` for a list without root keys, and where too few of them signed it.
pub fn trusted(path: &Path, roots: &[PathBuf]) -> Result<Trusted> {
    let text = read::text(path)?;
    if !SignedList::is_one(&text) {
        return Trust::from_toml(&text).map(Trusted::File).map_err(|e| Error::about(path, &e));
    }
    if roots.is_empty() {
        return Err(texts::list_without_roots(path.display()));
    }
    let keys = roots.iter().map(|p| public_key(p)).collect::<Result<Vec<_>>>()?;
    let signed = signed_list(path)?;
    signed.check_alone(&keys).map_err(|e| Error::about(path, &e))?;
    Ok(Trusted::List(signed.list))
}

/// Reads a signed trust list. Its signatures are not checked yet.
pub fn signed_list(path: &Path) -> Result<SignedList> {
    SignedList::from_text(&read::text(path)?).map_err(|e| Error::about(path, &e))
}
