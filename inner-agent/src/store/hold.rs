//! Why an item stays inside: a class that reports count by, and a reason for people.

use crate::texts::holds;
use ferry_format::reason::{Reason, ReasonCode};
use ferry_format::text::Text;
use serde::Serialize;

/// The class of a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldClass {
    /// A column does not fit the catalogue.
    Invalid,
    /// Its document is missing, changed while it was read, is outside the document store or has another type than its name
    /// says.
    Document,
    /// Another row has its key or id, or its id changed.
    Identity,
    /// A published record changed without an approval (article 16).
    CorrectionNotApproved,
    /// Its case is not published.
    CaseNotPublished,
    /// It has a secrecy mark.
    SecrecyMark,
    /// Its document carries what crosses to nobody: active content, a file inside it, malware.
    Forbidden,
    /// It is for the public and has a number of a person.
    Identifier,
    /// It is for the public, its document was not read as a whole, and the policy leaves those to reviewers.
    Unscannable,
    /// The same, and the policy leaves it to nobody, or nothing can be read here.
    Unreadable,
    /// No leader has signed it off (article 18).
    NotSignedOff,
    /// It lies in the secondary volume (article 5).
    SecondaryVolume,
    /// Its addressee has not consented to electronic service (article 6).
    NoConsent,
    /// The outer side's second look hides it; reviewers may let it be shown.
    HiddenOutside,
    /// The release rules require an approval before release.
    AwaitingReview,
    /// A reviewer refused it as it is.
    RefusedByReviewer,
}

impl HoldClass {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Invalid,
        Self::Document,
        Self::Identity,
        Self::CorrectionNotApproved,
        Self::CaseNotPublished,
        Self::SecrecyMark,
        Self::Forbidden,
        Self::Identifier,
        Self::Unscannable,
        Self::Unreadable,
        Self::NotSignedOff,
        Self::SecondaryVolume,
        Self::NoConsent,
        Self::HiddenOutside,
        Self::AwaitingReview,
        Self::RefusedByReviewer,
    ];

    /// The class of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == name)
    }

    /// Whether a rule of the notice keeps it inside, so that nobody has to correct anything.
    pub fn is_rule(self) -> bool {
        matches!(
            self,
            Self::NotSignedOff
                | Self::SecondaryVolume
                | Self::NoConsent
                | Self::AwaitingReview
                | Self::CaseNotPublished
        )
    }

    /// Whether a version that is already published must be retracted.
    pub fn retracts_published(self) -> bool {
        matches!(self, Self::SecrecyMark | Self::Forbidden | Self::Identifier)
    }

    /// Whether it goes into a draft of flagged records, which reviewers may release. A secrecy mark is never released.
    pub fn is_flagged(self) -> bool {
        matches!(self, Self::Identifier | Self::Unscannable | Self::HiddenOutside)
    }

    /// Whether it goes into a draft.
    pub fn is_drafted(self) -> bool {
        self.is_flagged() || self == Self::AwaitingReview
    }

    /// The name in tables and `--json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Document => "document",
            Self::Identity => "identity",
            Self::CorrectionNotApproved => "correction-not-approved",
            Self::CaseNotPublished => "case-not-published",
            Self::SecrecyMark => "secrecy-mark",
            Self::Forbidden => "forbidden",
            Self::Identifier => "identifier",
            Self::Unscannable => "unscannable",
            Self::Unreadable => "unreadable",
            Self::NotSignedOff => "not-signed-off",
            Self::SecondaryVolume => "secondary-volume",
            Self::NoConsent => "no-consent",
            Self::HiddenOutside => "hidden-outside",
            Self::AwaitingReview => "awaiting-review",
            Self::RefusedByReviewer => "refused-by-reviewer",
        }
    }

    /// What people read.
    pub fn text(self) -> Text {
        match self {
            Self::Invalid => holds::invalid(),
            Self::Document => holds::document(),
            Self::Identity => holds::identity(),
            Self::CorrectionNotApproved => holds::correction_not_approved(),
            Self::CaseNotPublished => holds::case_not_published(),
            Self::SecrecyMark => holds::secrecy_mark(),
            Self::Forbidden => holds::forbidden(),
            Self::Identifier => holds::identifier(),
            Self::Unscannable => holds::unscannable(),
            Self::Unreadable => holds::unreadable(),
            Self::NotSignedOff => holds::not_signed_off(),
            Self::SecondaryVolume => holds::secondary_volume(),
            Self::NoConsent => holds::no_consent(),
            Self::HiddenOutside => holds::hidden_outside(),
            Self::AwaitingReview => holds::awaiting_review(),
            Self::RefusedByReviewer => holds::refused_by_reviewer(),
        }
    }
}

/// Why one item stays inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The class of the reason.
    pub class: HoldClass,
    /// The reason.
    pub reason: Reason,
}

impl Hold {
    /// A reason of a class.
    pub fn new(class: HoldClass, reason: impl Into<Reason>) -> Self {
        Self { class, reason: reason.into() }
    }

    /// A column does not fit the catalogue.
    pub fn invalid(reason: impl Into<Reason>) -> Self {
        Self::new(HoldClass::Invalid, reason)
    }

    /// A row cannot be told from others.
    pub fn identity(code: ReasonCode) -> Self {
        Self::new(HoldClass::Identity, code)
    }

    /// A document cannot be exported.
    pub fn document(reason: impl Into<Reason>) -> Self {
        Self::new(HoldClass::Document, reason)
    }
}
