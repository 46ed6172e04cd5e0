//! Reasons that are stored and sent: why an item was held, flagged, hidden, refused, withheld or retracted.
//!
//! A reason is text of the form `code` or `code;key=value;key=value`, so that each reader words it in their language:
//!
//! ```
//! use ferry_format::reason::{Key, Reason, ReasonCode, Rule};
//! let reason = Reason::new(ReasonCode::PersonalNumbers).with_counts([(Rule::Identity, 2), (Rule::Mobile, 1)]);
//! assert_eq!(reason.encode(), "personal-numbers;rules=identity:2,mobile:1");
//! let read = Reason::parse("field-missing;field=step");
//! assert_eq!(read.text().english(), "field `step`: field is missing");
//! ```

use crate::limits::REASON_BYTES_MAX;
use crate::text::{Language, Text, is_deceptive};
use crate::texts::{errors, list, reasons};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt::Display;

pub use crate::texts::reasons::{ReasonCode, Rule};

/// Digits and letters in a row from which a value may hold a number of a person: a mobile number has 11 digits.
const NUMBER_CHARACTERS: usize = 11;

/// What a parameter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The field that the reason is about; every text names it first.
    Field,
    /// The column of the case platform that the field is read from.
    Column,
    /// What stands in the field.
    Value,
    /// The [`ReasonCode`] of a reason below.
    Cause,
    /// Rules of a scanner by code, each with its count: `identity:2,mobile`.
    Rules,
    /// A detail that is the same in both languages, such as a message of the operating system.
    Detail,
    /// The person who decided.
    Person,
    /// The number of an approval form.
    Form,
    /// The class of an approval form.
    Class,
    /// A kind of the catalogue.
    Kind,
    /// An item of that kind.
    Item,
}

impl Key {
    const ALL: [Self; 11] = [
        Self::Field,
        Self::Column,
        Self::Value,
        Self::Cause,
        Self::Rules,
        Self::Detail,
        Self::Person,
        Self::Form,
        Self::Class,
        Self::Kind,
        Self::Item,
    ];

    /// Whether its value may be anything that people wrote.
    fn is_free(self) -> bool {
        matches!(self, Self::Value | Self::Detail | Self::Person)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Column => "column",
            Self::Value => "value",
            Self::Cause => "cause",
            Self::Rules => "rules",
            Self::Detail => "detail",
            Self::Person => "person",
            Self::Form => "form",
            Self::Class => "class",
            Self::Kind => "kind",
            Self::Item => "item",
        }
    }
}

/// Why something is held, flagged, hidden, refused, withheld or retracted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A code of this version, with its parameters in the order in which they were added.
    Known {
        /// The code.
        code: ReasonCode,
        /// What it is about.
        parameters: Vec<(Key, String)>,
    },
    /// A code of the runbook, `FERRY-E` and four digits.
    Error(String),
    /// Text of an older or newer version. It is shown as it is.
    Unknown(String),
}

impl From<ReasonCode> for Reason {
    fn from(code: ReasonCode) -> Self {
        Self::new(code)
    }
}

impl ReasonCode {
    /// The text of this code without parameters.
    pub fn text(self) -> Text {
        Reason::new(self).text()
    }
}

impl Reason {
    /// A reason without parameters.
    pub fn new(code: ReasonCode) -> Self {
        Self::Known { code, parameters: Vec::new() }
    }

    /// The same with a parameter. In what people wrote ([`Key::Value`], [`Key::Detail`], [`Key::Person`]) runs of digits
    /// that may be a number of a person become asterisks. The most important parameter is added first: [`Self::encode`]
    /// shortens the last.
    #[must_use]
    pub fn with(mut self, key: Key, value: impl Display) -> Self {
        if let Self::Known { parameters, .. } = &mut self {
            parameters.retain(|(known, _)| *known != key);
            let value = value.to_string();
            parameters.push((key, if key.is_free() { without_numbers(&value) } else { value }));
        }
        self
    }

    /// The same with the field that it is about.
    #[must_use]
    pub fn in_field(self, field: &str) -> Self {
        self.with(Key::Field, field)
    }

    /// The same with the column of the platform that it is about.
    #[must_use]
    pub fn in_column(self, column: &str) -> Self {
        self.with(Key::Column, column)
    }

    /// The same with a reason below it.
    #[must_use]
    pub fn because(self, cause: ReasonCode) -> Self {
        self.with(Key::Cause, cause)
    }

    /// The same with what a scanner found, and how often.
    #[must_use]
    pub fn with_counts(self, counts: impl IntoIterator<Item = (Rule, u64)>) -> Self {
        let counts: Vec<String> = counts.into_iter().map(|(rule, n)| format!("{rule}:{n}")).collect();
        self.with(Key::Rules, counts.join(","))
    }

    /// The code, if this version knows it.
    pub fn code(&self) -> Option<ReasonCode> {
        match self {
            Self::Known { code, .. } => Some(*code),
            Self::Error(_) | Self::Unknown(_) => None,
        }
    }

    /// The value of a parameter.
    pub fn parameter(&self, key: Key) -> Option<&str> {
        let Self::Known { parameters, .. } = self else { return None };
        parameters.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
    }

    /// As it is stored and sent, at most [`REASON_BYTES_MAX`] bytes: values that do not fit are shortened or left out.
    pub fn encode(&self) -> String {
        self.encode_within(REASON_BYTES_MAX)
    }

    /// The same within another limit, for what is stored on one side only. The code itself is never shortened.
    pub fn encode_within(&self, bytes_max: usize) -> String {
        let (code, parameters) = match self {
            Self::Known { code, parameters } => (code.as_str(), parameters),
            Self::Error(text) | Self::Unknown(text) => return text[..text.floor_char_boundary(bytes_max)].to_owned(),
        };
        let mut encoded = code.to_owned();
        for (key, value) in parameters {
            let name = format!(";{}=", key.as_str());
            let left = bytes_max.saturating_sub(encoded.len() + name.len());
            let value = escaped(value, left);
            if !value.is_empty() {
                encoded.push_str(&name);
                encoded.push_str(&value);
            }
        }
        encoded
    }

    /// Reads a reason. Text that is none of this version is kept as [`Self::Unknown`]; it is never an error.
    pub fn parse(text: &str) -> Self {
        if is_error_code(text) {
            return Self::Error(text.to_owned());
        }
        let mut parts = text.split(';');
        let Some(code) = parts.next().and_then(ReasonCode::named) else { return Self::Unknown(text.to_owned()) };
        let mut parameters: Vec<(Key, String)> = Vec::new();
        for part in parts {
            let Some((name, value)) = part.split_once('=') else { return Self::Unknown(text.to_owned()) };
            // A newer version may say more than this one can show.
            let Some(key) = Key::ALL.into_iter().find(|key| key.as_str() == name) else { continue };
            if parameters.iter().all(|(known, _)| *known != key) {
                parameters.push((key, unescaped(value)));
            }
        }
        Self::Known { code, parameters }
    }

    /// What people read. Control, direction and invisible characters are replaced.
    pub fn text(&self) -> Text {
        let code = match self {
            Self::Known { code, .. } => *code,
            Self::Error(code) => return Text::verbatim(code.clone()),
            Self::Unknown(text) => return reasons::unknown(visible(text)),
        };
        let template = code.template();
        let wording = |language| self.filled(template.get(language), language);
        let text = Text::new(wording(Language::Chinese), wording(Language::English));
        match (self.parameter(Key::Field), self.parameter(Key::Column)) {
            (Some(field), Some(column)) => reasons::of_field_and_column(visible(field), visible(column), text),
            (Some(field), None) => reasons::of_field(visible(field), text),
            (None, Some(column)) => reasons::of_column(visible(column), text),
            (None, None) => text,
        }
    }

    /// A text with its parameters filled in.
    fn filled(&self, template: &str, language: Language) -> String {
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            let key = Key::ALL.into_iter().find(|key| key.as_str() == name);
            let value = key.and_then(|key| Some(worded(key, self.parameter(key)?)));
            text.push_str(before);
            text.push_str(value.unwrap_or_else(reasons::left_out).get(language));
            rest = after;
        }
        text.push_str(rest);
        text
    }
}

/// What stands among these rules where an operator of the outer side hid the item by hand.
pub const HIDDEN_BY_OPERATOR: &str = "operator";

/// Rules of a scanner in a list such as `identity,mobile` (the field `rule` of held-outside records), as people read it.
pub fn rules_text(rules: &str) -> Text {
    let one = |item: &str| {
        let (name, count) = item.split_once(':').map_or((item, None), |(name, count)| (name, Some(count)));
        let rule = match Rule::named(name) {
            Some(rule) => rule.text(),
            None if name == HIDDEN_BY_OPERATOR => reasons::hidden_by_operator(),
            None => Text::verbatim(visible(name)),
        };
        match count {
            Some(count) => reasons::counted(rule, visible(count)),
            None => rule,
        }
    };
    list::items(rules.split(',').filter(|item| !item.is_empty()).map(one))
}

/// The value of a parameter as people read it.
fn worded(key: Key, value: &str) -> Text {
    match key {
        Key::Cause => ReasonCode::named(value).map_or_else(|| Text::verbatim(visible(value)), ReasonCode::text),
        Key::Rules => rules_text(value),
        Key::Detail => os_error(value).map_or_else(|| Text::verbatim(visible(value)), |e| errors::io(&e)),
        _ => Text::verbatim(visible(value)),
    }
}

/// The error of the operating system that a detail ends with, as `std` prints it.
fn os_error(detail: &str) -> Option<std::io::Error> {
    let (_, number) = detail.strip_suffix(')')?.rsplit_once("(os error ")?;
    number.parse().ok().map(std::io::Error::from_raw_os_error)
}

fn is_error_code(text: &str) -> bool {
    text.strip_prefix("FERRY-E").is_some_and(|n| n.len() == 4 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Without characters that hide or reorder others.
fn visible(text: &str) -> String {
    text.chars().map(|c| if is_deceptive(c) { '\u{FFFD}' } else { c }).collect()
}

/// Percent-escapes what has a meaning in an encoded reason, and what cannot be seen. What does not fit is cut off and
/// ends with an ellipsis; nothing is left where not even one character fits.
fn escaped(value: &str, bytes_max: usize) -> String {
    const ELLIPSIS: &str = "…";
    let characters: Vec<String> = value.chars().map(escaped_character).collect();
    let whole = characters.concat();
    if whole.len() <= bytes_max {
        return whole;
    }
    let mut cut = String::new();
    for character in characters {
        if cut.len() + character.len() + ELLIPSIS.len() > bytes_max {
            break;
        }
        cut.push_str(&character);
    }
    if cut.is_empty() { cut } else { cut + ELLIPSIS }
}

fn escaped_character(c: char) -> String {
    if !matches!(c, ';' | '=' | '%') && !is_deceptive(c) {
        return c.into();
    }
    c.encode_utf8(&mut [0; 4]).bytes().map(|b| format!("%{b:02X}")).collect()
}

/// Undoes [`escaped`]; a percent sign that escapes nothing stands for itself.
fn unescaped(value: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), value.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%').and_then(|d| std::str::from_utf8(d).ok());
        match digits.and_then(|d| u8::from_str_radix(d, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The value with asterisks for digits in runs that are as long as a number of a person. Spaces and hyphens do not end a
/// run; full-width digits count.
fn without_numbers(value: &str) -> String {
    let characters: Vec<char> = value.chars().collect();
    let mut masked = String::with_capacity(value.len());
    let mut at = 0;
    while at < characters.len() {
        let run = run_length(&characters[at..]);
        let digits = characters[at..at + run].iter().filter(|c| is_digit(**c)).count();
        let is_number = digits >= NUMBER_CHARACTERS;
        for c in &characters[at..at + run.max(1)] {
            masked.push(if is_number && is_digit(*c) { '*' } else { *c });
        }
        at += run.max(1);
    }
    masked
}

/// Characters from the first on that are digits, or single marks between digits.
fn run_length(characters: &[char]) -> usize {
    let mut length = 0;
    while characters.get(length).is_some_and(|c| is_digit(*c)) {
        length += 1;
        let is_mark = characters.get(length).is_some_and(|c| matches!(c, ' ' | '-' | '\u{3000}' | '－'));
        if is_mark && characters.get(length + 1).is_some_and(|c| is_digit(*c)) {
            length += 1;
        }
    }
    length
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '０'..='９')
}

/// As in [`Reason::encode`].
impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.encode())
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn english(text: &str) -> String {
        Reason::parse(text).text().english().to_owned()
    }

    #[test]
    fn every_code_has_its_own_name_and_survives_a_round_trip() {
        for code in ReasonCode::ALL {
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{code}");
            assert!(code.as_str().len() <= 40, "{code}");
            assert_eq!(ReasonCode::named(code.as_str()), Some(*code), "{code}");
            let reason = Reason::new(*code).in_field("step").with(Key::Detail, "a;b=c%3B\n\u{202E}");
            assert_eq!(Reason::parse(&reason.encode()), reason, "{code}");
        }
    }

    #[test]
    fn every_text_names_only_parameters_that_exist_in_both_languages() {
        let names = |text: &str| -> Vec<String> {
            let mut names: Vec<String> =
                text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned())).collect();
            names.sort();
            names
        };
        for code in ReasonCode::ALL {
            let template = code.template();
            let in_english = names(template.english());
            assert_eq!(names(template.get(Language::Chinese)), in_english, "{code}");
            assert!(in_english.iter().all(|n| Key::ALL.iter().any(|k| k.as_str() == n)), "{code}");
        }
    }

    #[test]
    fn a_reason_is_worded_in_both_languages() {
        let reason = Reason::new(ReasonCode::PersonalNumbers).with_counts([(Rule::Identity, 2), (Rule::Mobile, 1)]);
        assert_eq!(reason.encode(), "personal-numbers;rules=identity:2,mobile:1");
        assert_eq!(reason.text().get(Language::Chinese), "面向社会公开的内容含身份证号 2 处、手机号码 1 处");
        assert_eq!(reason.text().english(), "public content contains identity number (×2), mobile phone number (×1)");
        let reason = Reason::new(ReasonCode::Unscannable).because(ReasonCode::NoText);
        assert_eq!(
            reason.text().get(Language::Chinese),
            "面向社会公开的文书无法扫描：没有可提取的文字（可能是扫描件）"
        );
        assert_eq!(english("field-missing;field=step"), "field `step`: field is missing");
        assert_eq!(rules_text("secrecy-mark,unscannable").get(Language::Chinese), "密级标志、无法扫描");
    }

    #[test]
    fn text_of_other_versions_is_kept_and_shown_as_unknown() {
        for old in ["it has a secrecy mark", "", "待审 the release rules", "gone;", "gone;x", "later-code;field=a"] {
            assert_eq!(Reason::parse(old), Reason::Unknown(old.to_owned()), "{old}");
            assert_eq!(Reason::parse(old).encode(), old);
        }
        assert_eq!(english("it has a secrecy mark"), "other reason: it has a secrecy mark");
        assert_eq!(english("FERRY-E0403"), "FERRY-E0403");
        assert_eq!(Reason::parse("gone;later=1"), Reason::new(ReasonCode::Gone));
    }

    #[test]
    fn hostile_text_is_neither_an_error_nor_shown_raw() {
        for hostile in [
            "field-missing;field=\u{202E}gpj",
            "\u{1b}[31m",
            "gone;field=%",
            "gone;field=%zz%2",
            "not-a-date;value=%FF%FE",
        ] {
            let text = Reason::parse(hostile).text();
            assert!(!text.english().chars().any(is_deceptive), "{hostile:?}");
            assert!(!text.get(Language::Chinese).chars().any(is_deceptive), "{hostile:?}");
        }
        // A value that looks like a placeholder stays what it is.
        assert_eq!(
            english("code-not-in-table;value={field};field=step"),
            "field `step`: code `{field}` is not in the code table"
        );
        assert_eq!(english("not-a-date"), "`(not given)` is not a date");
        assert_eq!(
            english("unscannable;cause=unscannable"),
            "public document cannot be scanned: public document cannot be scanned: (not given)"
        );
    }

    #[test]
    fn an_encoded_reason_stays_within_its_limit() {
        let long = ["机".repeat(300), "=".repeat(300), "\u{9f}".repeat(300), "a".repeat(300)];
        for value in &long {
            for limit in 0..REASON_BYTES_MAX {
                let reason = Reason::new(ReasonCode::Gone).with(Key::Detail, value).with(Key::Person, value);
                let encoded = reason.encode_within(limit);
                assert!(encoded.len() <= limit.max("gone".len()), "{limit}: {encoded}");
                let read = Reason::parse(&encoded);
                assert_eq!(read.code(), Some(ReasonCode::Gone));
                let detail = read.parameter(Key::Detail).unwrap_or_default();
                assert!(value.starts_with(detail.trim_end_matches('…')), "{limit}: {detail}");
            }
        }
        assert_eq!(Reason::new(ReasonCode::Gone).with(Key::Detail, &long[0]).encode().len(), 255);
        assert!(Reason::Unknown("机".repeat(300)).encode().len() <= REASON_BYTES_MAX);
    }

    #[test]
    fn numbers_of_people_are_masked_in_values() {
        let value = |text: &str| Reason::new(ReasonCode::NotADate).with(Key::Value, text).encode();
        assert_eq!(value("13800001234"), "not-a-date;value=***********");
        assert_eq!(value("11010119900307123X"), "not-a-date;value=*****************X");
        assert_eq!(value("138-0000-1234"), "not-a-date;value=***-****-****");
        assert_eq!(value("１３８００００１２３４"), "not-a-date;value=***********");
        assert_eq!(value("2024-13-45"), "not-a-date;value=2024-13-45");
        assert_eq!(value("（2024）鲁1502执3456号"), "not-a-date;value=（2024）鲁1502执3456号");
    }
}
