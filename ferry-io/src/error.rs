//! From an error to what the user reads, the exit code that scripts rely on, and the runbook page.

use crate::exit_code::{BAD_DATA, CANNOT_CREATE, CONFIGURATION, IO, NO_INPUT, NOT_PERMITTED, SYNC_FAILED, TEMPORARY};
use ferry_format::{Fault, FormatError};
use std::path::Path;

/// The result of every operation with effects.
pub type Result<T> = std::result::Result<T, Error>;

/// A failed operation. The code is stable and names a section of `ops/runbook.md`.
#[derive(Clone, Debug)]
pub struct Error {
    /// What happened, lower case, no full stop.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Stable code of the runbook, `FERRY-E….`
    pub code: &'static str,
    /// Exit code (sysexits).
    pub exit: u8,
}

impl Error {
    /// An error from its parts.
    pub fn new(exit: u8, code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into(), code, exit }
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

    pub(crate) fn unsynced(what: String) -> Self {
        let hint =
            "look at the disk (dmesg); then start again: nothing was acknowledged, and what was under way is done anew";
        Self::new(SYNC_FAILED, "FERRY-E0660", format!("the disk did not take what was written: {what}"), hint)
    }

    /// Whether the process has to end: waiting cannot heal it.
    pub fn is_fatal(&self) -> bool {
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

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// So that a failure of something handed to `ferry-format`, a token, comes back whole in a [`FormatError::Io`].
impl std::error::Error for Error {}

impl From<&FormatError> for Error {
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

impl From<FormatError> for Error {
    fn from(error: FormatError) -> Self {
        Self::from(&error)
    }
}
