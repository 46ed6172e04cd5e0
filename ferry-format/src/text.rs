//! Texts for people, in Chinese and in English: every text has both wordings, and the program that shows it chooses one.
//!
//! A crate keeps its texts in one place, `texts.rs` or `texts/`, written with [`texts!`](crate::texts).

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

/// A language that texts are shown in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Language {
    /// Simplified Chinese, as courts write it.
    #[default]
    #[serde(rename = "zh")]
    Chinese,
    /// English, as lawyers and engineers write it.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// The tag in options and configurations (BCP 47).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }

    /// The language of a POSIX locale such as `zh_CN.UTF-8`; `None` for `C`, `POSIX` and every other language.
    pub fn of_locale(locale: &str) -> Option<Self> {
        let language = locale.split(['_', '.', '@', '-']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|l| l.as_str() == language)
    }
}

impl FromStr for Language {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|l| l.as_str() == text).ok_or("zh, en")
    }
}

/// A text in both languages. It has no `Display`: to show it, choose a language.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Text {
    zh: Cow<'static, str>,
    en: Cow<'static, str>,
}

impl Text {
    /// A text whose two wordings are known when the program is built.
    pub const fn fixed(zh: &'static str, en: &'static str) -> Self {
        Self { zh: Cow::Borrowed(zh), en: Cow::Borrowed(en) }
    }

    /// A text from its two wordings.
    pub fn new(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The same in both languages: names, numbers, and output of other programs.
    pub fn verbatim(text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        Self { zh: text.clone(), en: text }
    }

    /// The wording in a language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }

    /// The English wording, for logs that machines read and for tests.
    pub fn english(&self) -> &str {
        &self.en
    }

    /// Several texts with a separator between them.
    pub fn join<'a>(texts: impl IntoIterator<Item = &'a Self>, zh: &str, en: &str) -> Self {
        let texts: Vec<&Self> = texts.into_iter().collect();
        let join = |language, separator| texts.iter().map(|t| t.get(language)).collect::<Vec<_>>().join(separator);
        Self::new(join(Language::Chinese, zh), join(Language::English, en))
    }
}

/// A text as the cause of a [`std::io::Error`], for code that can return nothing else.
#[derive(Debug)]
pub struct TextError(pub Text);

impl Display for TextError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.english())
    }
}

impl std::error::Error for TextError {}

impl From<TextError> for std::io::Error {
    fn from(error: TextError) -> Self {
        Self::other(error)
    }
}

/// Controls, bidirectional overrides and isolates, zero-width characters: they hide or reorder what people read.
pub fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// What may stand in a text: anything that prints itself, and other texts, which follow its language.
pub trait Localized {
    /// As it reads in a language.
    fn localized(&self, language: Language) -> Cow<'_, str>;
}

impl<T: Display + ?Sized> Localized for T {
    fn localized(&self, _: Language) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

impl Localized for Text {
    fn localized(&self, language: Language) -> Cow<'_, str> {
        Cow::Borrowed(self.get(language))
    }
}

impl Localized for &Text {
    fn localized(&self, language: Language) -> Cow<'_, str> {
        Cow::Borrowed(self.get(language))
    }
}

/// Defines texts as functions that give a [`Text`]; both wordings stand side by side, and each may use every argument.
///
/// ```
/// ferry_format::texts! {
///     /// Nothing is missing.
///     no_gaps { zh: "没有缺失批次", en: "no missing batches" }
///     gap_accepted(number, by) { zh: "{by} 已认可缺失批次 {number}", en: "{by} accepted missing batch {number}" }
/// }
/// let text = gap_accepted(7, "王芳");
/// assert_eq!(text.english(), "王芳 accepted missing batch 7");
/// ```
#[macro_export]
macro_rules! texts {
    ($($(#[doc = $doc:literal])* $name:ident $(($($argument:ident),+ $(,)?))? { zh: $zh:literal, en: $en:literal $(,)? })*) => {
        $($crate::text_fn!([$(#[doc = $doc])*] $name ($($($argument),+)?) $zh, $en);)*
    };
}

/// One text of [`texts!`].
#[doc(hidden)]
#[macro_export]
macro_rules! text_fn {
    ([$(#[doc = $doc:literal])*] $name:ident () $zh:literal, $en:literal) => {
        $(#[doc = $doc])*
        #[doc = concat!(" ", $zh, " / ", $en)]
        pub fn $name() -> $crate::text::Text {
            $crate::text::Text::fixed($zh, $en)
        }
    };
    ([$(#[doc = $doc:literal])*] $name:ident ($($argument:ident),+) $zh:literal, $en:literal) => {
        $(#[doc = $doc])*
        #[doc = concat!(" ", $zh, " / ", $en)]
        #[allow(clippy::too_many_arguments, reason = "a text has an argument for each thing that it names")]
        pub fn $name($($argument: impl $crate::text::Localized),+) -> $crate::text::Text {
            #[allow(unused_variables, reason = "a language may leave out what the other one names")]
            let wording = |language| {
                $(let $argument = $crate::text::Localized::localized(&$argument, language);)+
                match language {
                    $crate::text::Language::Chinese => format!($zh),
                    $crate::text::Language::English => format!($en),
                }
            };
            $crate::text::Text::new(
                wording($crate::text::Language::Chinese),
                wording($crate::text::Language::English),
            )
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    texts! {
        nothing { zh: "无", en: "none" }
        within(what, count) { zh: "{what}：{count} 条", en: "{what}: {count} records" }
        only_in_english(detail) { zh: "失败", en: "failed: {detail}" }
    }

    #[test]
    fn a_text_within_a_text_follows_its_language() {
        let text = within(nothing(), 3);
        assert_eq!(text.get(Language::Chinese), "无：3 条");
        assert_eq!(text.get(Language::English), "none: 3 records");
        assert_eq!(only_in_english("x").get(Language::Chinese), "失败");
    }

    #[test]
    fn a_locale_of_another_language_gives_none() {
        for (locale, language) in [
            ("zh_CN.UTF-8", Some(Language::Chinese)),
            ("zh", Some(Language::Chinese)),
            ("en_US", Some(Language::English)),
            ("C.UTF-8", None),
            ("POSIX", None),
            ("", None),
            ("de_DE.UTF-8", None),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }
}
