//! What a command prints. A terminal, pipe or file that takes no line stops no work: it is done first, and the exit code
//! says afterwards that the answer did not arrive.

use crate::error::{Error, Result};
use crate::exit_code::IO;
use std::fmt::Arguments;
use std::io::{ErrorKind, Write, stderr, stdout};
use std::sync::OnceLock;

/// What stdout said when it first took no more.
static REFUSED: OnceLock<String> = OnceLock::new();

/// Prints a line of an answer, as `println!` does, without ending the process where stdout takes nothing.
#[macro_export]
macro_rules! outln {
    ($($text:tt)*) => { $crate::output::stdout::answer(format_args!("{}\n", format_args!($($text)*))) };
}

/// Prints a part of an answer, as `print!` does, without ending the process where stdout takes nothing.
#[macro_export]
macro_rules! out {
    ($($text:tt)*) => { $crate::output::stdout::answer(format_args!($($text)*)) };
}

/// Prints a line for the person who watches, as `eprintln!` does, without ending the process where nobody does.
#[macro_export]
macro_rules! errln {
    ($($text:tt)*) => { $crate::output::stdout::remark(format_args!("{}\n", format_args!($($text)*))) };
}

/// For [`outln!`](crate::outln) and [`out!`](crate::out).
pub fn answer(text: Arguments<'_>) {
    if let Err(e) = stdout().lock().write_fmt(text) {
        refuse(&e);
    }
}

/// For [`errln!`](crate::errln). Where stderr takes nothing, nobody can be told.
pub fn remark(text: Arguments<'_>) {
    let _ = stderr().lock().write_fmt(text);
}

/// A reader that closed its end has read what it wanted (`| head`).
fn refuse(error: &std::io::Error) {
    if error.kind() != ErrorKind::BrokenPipe {
        let _ = REFUSED.set(error.to_string());
    }
}

/// Whether everything that was printed has been taken.
///
/// # Errors
/// Input or output (74) where it was not; what the command was asked to do is done all the same.
pub fn end() -> Result<()> {
    if let Err(e) = stdout().lock().flush() {
        refuse(&e);
    }
    let Some(said) = REFUSED.get() else { return Ok(()) };
    let hint = "the work itself is done: look at where the output goes (its disk may be full), and ask `status`";
    Err(Error::new(IO, "FERRY-E0601", format!("standard output: {said}"), hint))
}
