//! Whose fault it is that a reader says nothing: that of the document, or of this machine.

use ferry_format::reason::ReasonCode;
use ferry_format::text::Text;

/// Why a reader says nothing of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It lies in the document.
    Document(ReasonCode),
    /// Something of this machine is missing.
    Unavailable(Text),
}
