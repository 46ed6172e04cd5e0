//! A real `clamd` in a temporary folder, with the shipped test signature and one of the tests' own: nothing is fetched.

use crate::support::wait::eventually;
use ferry_testkit::source::root;
use ferry_testkit::stage::Court;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// What the tests' own signature finds. It is no malware.
pub const MALICIOUS: &[u8] = b"FERRY-MADE-MALWARE-4d1f77";

/// Longest document that it takes, MiB.
const STREAM_MIB: u32 = 2;

/// A malware scanner of its own for each machine of a court.
pub struct Clamd {
    folder: tempfile::TempDir,
    child: Option<Child>,
}

impl Drop for Clamd {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Clamd {
    /// Starts one.
    pub fn new() -> Self {
        Self::taking(STREAM_MIB)
    }

    /// Starts one that takes documents of so many MiB.
    pub fn taking(stream_mib: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let signatures = folder.path().join("signatures");
        std::fs::create_dir(&signatures).unwrap();
        std::fs::copy(root().join("config/clamav/ferry-test.ndb"), signatures.join("ferry-test.ndb")).unwrap();
        let own = format!("Court.Made.Malware:0:*:{}\n", ferry_format::encoding::hex::to_hex(MALICIOUS));
        std::fs::write(signatures.join("court.ndb"), own).unwrap();
        let settings = format!(
            "LocalSocket {0}/clamd.ctl\nDatabaseDirectory {0}/signatures\nForeground yes\nStreamMaxLength {stream_mib}M\nAlertExceedsMax yes\n",
            folder.path().display()
        );
        std::fs::write(folder.path().join("clamd.conf"), settings).unwrap();
        let mut clamd = Self { folder, child: None };
        clamd.start();
        clamd
    }

    pub fn start(&mut self) {
        let config = self.folder.path().join("clamd.conf");
        let mut command = Command::new("/usr/sbin/clamd");
        command.arg("--config-file").arg(config).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().unwrap());
        eventually("the malware scanner listens", || UnixStream::connect(self.socket()).is_ok());
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
            std::fs::remove_file(self.socket()).ok();
        }
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("clamd.ctl")
    }

    /// Where its signatures lie.
    pub fn signatures(&self) -> PathBuf {
        self.folder.path().join("signatures")
    }

    /// Lets an agent of a court use it.
    pub fn serve(&self, court: &Court, side: &str) {
        let section = format!("[malware]\nclamd = \"{}\"\nown-signatures-alone = true\n\n", self.socket().display());
        let before = if side == "inner" { "[settle]" } else { "[portal]" };
        court.edit(&format!("{side}.toml"), before, &format!("{section}{before}"));
    }
}
