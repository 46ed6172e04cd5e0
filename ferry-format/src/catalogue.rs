//! The catalogue: the closed list of record kinds that may cross, and the check that both sides run.

use crate::codec;
use crate::error::{FormatError, Result};
use crate::keys::sha256;
use crate::limits::{CATALOGUE_BYTES_MAX, RECORD_ID_BYTES_MAX, TEXT_BYTES_MAX};
use crate::names::{Id, SafeName, is_deceptive};
use crate::record::{Record, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A checked catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Catalogue {
    /// Name of the catalogue, for people.
    pub name: String,
    /// The kinds that the program itself works with.
    pub roles: Roles,
    /// Its kinds by id.
    pub kinds: BTreeMap<String, Kind>,
}

/// Which kind plays which part. The court is a catalogue, not code: no kind is known by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Roles {
    /// A case; its record id is the case id.
    pub case: String,
    /// Log-in data; its record id is the HMAC of the identity number (article 9).
    pub login: String,
    /// Who belongs to a case.
    pub member: String,
    /// A service receipt (article 11).
    pub receipt: String,
    /// A party's message (article 10).
    pub message: String,
    /// What became of an ↑ batch.
    pub report: String,
}

impl Roles {
    /// Each part with its kind, and what that kind must be: way, of a case, of a person.
    fn parts(&self) -> [(&'static str, &String, Way, bool, bool); 6] {
        [
            ("case", &self.case, Way::Up, true, false),
            ("login", &self.login, Way::Up, false, true),
            ("member", &self.member, Way::Up, true, true),
            ("receipt", &self.receipt, Way::Down, true, true),
            ("message", &self.message, Way::Down, true, true),
            ("report", &self.report, Way::Down, false, false),
        ]
    }
}

/// Which way a kind may cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Intranet to internet.
    Up,
    /// Internet to intranet.
    Down,
}

/// Who may see a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Everyone.
    Public,
    /// All parties of the case.
    Parties,
    /// The one person that the record names.
    Person,
    /// Nobody: it serves the program, such as log-in data.
    System,
}

/// One kind of record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Kind {
    /// Name in Chinese.
    pub zh: String,
    /// Name in English.
    pub en: String,
    /// Article of the notice that asks for it, such as `3(1)`.
    pub article: String,
    /// Department that answers for it.
    pub department: String,
    /// Who may see it.
    pub audience: Audience,
    /// Which way it crosses.
    pub way: Way,
    /// Whether it may be served electronically (article 6: rulings and decisions may not).
    #[serde(default)]
    pub served: bool,
    /// Whether each record belongs to a case.
    #[serde(default)]
    pub in_case: bool,
    /// Whether each record belongs to a person though others may see it. Audience "person" implies it.
    #[serde(default)]
    pub of_person: bool,
    /// Its fields by id.
    pub fields: BTreeMap<String, Field>,
}

impl Kind {
    /// Whether its records name a person.
    pub fn names_person(&self) -> bool {
        self.of_person || self.audience == Audience::Person
    }

    /// Its fields in the order of a page.
    pub fn fields_in_order(&self) -> Vec<(&String, &Field)> {
        let mut fields: Vec<_> = self.fields.iter().collect();
        fields.sort_by_key(|(_, f)| f.order);
        fields
    }
}

/// One field of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Field {
    /// Name in Chinese.
    pub zh: String,
    /// Name in English.
    pub en: String,
    /// Type and bound.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether a record may lack it.
    #[serde(default)]
    pub optional: bool,
    /// Place of the field on a page, from 1.
    pub order: u32,
}

/// Type and bound of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum FieldType {
    /// Text of at most so many bytes of UTF-8, one line or several.
    Text(u32),
    /// A whole number within bounds, inclusive.
    Integer(i64, i64),
    /// Money in fen, not negative.
    AmountFen,
    /// A day, as `YYYY-MM-DD`.
    Date,
    /// A point in time, seconds since 1970 UTC.
    Time,
    /// One of these codes; the value is what people read.
    Code(BTreeMap<String, String>),
    /// A document that crosses with the record or crossed before.
    Document,
    /// 64 hexadecimal digits.
    Digest,
}

impl Catalogue {
    /// Reads the text of a catalogue.
    ///
    /// # Errors
    /// [`FormatError::Input`] naming the kind and field that breaks a rule.
    pub fn from_toml(text: &str) -> Result<Self> {
        let catalogue: Self = toml::from_str(text).map_err(|e| FormatError::input("catalogue", e.to_string()))?;
        catalogue.check()?;
        Ok(catalogue)
    }

    fn check(&self) -> Result<()> {
        for (part, id, way, in_case, of_person) in self.roles.parts() {
            let fits = |k: &Kind| k.way == way && k.in_case == in_case && k.names_person() == of_person;
            if !self.kinds.get(id).is_some_and(fits) {
                let why = format!("`{id}` is no kind, or not one that fits this part");
                return Err(FormatError::input(format!("catalogue `roles.{part}`"), why));
            }
        }
        for (id, kind) in &self.kinds {
            let bad = |why: &str| Err(FormatError::input(format!("catalogue kind `{id}`"), why));
            if id.is_empty() || Id::new(id).is_err() {
                return bad("its id has other characters than a-z 0-9 - . _");
            }
            for (field_id, field) in &kind.fields {
                let bad = |why: &str| Err(FormatError::input(format!("catalogue field `{id}.{field_id}`"), why));
                match &field.kind {
                    FieldType::Text(max) if *max == 0 || *max > TEXT_BYTES_MAX => {
                        return bad("its length bound must be 1 to 65536");
                    }
                    FieldType::Integer(min, max) if min > max => {
                        return bad("its lower bound is above its upper bound");
                    }
                    FieldType::Code(table) if table.is_empty() => {
                        return bad("its code table is empty");
                    }
                    _ => {}
                }
            }
            if kind.audience == Audience::Public && kind.in_case && kind.way == Way::Up && kind.served {
                return bad("a public kind cannot be served on a party");
            }
        }
        Ok(())
    }

    /// SHA-256 of the canonical encoding; both sides must have the same.
    pub fn digest(&self) -> Result<[u8; 32]> {
        Ok(sha256(&codec::encode("catalogue", self, CATALOGUE_BYTES_MAX)?))
    }

    /// The kind of that id.
    pub fn kind(&self, id: &str) -> Result<&Kind> {
        self.kinds.get(id).ok_or(FormatError::Malformed { what: "record", why: "the catalogue does not name its kind" })
    }

    /// Checks a record against its kind: closed, typed, bounded.
    ///
    /// # Errors
    /// [`FormatError::Record`] that names the record, the field and the rule.
    pub fn check_record(&self, record: &Record, way: Way) -> Result<()> {
        let bad = |field: &str, why: &'static str| {
            Err(FormatError::Record { kind: record.kind.clone(), id: record.id.clone(), field: field.to_owned(), why })
        };
        let Some(kind) = self.kinds.get(&record.kind) else {
            return bad("", "the catalogue does not name its kind");
        };
        if kind.way != way {
            return bad("", "its kind crosses the other way");
        }
        if record.id.is_empty() || record.id.len() > RECORD_ID_BYTES_MAX || record.id.chars().any(is_deceptive) {
            return bad("", "its id is empty, too long or has invisible characters");
        }
        if record.version == 0 || record.version > i64::MAX as u64 {
            return bad("", "its version is out of bounds");
        }
        for (text, wanted, why) in [
            (&record.case_id, kind.in_case, "its case is missing, too long or not wanted"),
            (&record.person, kind.names_person(), "its person is missing, too long or not wanted"),
        ] {
            if text.is_empty() == wanted || text.len() > RECORD_ID_BYTES_MAX || text.chars().any(is_deceptive) {
                return bad("", why);
            }
        }
        if record.retracted {
            return if record.fields.is_empty() { Ok(()) } else { bad("", "it is retracted but has fields") };
        }
        for (name, field) in &kind.fields {
            match record.fields.get(name) {
                None if field.optional => {}
                None => return bad(name, "it is missing"),
                Some(value) => {
                    if let Err(why) = field.kind.check(value) {
                        return bad(name, why);
                    }
                }
            }
        }
        match record.fields.keys().find(|name| !kind.fields.contains_key(*name)) {
            Some(name) => bad(name, "the catalogue does not name it"),
            None => Ok(()),
        }
    }
}

impl FieldType {
    fn check(&self, value: &Value) -> std::result::Result<(), &'static str> {
        let ok = match (self, value) {
            (Self::Text(max), Value::Text(text)) => {
                if text.len() > *max as usize {
                    return Err("it is longer than its bound");
                }
                if text.chars().any(|c| is_deceptive(c) && c != '\n') {
                    return Err("it has control, direction or invisible characters");
                }
                true
            }
            (Self::Integer(min, max), Value::Integer(n)) => {
                if n < min || n > max {
                    return Err("it is out of bounds");
                }
                true
            }
            (Self::AmountFen, Value::Integer(n)) => {
                if *n < 0 {
                    return Err("an amount is negative");
                }
                true
            }
            (Self::Date, Value::Text(text)) => {
                if !is_date(text) {
                    return Err("it is no day of the form YYYY-MM-DD");
                }
                true
            }
            (Self::Time, Value::Integer(_)) => true,
            (Self::Code(table), Value::Text(code)) => {
                if !table.contains_key(code) {
                    return Err("its code is not in the code table");
                }
                true
            }
            (Self::Digest, Value::Text(hex)) => {
                if hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
                    return Err("it is not 64 hexadecimal digits");
                }
                true
            }
            (Self::Document, Value::Document(document)) => {
                if document.name.contains('/') || SafeName::check(&document.name).is_err() {
                    return Err("its file name is empty, too long, a path or deceptive");
                }
                if document.media_type.len() > 128 || !document.media_type.is_ascii() {
                    return Err("its media type is out of bounds");
                }
                true
            }
            _ => false,
        };
        if ok { Ok(()) } else { Err("it has another type") }
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
