//! Long output: lists that may be longer than their reader wants.

use ferry_format::FormatError;
use ferry_io::Result as Outcome;

/// Ends the process quietly when the reader of stdout has closed it (`ferry inspect … | head`).
pub fn until_closed(written: std::io::Result<()>) -> std::io::Result<()> {
    match written {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other,
    }
}

/// The same, for the outcome of a command.
///
/// # Errors
/// `FERRY-E0601` where stdout takes nothing, such as a full disk.
pub fn check_written(written: std::io::Result<()>) -> Outcome<()> {
    Ok(until_closed(written).map_err(FormatError::Io)?)
}
