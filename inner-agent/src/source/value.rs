//! From a column of an old platform to a value of the catalogue's type.

use crate::source::database::Cell;
use ferry_channel::types::UnixSeconds;
use ferry_format::reason::{Key, Reason, ReasonCode};
use ferry_format::record::Value;
use ferry_format::record::case_number::CaseNumber;
use ferry_format::record::catalogue::FieldType;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
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

/// The text of a column, without spaces at its end, because CHAR columns are padded with them. Empty text counts as NULL, as in
/// Oracle. A database can do the same, so a lookup there by a key that was read finds the row again.
pub fn text(value: Cell<'_>) -> Option<String> {
    let text = match value {
        Cell::Null => return None,
        Cell::Integer(n) => n.to_string(),
        Cell::Real(x) => x.to_string(),
        Cell::Text(t) => String::from_utf8_lossy(t).trim_end_matches(' ').to_owned(),
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
        FieldType::Integer(..) => Value::Integer(found.parse().map_err(|_| wrong(ReasonCode::NotANumber))?),
        FieldType::AmountFen => Value::Integer(fen(&found).ok_or_else(|| wrong(ReasonCode::NotAnAmount))?),
        FieldType::Date => Value::Text(date(&found).ok_or_else(|| wrong(ReasonCode::NotADate))?),
        FieldType::Time => Value::Integer(time_s(&found, zone).ok_or_else(|| wrong(ReasonCode::NotATime))?),
        FieldType::CaseNumber => {
            let number = CaseNumber::parse(&found).map_err(|cause| wrong(ReasonCode::NotACaseNumber).because(cause))?;
            Value::Text(number.to_string())
        }
        _ => Value::Text(found),
    }))
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

/// `YYYYMMDD`, `YYYY-MM-DD`, or either with a time after it.
pub fn date(raw: &str) -> Option<String> {
    let day: String =
        raw.chars().take_while(|c| !c.is_whitespace() && *c != 'T').filter(char::is_ascii_digit).collect();
    if day.len() != 8 {
        return None;
    }
    let date = format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]);
    date.parse::<jiff::civil::Date>().ok().map(|d| d.to_string())
}

/// A local time without zone, in the court's zone.
fn time_s(raw: &str, zone: &TimeZone) -> Option<i64> {
    let local: DateTime = raw.replacen(' ', "T", 1).parse().ok()?;
    Some(local.to_zoned(zone.clone()).ok()?.timestamp().as_second())
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
        for wrong in ["", ".5", "-1", "1.005", "1e3", "一百"] {
            assert_eq!(fen(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn padding_is_cut_off_and_empty_text_counts_as_null() {
        assert_eq!(text(Cell::Text(b"AJ1   ")).as_deref(), Some("AJ1"));
        assert_eq!(text(Cell::Text(b"  AJ1")).as_deref(), Some("  AJ1"));
        for nothing in [Cell::Null, Cell::Text(b""), Cell::Text(b"    ")] {
            assert_eq!(text(nothing), None);
        }
        // Columns that are looked up lose their padding only; others lose all white space at the end.
        assert_eq!(text(Cell::Text(b"AJ1\t ")).as_deref(), Some("AJ1\t"));
        let zone = TimeZone::UTC;
        let amount = |raw: &'static str| convert(Cell::Text(raw.as_bytes()), &FieldType::AmountFen, &zone).unwrap();
        assert_eq!(amount("9999999999999999.99"), Some(Value::Integer(999_999_999_999_999_999)));
        assert_eq!(amount("1234.50 \n"), Some(Value::Integer(123_450)));
        assert_eq!(amount(" "), None);
    }

    #[test]
    fn dates_and_local_times_of_old_platforms_are_read() {
        assert_eq!(date("20190305").as_deref(), Some("2019-03-05"));
        assert_eq!(date("2019-03-05 08:30:00").as_deref(), Some("2019-03-05"));
        assert_eq!(date("20190231"), None);
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        for same in ["2019-03-05 08:30:00", "2019-03-05T08:30:00", "2019-03-05 08:30:00.999", "2019-03-05 08:30:00+08"]
        {
            assert_eq!(time_s(same, &zone), Some(1_551_745_800), "{same}");
        }
        // China had summer time in 1988: an hour of that spring does not exist, and old rows may name it.
        assert_eq!(time_s("1988-04-17 12:00:00", &zone), Some(577_249_200));
        assert!(time_s("1988-04-17 02:30:00", &zone).is_some());
    }
}
