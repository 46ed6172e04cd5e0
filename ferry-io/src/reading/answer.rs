//! What was read of a document: the closed form in which the reader answers.

use ferry_format::reason::ReasonCode;
use ferry_format::text::{Language, Text};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Documents of more pages are not read.
pub const PAGES_MAX: usize = 5_000;

/// How far a document was read, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Readability {
    /// Everything that it shows and carries was read, by two readers that agree.
    Readable,
    /// It shows or carries something that was not read.
    Partly,
    /// It was not read.
    Unreadable,
}

/// Why a document was not read as a whole, or what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// What.
    #[serde(with = "code")]
    pub reason: ReasonCode,
    /// The page, from 1, where it is one of a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    zh: String,
    en: String,
}

impl From<&Text> for Fault {
    fn from(text: &Text) -> Self {
        let [zh, en] = Language::ALL.map(|language| text.get(language).to_owned());
        Self { zh, en }
    }
}

impl Fault {
    /// As people read it.
    pub fn text(&self) -> Text {
        Text::new(self.zh.clone(), self.en.clone())
    }
}

impl Cause {
    /// One of the whole document.
    pub fn of_document(reason: ReasonCode) -> Self {
        Self { reason, page: None }
    }

    /// One of a page, counted from 0.
    pub fn of_page(reason: ReasonCode, index: usize) -> Self {
        Self { reason, page: u32::try_from(index + 1).ok() }
    }
}

/// What was read of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Pages.
    pub pages: u32,
    /// What was not read, and what it carries.
    pub causes: Vec<Cause>,
    /// Everything that was read, each text from one reader or one place: pages, notes, bookmarks, forms, metadata. A number that
    /// stands in several is the same number.
    pub texts: Vec<String>,
    /// What is missing where the reader itself cannot work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// The character encoding of a text file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
}

impl Reading {
    /// A document that was not read.
    pub fn none(reason: ReasonCode) -> Self {
        Self { causes: vec![Cause::of_document(reason)], ..Self::default() }
    }

    /// A document that was not read because something of this machine is missing.
    pub fn unavailable(what: &Text) -> Self {
        Self { fault: Some(what.into()), ..Self::none(ReasonCode::PdfReaderUnavailable) }
    }

    /// How far it was read.
    pub fn readability(&self) -> Readability {
        let of = |cause: &Cause| severity(cause.reason);
        self.causes.iter().map(of).max().unwrap_or(Readability::Readable)
    }

    /// Why it is not wholly read, most severe first; nothing where it is.
    pub fn not_read(&self) -> Option<ReasonCode> {
        let unread = self.causes.iter().filter(|cause| severity(cause.reason) != Readability::Readable);
        unread.max_by_key(|cause| severity(cause.reason)).map(|cause| cause.reason)
    }

    /// What it carries that crosses to nobody: active content, attachments, foreign bytes.
    pub fn forbidden(&self) -> Option<ReasonCode> {
        self.causes.iter().map(|cause| cause.reason).find(|reason| is_forbidden(*reason))
    }

    /// Whether the reader itself failed, and not the document.
    pub fn is_without_reader(&self) -> bool {
        self.causes.iter().any(|cause| cause.reason == ReasonCode::PdfReaderUnavailable)
    }
}

/// What crosses to nobody, however well it was read.
fn is_forbidden(reason: ReasonCode) -> bool {
    matches!(reason, ReasonCode::ActiveContent | ReasonCode::AttachmentInside | ReasonCode::ForeignBytes)
}

/// How far a document with this cause was read.
fn severity(reason: ReasonCode) -> Readability {
    match reason {
        reason if is_forbidden(reason) => Readability::Readable,
        ReasonCode::GlyphsWithoutUnicode
        | ReasonCode::ImageWithoutText
        | ReasonCode::OutlinesForText
        | ReasonCode::HiddenLayer
        | ReasonCode::EarlierRevision
        | ReasonCode::TooManyRevisions
        | ReasonCode::ReadersDisagree
        | ReasonCode::OneReaderOnly => Readability::Partly,
        _ => Readability::Unreadable,
    }
}

/// A reason as its code: another one is no answer of this reader.
mod code {
    use super::{Deserialize, Deserializer, ReasonCode, Serializer};

    pub fn serialize<S: Serializer>(reason: &ReasonCode, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(reason.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ReasonCode, D::Error> {
        let name = String::deserialize(deserializer)?;
        ReasonCode::named(&name).ok_or_else(|| serde::de::Error::custom("unknown code"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_cause_says_how_far_a_document_was_read_and_what_it_carries_is_another_matter() {
        let reading = |reasons: &[ReasonCode]| Reading {
            causes: reasons.iter().map(|reason| Cause::of_document(*reason)).collect(),
            ..Reading::default()
        };
        assert_eq!(reading(&[]).readability(), Readability::Readable);
        assert_eq!(reading(&[ReasonCode::AttachmentInside]).readability(), Readability::Readable);
        assert_eq!(reading(&[ReasonCode::AttachmentInside]).forbidden(), Some(ReasonCode::AttachmentInside));
        let both = reading(&[ReasonCode::ImageWithoutText, ReasonCode::PasswordNeeded]);
        assert_eq!((both.readability(), both.not_read()), (Readability::Unreadable, Some(ReasonCode::PasswordNeeded)));
        assert_eq!(reading(&[ReasonCode::ImageWithoutText]).readability(), Readability::Partly);
    }

    #[test]
    fn an_answer_with_anything_unknown_in_it_is_no_answer() {
        let known = r#"{"pages":1,"causes":[{"reason":"no-text","page":1}],"texts":[]}"#;
        assert_eq!(serde_json::from_str::<Reading>(known).unwrap().not_read(), Some(ReasonCode::NoText));
        for other in [known.replace("no-text", "all-fine"), known.replace("\"texts\"", "\"text\"")] {
            assert!(serde_json::from_str::<Reading>(&other).is_err(), "{other}");
        }
    }
}
