//! Why a record stays inside.

use serde::Serialize;

/// The class of a reason, as reports count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A column does not fit the catalogue.
    Invalid,
    /// Its document is missing, changed while it was read, lies outside its root or is not what it says.
    Document,
    /// Another row has its key or id, or its id changed.
    Identity,
    /// A change of what was published lacks its approval (article 16).
    CorrectionNotApproved,
    /// It has a secrecy mark.
    SecrecyMark,
    /// It is for the public and has a number of a person.
    Identifier,
    /// It is for the public, its document has no text, and the policy holds those.
    Unscannable,
    /// The leader has not signed it off yet (article 18).
    NotSignedOff,
    /// It lies in the secondary volume (article 5).
    SecondaryVolume,
    /// Its addressee has not consented to electronic service (article 6).
    NoConsent,
    /// The second look outside hides it, and reviewers may let it be shown.
    HiddenOutside,
    /// The release rules want it approved before it leaves.
    AwaitingReview,
    /// A reviewer refused it as it is.
    RefusedByReviewer,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Invalid,
        Self::Document,
        Self::Identity,
        Self::CorrectionNotApproved,
        Self::SecrecyMark,
        Self::Identifier,
        Self::Unscannable,
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

    /// Whether a rule keeps it inside and nobody has to correct anything.
    pub fn is_rule(self) -> bool {
        matches!(self, Self::NotSignedOff | Self::SecondaryVolume | Self::NoConsent | Self::AwaitingReview)
    }

    /// Whether what stands outside must not stay there either.
    pub fn takes_back(self) -> bool {
        matches!(self, Self::SecrecyMark | Self::Identifier)
    }

    /// Whether it goes into a draft of flagged records, which reviewers may let through. A secrecy mark always holds.
    pub fn is_flagged(self) -> bool {
        matches!(self, Self::Identifier | Self::Unscannable | Self::HiddenOutside)
    }

    /// Whether a draft holds it.
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
            Self::SecrecyMark => "secrecy-mark",
            Self::Identifier => "identifier",
            Self::Unscannable => "unscannable",
            Self::NotSignedOff => "not-signed-off",
            Self::SecondaryVolume => "secondary-volume",
            Self::NoConsent => "no-consent",
            Self::HiddenOutside => "hidden-outside",
            Self::AwaitingReview => "awaiting-review",
            Self::RefusedByReviewer => "refused-by-reviewer",
        }
    }

    /// What people read in reports.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Invalid => "不符合目录",
            Self::Document => "文书缺失或有误",
            Self::Identity => "编号重复或变更",
            Self::CorrectionNotApproved => "更正未经审批",
            Self::SecrecyMark => "带密级标志",
            Self::Identifier => "含个人号码",
            Self::Unscannable => "无法扫描",
            Self::NotSignedOff => "未签发",
            Self::SecondaryVolume => "副卷",
            Self::NoConsent => "未同意电子送达",
            Self::HiddenOutside => "外网暂缓",
            Self::AwaitingReview => "待审",
            Self::RefusedByReviewer => "审核退回",
        }
    }
}

/// Why one record stays inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The class of the reason.
    pub class: Class,
    /// A sentence for `status` and the report.
    pub why: String,
}

impl Held {
    /// A reason.
    pub fn new(class: Class, why: impl Into<String>) -> Self {
        Self { class, why: why.into() }
    }

    /// A column that does not fit.
    pub fn invalid(why: impl Into<String>) -> Self {
        Self::new(Class::Invalid, why)
    }
}
