//! The catalogue: the closed list of record kinds that may cross, and the check that both sides run.

use crate::crypto::hash::sha256;
use crate::encoding::bincode;
use crate::error::{FormatError, Result};
use crate::limits::{CATALOGUE_BYTES_MAX, RECORD_ID_BYTES_MAX, TEXT_BYTES_MAX};
use crate::names::{Id, SafeName, is_deceptive};
use crate::reason::ReasonCode;
use crate::record::case_number::CaseNumber;
use crate::record::{Record, Value};
use crate::text::Text;
use crate::texts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub use crate::record::catalogue_roles::Roles;
use crate::record::catalogue_roles::{Part, Shape};

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

/// Which direction a kind may cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Intranet to internet.
    Up,
    /// Internet to intranet.
    Down,
}

/// Who may see a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Everyone.
    Public,
    /// All parties of the case, and their agents.
    Parties,
    /// The parties in one role, named by its code in the field `role` of the member kind, and their agents.
    Role(String),
    /// The one person that the record names, and his agents.
    Person,
    /// Nobody: it serves the program, such as log-in data.
    System,
}

/// What must be so before a record may cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Requirement {
    /// The leader has signed its document off (article 18).
    SignOff,
    /// Its file lies in the main volume of the case file (article 5).
    MainVolume,
    /// The addressee has consented to electronic service (article 6).
    Consent,
    /// A change of what was published names who approved it and why (article 16).
    CorrectionApproval,
}

/// When a record must have been entered (articles 12 and 21).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Deadline {
    /// The field with the day on which it happened.
    pub since: String,
    /// Days from then until it counts as late.
    pub days: u16,
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
    /// Which direction it crosses.
    pub direction: Direction,
    /// Whether it may be served electronically (article 6: rulings and decisions may not).
    #[serde(default)]
    pub served: bool,
    /// Whether each record belongs to a case.
    #[serde(default)]
    pub in_case: bool,
    /// Whether each record belongs to a person though others may see it. Audience "person" implies it.
    #[serde(default)]
    pub has_person: bool,
    /// What must be so before one of its records crosses.
    #[serde(default)]
    pub requires: BTreeSet<Requirement>,
    /// Steps of a case at which it must have at least one record of this kind.
    #[serde(default)]
    pub expected_at: BTreeSet<String>,
    /// When its records must have been entered.
    #[serde(default)]
    pub deadline: Option<Deadline>,
    /// Its fields by id.
    pub fields: BTreeMap<String, Field>,
}

impl Kind {
    /// Whether its records name a person.
    pub fn names_person(&self) -> bool {
        self.has_person || self.audience == Audience::Person
    }

    fn check(&self, id: &str, steps: &BTreeSet<String>, roles: &BTreeSet<String>) -> Result<()> {
        let bad = |why: Text| Err(FormatError::input(texts::parts::catalogue_kind(id), why));
        if id.is_empty() || Id::new(id).is_err() {
            return bad(texts::catalogue::id_characters());
        }
        if !self.expected_at.is_subset(steps) {
            return bad(texts::catalogue::expected_at_unknown_step());
        }
        if let Audience::Role(role) = &self.audience
            && (!roles.contains(role) || !self.in_case)
        {
            return bad(texts::catalogue::audience_role_unknown());
        }
        if let Some(deadline) = &self.deadline
            && self.fields.get(&deadline.since).is_none_or(|f| !matches!(f.kind, FieldType::Date | FieldType::Time))
        {
            return bad(texts::catalogue::deadline_field());
        }
        if self.served && !(self.names_person() && self.in_case && self.direction == Direction::Up) {
            return bad(texts::catalogue::served_needs_case_and_person());
        }
        if self.served != self.requires.contains(&Requirement::Consent) {
            return bad(texts::catalogue::served_needs_consent());
        }
        for (field_id, field) in &self.fields {
            let bad = |why: Text| Err(FormatError::input(texts::parts::catalogue_field(id, field_id), why));
            match &field.kind {
                FieldType::Text(max) if *max == 0 || *max > TEXT_BYTES_MAX => {
                    return bad(texts::catalogue::text_bound());
                }
                FieldType::Integer(min, max) if min > max => return bad(texts::catalogue::bounds_reversed()),
                FieldType::Code(table) if table.is_empty() => return bad(texts::catalogue::code_table_empty()),
                _ => {}
            }
            if !field.required_at.is_subset(steps) {
                return bad(texts::catalogue::required_at_unknown_step());
            }
            if !(field.required_at.is_empty() || field.optional && self.in_case) {
                return bad(texts::catalogue::required_at_needs_optional());
            }
        }
        Ok(())
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
    /// Steps of a case at which an optional field must be there; without it the record counts as incomplete.
    #[serde(default)]
    pub required_at: BTreeSet<String>,
    /// Whether no policy may hide it from the public: judges and case numbers (Supreme People's Court, January 2026).
    #[serde(default)]
    pub never_hidden: bool,
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
    /// A case number in its canonical form (see [`CaseNumber`]).
    CaseNumber,
    /// An opaque person id, like the one in a record's own `person`.
    Person,
}

impl FieldType {
    fn shape(&self) -> Option<Shape> {
        Some(match self {
            Self::Text(_) => Shape::Text,
            Self::Integer(..) => Shape::Integer,
            Self::Date => Shape::Date,
            Self::Time => Shape::Time,
            Self::Code(_) => Shape::Code,
            Self::Digest => Shape::Digest,
            Self::Person => Shape::Person,
            Self::AmountFen | Self::Document | Self::CaseNumber => return None,
        })
    }
}

/// The file as people write it: what every published kind has in common stands once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CatalogueFile {
    name: String,
    roles: Roles,
    /// Fields that every kind may have that crosses ↑ to people: who approved a correction, and why (article 16).
    correction: BTreeMap<String, Field>,
    kinds: BTreeMap<String, Kind>,
}

/// The fields that say who approved a correction, when and why.
pub const CORRECTION: [&str; 3] = ["correction-approved-by", "correction-approved-on", "correction-why"];

/// Reads a file of rules; the message names the key and the line.
pub(crate) fn from_toml<T: DeserializeOwned>(what: Text, text: &str) -> Result<T> {
    let wrong = |key: &str, e: &toml::de::Error| {
        let line = e.span().and_then(|s| text.get(..s.start)).map_or(1, |before| before.split('\n').count());
        let what = if key.is_empty() || key == "." { what.clone() } else { texts::parts::at_key(&what, key) };
        FormatError::input(what, texts::catalogue::at_line(line, e.message()))
    };
    let parsed = toml::Deserializer::parse(text).map_err(|e| wrong("", &e))?;
    serde_path_to_error::deserialize(parsed).map_err(|e| wrong(&e.path().to_string(), e.inner()))
}

impl Catalogue {
    /// Reads the text of a catalogue.
    ///
    /// # Errors
    /// [`FormatError::Input`] naming the kind and field that breaks a rule.
    pub fn from_toml(text: &str) -> Result<Self> {
        let file: CatalogueFile = from_toml(texts::parts::catalogue(), text)?;
        let CatalogueFile { name, roles, correction, mut kinds } = file;
        if !correction.keys().map(String::as_str).eq(CORRECTION) || !correction.values().all(|f| f.optional) {
            let fields = CORRECTION.join(", ");
            let why = texts::catalogue::correction_fields(fields);
            return Err(FormatError::input(texts::parts::catalogue_correction(), why));
        }
        for kind in kinds.values_mut().filter(|k| k.direction == Direction::Up && k.audience != Audience::System) {
            for (id, field) in &correction {
                kind.fields.entry(id.clone()).or_insert_with(|| field.clone());
            }
        }
        let catalogue = Self { name, roles, kinds };
        catalogue.check()?;
        Ok(catalogue)
    }

    fn check(&self) -> Result<()> {
        self.roles.parts().iter().try_for_each(|part| self.check_part(part))?;
        let codes = |kind: &str, field: &str| match self.kinds.get(kind).and_then(|k| k.fields.get(field)) {
            Some(Field { kind: FieldType::Code(table), .. }) => table.keys().cloned().collect(),
            _ => BTreeSet::new(),
        };
        let (steps, roles) = (codes(&self.roles.case, "step"), codes(&self.roles.member, "role"));
        self.kinds.iter().try_for_each(|(id, kind)| kind.check(id, &steps, &roles))
    }

    fn check_part(&self, part: &Part<'_>) -> Result<()> {
        let what = texts::parts::catalogue_role(part.name);
        let fits = |k: &&Kind| {
            k.direction == part.direction && k.in_case == part.in_case && k.names_person() == part.has_person
        };
        let Some(kind) = self.kinds.get(part.kind).filter(fits) else {
            return Err(FormatError::input(what, texts::catalogue::role_kind(part.kind)));
        };
        let lacking = part
            .fields
            .iter()
            .find(|(name, shape)| kind.fields.get(*name).is_none_or(|f| f.kind.shape() != Some(*shape)));
        match lacking {
            Some((name, _)) => Err(FormatError::input(what, texts::catalogue::role_field(part.kind, name))),
            None => Ok(()),
        }
    }

    /// The steps of a case, by code, with what people read.
    pub fn steps(&self) -> BTreeMap<String, String> {
        match self.kinds.get(&self.roles.case).and_then(|k| k.fields.get("step")) {
            Some(Field { kind: FieldType::Code(table), .. }) => table.clone(),
            _ => BTreeMap::new(),
        }
    }

    /// The field of a case with its number, as people name it; the first on its page.
    pub fn case_number_field(&self) -> Option<&str> {
        let fields = self.kinds.get(&self.roles.case)?.fields_in_order();
        fields.into_iter().find(|(_, f)| f.kind == FieldType::CaseNumber).map(|(id, _)| id.as_str())
    }

    /// SHA-256 of the canonical encoding; both sides must have the same.
    pub fn digest(&self) -> Result<[u8; 32]> {
        Ok(sha256(&bincode::encode(texts::parts::catalogue(), self, CATALOGUE_BYTES_MAX)?))
    }

    /// The kind of that id.
    pub fn kind(&self, id: &str) -> Result<&Kind> {
        self.kinds.get(id).ok_or_else(|| FormatError::malformed(texts::parts::record(), ReasonCode::KindUnknown.text()))
    }

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
