//! A program in the background: stopped when this is dropped, and what it printed is then searched for secrets.

use crate::stage::secrets::Secrets;
use std::fs::File;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::FileExt;
use std::process::{Child, Command};
use std::sync::Arc;

/// The process and what it printed so far.
pub struct Running {
    child: Child,
    stdout: File,
    stderr: File,
    secrets: Arc<Secrets>,
}

impl Running {
    /// Starts it.
    pub fn start(command: &mut Command, secrets: Arc<Secrets>) -> Self {
        let [stdout, stderr] = [(); 2].map(|()| tempfile::tempfile().unwrap());
        command.stdout(stdout.try_clone().unwrap()).stderr(stderr.try_clone().unwrap());
        Self { child: command.spawn().unwrap(), stdout, stderr, secrets }
    }

    /// What it wrote to stdout.
    pub fn stdout(&self) -> String {
        text_of(&self.stdout)
    }

    /// What it wrote to stderr.
    pub fn stderr(&self) -> String {
        text_of(&self.stderr)
    }

    /// Whether it has not ended.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends it a signal by its name, unless it has ended.
    pub fn signal(&mut self, name: &str) {
        // After a successful wait its number may be that of another process.
        if matches!(self.child.try_wait(), Ok(None)) {
            assert!(Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap().success());
        }
    }
}

/// A file's text without moving where its writer writes.
fn text_of(file: &File) -> String {
    let mut bytes = vec![0; file.metadata().unwrap().len() as usize];
    file.read_exact_at(&mut bytes, 0).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.child
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.child
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A process that was stopped with STOP sees TERM only once it continues. A daemon ends its portal before itself.
        self.signal("TERM");
        self.signal("CONT");
        self.child.wait().unwrap();
        for text in [self.stdout(), self.stderr()] {
            eprint!("{text}");
            if !std::thread::panicking() {
                self.secrets.check_text(&text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    fn secrets(dir: &std::path::Path) -> Arc<Secrets> {
        let platform = dir.join("platform.db");
        let sql = "CREATE TABLE RY(ZJHM TEXT, SJHM TEXT, CXM TEXT, MM TEXT); INSERT INTO RY VALUES ('37150219491231002X', '', '', '')";
        rusqlite::Connection::open(&platform).unwrap().execute_batch(sql).unwrap();
        Secrets::of(&platform)
    }

    #[test]
    fn what_a_daemon_printed_is_searched_when_it_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = secrets(dir.path());
        for (script, is_found) in [
            ("echo started; sleep 600", false),
            ("echo 37150219491231002X; sleep 600", true),
            ("echo 37150219491231002X >&2", true),
        ] {
            let running = Running::start(Command::new("sh").args(["-c", script]), secrets.clone());
            while running.stdout().is_empty() && running.stderr().is_empty() {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            let dropped = catch_unwind(AssertUnwindSafe(|| drop(running)));
            assert_eq!(dropped.is_err(), is_found, "{script}");
        }
    }
}
