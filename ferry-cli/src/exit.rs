//! From an error to what the user reads and the exit code that scripts rely on.

use ferry_format::{Fault, FormatError};
use std::path::Path;
use std::process::ExitCode;

/// A failed command: message, hint, stable code, exit code (sysexits).
#[derive(Debug)]
pub struct Failure {
    /// What happened, lower case, no full stop.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Stable code of the runbook.
    pub code: &'static str,
    /// Exit code.
    pub exit: u8,
}

pub type Outcome = Result<(), Failure>;

impl Failure {
    /// Names the file an operating-system error is about.
    pub fn io(path: &Path, error: &std::io::Error, creating: bool) -> Self {
        use std::io::ErrorKind::{AlreadyExists, NotFound, PermissionDenied};
        let (exit, hint) = match error.kind() {
            NotFound if !creating => (66, "check the path"),
            AlreadyExists => (73, "choose another name; nothing is overwritten"),
            PermissionDenied => (77, "check owner and mode of the file"),
            _ if creating => (73, "check the folder and the space left"),
            _ => (74, "check the disk"),
        };
        Self { message: format!("{}: {error}", path.display()), hint: hint.into(), code: "FERRY-E0601", exit }
    }

    /// Names the file a refusal is about.
    pub fn about(path: &Path, error: &FormatError) -> Self {
        let mut failure = Self::from(error);
        failure.message = format!("{}: {}", path.display(), failure.message);
        failure
    }
}

impl From<&FormatError> for Failure {
    fn from(error: &FormatError) -> Self {
        let exit = match error.fault() {
            Fault::Bytes | Fault::Authenticity | Fault::Destination | Fault::Order | Fault::Content => 65,
            Fault::Input => 78,
            Fault::Io => 74,
        };
        Self { message: error.to_string(), hint: error.hint().into(), code: error.code(), exit }
    }
}

impl From<FormatError> for Failure {
    fn from(error: FormatError) -> Self {
        Self::from(&error)
    }
}

/// Prints a failure and gives the exit code.
pub fn report(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(f) => {
            eprintln!("error: {} [{}]\nhint: {}", f.message, f.code, f.hint);
            ExitCode::from(f.exit)
        }
    }
}
