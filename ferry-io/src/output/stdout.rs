//! What a command prints. A terminal, pipe or file that fails stops no work: the work is done first, and the exit code
//! says afterwards that the output did not arrive.

use crate::error::Result;
use crate::texts::errors as texts;
use ferry_format::text::Text;
use ferry_format::texts::errors::io as io_text;
use std::fmt::Arguments;
use std::io::{ErrorKind, Write, stderr, stdout};
use std::sync::OnceLock;

/// The first error of stdout.
static FAILED: OnceLock<Text> = OnceLock::new();

/// Prints a line to stdout, as `println!` does, without ending the process where stdout fails.
#[macro_export]
macro_rules! outln {
    ($($text:tt)*) => { $crate::output::stdout::write_stdout(format_args!("{}\n", format_args!($($text)*))) };
}

/// Prints to stdout, as `print!` does, without ending the process where stdout fails.
#[macro_export]
macro_rules! out {
    ($($text:tt)*) => { $crate::output::stdout::write_stdout(format_args!($($text)*)) };
}

/// Prints a line to stderr, as `eprintln!` does, without ending the process where stderr fails.
#[macro_export]
macro_rules! errln {
    ($($text:tt)*) => { $crate::output::stdout::write_stderr(format_args!("{}\n", format_args!($($text)*))) };
}

/// For [`outln!`](crate::outln) and [`out!`](crate::out).
pub fn write_stdout(text: Arguments<'_>) {
    if let Err(e) = stdout().lock().write_fmt(text) {
        record_failure(&e);
    }
}

/// For [`errln!`](crate::errln). Where stderr fails, nobody can be told.
pub fn write_stderr(text: Arguments<'_>) {
    let _ = stderr().lock().write_fmt(text);
}

/// A reader that closed its end has read what it wanted (`| head`).
fn record_failure(error: &std::io::Error) {
    if error.kind() != ErrorKind::BrokenPipe {
        let _ = FAILED.set(io_text(error));
    }
}

/// Flushes stdout, and reports its first error.
///
/// # Errors
/// Exit code 74; the work of the command is done all the same.
pub fn end() -> Result<()> {
    if let Err(e) = stdout().lock().flush() {
        record_failure(&e);
    }
    FAILED.get().map_or(Ok(()), |error| Err(texts::stdout_failed(error)))
}
