//! Why a batch could not be applied, sorted by whose fault it is.

use ferry_format::{Fault, FormatError};
use ferry_io::error::Error;
use std::path::Path;

/// Why a batch could not be applied.
pub enum ApplyError {
    /// The batch's fault: only what its bytes prove.
    Batch(Box<FormatError>),
    /// Local: the pass stops and everything stays as it was.
    Local(Error),
}

impl From<FormatError> for ApplyError {
    fn from(error: FormatError) -> Self {
        if error.fault() == Fault::Io { Self::Local(error.into()) } else { Self::Batch(Box::new(error)) }
    }
}

impl From<Error> for ApplyError {
    fn from(error: Error) -> Self {
        Self::Local(error)
    }
}

impl From<rusqlite::Error> for ApplyError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Local(error.into())
    }
}

impl ApplyError {
    /// For a person who named the file.
    pub fn about(self, path: &Path) -> Error {
        match self {
            Self::Batch(error) => Error::about(path, &error),
            Self::Local(error) => error,
        }
    }
}
