//! Every word that the portal says of its own, in both languages: one table, so that no language can miss a word.

/// The language of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// 中文, which is what a page is in unless asked otherwise.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// Its words.
    pub fn words(self) -> &'static Words {
        match self {
            Self::Chinese => &ZH,
            Self::English => &EN,
        }
    }
}

/// The words.
pub struct Words {
    /// The language, as HTML names it.
    pub lang: &'static str,
    /// The way to one's cases.
    pub my_cases: &'static str,
    /// A text without text.
    pub empty_text: &'static str,
    /// A text that is too long.
    pub long_text: &'static str,
    /// One text too many.
    pub too_many_texts: &'static str,
    /// A request for access to what there is not.
    pub unknown_subject: &'static str,
}

const ZH: Words = Words {
    lang: "zh-CN",
    my_cases: "我的案件",
    empty_text: "内容不能为空。",
    long_text: "内容最多 2000 个字。",
    too_many_texts: "今天提交的次数已经达到上限，请明天再来，或者拨打 12368。",
    unknown_subject: "请选择申请查阅的内容。",
};

const EN: Words = Words {
    lang: "en",
    my_cases: "My cases",
    empty_text: "The text is empty.",
    long_text: "A text has at most 2,000 characters.",
    too_many_texts: "You have written as often as one may in a day. Please come back tomorrow, or call 12368.",
    unknown_subject: "Please choose what you ask access to.",
};
