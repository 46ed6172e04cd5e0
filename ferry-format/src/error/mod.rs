//! What can be wrong with a batch, sorted by the cause.
//!
//! Every error has a message and a hint in both languages: lower case, without a full stop, never `Debug` text.

pub mod evidence_fault;
pub mod list_fault;

use crate::error::evidence_fault::EvidenceFault;
use crate::error::list_fault::ListFault;
use crate::reason::{Reason, ReasonCode};
use crate::text::Text;
use crate::texts::errors;
use std::fmt;

/// The result of every operation of this crate.
pub type Result<T> = std::result::Result<T, FormatError>;

/// The cause of an error, from which the exit code follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bytes are damaged, cut, extended or were never a batch.
    Bytes,
    /// The bytes are whole, but a trusted key did not sign them, or they were altered after signing.
    Authenticity,
    /// An authentic batch for another destination: recipient, court, channel, direction.
    Destination,
    /// An authentic batch at the wrong position of its series.
    Order,
    /// An authentic batch carries what its catalogue does not allow.
    Content,
    /// An input of the caller cannot be used: a key, a name, a size.
    Input,
    /// The reader or writer of the caller failed.
    Io,
}

/// An error of this crate: [`Self::code`] is the stable code that quarantine, `--json` and the runbook use.
#[derive(Debug)]
pub enum FormatError {
    /// The file does not start with the magic of a batch.
    NotABatch,
    /// A format version or suite that this program does not know.
    Unsupported {
        /// What is unsupported: a format version or a suite.
        what: Text,
        /// The number found.
        found: u64,
    },
    /// The length in the prelude and the length of the file differ.
    Length {
        /// Length according to the prelude, in bytes.
        declared: u64,
        /// Length of the file, in bytes.
        actual: u64,
    },
    /// A structure does not parse.
    Malformed {
        /// The structure.
        what: Text,
        /// What is wrong with it.
        why: Text,
    },
    /// A declared size is over a limit of [`crate::limits`].
    OverLimit {
        /// The limited quantity.
        what: Text,
        /// The value found.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// A signature does not verify. The text names it.
    Signature(Text),
    /// The batch names a signer that the trust file does not.
    UnknownSigner {
        /// The expected role.
        role: Text,
        /// `SHA256:` fingerprint of the key found.
        fingerprint: String,
    },
    /// Another trusted key signed than the sender named in the header.
    SenderDiffers,
    /// The batch uses a suite below the channel's floor.
    SuiteFloor {
        /// Suite of the batch.
        found: u16,
        /// Lowest suite that the trust file allows.
        floor: u16,
    },
    /// Too few distinct reviewers approved the content.
    Approvals {
        /// Distinct trusted reviewers that approved.
        found: usize,
        /// The threshold of the trust file.
        needed: usize,
    },
    /// A key is trusted, but not valid at this moment.
    KeyNotValid {
        /// The role.
        role: Text,
        /// Its fingerprint.
        fingerprint: String,
        /// Why not.
        why: Text,
    },
    /// Two approvals are by one person.
    SamePerson {
        /// Who.
        person: String,
    },
    /// An office that must approve has not.
    Office {
        /// Which.
        office: String,
    },
    /// An approval or refusal is over other content.
    OtherContent,
    /// A reviewer has refused the draft.
    Refused {
        /// Why.
        reason: String,
    },
    /// This key has already approved.
    AlreadyApproved,
    /// A trust list is rejected.
    TrustList(ListFault),
    /// A segment differs from its signed digest.
    Segment {
        /// Number of the segment, counted from 1.
        segment: u64,
        /// Number of segments of the batch.
        segments: u64,
    },
    /// Something differs from its signed digest.
    Digest(Text),
    /// Decryption failed, or the key commitment differs.
    Decrypt(Text),
    /// The batch is bound to another court, channel, direction or recipient.
    Destination {
        /// What differs.
        what: Text,
        /// What the batch says.
        found: Box<Text>,
        /// What the trust file or key says.
        expected: Box<Text>,
    },
    /// A draft where a released batch is needed, or the reverse.
    Stage(Text),
    /// The sequence rules reject the batch.
    Order {
        /// Its sequence number.
        sequence: u64,
        /// The broken rule.
        why: Text,
    },
    /// A key, name or value of the caller is unusable.
    Input {
        /// What it is.
        what: Text,
        /// What is wrong with it.
        why: Text,
    },
    /// A record does not fit its kind.
    Record {
        /// Its kind.
        kind: String,
        /// Its id.
        id: String,
        /// The field, or empty for the record itself.
        field: String,
        /// The rule that it breaks.
        why: ReasonCode,
    },
    /// An evidence bundle does not prove what it should.
    Evidence(EvidenceFault),
    /// The caller's reader or writer failed.
    Io(std::io::Error),
}

impl FormatError {
    /// The cause of this error.
    pub fn fault(&self) -> Fault {
        match self {
            Self::NotABatch
            | Self::Unsupported { .. }
            | Self::Length { .. }
            | Self::Malformed { .. }
            | Self::OverLimit { .. } => Fault::Bytes,
            Self::Signature(_)
            | Self::UnknownSigner { .. }
            | Self::SenderDiffers
            | Self::SuiteFloor { .. }
            | Self::Approvals { .. }
            | Self::KeyNotValid { .. }
            | Self::SamePerson { .. }
            | Self::Office { .. }
            | Self::OtherContent
            | Self::Refused { .. }
            | Self::AlreadyApproved
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

    /// The stable code of this error.
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
            Self::SenderDiffers => "FERRY-E0207",
            Self::SuiteFloor { .. } => "FERRY-E0208",
            Self::KeyNotValid { .. } => "FERRY-E0209",
            Self::SamePerson { .. } => "FERRY-E0210",
            Self::Office { .. } => "FERRY-E0211",
            Self::OtherContent => "FERRY-E0212",
            Self::Refused { .. } => "FERRY-E0213",
            Self::AlreadyApproved => "FERRY-E0214",
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

    /// What happened, in both languages.
    pub fn message(&self) -> Text {
        match self {
            Self::NotABatch => errors::not_a_batch(),
            Self::Unsupported { what, found } => errors::unsupported(what, found),
            Self::Length { declared, actual } => errors::length(actual, declared),
            Self::Malformed { what, why } | Self::Input { what, why } => errors::about(what, why),
            Self::OverLimit { what, found, limit } => errors::over_limit(what, found, limit),
            Self::Signature(what) => errors::signature(what),
            Self::UnknownSigner { role, fingerprint } => errors::unknown_signer(role, fingerprint),
            Self::SenderDiffers => errors::resigned(),
            Self::SuiteFloor { found, floor } => errors::suite_floor(found, floor),
            Self::Approvals { found, needed } => errors::approvals(found, needed),
            Self::KeyNotValid { role, fingerprint, why } => errors::key_not_valid(role, fingerprint, why),
            Self::SamePerson { person } => errors::one_person(person),
            Self::Office { office } => errors::office(office),
            Self::OtherContent => errors::other_content(),
            Self::Refused { reason } => errors::refused(reason),
            Self::AlreadyApproved => errors::doubled(),
            Self::TrustList(fault) => errors::trust_list(fault.message()),
            Self::Segment { segment, segments } => errors::segment(grouped(*segment), grouped(*segments)),
            Self::Digest(what) => errors::digest(what),
            Self::Decrypt(what) => errors::decrypt(what),
            Self::Destination { what, found, expected } => errors::destination(what, &**found, &**expected),
            Self::Stage(why) => why.clone(),
            Self::Order { sequence, why } => errors::order(sequence, why),
            Self::Record { kind, id, field, why } if field.is_empty() => errors::record(kind, id, why.text()),
            Self::Record { kind, id, field, why } => errors::record_field(kind, id, field, why.text()),
            Self::Evidence(fault) => errors::evidence(fault.message()),
            Self::Io(error) => errors::io(error),
        }
    }

    /// What a person can do about it, in both languages.
    pub fn hint(&self) -> Text {
        match self {
            Self::Segment { .. } => return errors::hint_segment(),
            Self::Approvals { .. } | Self::Office { .. } => return errors::hint_approvals(),
            Self::KeyNotValid { .. } | Self::SamePerson { .. } => return errors::hint_approval_keys(),
            Self::TrustList(fault) => return fault.hint(),
            Self::OtherContent => return errors::hint_other_content(),
            Self::Refused { .. } | Self::AlreadyApproved => return errors::hint_nothing_to_do(),
            Self::Evidence(fault) => return fault.hint(),
            _ => {}
        }
        match self.fault() {
            Fault::Bytes => errors::hint_bytes(),
            Fault::Authenticity => errors::hint_authenticity(),
            Fault::Destination => errors::hint_destination(),
            Fault::Order => errors::hint_order(),
            Fault::Content => errors::hint_content(),
            Fault::Input => errors::hint_input(),
            Fault::Io => errors::hint_io(),
        }
    }

    /// The rule that a record breaks, as it is stored beside the record; none for other errors.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Record { field, why, .. } if field.is_empty() => Some(Reason::new(*why)),
            Self::Record { field, why, .. } => Some(Reason::new(*why).in_field(field)),
            _ => None,
        }
    }

    /// A structure that does not parse.
    pub fn malformed(what: impl Into<Text>, why: impl Into<Text>) -> Self {
        Self::Malformed { what: what.into(), why: why.into() }
    }

    /// An input of the caller that cannot be used.
    pub fn input(what: impl Into<Text>, why: impl Into<Text>) -> Self {
        Self::Input { what: what.into(), why: why.into() }
    }
}

/// In English, for logs that machines read. A person is shown [`FormatError::message`].
impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message().english())
    }
}

impl std::error::Error for FormatError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<std::io::Error> for FormatError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ListFault> for FormatError {
    fn from(fault: ListFault) -> Self {
        Self::TrustList(fault)
    }
}

impl From<EvidenceFault> for FormatError {
    fn from(fault: EvidenceFault) -> Self {
        Self::Evidence(fault)
    }
}

/// Rejects `found` over `limit`.
pub fn at_most(what: Text, found: u64, limit: u64) -> Result<()> {
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
    fn a_damaged_segment_is_named_with_a_hint() {
        let error = FormatError::Segment { segment: 17, segments: 1_048_576 };
        assert_eq!(error.to_string(), "segment 17 of 1,048,576 does not match its digest");
        assert!(error.hint().english().starts_with("the file was damaged on the way"));
        assert_eq!(
            FormatError::Segment { segment: 1, segments: 999 }.to_string(),
            "segment 1 of 999 does not match its digest"
        );
    }
}
