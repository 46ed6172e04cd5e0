//! The one language of a page that a person reads in a browser or signs.

use ferry_format::text::{Language, Text};

/// A text as templates hand it over: askama adds references of its own.
pub trait AsText {
    /// The text.
    fn as_text(&self) -> &Text;
}

impl AsText for Text {
    fn as_text(&self) -> &Text {
        self
    }
}

impl<T: AsText> AsText for &T {
    fn as_text(&self) -> &Text {
        (**self).as_text()
    }
}

/// What templates ask for the wording of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLanguage(pub Language);

impl PageLanguage {
    /// The wording in this language.
    pub fn of(&self, text: impl AsText) -> String {
        text.as_text().get(self.0).to_owned()
    }

    /// The language of an HTML page (BCP 47).
    pub fn tag(&self) -> &'static str {
        match self.0 {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    /// The one that a reader may switch to.
    pub fn other(&self) -> Self {
        Self(match self.0 {
            Language::Chinese => Language::English,
            Language::English => Language::Chinese,
        })
    }

    /// As it stands in an address.
    pub fn code(&self) -> &'static str {
        self.0.as_str()
    }
}
