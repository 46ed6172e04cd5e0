//! How a command ends: the error as lines for a person, and the exit code.

use crate::error::{Error, Result};
use crate::output::language::Show;
use std::process::ExitCode;
use std::sync::OnceLock;

/// Receives errors instead of stderr: the journal, with level and code as fields.
pub type Sink = fn(&Error, &str);

static SINK: OnceLock<Sink> = OnceLock::new();

/// Sends errors to `sink` from now on. Call it once per process; a second call changes nothing.
pub fn set_sink(sink: Sink) {
    let _ = SINK.set(sink);
}

/// What a daemon does with the outcome of one run: it prints the error and continues, unless the error is fatal.
///
/// # Errors
/// A failed sync.
pub fn continue_unless_fatal(outcome: Result<()>) -> Result<()> {
    match outcome {
        Err(e) if !e.is_fatal() => {
            print_error(&e);
            Ok(())
        }
        other => other,
    }
}

/// Prints an error: to a person or a pipe as lines, to the sink where one is set.
pub fn print_error(error: &Error) {
    let text = format!("error: {} [{}]\nhint: {}", error.message.show(), error.code, error.hint.show());
    match SINK.get() {
        Some(sink) => sink(error, &text),
        None => crate::errln!("{text}"),
    }
}

/// Prints an error and gives the exit code.
pub fn report(outcome: Result<()>) -> ExitCode {
    match outcome.and_then(|()| crate::output::stdout::end()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            print_error(&e);
            ExitCode::from(e.exit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit_code::{SYNC_FAILED, TEMPORARY};
    use std::io;
    use std::path::Path;

    #[test]
    fn a_failed_sync_ends_a_daemon_and_a_full_disk_does_not() {
        let file = Path::new("outer.db");
        let failed = Error::sync(file, &io::Error::from_raw_os_error(5));
        assert_eq!((failed.exit, failed.code), (SYNC_FAILED, "FERRY-E0660"));
        assert!(continue_unless_fatal(Err(failed)).is_err());
        let full = Error::sync(file, &io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.exit, TEMPORARY);
        assert!(continue_unless_fatal(Err(full)).is_ok());
    }
}
