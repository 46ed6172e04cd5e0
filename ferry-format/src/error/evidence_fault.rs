//! Faults of an evidence bundle beyond those of a batch.

use crate::text::Text;
use crate::texts::errors;

/// Why an evidence bundle does not prove what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvidenceFault {
    /// An item does not lead to the manifest commitment that was signed.
    Path,
    /// A delivery report is about another batch, or did not come back on the other channel.
    Report,
    /// A receipt is about another record or document.
    Receipt,
    /// The record does not name a document of the bundle.
    Document,
    /// An audit entry does not lead to the head that its agent signed.
    Audit,
    /// It has no subject, or two.
    Subject(Text),
    /// Its list of missing parts differs from what is missing.
    Absent,
    /// Nothing that the verifier trusts names court, channel and direction of one of its batches.
    Untrusted,
    /// A batch was made under another catalogue than the given one.
    Catalogue,
}

impl EvidenceFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
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

    /// What is wrong.
    pub(crate) fn message(&self) -> Text {
        match self {
            Self::Path => errors::evidence_path(),
            Self::Report => errors::evidence_report(),
            Self::Receipt => errors::evidence_receipt(),
            Self::Document => errors::evidence_document(),
            Self::Audit => errors::evidence_audit(),
            Self::Subject(why) => why.clone(),
            Self::Absent => errors::evidence_absent(),
            Self::Untrusted => errors::evidence_untrusted(),
            Self::Catalogue => errors::evidence_catalogue(),
        }
    }

    /// What a person can do about it.
    pub(crate) fn hint(&self) -> Text {
        match self {
            Self::Untrusted => errors::hint_evidence_untrusted(),
            Self::Catalogue => errors::hint_evidence_catalogue(),
            _ => errors::hint_evidence(),
        }
    }
}
