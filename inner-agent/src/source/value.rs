//! From a column of an old platform to a value of the catalogue's type: the one place where that is decided, for every
//! database. Whatever cannot be read exactly is a reason to hold the record.

use crate::platform_time::PlatformTime;
use crate::source::database::Cell;
use ferry_channel::types::UnixSeconds;
use ferry_format::reason::{Key, Reason, ReasonCode};
use ferry_format::record::Value;
use ferry_format::record::case_number::CaseNumber;
use ferry_format::record::catalogue::FieldType;
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The day of a second, `YYYY-MM-DD`, in the court's time zone.
pub fn today(now: UnixSeconds, zone: &TimeZone) -> String {
    jiff::Timestamp::from_second(now.get())
        .map_or_else(|_| String::new(), |t| t.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string())
}

/// The local time of a second, `YYYY-MM-DD hh:mm:ss`, in the court's time zone.
pub fn local(now: UnixSeconds, zone: &TimeZone) -> String {
    jiff::Timestamp::from_second(now.get())
        .map_or_else(|_| String::new(), |t| t.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// Why a value is not text that can be read exactly, if it is not: bytes of another encoding, the character that a conversion
/// before us left in the place of such bytes, or a binary value.
pub fn unreadable(value: Cell<'_>) -> Option<Reason> {
    match value {
        Cell::NotText(lossy) => Some(Reason::new(ReasonCode::NotText).with(Key::Value, lossy)),
        Cell::Text(text) if text.contains(char::REPLACEMENT_CHARACTER) => {
            Some(Reason::new(ReasonCode::NotText).with(Key::Value, text))
        }
        Cell::Binary => Some(ReasonCode::Binary.into()),
        _ => None,
    }
}

/// The text of a column, without spaces at its end, because CHAR columns are padded with them. Empty text counts as NULL, as in
/// Oracle. A database can do the same, so a lookup there by a key that was read finds the row again. A value that is
/// [`unreadable`] gives what can be shown of it.
pub fn text(value: Cell<'_>) -> Option<String> {
    let text = match value {
        Cell::Null => return None,
        Cell::Integer(n) => n.to_string(),
        Cell::Real(x) => x.to_string(),
        Cell::Text(t) | Cell::NotText(t) => t.trim_end_matches(' ').to_owned(),
        Cell::Binary => "\\x".to_owned(),
    };
    (!text.is_empty()).then_some(text)
}

/// The same without any white space at its end, for columns that are not looked up.
fn trimmed(value: Cell<'_>) -> Option<String> {
    text(value).map(|t| t.trim_end().to_owned()).filter(|t| !t.is_empty())
}

/// A platform code, translated to a code of the catalogue; nothing where the column is empty.
pub fn code(value: Cell<'_>, table: &BTreeMap<String, String>) -> Result<Option<Value>, Reason> {
    let Some(found) = trimmed(value) else { return Ok(None) };
    let code = table.get(&found).ok_or_else(|| Reason::new(ReasonCode::CodeNotInTable).with(Key::Value, &found))?;
    Ok(Some(Value::Text(code.clone())))
}

/// A column as a value of a catalogue type; nothing where it is empty.
pub fn convert(value: Cell<'_>, kind: &FieldType, zone: &TimeZone) -> Result<Option<Value>, Reason> {
    let Some(found) = trimmed(value) else { return Ok(None) };
    let wrong = |code: ReasonCode| Reason::new(code).with(Key::Value, &found);
    Ok(Some(match kind {
        FieldType::Integer(..) => Value::Integer(whole(&found).ok_or_else(|| wrong(ReasonCode::NotANumber))?),
        FieldType::AmountFen => Value::Integer(fen(&found).ok_or_else(|| wrong(ReasonCode::NotAnAmount))?),
        FieldType::Date => Value::Text(date(&found, zone).ok_or_else(|| wrong(ReasonCode::NotADate))?),
        FieldType::Time => Value::Integer(time_s(&found, zone).ok_or_else(|| wrong(ReasonCode::NotATime))?),
        FieldType::CaseNumber => {
            let number = CaseNumber::parse(&found).map_err(|cause| wrong(ReasonCode::NotACaseNumber).because(cause))?;
            Value::Text(number.to_string())
        }
        _ => Value::Text(found),
    }))
}

/// Line ends become LF, tabs become spaces, and characters of no width are removed, as in messages of parties.
pub fn normalized(text: &str) -> Cow<'_, str> {
    const NO_WIDTH: [char; 5] = ['\u{200B}', '\u{200C}', '\u{200D}', '\u{2060}', '\u{FEFF}'];
    const LINE_ENDS: [char; 4] = ['\r', '\u{85}', '\u{2028}', '\u{2029}'];
    // The first bytes that these characters have in UTF-8: a text without them, as nearly all are, is not decoded.
    if !has_byte(text, |b| matches!(b, b'\t' | b'\r' | 0xC2 | 0xE2 | 0xEF)) {
        return Cow::Borrowed(text);
    }
    if !text.contains(|c| c == '\t' || NO_WIDTH.contains(&c) || LINE_ENDS.contains(&c)) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    let kept = text.chars().filter(|c| !NO_WIDTH.contains(c));
    Cow::Owned(
        kept.map(|c| if c == '\t' { ' ' } else { c }).map(|c| if LINE_ENDS.contains(&c) { '\n' } else { c }).collect(),
    )
}

/// Whether a text has a byte of this sort. Without an early end, so that many bytes are compared at once.
fn has_byte(text: &str, is_of_sort: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(false, |found, byte| found | is_of_sort(byte))
}

/// The private-use characters of a text as `U+E000 U+E123`: fonts of the court show them, others show nothing or something
/// else.
pub fn private_use(text: &str) -> Option<String> {
    if !has_byte(text, |b| matches!(b, 0xEE | 0xEF | 0xF3 | 0xF4)) {
        return None;
    }
    let is_private =
        |c: &char| matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}');
    let mut found: Vec<char> = text.chars().filter(is_private).collect();
    found.sort_unstable();
    found.dedup();
    let names: Vec<String> = found.into_iter().map(|c| format!("U+{:04X}", u32::from(c))).collect();
    (!names.is_empty()).then(|| names.join(" "))
}

/// A whole number; decimals of zero make no difference.
fn whole(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    decimals.bytes().all(|b| b == b'0').then(|| whole.parse().ok()).flatten()
}

/// Yuan as a decimal number, in fen. A third decimal other than zero is an error.
fn fen(yuan: &str) -> Option<i64> {
    let (whole, decimals) = yuan.split_once('.').unwrap_or((yuan, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) {
        return None;
    }
    let (cents, rest) = decimals.split_at(decimals.len().min(2));
    if rest.bytes().any(|b| b != b'0') {
        return None;
    }
    let cents: i64 = format!("{cents:0<2}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)
}

/// The day of a date or time, `YYYY-MM-DD`.
pub fn date(raw: &str, zone: &TimeZone) -> Option<String> {
    PlatformTime::parse(raw, zone).map(|time| time.day())
}

/// A time; a date without a time of day is none.
fn time_s(raw: &str, zone: &TimeZone) -> Option<i64> {
    PlatformTime::parse(raw, zone).filter(|time| time.has_time).map(|time| time.second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_become_fen_exactly_or_not_at_all() {
        assert_eq!(fen("0.1"), Some(10));
        assert_eq!(fen("123456789.99"), Some(12_345_678_999));
        assert_eq!(fen("7"), Some(700));
        assert_eq!(fen("7.500"), Some(750));
        for wrong in ["", ".5", "-1", "1.005", "1e3", "一百", "1,234.50"] {
            assert_eq!(fen(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn padding_is_cut_off_and_empty_text_counts_as_null() {
        assert_eq!(text(Cell::Text("AJ1   ")).as_deref(), Some("AJ1"));
        assert_eq!(text(Cell::Text("  AJ1")).as_deref(), Some("  AJ1"));
        for nothing in [Cell::Null, Cell::Text(""), Cell::Text("    ")] {
            assert_eq!(text(nothing), None);
        }
        // Columns that are looked up lose their padding only; others lose all white space at the end.
        assert_eq!(text(Cell::Text("AJ1\t ")).as_deref(), Some("AJ1\t"));
        let zone = TimeZone::UTC;
        let amount = |raw: &'static str| convert(Cell::Text(raw), &FieldType::AmountFen, &zone).unwrap();
        assert_eq!(amount("9999999999999999.99"), Some(Value::Integer(999_999_999_999_999_999)));
        assert_eq!(amount("1234.50 \n"), Some(Value::Integer(123_450)));
        assert_eq!(amount(" "), None);
        let number = |raw: &'static str| convert(Cell::Text(raw), &FieldType::Integer(0, 99), &zone).ok().flatten();
        assert_eq!([number("12"), number("12.00")], [12, 12].map(|n| Some(Value::Integer(n))));
        assert_eq!([number("12.5"), number("一二")], [None, None]);
    }

    #[test]
    fn a_time_without_a_time_of_day_is_none_and_a_date_with_one_is_its_day() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        assert_eq!(time_s("2019-03-05 08:30:00", &zone), Some(1_551_745_800));
        assert_eq!(
            (time_s("2019-03-05", &zone), date("2019-03-05 08:30:00", &zone).as_deref()),
            (None, Some("2019-03-05"))
        );
    }

    #[test]
    fn line_ends_tabs_and_characters_of_no_width_are_normalized_and_nothing_else() {
        assert_eq!(normalized("一\r\n二\r三\t四\u{200B}五\u{FEFF}"), "一\n二\n三 四五");
        assert!(matches!(normalized("一\n二 三\u{3000}四\u{202E}"), Cow::Borrowed(_)));
    }

    #[test]
    fn text_that_is_none_is_a_reason_and_private_characters_are_named() {
        assert_eq!(unreadable(Cell::Text("聊城")), None);
        for wrong in [Cell::NotText("\u{FFFD}城"), Cell::Text("\u{FFFD}城"), Cell::Binary] {
            assert!(unreadable(wrong).is_some(), "{wrong:?}");
        }
        assert_eq!(private_use("王\u{E001}\u{E000}\u{E001}\u{20000}").as_deref(), Some("U+E000 U+E001"));
        assert_eq!(private_use("王𠀀"), None);
    }
}
