//! Why a batch could not be applied, sorted by whose fault it is.

use crate::types::batch_fault::BatchFault;
use ferry_format::FormatError;
use ferry_io::error::Error;
use std::path::Path;

/// Why a batch could not be applied.
pub enum ApplyError {
    /// The batch's fault.
    Batch(Box<BatchFault>),
    /// Local: the pass stops and everything stays as it was.
    Local(Error),
}

impl From<FormatError> for ApplyError {
    fn from(error: FormatError) -> Self {
        BatchFault::of(error).map_or_else(Self::Local, |fault| Self::Batch(Box::new(fault)))
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
            Self::Batch(fault) => Error::about(path, fault.error()),
            Self::Local(error) => error,
        }
    }
}
