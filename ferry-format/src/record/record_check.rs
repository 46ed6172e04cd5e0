//! The check of a record against the catalogue. Both sides run it: before sealing and before applying.

use crate::error::{FormatError, Result};
use crate::limits::RECORD_ID_BYTES_MAX;
use crate::names::{SafeName, is_deceptive};
use crate::reason::ReasonCode;
use crate::record::case_number::CaseNumber;
use crate::record::catalogue::{CORRECTION, Catalogue, Direction, FieldType};
use crate::record::{Record, Value};

impl Catalogue {
    /// Checks a record against its kind: closed, typed, bounded.
    ///
    /// # Errors
    /// [`FormatError::Record`] that names the record, the field and the rule.
    pub fn check_record(&self, record: &Record, direction: Direction) -> Result<()> {
        let bad = |field: &str, why: ReasonCode| {
            Err(FormatError::Record { kind: record.kind.clone(), id: record.id.clone(), field: field.to_owned(), why })
        };
        let Some(kind) = self.kinds.get(&record.kind) else {
            return bad("", ReasonCode::KindUnknown);
        };
        if kind.direction != direction {
            return bad("", ReasonCode::KindOtherDirection);
        }
        if record.id.is_empty() || record.id.len() > RECORD_ID_BYTES_MAX || record.id.chars().any(is_deceptive) {
            return bad("", ReasonCode::RecordId);
        }
        if record.version == 0 || record.version > i64::MAX as u64 {
            return bad("", ReasonCode::RecordVersion);
        }
        for (text, wanted, why) in [
            (&record.case_id, kind.in_case, ReasonCode::RecordCase),
            (&record.person, kind.names_person(), ReasonCode::RecordPerson),
        ] {
            if text.is_empty() == wanted || text.len() > RECORD_ID_BYTES_MAX || text.chars().any(is_deceptive) {
                return bad("", why);
            }
        }
        if record.retracted && record.fields.keys().any(|name| !CORRECTION.contains(&name.as_str())) {
            return bad("", ReasonCode::RetractedWithFields);
        }
        for (name, field) in &kind.fields {
            match record.fields.get(name) {
                None if field.optional || record.retracted => {}
                None => return bad(name, ReasonCode::FieldMissing),
                Some(value) => {
                    if let Err(why) = field.kind.check(value) {
                        return bad(name, why);
                    }
                }
            }
        }
        match record.fields.keys().find(|name| !kind.fields.contains_key(*name)) {
            Some(name) => bad(name, ReasonCode::FieldUnknown),
            None => Ok(()),
        }
    }
}

impl FieldType {
    fn check(&self, value: &Value) -> std::result::Result<(), ReasonCode> {
        let ok = match (self, value) {
            (Self::Text(max), Value::Text(text)) => {
                if text.len() > *max as usize {
                    return Err(ReasonCode::ValueTooLong);
                }
                if text.chars().any(|c| is_deceptive(c) && c != '\n') {
                    return Err(ReasonCode::ValueCharacters);
                }
                true
            }
            (Self::Integer(min, max), Value::Integer(n)) => {
                if n < min || n > max {
                    return Err(ReasonCode::ValueOutOfBounds);
                }
                true
            }
            (Self::AmountFen, Value::Integer(n)) => {
                if *n < 0 {
                    return Err(ReasonCode::AmountNegative);
                }
                true
            }
            (Self::Date, Value::Text(text)) => {
                if !is_date(text) {
                    return Err(ReasonCode::DateForm);
                }
                true
            }
            (Self::Time, Value::Integer(_)) => true,
            (Self::Code(table), Value::Text(code)) => {
                if !table.contains_key(code) {
                    return Err(ReasonCode::ValueCodeUnknown);
                }
                true
            }
            (Self::CaseNumber, Value::Text(text)) => {
                if !CaseNumber::parse(text).is_ok_and(|n| n.to_string() == *text) {
                    return Err(ReasonCode::CaseNumberForm);
                }
                true
            }
            (Self::Person, Value::Text(text)) => {
                if text.is_empty() || text.len() > RECORD_ID_BYTES_MAX || text.chars().any(is_deceptive) {
                    return Err(ReasonCode::PersonForm);
                }
                true
            }
            (Self::Digest, Value::Text(hex)) => {
                if hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
                    return Err(ReasonCode::DigestForm);
                }
                true
            }
            (Self::Document, Value::Document(document)) => {
                if document.name.contains('/') || SafeName::check(&document.name).is_err() {
                    return Err(ReasonCode::FileNameForm);
                }
                if document.media_type.len() > 128 || !document.media_type.is_ascii() {
                    return Err(ReasonCode::MediaTypeForm);
                }
                true
            }
            _ => false,
        };
        if ok { Ok(()) } else { Err(ReasonCode::ValueType) }
    }
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' || !text.is_ascii() {
        return false;
    }
    let (Ok(year), Ok(month), Ok(day)) =
        (text[..4].parse::<u32>(), text[5..7].parse::<u32>(), text[8..].parse::<u32>())
    else {
        return false;
    };
    let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    text.bytes().enumerate().all(|(i, b)| i == 4 || i == 7 || b.is_ascii_digit()) && (1..=days).contains(&day)
}
