//! Why an item that came back is not settled: it goes to the clerk's list, with a reason that a clerk understands.

/// What does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// It is not what the catalogue allows.
    Catalogue(String),
    /// It names what was never sent.
    NeverSent,
    /// It names a version of which the ledger knows nothing.
    UnknownVersion,
    /// It names another case than the document's.
    OtherCase,
    /// It names other bytes than those that were sent.
    OtherBytes,
    /// It names someone else than the person whom the document was for.
    OtherAddressee,
    /// Who opened is neither the addressee nor his agent on that day.
    NotEntitled,
    /// The addressee did not consent to electronic service on that day.
    NoConsent,
    /// It says that the document arrived before it was sent.
    BeforeSent,
    /// Its times are not in the order in which they can have been.
    TimesOutOfOrder,
    /// A time of it lies in the future.
    InFuture,
    /// It says otherwise than an earlier version of the same receipt.
    Contradicts,
    /// Who wrote stood in no such case on that day.
    Stranger,
    /// More was written in this case on this day than people write.
    TooMany,
}

impl Misfit {
    /// The class by which they are counted.
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
            Self::Stranger => "stranger",
            Self::TooMany => "too-many",
        }
    }

    /// The reason in Chinese and in English.
    pub fn text(&self) -> String {
        let text = match self {
            Self::Catalogue(why) => return format!("内容不符合公开目录 not what the catalogue allows: {why}"),
            Self::NeverSent => "该文书从未发往外网端 it names what was never sent",
            Self::UnknownVersion => "台账中没有发出过文书的这个版本 the ledger knows of no such version that was sent",
            Self::OtherCase => "所列案件不是该文书的案件 it names another case than the document's",
            Self::OtherBytes => "文书校验值与发出的文书不一致 its document has other bytes than the one that was sent",
            Self::OtherAddressee => {
                "受送达人不是该文书的受送达人 it names someone else than the person whom the document was for"
            }
            Self::NotEntitled => {
                "查阅人当日既不是受送达人，也不是其代理人 who opened it was neither the addressee nor his agent on that day"
            }
            Self::NoConsent => {
                "受送达人当日没有有效的电子送达确认（第六条） the addressee did not consent to electronic service on that day (article 6)"
            }
            Self::BeforeSent => {
                "到达时间早于该版本发出的时间，请核对两侧时钟 it arrived before it was sent; compare the two clocks"
            }
            Self::TimesOutOfOrder => "到达、查阅、下载、签收的时间先后不合理 its times are not in a possible order",
            Self::InFuture => {
                "所列时间晚于现在，请核对两侧时钟 one of its times lies in the future; compare the two clocks"
            }
            Self::Contradicts => {
                "与同一回证先前的内容不一致 it says otherwise than an earlier version of the same receipt"
            }
            Self::Stranger => {
                "提交人当日不是该案当事人或其代理人，或者该案没有公开过 who wrote was no party of this case, nor an agent, on that day"
            }
            Self::TooMany => "该案当日提交的数量超过上限 more was written in this case on one day than is taken",
        };
        text.into()
    }
}
