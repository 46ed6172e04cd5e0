//! From an error to what the user reads, the exit code that scripts rely on, and the runbook page.

use ferry_format::{Fault, FormatError};
use std::path::Path;
use std::process::ExitCode;

/// The result of every operation with effects.
pub type Result<T> = std::result::Result<T, Failure>;

/// A failed operation. The code is stable and names a section of `ops/runbook.md`.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What happened, lower case, no full stop.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Stable code of the runbook, `FERRY-E….`
    pub code: &'static str,
    /// Exit code (sysexits).
    pub exit: u8,
}

/// Bad data: a file that is refused.
pub const BAD_DATA: u8 = 65;
/// No input.
pub const NO_INPUT: u8 = 66;
/// A service that is needed cannot be reached.
pub const UNAVAILABLE: u8 = 69;
/// The disk did not say that it has what was written (`EX_OSERR`): the process ends, and nothing is acknowledged.
pub const SYNC_FAILED: u8 = 71;
/// A target cannot be created.
pub const CANNOT_CREATE: u8 = 73;
/// Input or output failed.
pub const IO: u8 = 74;
/// Busy or waiting: try again.
pub const TEMPORARY: u8 = 75;
/// Not permitted.
pub const NOT_PERMITTED: u8 = 77;
/// Configuration.
pub const CONFIGURATION: u8 = 78;

impl Failure {
    /// A failure from its parts.
    pub fn new(exit: u8, code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into(), code, exit }
    }

    /// How loud it is: what waits for its time is a warning, everything else an error.
    #[cfg(feature = "agent")]
    pub fn level(&self) -> crate::log::Level {
        if self.exit == TEMPORARY { crate::log::Level::Warning } else { crate::log::Level::Error }
    }

    /// Names the file an operating-system error is about.
    pub fn io(path: &Path, error: &std::io::Error, creating: bool) -> Self {
        use std::io::ErrorKind::{AlreadyExists, NotFound, PermissionDenied, QuotaExceeded, StorageFull};
        let (exit, hint) = match error.kind() {
            NotFound if !creating => (NO_INPUT, "check the path"),
            AlreadyExists => (CANNOT_CREATE, "choose another name; nothing is overwritten"),
            PermissionDenied => (NOT_PERMITTED, "check owner and mode of the file"),
            StorageFull | QuotaExceeded => (TEMPORARY, "free some space; the next run goes on by itself"),
            _ if creating => (CANNOT_CREATE, "check the folder and the space left"),
            _ => (IO, "check the disk"),
        };
        Self::new(exit, "FERRY-E0601", format!("{}: {error}", path.display()), hint)
    }

    /// A sync failed. A full disk says so in time; after any other answer the kernel may have dropped what was written
    /// and call it clean, so that only a new process that reads what is there can be believed.
    pub fn sync(path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        if matches!(error.kind(), StorageFull | QuotaExceeded) {
            return Self::io(path, error, true);
        }
        Self::unsynced(format!("{}: {error}", path.display()))
    }

    fn unsynced(what: String) -> Self {
        let hint =
            "look at the disk (dmesg); then start again: nothing was acknowledged, and what was under way is done anew";
        Self::new(SYNC_FAILED, "FERRY-E0660", format!("the disk did not take what was written: {what}"), hint)
    }

    /// Whether the process has to end.
    pub fn ends_process(&self) -> bool {
        [CONFIGURATION, NOT_PERMITTED, SYNC_FAILED].contains(&self.exit)
    }

    /// Names the file a refusal is about.
    pub fn about(path: &Path, error: &FormatError) -> Self {
        let mut failure = Self::from(error);
        failure.message = format!("{}: {}", path.display(), failure.message);
        failure
    }

    /// A wrong or missing value of a configuration file; `key` names it.
    pub fn configuration(path: &Path, key: &str, why: impl std::fmt::Display) -> Self {
        let message = format!("{}: `{key}`: {why}", path.display());
        let hint = "correct this key; there is no fallback configuration";
        Self::new(CONFIGURATION, "FERRY-E0502", message, hint)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// So that a failure of something handed to `ferry-format`, a token, comes back whole in a [`FormatError::Io`].
impl std::error::Error for Failure {}

impl From<&FormatError> for Failure {
    fn from(error: &FormatError) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        if let FormatError::Io(e) = error
            && let Some(failure) = e.get_ref().and_then(|inner| inner.downcast_ref::<Self>())
        {
            return failure.clone();
        }
        if let FormatError::Io(e) = error
            && matches!(e.kind(), StorageFull | QuotaExceeded)
        {
            let hint = "free some space; the next run goes on by itself";
            return Self::new(TEMPORARY, error.code(), error.to_string(), hint);
        }
        let exit = match error.fault() {
            Fault::Bytes | Fault::Authenticity | Fault::Destination | Fault::Order | Fault::Content => BAD_DATA,
            Fault::Input => CONFIGURATION,
            Fault::Io => IO,
        };
        Self::new(exit, error.code(), error.to_string(), error.hint())
    }
}

impl From<FormatError> for Failure {
    fn from(error: FormatError) -> Self {
        Self::from(&error)
    }
}

#[cfg(feature = "agent")]
impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi::{SQLITE_IOERR_DIR_FSYNC, SQLITE_IOERR_FSYNC};
        if let Some(code) = error.sqlite_error().map(|e| e.extended_code)
            && [SQLITE_IOERR_FSYNC, SQLITE_IOERR_DIR_FSYNC].contains(&code)
        {
            return Self::unsynced(format!("database: {error}"));
        }
        use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, PermissionDenied, ReadOnly};
        let (exit, hint) = match error.sqlite_error_code() {
            Some(DatabaseBusy | DatabaseLocked) => (TEMPORARY, "another process holds the database; try again"),
            Some(DiskFull) => (TEMPORARY, "free some space; the next run goes on by itself"),
            Some(CannotOpen) => (NO_INPUT, "check the path and its permissions"),
            Some(PermissionDenied | ReadOnly) => (NOT_PERMITTED, "check owner and mode of the database"),
            _ => (IO, "check the database with `PRAGMA integrity_check`"),
        };
        Self::new(exit, "FERRY-E0604", format!("database: {error}"), hint)
    }
}

/// What a daemon does with the outcome of one run: says it and goes on, unless waiting cannot heal it.
///
/// # Errors
/// Configuration and permission failures, and a sync that failed.
pub fn go_on(outcome: Result<()>) -> Result<()> {
    match outcome {
        Err(f) if !f.ends_process() => {
            say(&f);
            Ok(())
        }
        other => other,
    }
}

/// Says a failure: to a person or a pipe as lines, to the journal with its level and code.
pub fn say(failure: &Failure) {
    let text = format!("error: {} [{}]\nhint: {}", failure.message, failure.code, failure.hint);
    #[cfg(feature = "agent")]
    crate::log::say(failure.level(), &crate::log::About { code: Some(failure.code), ..Default::default() }, &text);
    #[cfg(not(feature = "agent"))]
    crate::errln!("{text}");
}

/// Prints a failure and gives the exit code.
pub fn report(outcome: Result<()>) -> ExitCode {
    match outcome.and_then(|()| crate::terminal::end()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(f) => {
            say(&f);
            ExitCode::from(f.exit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Error, ErrorKind};

    #[test]
    fn a_sync_that_failed_ends_even_a_daemon_and_a_full_disk_does_not() {
        let file = Path::new("outer.db");
        let failed = Failure::sync(file, &Error::from_raw_os_error(5));
        assert_eq!((failed.exit, failed.code), (SYNC_FAILED, "FERRY-E0660"));
        assert!(go_on(Err(failed)).is_err());
        let full = Failure::sync(file, &Error::from(ErrorKind::StorageFull));
        assert_eq!(full.exit, TEMPORARY);
        assert!(go_on(Err(full)).is_ok());
    }
}
