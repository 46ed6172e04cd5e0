//! Secret files: no other user may be able to read them.

use crate::error::{Error, Result};
use crate::fs::read::{open_regular, text_of};
use crate::texts::errors as texts;
use ferry_format::keys::KeyFile;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use zeroize::Zeroizing;

/// Reads the text of a secret file; a file that others can read is rejected.
pub fn read_secret(path: &Path) -> Result<Zeroizing<String>> {
    let file = open_regular(path)?;
    let mode = file.metadata().map_err(|e| Error::io(path, &e, false))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(texts::others_may_read(path.display(), format!("{mode:04o}")));
    }
    Ok(Zeroizing::new(text_of(path, file)?))
}

/// Reads the file of a secret key of any form without opening the key.
pub fn key_file(path: &Path) -> Result<KeyFile> {
    KeyFile::from_text(&read_secret(path)?).map_err(|e| Error::about(path, &e))
}

/// Reads a secret of one line, such as a password.
pub fn secret_line(path: &Path) -> Result<String> {
    Ok(read_secret(path)?.trim_end_matches(['\r', '\n']).to_owned())
}
