//! What a reviewer looks for, as it stands in an address.

use crate::output::values;
use crate::review::index::{ItemNumber, Row};
use ferry_format::reason::Reason;
use ferry_format::record::{Record, Value};
use ferry_format::text::Language;
use serde::Deserialize;

/// Filters of the list; empty ones let everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SearchQuery {
    /// Only this kind.
    pub kind: String,
    /// Only this case.
    pub case: String,
    /// Only what has this text in its id, name, reason or a field.
    pub text: String,
    /// Only what was flagged.
    pub flagged: String,
    /// Only retractions.
    pub retracted: String,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    /// Where the items are.
    pub items: Vec<ItemNumber>,
    /// Whether the search ended before the draft did.
    pub more: bool,
}

impl SearchQuery {
    /// Whether the content must be read: the index knows neither cases nor texts.
    pub fn reads_content(&self) -> bool {
        !(self.case.is_empty() && self.text.is_empty())
    }

    /// Items of a row that match as far as the index knows.
    pub fn count_in(&self, kinds: &[String], row: &Row) -> u64 {
        let kind = kinds.get(usize::from(row.kind)).map(String::as_str).unwrap_or_default();
        if !(self.kind.is_empty() || self.kind == kind) || (!self.flagged.is_empty() && !row.flagged) {
            return 0;
        }
        if !self.case.is_empty() && row.is_document {
            return 0;
        }
        u64::from(if self.retracted.is_empty() { row.items } else { row.retracted })
    }

    /// Whether a record matches.
    pub fn matches_record(&self, record: &Record, reason: &str) -> bool {
        let has = |text: &str| text.contains(&self.text);
        (self.retracted.is_empty() || record.retracted)
            && (self.case.is_empty() || self.case == record.case_id)
            && (self.text.is_empty()
                || has(&record.id)
                || has(&record.case_id)
                || has(&record.person)
                || self.matches_reason(reason)
                || record.fields.values().any(|v| match v {
                    Value::Text(text) => has(text),
                    other => has(&values::value(other)),
                }))
    }

    /// Whether a document matches.
    pub fn matches_document(&self, name: &str, reason: &str) -> bool {
        name.contains(&self.text) || self.matches_reason(reason)
    }

    /// A reason matches by its code and by what the page says in either language.
    fn matches_reason(&self, reason: &str) -> bool {
        let worded = Reason::parse(reason).text();
        reason.contains(&self.text)
            || (!reason.is_empty() && Language::ALL.iter().any(|language| worded.get(*language).contains(&self.text)))
    }
}
