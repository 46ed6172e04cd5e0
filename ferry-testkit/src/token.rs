//! Tokens of SoftHSM (Debian's package `softhsm2`): each test has its own.

use std::path::{Path, PathBuf};
use std::process::Command;

/// SoftHSM's PKCS#11 module.
pub const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
/// The PIN of every token here.
pub const PIN: &str = "482915";

/// A folder of tokens.
pub struct TokenFolder(PathBuf);

impl TokenFolder {
    /// An empty one in `folder`, which is made.
    pub fn new(folder: &Path) -> Self {
        assert!(Path::new(MODULE).exists(), "SoftHSM is missing: run `ops/need softhsm2`");
        std::fs::create_dir_all(folder.join("tokens")).unwrap();
        let folder = Self(folder.to_owned());
        let text = format!("directories.tokendir = {}\nlog.level = ERROR\n", folder.tokens().display());
        std::fs::write(folder.conf(), text).unwrap();
        secret(&folder.pin(), PIN);
        folder
    }

    /// The module reads this where `SOFTHSM2_CONF` names it.
    pub fn conf(&self) -> PathBuf {
        self.0.join("softhsm2.conf")
    }

    /// The file with the right PIN.
    pub fn pin(&self) -> PathBuf {
        self.0.join("pin")
    }

    /// Where the tokens lie.
    pub fn tokens(&self) -> PathBuf {
        self.0.join("tokens")
    }

    /// Makes a new token.
    pub fn add(&self, label: &str) {
        self.tool(&["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "82917364"]);
    }

    /// The serial numbers of its tokens.
    pub fn serials(&self) -> Vec<String> {
        let shown = self.tool(&["--show-slots"]);
        let serials = shown.lines().filter_map(|line| line.trim().strip_prefix("Serial number:")).map(str::trim);
        serials.filter(|serial| !serial.is_empty()).map(str::to_owned).collect()
    }

    fn tool(&self, line: &[&str]) -> String {
        let out = Command::new("softhsm2-util").args(line).env("SOFTHSM2_CONF", self.conf()).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    /// Removes all tokens, as if they were unplugged.
    pub fn remove_tokens(&self) {
        std::fs::rename(self.tokens(), self.0.join("elsewhere")).unwrap();
        std::fs::create_dir(self.tokens()).unwrap();
    }

    /// Plugs them in again.
    pub fn insert_tokens(&self) {
        std::fs::remove_dir(self.tokens()).unwrap();
        std::fs::rename(self.0.join("elsewhere"), self.tokens()).unwrap();
    }
}

/// Writes a file that only its owner reads.
pub fn secret(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
