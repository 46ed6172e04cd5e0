//! One run of a job at a time, and one daemon on a state folder.

use crate::texts;
use ferry_io::error::{Error, Result};
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Held while a job runs; released when dropped or when the process ends.
pub struct Lock {
    _file: File,
}

/// Takes the lock of `job` in the state folder.
///
/// # Errors
/// Temporary (75) while another process has it.
pub fn take(state: &Path, job: &str) -> Result<Lock> {
    hold(state, job, texts::errors::job_is_running(job, state.display()))
}

/// Takes the lock of the daemon, for its whole life: two that share a state folder would take turns at everything and
/// tell their operator two different stories. Commands by hand need the locks of their jobs only.
///
/// # Errors
/// Temporary (75) while another daemon has it.
pub fn take_daemon(state: &Path) -> Result<Lock> {
    hold(state, "run", texts::errors::daemon_is_running(state.display()))
}

/// Waits for a lock that every job holds for one write only.
///
/// # Errors
/// Where the file of the lock cannot be opened.
pub fn wait_for(state: &Path, name: &str) -> Result<Lock> {
    let (path, file) = open(state, name)?;
    flock(&file, FlockOperation::LockExclusive).map_err(|e| Error::io(&path, &e.into(), true))?;
    Ok(Lock { _file: file })
}

fn hold(state: &Path, name: &str, busy: Error) -> Result<Lock> {
    let (_, file) = open(state, name)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| busy)?;
    Ok(Lock { _file: file })
}

fn open(state: &Path, name: &str) -> Result<(PathBuf, File)> {
    let path = state.join(format!("{name}.lock"));
    #[expect(clippy::disallowed_methods, reason = "the file is empty: who holds it counts, and only while he runs")]
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|e| Error::io(&path, &e, true))?;
    Ok((path, file))
}
