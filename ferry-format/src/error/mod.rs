//! What can be wrong with a batch, sorted by whose fault it is.
//!
//! Messages are lower case, without a full stop, and never show `Debug` text.

pub mod evidence_fault;
pub mod list_fault;

use crate::error::evidence_fault::EvidenceFault;
use crate::error::list_fault::ListFault;
use thiserror::Error;

/// The result of every operation of this crate.
pub type Result<T> = std::result::Result<T, FormatError>;

/// Whose fault an error is. One mapping from here gives reason code and exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bytes are damaged, cut, extended or were never a batch.
    Bytes,
    /// The bytes are whole, but a trusted key did not sign them, or they were altered after signing.
    Authenticity,
    /// An authentic batch that is not meant for this place: recipient, court, channel, direction.
    Destination,
    /// An authentic batch at the wrong place of its series.
    Order,
    /// An authentic batch carries what its catalogue does not allow.
    Content,
    /// What the caller handed in cannot be used: a key, a name, a size.
    Input,
    /// The reader or writer that the caller handed in failed.
    Io,
}

/// A refusal. `reason` is the stable code that quarantine, `--json` and the runbook use.
#[derive(Debug, Error)]
pub enum FormatError {
    /// The file does not start with the magic of a batch.
    #[error("this is not a ferry batch")]
    NotABatch,
    /// A format version or suite that this program does not know.
    #[error("{what} {found} is not supported")]
    Unsupported {
        /// What is unsupported: "format version" or "suite".
        what: &'static str,
        /// The number found.
        found: u64,
    },
    /// The length in the prelude and the length of the file differ.
    #[error("the file has {actual} bytes, its prelude says {declared}")]
    Length {
        /// Length according to the prelude, in bytes.
        declared: u64,
        /// Length of the file, in bytes.
        actual: u64,
    },
    /// A structure does not parse.
    #[error("{what}: {why}")]
    Malformed {
        /// The structure.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A declared size passes a bound of [`crate::limits`].
    #[error("{what} of {found} is over the limit of {limit}")]
    OverLimit {
        /// The bounded quantity.
        what: &'static str,
        /// The value found.
        found: u64,
        /// The bound.
        limit: u64,
    },
    /// A signature does not verify.
    #[error("the {0} signature does not verify")]
    Signature(&'static str),
    /// The batch names a signer that the trust file does not.
    #[error("no trusted {role} has the key {fingerprint}")]
    UnknownSigner {
        /// The role that was looked for.
        role: &'static str,
        /// `SHA256:` fingerprint of the key found.
        fingerprint: String,
    },
    /// Another trusted key signed what was sealed for one sender's signature.
    #[error("the batch was sealed for another sender's signature")]
    Resigned,
    /// The batch uses a suite below the channel's floor.
    #[error("suite {found} is below the channel's floor of {floor}")]
    SuiteFloor {
        /// Suite of the batch.
        found: u16,
        /// Lowest suite that the trust file takes.
        floor: u16,
    },
    /// Too few distinct reviewers approved the content.
    #[error("{found} of {needed} needed approvals")]
    Approvals {
        /// Distinct trusted reviewers that approved.
        found: usize,
        /// The threshold of the trust file.
        needed: usize,
    },
    /// A key is trusted, but not for this moment.
    #[error("the {role}'s key {fingerprint} does not stand: {why}")]
    KeyTerms {
        /// The role.
        role: &'static str,
        /// Its fingerprint.
        fingerprint: String,
        /// What its terms say.
        why: &'static str,
    },
    /// One person approved under two keys.
    #[error("two approvals are by one person, {person}")]
    OnePerson {
        /// Who.
        person: String,
    },
    /// Nobody of an office that must approve has.
    #[error("nobody of the office {office} approved")]
    Office {
        /// Which.
        office: String,
    },
    /// An approval or refusal is over other content.
    #[error("it is over other content than this draft's")]
    OtherContent,
    /// A reviewer has refused the draft.
    #[error("a reviewer has refused this draft: {reason}")]
    Refused {
        /// Why.
        reason: String,
    },
    /// This key has approved already.
    #[error("this key has approved already")]
    Doubled,
    /// A trust list is refused.
    #[error("trust list: {0}")]
    TrustList(#[from] ListFault),
    /// A segment differs from its signed digest.
    #[error("segment {} of {} does not match its digest", grouped(*segment), grouped(*segments))]
    Segment {
        /// Number of the segment, counted from 1.
        segment: u64,
        /// Number of segments of the batch.
        segments: u64,
    },
    /// A signed digest and what it stands for differ.
    #[error("{0} does not match its digest")]
    Digest(&'static str),
    /// Decryption failed, or the key commitment differs.
    #[error("{0} cannot be decrypted with this batch's key")]
    Decrypt(&'static str),
    /// The batch is bound to another court, channel, direction or recipient.
    #[error("the batch is for {what} {found}, expected {expected}")]
    Destination {
        /// What differs.
        what: &'static str,
        /// What the batch says.
        found: String,
        /// What the trust file or key says.
        expected: String,
    },
    /// The batch is a draft where a released batch is needed, or the other way round.
    #[error("{0}")]
    Stage(&'static str),
    /// The sequence rules refuse the batch.
    #[error("batch {sequence}: {why}")]
    Order {
        /// Its sequence number.
        sequence: u64,
        /// Which rule refuses it.
        why: &'static str,
    },
    /// A key, name, or configuration value handed in by the caller is unusable.
    #[error("{what}: {why}")]
    Input {
        /// The thing handed in.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// A record does not fit its kind.
    #[error("record {kind} {id}, field `{field}`: {why}")]
    Record {
        /// Its kind.
        kind: String,
        /// Its id.
        id: String,
        /// The field, or empty for the record itself.
        field: String,
        /// The rule that it breaks.
        why: &'static str,
    },
    /// A pack of evidence does not show what it is said to show.
    #[error("evidence: {0}")]
    Evidence(#[from] EvidenceFault),
    /// The caller's reader or writer failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl FormatError {
    /// Whose fault this is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotABatch
            | Self::Unsupported { .. }
            | Self::Length { .. }
            | Self::Malformed { .. }
            | Self::OverLimit { .. } => Fault::Bytes,
            Self::Signature(_)
            | Self::UnknownSigner { .. }
            | Self::Resigned
            | Self::SuiteFloor { .. }
            | Self::Approvals { .. }
            | Self::KeyTerms { .. }
            | Self::OnePerson { .. }
            | Self::Office { .. }
            | Self::OtherContent
            | Self::Refused { .. }
            | Self::Doubled
            | Self::TrustList(_)
            | Self::Evidence(_)
            | Self::Segment { .. }
            | Self::Digest(_)
            | Self::Decrypt(_) => Fault::Authenticity,
            Self::Destination { .. } => Fault::Destination,
            Self::Stage(_) | Self::Order { .. } => Fault::Order,
            Self::Record { .. } => Fault::Content,
            Self::Input { .. } => Fault::Input,
            Self::Io(_) => Fault::Io,
        }
    }

    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotABatch => "FERRY-E0101",
            Self::Unsupported { .. } => "FERRY-E0102",
            Self::Length { .. } => "FERRY-E0103",
            Self::Malformed { .. } => "FERRY-E0104",
            Self::OverLimit { .. } => "FERRY-E0105",
            Self::Signature(_) => "FERRY-E0201",
            Self::UnknownSigner { .. } => "FERRY-E0202",
            Self::Approvals { .. } => "FERRY-E0203",
            Self::Segment { .. } => "FERRY-E0204",
            Self::Digest(_) => "FERRY-E0205",
            Self::Decrypt(_) => "FERRY-E0206",
            Self::Resigned => "FERRY-E0207",
            Self::SuiteFloor { .. } => "FERRY-E0208",
            Self::KeyTerms { .. } => "FERRY-E0209",
            Self::OnePerson { .. } => "FERRY-E0210",
            Self::Office { .. } => "FERRY-E0211",
            Self::OtherContent => "FERRY-E0212",
            Self::Refused { .. } => "FERRY-E0213",
            Self::Doubled => "FERRY-E0214",
            Self::TrustList(fault) => fault.code(),
            Self::Evidence(fault) => fault.code(),
            Self::Destination { .. } => "FERRY-E0301",
            Self::Stage(_) => "FERRY-E0401",
            Self::Order { .. } => "FERRY-E0402",
            Self::Record { .. } => "FERRY-E0403",
            Self::Input { .. } => "FERRY-E0501",
            Self::Io(_) => "FERRY-E0601",
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        if matches!(self, Self::Segment { .. }) {
            return "the file was damaged on the way; carry it again, or ask for it again, whole or by volume";
        }
        match self {
            Self::Approvals { .. } | Self::Office { .. } => {
                return "let the missing reviewers look at the draft; the release rules stand in the trust file";
            }
            Self::KeyTerms { .. } | Self::OnePerson { .. } => {
                return "each approval must be by another person, with a key that stands today; the trust file names them";
            }
            Self::TrustList(fault) => return fault.hint(),
            Self::OtherContent => return "approve the draft that lies there now: its digest words name it",
            Self::Refused { .. } | Self::Doubled => {
                return "nothing is to be done; `review list` shows what each draft has";
            }
            Self::Evidence(fault) => return fault.hint(),
            _ => {}
        }
        match self.fault() {
            Fault::Bytes => "the file is not a whole batch; carry it again, or ask for it again",
            Fault::Authenticity => {
                "the file was damaged or altered, or a key that is not trusted made it; keep it as evidence and ask for it again"
            }
            Fault::Destination => "the batch belongs elsewhere; check which channel it was carried to",
            Fault::Order => "compare the numbers with `status` on the sending side",
            Fault::Content => "correct the record in the case platform, or the mapping that reads it",
            Fault::Input => "correct the named value and try again",
            Fault::Io => "check the path, its permissions and the space left on the disk",
        }
    }

    pub(crate) fn malformed(what: &'static str, why: &'static str) -> Self {
        Self::Malformed { what, why }
    }

    pub(crate) fn input(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Input { what: what.into(), why: why.into() }
    }
}

/// Refuses `found` over `limit`.
pub fn at_most(what: &'static str, found: u64, limit: u64) -> Result<()> {
    if found > limit {
        return Err(FormatError::OverLimit { what, found, limit });
    }
    Ok(())
}

/// `1,024`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_segment_is_named_with_what_to_do() {
        let error = FormatError::Segment { segment: 17, segments: 1_048_576 };
        assert_eq!(error.to_string(), "segment 17 of 1,048,576 does not match its digest");
        assert!(error.hint().starts_with("the file was damaged on the way"));
        assert_eq!(
            FormatError::Segment { segment: 1, segments: 999 }.to_string(),
            "segment 1 of 999 does not match its digest"
        );
    }
}
