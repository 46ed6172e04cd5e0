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
}

const ZH: Words = Words { lang: "zh-CN", my_cases: "我的案件" };

const EN: Words = Words { lang: "en", my_cases: "My cases" };
