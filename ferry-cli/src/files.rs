//! Reading keys, trust files and batches; writing files that appear whole or not at all.

use crate::exit::Failure;
use ferry_format::crypto::Entropy;
use ferry_format::keys::{PublicKey, SecretKey};
use ferry_format::open::UnverifiedBatch;
use ferry_format::trust::Trust;
use ferry_format::{FormatError, Result as FormatResult};
use ring::rand::{SecureRandom, SystemRandom};
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Longest key, trust or approval file that is read, in bytes.
const SMALL_FILE_BYTES_MAX: u64 = 256 * 1024;

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
pub fn open_regular(path: &Path) -> Result<File, Failure> {
    let flags = (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32;
    let opened = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(|e| Failure::io(path, &e, false))?;
    let meta = file.metadata().map_err(|e| Failure::io(path, &e, false))?;
    if !meta.is_file() {
        let message = format!("{}: it is not a regular file", path.display());
        return Err(Failure { message, hint: "name a file".into(), code: "FERRY-E0602", exit: 66 });
    }
    Ok(file)
}

/// Reads a small text file.
fn read_text(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let file = open_regular(path)?;
    file.take(SMALL_FILE_BYTES_MAX).read_to_string(&mut text).map_err(|e| Failure::io(path, &e, false))?;
    Ok(text)
}

/// Reads a secret key; a file that others can read is refused.
pub fn secret_key(path: &Path) -> Result<SecretKey, Failure> {
    let file = open_regular(path)?;
    let mode = file.metadata().map_err(|e| Failure::io(path, &e, false))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let message = format!("{}: others may read this key (mode {mode:04o})", path.display());
        return Err(Failure {
            message,
            hint: "chmod 600 the key file, and make a new key if others could have read it".into(),
            code: "FERRY-E0701",
            exit: 77,
        });
    }
    SecretKey::from_text(&read_text(path)?).map_err(|e| Failure::about(path, &e))
}

/// Reads a public key.
pub fn public_key(path: &Path) -> Result<PublicKey, Failure> {
    PublicKey::from_text(&read_text(path)?).map_err(|e| Failure::about(path, &e))
}

/// Reads a trust file.
pub fn trust(path: &Path) -> Result<Trust, Failure> {
    Trust::from_toml(&read_text(path)?).map_err(|e| Failure::about(path, &e))
}

/// Reads the front and trailer of a batch or draft.
pub fn batch(path: &Path) -> Result<UnverifiedBatch<BufReader<File>>, Failure> {
    UnverifiedBatch::read(BufReader::new(open_regular(path)?)).map_err(|e| Failure::about(path, &e))
}

/// A temporary file beside `target`.
pub fn staged(target: &Path) -> Result<NamedTempFile, Failure> {
    NamedTempFile::with_prefix_in(".ferry-", folder_of(target)).map_err(|e| Failure::io(target, &e, true))
}

/// Makes a staged file durable under its name; an existing file is never replaced.
pub fn persist(staged: NamedTempFile, target: &Path, mode: u32) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure::io(target, &e, true);
    staged.as_file().set_permissions(std::fs::Permissions::from_mode(mode)).map_err(failed)?;
    staged.as_file().sync_all().map_err(failed)?;
    staged.persist_noclobber(target).map_err(|e| failed(e.error))?;
    File::open(folder_of(target)).and_then(|d| d.sync_all()).map_err(failed)
}

/// Writes a small file durably.
pub fn write_new(target: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let mut file = staged(target)?;
    file.write_all(bytes).map_err(|e| Failure::io(target, &e, true))?;
    persist(file, target, mode)
}

fn folder_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_owned(),
        _ => PathBuf::from("."),
    }
}
