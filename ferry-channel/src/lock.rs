//! One run of a job at a time.

use crate::failure::{Failure, Result, TEMPORARY};
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::path::Path;

/// Held while a job runs; let go when dropped or when the process ends.
pub struct Lock {
    _file: File,
}

/// Takes the lock of `job` in the state folder.
///
/// # Errors
/// Temporary (75) while another process has it.
pub fn take(state: &Path, job: &str) -> Result<Lock> {
    let path = state.join(format!("{job}.lock"));
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|e| Failure::io(&path, &e, true))?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
        let message = format!("another `{job}` is running on {}", state.display());
        Failure::new(TEMPORARY, "FERRY-E0901", message, "wait until it has ended, then run again")
    })?;
    Ok(Lock { _file: file })
}
