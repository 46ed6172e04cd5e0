//! Secret files: no other user may be able to read them.

use crate::error::{Error, Result};
use crate::fs::read::{open_regular, text_of};
use crate::keys::passphrase::credentials_folder;
use crate::texts::errors as texts;
use ferry_format::keys::KeyFile;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Reads the text of a secret file; a file that others can read is rejected. The service manager gives a credential to the service
/// by an access list, which a mode shows as one of the group (systemd.exec(5), `LoadCredential=`).
pub fn read_secret(path: &Path) -> Result<Zeroizing<String>> {
    let file = open_regular(path)?;
    let mode = file.metadata().map_err(|e| Error::io(path, &e, false))?.permissions().mode() & 0o777;
    let others = if is_credential(path, credentials_folder()) { 0o037 } else { 0o077 };
    if mode & others != 0 {
        return Err(texts::others_may_read(path.display(), format!("{mode:04o}")));
    }
    Ok(Zeroizing::new(text_of(path, file)?))
}

/// Whether a file lies in the folder of the service's credentials, whatever links lead to it.
fn is_credential(path: &Path, folder: Option<PathBuf>) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let parent = real(path).and_then(|path| path.parent().map(Path::to_owned));
    parent.is_some() && parent == folder.and_then(|folder| real(&folder))
}

/// Reads the file of a secret key of any form without opening the key.
pub fn key_file(path: &Path) -> Result<KeyFile> {
    KeyFile::from_text(&read_secret(path)?).map_err(|e| Error::about(path, &e))
}

/// Reads a secret of one line, such as a password.
pub fn secret_line(path: &Path) -> Result<String> {
    Ok(read_secret(path)?.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_a_file_in_the_service_s_own_folder_and_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, other) = (dir.path().join("credentials"), dir.path().join("other"));
        for one in [&folder, &other] {
            std::fs::create_dir(one).unwrap();
            std::fs::write(one.join("sender.key"), "").unwrap();
        }
        let link = dir.path().join("link.key");
        std::os::unix::fs::symlink(folder.join("sender.key"), &link).unwrap();
        let is = |path: &Path| is_credential(path, Some(folder.clone()));
        assert!(is(&folder.join("sender.key")) && is(&link));
        assert!(!is(&other.join("sender.key")) && !is(&folder.join("../other/sender.key")) && !is(&folder.join("no")));
        assert!(!is_credential(&folder.join("sender.key"), None));
    }
}
