//! Reading keys, trust files, batches and small texts.

use crate::failure::{Failure, NO_INPUT, NOT_PERMITTED, Result};
use crate::identity::{AnySigner, Identity};
use crate::passphrase::Passphrase;
use ferry_format::crypto::Entropy;
use ferry_format::header::Header;
use ferry_format::keys::{KeyFile, PublicKey, SecretKey, SoftUnwrapper};
use ferry_format::limits::TRUST_LIST_BYTES_MAX;
use ferry_format::login::LoginKey;
use ferry_format::open::UnverifiedBatch;
use ferry_format::trust::Trust;
use ferry_format::trust_list::{SignedList, TrustList};
use ferry_format::{FormatError, Result as FormatResult};
use ring::rand::{SecureRandom, SystemRandom};
use std::fs::File;
use std::io::{BufReader, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// Longest key, trust or approval file that is read, in bytes.
const SMALL_FILE_BYTES_MAX: u64 = TRUST_LIST_BYTES_MAX as u64 + 1;

/// The operating system's random numbers.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, out: &mut [u8]) -> FormatResult<()> {
        SystemRandom::new().fill(out).map_err(|_| FormatError::Input {
            what: "randomness".into(),
            why: "the operating system gives none".into(),
        })
    }
}

/// Opens a regular file without following a link in its last part.
pub fn open_regular(path: &Path) -> Result<File> {
    let flags = (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32;
    #[expect(clippy::disallowed_methods, reason = "nothing is written")]
    let opened = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(|e| Failure::io(path, &e, false))?;
    let meta = file.metadata().map_err(|e| Failure::io(path, &e, false))?;
    if !meta.is_file() {
        let message = format!("{}: it is not a regular file", path.display());
        return Err(Failure::new(NO_INPUT, "FERRY-E0602", message, "name a file"));
    }
    Ok(file)
}

/// BLAKE3 of a regular file, read in pieces.
pub fn digest(path: &Path) -> Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(open_regular(path)?).map_err(|e| Failure::io(path, &e, false))?;
    Ok(hasher.finalize())
}

/// Reads a small text file.
pub fn read_text(path: &Path) -> Result<String> {
    text_of(path, open_regular(path)?)
}

fn text_of(path: &Path, file: File) -> Result<String> {
    let bytes = file.metadata().map_or(0, |meta| meta.len().min(SMALL_FILE_BYTES_MAX));
    // Room for all of it at once: the text of a secret leaves no copies behind.
    let mut text = String::with_capacity(bytes as usize + 1);
    file.take(SMALL_FILE_BYTES_MAX).read_to_string(&mut text).map_err(|e| Failure::io(path, &e, false))?;
    Ok(text)
}

/// Reads the text of a secret file; one that others can read is refused.
pub fn read_secret(path: &Path) -> Result<Zeroizing<String>> {
    let file = open_regular(path)?;
    let mode = file.metadata().map_err(|e| Failure::io(path, &e, false))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let message = format!("{}: others may read this key (mode {mode:04o})", path.display());
        let hint = "chmod 600 the key file, and make a new key if others could have read it";
        return Err(Failure::new(NOT_PERMITTED, "FERRY-E0701", message, hint));
    }
    Ok(Zeroizing::new(text_of(path, file)?))
}

/// Reads the file of a secret key of any form, and opens nothing.
pub fn key_file(path: &Path) -> Result<KeyFile> {
    KeyFile::from_text(&read_secret(path)?).map_err(|e| Failure::about(path, &e))
}

/// Reads a key of any form: as it is, under a passphrase, or in a token. The one way in which programs take one.
///
/// # Errors
/// `FERRY-E0701` where others may read the file, `FERRY-E0710` and `FERRY-E0711` of its passphrase.
pub fn identity(path: &Path, passphrase: &Passphrase) -> Result<Identity> {
    Ok(match key_file(path)? {
        KeyFile::Plain(key) => Identity::Soft(Arc::new(key)),
        KeyFile::Protected(key) => Identity::Soft(passphrase.open(path, &key)?),
        KeyFile::Token(key) => Identity::Token(Box::new(key)),
    })
}

/// The signing half of the key in a file: see [`identity`] and [`Identity::signer`].
pub fn signer(path: &Path, passphrase: &Passphrase) -> Result<AnySigner> {
    identity(path, passphrase)?.signer()
}

/// The opening half of the key in a file: see [`identity`] and [`Identity::unwrapper`].
pub fn unwrapper(path: &Path, passphrase: &Passphrase) -> Result<SoftUnwrapper> {
    identity(path, passphrase)?.unwrapper()
}

/// The public half of a secret key's file, for which neither passphrase nor token is needed.
pub fn public_half(path: &Path) -> Result<PublicKey> {
    Ok(key_file(path)?.public()?)
}

/// Reads a secret key that lies in its file as it is.
///
/// # Errors
/// `FERRY-E0711` where it is under a passphrase; an input error where it is in a token.
pub fn secret_key(path: &Path) -> Result<SecretKey> {
    match key_file(path)? {
        KeyFile::Plain(key) => Ok(key),
        KeyFile::Protected(_) => {
            let message = format!("{}: this key is under a passphrase", path.display());
            Err(Failure::new(NOT_PERMITTED, "FERRY-E0711", message, "take it off with `ferry key passwd --remove`"))
        }
        KeyFile::Token(_) => {
            let why = FormatError::Input { what: "secret key".into(), why: "it lies in a token".into() };
            Err(Failure::about(path, &why))
        }
    }
}

/// Reads a log-in key.
pub fn login_key(path: &Path) -> Result<LoginKey> {
    LoginKey::from_text(&read_secret(path)?).map_err(|e| Failure::about(path, &e))
}

/// Reads a secret of one line, such as a password.
pub fn secret_line(path: &Path) -> Result<String> {
    Ok(read_secret(path)?.trim_end_matches(['\r', '\n']).to_owned())
}

/// Reads a public key.
pub fn public_key(path: &Path) -> Result<PublicKey> {
    PublicKey::from_text(&read_text(path)?).map_err(|e| Failure::about(path, &e))
}

/// Reads a trust file.
///
/// # Errors
/// `FERRY-E0726` for a signed list: without root keys nothing says who signed it.
pub fn trust(path: &Path) -> Result<Trust> {
    match trusted(path, &[])? {
        Trusted::File(trust) => Ok(trust),
        Trusted::List(_) => Err(without_roots(path)),
    }
}

/// What a trust file or a signed list says.
pub enum Trusted {
    /// A trust file: of one channel, or of any.
    File(Trust),
    /// A list, whose signatures were checked with the root keys that were given.
    List(TrustList),
}

impl Trusted {
    /// What it says of the channel of a batch, as the batch claims it; signatures and destination are checked after this.
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
    let text = read_text(path)?;
    if !SignedList::is_one(&text) {
        return Trust::from_toml(&text).map(Trusted::File).map_err(|e| Failure::about(path, &e));
    }
    if roots.is_empty() {
        return Err(without_roots(path));
    }
    let keys = roots.iter().map(|p| public_key(p)).collect::<Result<Vec<_>>>()?;
    let signed = signed_list(path)?;
    signed.check_alone(&keys).map_err(|e| Failure::about(path, &e))?;
    Ok(Trusted::List(signed.list))
}

/// Reads a signed trust list. Its signatures are not checked yet.
pub fn signed_list(path: &Path) -> Result<SignedList> {
    SignedList::from_text(&read_text(path)?).map_err(|e| Failure::about(path, &e))
}

fn without_roots(path: &Path) -> Failure {
    let message = format!("{}: it is a signed trust list, and no root key says who may sign it", path.display());
    let hint =
        "give the root keys of the ceremony: `--root A.pub --root B.pub`; an agent has `roots` in its configuration";
    Failure::new(NOT_PERMITTED, "FERRY-E0726", message, hint)
}

/// Reads the front and trailer of a batch or draft.
pub fn batch(path: &Path) -> Result<UnverifiedBatch<BufReader<File>>> {
    UnverifiedBatch::read(BufReader::new(open_regular(path)?)).map_err(|e| Failure::about(path, &e))
}

/// Now, in seconds since 1970 UTC.
pub fn now_s() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64)
}

/// Now, in nanoseconds since 1970 UTC.
pub fn now_ns() -> i128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as i128)
}
