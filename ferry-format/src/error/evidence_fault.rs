//! What can be wrong with a pack of evidence beyond what can be wrong with a batch.

use thiserror::Error;

/// Why a pack does not show what it is said to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EvidenceFault {
    /// An item does not lead to the manifest commitment that was signed.
    #[error("an item does not lead to the manifest commitment of its batch")]
    Path,
    /// A delivery report is about another batch, or not of the way back.
    #[error("the delivery report is not one of this batch")]
    Report,
    /// A receipt is about another record or document.
    #[error("the receipt is not one of this record or document")]
    Receipt,
    /// A document is named by nothing that the pack shows.
    #[error("a document is not one that the record names")]
    Document,
    /// An audit entry does not lead to the head that its agent signed.
    #[error("an audit entry does not lead to the head that its agent signed")]
    Audit,
    /// It shows no item, or two, where it must show one.
    #[error("{0}")]
    Subject(&'static str),
    /// What it says is absent is there, or the other way round.
    #[error("what it says that it lacks differs from what it lacks")]
    Absent,
    /// Nothing that the verifier trusts speaks for a batch of it.
    #[error("nothing that is trusted here names court, channel and direction of one of its batches")]
    Untrusted,
    /// A batch was made under another catalogue than the one that was given.
    #[error("a batch of it was made under another catalogue")]
    Catalogue,
}

impl EvidenceFault {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Path => "FERRY-E0230",
            Self::Report => "FERRY-E0231",
            Self::Receipt => "FERRY-E0232",
            Self::Document => "FERRY-E0233",
            Self::Audit => "FERRY-E0234",
            Self::Subject(_) => "FERRY-E0235",
            Self::Absent => "FERRY-E0236",
            Self::Untrusted => "FERRY-E0237",
            Self::Catalogue => "FERRY-E0238",
        }
    }

    /// What a person can do about it.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Untrusted => "give the trust file of each channel, or the root keys of the court that the pack is of",
            Self::Catalogue => "give the catalogue that was in force; the header of the batch names its digest",
            _ => "the pack shows nothing as it is: keep it, and have another made from the batches",
        }
    }
}
