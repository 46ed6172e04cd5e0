//! Why an imported item is not settled: it goes to the clerk's review queue (`FERRY_HELD`) with the reason.

use crate::texts::import as texts;
use ferry_format::text::Text;

/// What is wrong with an imported item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The catalogue does not allow it.
    Catalogue(Text),
    /// It names a document or item that was never sent.
    NeverSent,
    /// It names a version that the ledger has no record of.
    UnknownVersion,
    /// It names another case than the document's.
    OtherCase,
    /// It names other bytes than those that were sent.
    OtherBytes,
    /// It names someone else than the person the document was for.
    OtherAddressee,
    /// Whoever opened the document was neither the addressee nor an agent of the addressee on that day.
    NotEntitled,
    /// The addressee's consent to electronic service was not in force on that day.
    NoConsent,
    /// It claims that the document arrived before it was sent.
    BeforeSent,
    /// Its times are in an impossible order.
    TimesOutOfOrder,
    /// One of its times is in the future.
    InFuture,
    /// It contradicts an earlier version of the same receipt.
    Contradicts,
    /// The author was not a party or agent in the case on that day.
    AuthorNotInCase,
    /// The case has more messages and requests on this day than the limit.
    TooMany,
}

impl Rejection {
    /// The class by which rejections are counted, `FERRY_HELD.class`.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Catalogue(_) => "catalogue",
            Self::NeverSent => "never-sent",
            Self::UnknownVersion => "unknown-version",
            Self::OtherCase => "other-case",
            Self::OtherBytes => "other-bytes",
            Self::OtherAddressee => "other-addressee",
            Self::NotEntitled => "not-entitled",
            Self::NoConsent => "no-consent",
            Self::BeforeSent => "before-sent",
            Self::TimesOutOfOrder => "times-out-of-order",
            Self::InFuture => "in-future",
            Self::Contradicts => "contradicts",
            Self::AuthorNotInCase => "stranger",
            Self::TooMany => "too-many",
        }
    }

    /// The reason, for a clerk.
    pub fn text(&self) -> Text {
        match self {
            Self::Catalogue(why) => texts::not_in_catalogue(why),
            Self::NeverSent => texts::never_sent(),
            Self::UnknownVersion => texts::unknown_version(),
            Self::OtherCase => texts::other_case(),
            Self::OtherBytes => texts::other_bytes(),
            Self::OtherAddressee => texts::other_addressee(),
            Self::NotEntitled => texts::not_entitled(),
            Self::NoConsent => texts::no_consent(),
            Self::BeforeSent => texts::before_sent(),
            Self::TimesOutOfOrder => texts::times_out_of_order(),
            Self::InFuture => texts::in_future(),
            Self::Contradicts => texts::contradicts(),
            Self::AuthorNotInCase => texts::author_not_in_case(),
            Self::TooMany => texts::too_many(),
        }
    }
}
