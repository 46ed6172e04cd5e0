//! Names, codes, dates, amounts and sizes in the language of the reader.

use crate::portal::court::Court;
use ferry_channel::types::UnixSeconds;
use ferry_format::record::Value;
use ferry_format::record::catalogue::{Field, FieldType, Kind};
use ferry_format::text::Language;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

/// Formats what the court published for a reader.
#[derive(Clone, Copy)]
pub struct Formatter<'a> {
    /// The court.
    pub court: &'a Court,
    /// The language.
    pub language: Language,
}

impl<'a> Formatter<'a> {
    /// In the court's own language, for answers that do not depend on the reader.
    pub fn chinese(court: &'a Court) -> Self {
        Self { court, language: Language::Chinese }
    }

    /// The name in this language.
    pub fn choose<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self.language {
            Language::Chinese => zh,
            Language::English => en,
        }
    }

    /// The name of a kind.
    pub fn kind(self, kind: &Kind) -> &str {
        self.choose(&kind.zh, &kind.en)
    }

    /// The name of a field.
    pub fn field(self, field: &Field) -> &str {
        self.choose(&field.zh, &field.en)
    }

    /// The name of a code; in Chinese where the court has no English label for it.
    pub fn code<'t>(self, zh: &'t str) -> &'t str
    where
        'a: 't,
    {
        self.choose(zh, self.court.english_labels.get(zh).map_or(zh, String::as_str))
    }

    /// The value of a field.
    pub fn value(self, kind: &FieldType, value: &Value) -> String {
        match (kind, value) {
            (FieldType::AmountFen, Value::Integer(fen)) => amount(self.language, *fen),
            (FieldType::Time, Value::Integer(at_s)) => self.time(UnixSeconds(*at_s)),
            (FieldType::Date, Value::Text(date)) => self.date(date),
            (FieldType::Code(table), Value::Text(code)) => self.code(table.get(code).unwrap_or(code)).to_owned(),
            (_, Value::Integer(n)) => n.to_string(),
            (_, Value::Text(text)) => text.clone(),
            (_, Value::Document(document)) => document.name.clone(),
        }
    }

    /// A date given as `YYYY-MM-DD`; any other text stays as it is.
    pub fn date(self, text: &str) -> String {
        text.parse().map_or_else(|_| text.to_owned(), |date| date_text(self.language, date))
    }

    /// A point in time, in the court's zone.
    pub fn time(self, at_s: UnixSeconds) -> String {
        self.local(at_s).map_or_else(String::new, |at| time_text(self.language, at))
    }

    /// The date of a field's value, `YYYY-MM-DD`; `None` for a value that is neither date nor time.
    pub fn date_of(self, kind: &FieldType, value: &Value) -> Option<String> {
        match (kind, value) {
            (FieldType::Date, Value::Text(date)) => Some(date.clone()),
            (FieldType::Time, Value::Integer(at_s)) => self.local(UnixSeconds(*at_s)).map(|at| at.date().to_string()),
            _ => None,
        }
    }

    fn local(self, at_s: UnixSeconds) -> Option<DateTime> {
        Timestamp::from_second(at_s.get()).ok().map(|at| at.to_zoned(self.court.zone.clone()).datetime())
    }
}

/// `2026年11月23日` · `23 November 2026`.
fn date_text(language: Language, date: Date) -> String {
    match language {
        Language::Chinese => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
        Language::English => date.strftime("%-d %B %Y").to_string(),
    }
}

/// `2026年11月23日 09:05` · `23 November 2026, 09:05`.
fn time_text(language: Language, at: DateTime) -> String {
    let comma = if language == Language::English { "," } else { "" };
    format!("{}{comma} {:02}:{:02}", date_text(language, at.date()), at.hour(), at.minute())
}

/// `12,345.67 元` · `CNY 12,345.67`.
fn amount(language: Language, fen: i64) -> String {
    let whole = (fen / 100).to_string();
    let mut grouped = String::new();
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match language {
        Language::Chinese => format!("{grouped}.{:02} 元", fen % 100),
        Language::English => format!("CNY {grouped}.{:02}", fen % 100),
    }
}

/// `1.5 MB`.
pub fn size(bytes: u64) -> String {
    const KB: f64 = 1024.0;
    match bytes as f64 {
        b if b < KB => format!("{bytes} B"),
        b if b < KB * KB => format!("{:.0} KB", b / KB),
        b if b < KB * KB * KB => format!("{:.1} MB", b / KB / KB),
        b => format!("{:.1} GB", b / KB / KB / KB),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portal::court::EnglishLabels;
    use Language::{Chinese, English};
    use ferry_format::record::catalogue::{Audience, Catalogue};
    use jiff::civil::{date, datetime};

    #[test]
    fn amounts_dates_and_sizes_are_formatted_for_people() {
        assert_eq!(amount(Chinese, 123_456_789), "1,234,567.89 元");
        assert_eq!(amount(Chinese, 5), "0.05 元");
        assert_eq!(amount(English, 100_000), "CNY 1,000.00");
        assert_eq!(date_text(Chinese, date(2026, 1, 5)), "2026年1月5日");
        assert_eq!(date_text(English, date(2026, 1, 5)), "5 January 2026");
        assert_eq!(time_text(Chinese, datetime(2026, 11, 23, 9, 5, 59, 0)), "2026年11月23日 09:05");
        assert_eq!(time_text(English, datetime(2026, 11, 23, 9, 5, 59, 0)), "23 November 2026, 09:05");
        assert_eq!(size(900), "900 B");
        assert_eq!(size(200_000), "195 KB");
        assert_eq!(size(52_428_800), "50.0 MB");
        assert_eq!(size(3 << 30), "3.0 GB");
    }

    #[test]
    fn every_code_that_people_can_see_has_an_english_label() {
        let catalogue = Catalogue::from_toml(include_str!("../../../../config/catalogue.toml")).unwrap();
        let path = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../config/english.toml"));
        let english: EnglishLabels = ferry_channel::config::read(path).unwrap();
        for kind in catalogue.kinds.values().filter(|k| k.audience != Audience::System) {
            for field in kind.fields.values() {
                let FieldType::Code(table) = &field.kind else { continue };
                for name in table.values() {
                    assert!(english.contains_key(name), "{name}");
                }
            }
        }
    }
}
