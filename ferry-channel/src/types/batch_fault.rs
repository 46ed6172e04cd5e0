//! Whose fault it is that a batch cannot be applied.

use ferry_format::{Fault, FormatError};
use ferry_io::error::Error;

/// What the bytes of a file prove against it, on any machine that reads them. Only this refuses a file: an error of this machine,
/// such as a folder that is away or a key that cannot be used, cannot be made into one.
#[derive(Debug)]
pub struct BatchFault(FormatError);

impl BatchFault {
    /// Sorts an error.
    ///
    /// # Errors
    /// The error itself, where it is this machine's.
    pub fn of(error: FormatError) -> Result<Self, Error> {
        match error.fault() {
            Fault::Io | Fault::Input => Err(error.into()),
            Fault::Bytes | Fault::Authenticity | Fault::Destination | Fault::Order | Fault::Content => Ok(Self(error)),
        }
    }

    /// What they prove.
    pub fn error(&self) -> &FormatError {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_format::text::Text;

    #[test]
    fn an_error_of_this_machine_is_never_a_fault_of_the_batch() {
        let ours = [
            FormatError::Io(std::io::ErrorKind::NotFound.into()),
            FormatError::Io(std::io::ErrorKind::StorageFull.into()),
            FormatError::input(Text::verbatim("a key"), Text::verbatim("cannot be used")),
        ];
        for error in ours {
            assert!(BatchFault::of(error).is_err());
        }
        assert!(BatchFault::of(FormatError::NotABatch).is_ok());
        assert!(BatchFault::of(FormatError::SenderDiffers).is_ok());
    }
}
