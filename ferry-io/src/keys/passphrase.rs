//! Where passphrases of encrypted key files come from, and the keys that they opened.

use crate::error::{Error, Result};
use crate::fs::read;
use crate::texts::errors as texts;
use ferry_format::FormatError;
use ferry_format::crypto::hash::sha256;
use ferry_format::keys::{EncryptedKey, SecretKey};
use ferry_format::text::Text;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use zeroize::Zeroizing;

/// Longest passphrase, in bytes.
pub const BYTES_MAX: usize = 1024;
/// Shortest passphrase that is set, in characters.
pub const CHARACTERS_MIN: usize = 8;

/// Asks a person at a terminal for the passphrase of that file.
pub type Ask = fn(&Path) -> Result<Zeroizing<String>>;

/// Where passphrases come from, in this order: a file descriptor, the service manager's credentials, a person.
///
/// Opened keys are cached, and wiped when this is dropped: Argon2id is slow on purpose, and a daemon needs its key in
/// every run.
#[derive(Default)]
pub struct PassphraseSource {
    fd: Option<u32>,
    ask: Option<Ask>,
    opened: Mutex<BTreeMap<[u8; 32], Arc<SecretKey>>>,
}

impl PassphraseSource {
    /// From file descriptor `fd` where one is given, else from the credentials, else from a person.
    pub fn new(fd: Option<u32>, ask: Option<Ask>) -> Self {
        Self { fd, ask, opened: Mutex::default() }
    }

    /// The source of an agent: the credentials of its service.
    pub fn of_service() -> &'static Self {
        static SERVICE: LazyLock<PassphraseSource> = LazyLock::new(PassphraseSource::default);
        &SERVICE
    }

    /// Opens the encrypted key at `path`.
    ///
    /// # Errors
    /// `FERRY-E0711` where there is no passphrase, `FERRY-E0710` where it is wrong.
    pub fn open(&self, path: &Path, key: &EncryptedKey) -> Result<Arc<SecretKey>> {
        let digest = sha256(key.to_text().as_bytes());
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = opened.get(&digest) {
            return Ok(known.clone());
        }
        let passphrase = self.read(path)?;
        let secret = Arc::new(key.open(&passphrase).map_err(|e| refused(path, &e))?);
        opened.insert(digest, secret.clone());
        Ok(secret)
    }

    fn read(&self, path: &Path) -> Result<Zeroizing<String>> {
        let about = |e: Error| e.of_file(path);
        let passphrase = if let Some(fd) = self.fd {
            of_descriptor(fd).map_err(about)?
        } else if let Some(credential) = credential(&credential_name(path))? {
            credential
        } else if let Some(ask) = self.ask {
            ask(path)?
        } else {
            return Err(about(texts::no_passphrase()));
        };
        if passphrase.is_empty() { Err(about(texts::no_passphrase())) } else { Ok(passphrase) }
    }
}

fn refused(path: &Path, error: &FormatError) -> Error {
    match error {
        FormatError::Decrypt(_) => texts::wrong_passphrase(path.display()),
        _ => Error::about(path, error),
    }
}

/// The first line that the file descriptor gives.
///
/// # Errors
/// `FERRY-E0711` where it is not open or gives no text, an input error where it cannot be read.
pub fn of_descriptor(fd: u32) -> Result<Zeroizing<String>> {
    let path = PathBuf::from(format!("/dev/fd/{fd}"));
    let file = File::open(&path).map_err(|e| Error::io(&path, &e, false))?;
    first_line(&path, file)
}

/// The folder of the service's credentials, where the service manager gave it one.
pub(super) fn credentials_folder() -> Option<PathBuf> {
    std::env::var_os("CREDENTIALS_DIRECTORY").filter(|f: &OsString| !f.is_empty()).map(PathBuf::from)
}

/// The first line of a credential of the service (systemd.exec(5), `LoadCredential=`), or `None` where there is none. The
/// service manager decides who may read it, by lists that a mode cannot show.
pub fn credential(name: &str) -> Result<Option<Zeroizing<String>>> {
    let Some(folder) = credentials_folder() else { return Ok(None) };
    let path = folder.join(name);
    if !path.exists() {
        return Ok(None);
    }
    first_line(&path, read::open_regular(&path)?).map(Some)
}

/// The first line of what is read, without its end. The buffer never grows: moving it would leave a copy of the secret behind.
fn first_line(path: &Path, input: impl Read) -> Result<Zeroizing<String>> {
    let limit = BYTES_MAX + 2;
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit));
    let mut reader = BufReader::with_capacity(1, input.take(limit as u64));
    reader.read_until(b'\n', &mut bytes).map_err(|e| Error::io(path, &e, false))?;
    let unusable = |why: Text| texts::passphrase_unusable(path.display(), why);
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > BYTES_MAX {
        return Err(unusable(texts::passphrase_too_long()));
    }
    let text = std::str::from_utf8(line).map_err(|_| unusable(texts::passphrase_not_utf8()))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// `sender.key.passphrase` for `/etc/ferry/sender.key`.
fn credential_name(path: &Path) -> String {
    format!("{}.passphrase", path.file_name().unwrap_or_default().to_string_lossy())
}

/// Checks a new passphrase.
///
/// # Errors
/// `FERRY-E0719` says what is wrong with it.
pub fn check_new(passphrase: &str) -> Result<()> {
    let why = if passphrase.chars().count() < CHARACTERS_MIN {
        texts::passphrase_short(CHARACTERS_MIN)
    } else if passphrase.len() > BYTES_MAX {
        texts::passphrase_long(BYTES_MAX)
    } else if passphrase.chars().any(char::is_control) {
        texts::passphrase_controls()
    } else {
        return Ok(());
    };
    Err(texts::new_passphrase(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_line_is_the_passphrase_and_its_end_is_not_part_of_it() {
        let line = |bytes: &[u8]| first_line(Path::new("fd"), bytes).map(|l| l.as_str().to_owned());
        for text in ["六个 词 words", "六个 词 words\n", "六个 词 words\r\n", "六个 词 words\nmore\n"] {
            assert_eq!(line(text.as_bytes()).unwrap(), "六个 词 words");
        }
        assert_eq!(line(b" spaces stay \n").unwrap(), " spaces stay ");
        assert_eq!(line(b"").unwrap(), "");
        assert_eq!(line(&[b'x'; BYTES_MAX]).unwrap().len(), BYTES_MAX);
        for refused in [&[b'x'; BYTES_MAX + 1][..], &[b'x'; 1 << 20], &[0xff, b'\n']] {
            assert_eq!(line(refused).unwrap_err().code, "FERRY-E0711");
        }
    }

    #[test]
    fn a_new_passphrase_must_not_be_short_too_long_or_unprintable() {
        let code = |text: &str| check_new(text).err().map(|f| f.code);
        assert_eq!(code("12345678"), None);
        assert_eq!(code("一二三四五六七八"), None);
        for bad in ["", "1234567", "一二三四五六七", "12345678\t", &"x".repeat(BYTES_MAX + 1)] {
            assert_eq!(code(bad), Some("FERRY-E0719"), "{bad}");
        }
    }
}
