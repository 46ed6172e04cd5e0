//! The catalogue: the closed list of record kinds that may cross, and the check that both sides run.

use crate::crypto::hash::sha256;
use crate::encoding::compact;
use crate::error::{FormatError, Result};
use crate::limits::{CATALOGUE_BYTES_MAX, TEXT_BYTES_MAX};
use crate::names::Id;
use crate::reason::ReasonCode;
use crate::text::Text;
use crate::texts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub use crate::record::catalogue_roles::Roles;
use crate::record::catalogue_roles::{FieldShape, RoleRequirement};
pub use crate::record::direction::Direction;

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
    /// The one person that the record names, and their agents.
    Person,
    /// Nobody: it serves the program, such as login data.
    System,
}

/// A condition for a record to cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Requirement {
    /// A leader has signed off its document (article 18).
    SignOff,
    /// Its file is in the main volume of the case file (article 5).
    MainVolume,
    /// The addressee has consented to electronic service (article 6).
    Consent,
    /// A change of what was published names who approved it and why (article 16).
    CorrectionApproval,
}

/// The deadline for entering a record (articles 12 and 21).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Deadline {
    /// The field with the day from which the deadline counts.
    pub since: String,
    /// Days from then after which it is late.
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
    /// Article of the notice that requires it, such as `3(1)`.
    pub article: String,
    /// Responsible department.
    pub department: String,
    /// Who may see it.
    pub audience: Audience,
    /// The direction in which it crosses.
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
    /// Conditions for one of its records to cross.
    #[serde(default)]
    pub requires: BTreeSet<Requirement>,
    /// Steps of a case at which it must have at least one record of this kind.
    #[serde(default)]
    pub expected_at: BTreeSet<String>,
    /// The deadline for entering its records.
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
    /// Type and limit.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether a record may lack it.
    #[serde(default)]
    pub optional: bool,
    /// Steps of a case at which an optional field is required; without it the record is incomplete.
    #[serde(default)]
    pub required_at: BTreeSet<String>,
    /// Whether no policy may hide it from the public: judges and case numbers (Supreme People's Court, January 2026).
    #[serde(default)]
    pub never_hidden: bool,
    /// Position of the field on a page, from 1.
    pub order: u32,
}

/// Type and limit of a field.
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
    fn shape(&self) -> Option<FieldShape> {
        Some(match self {
            Self::Text(_) => FieldShape::Text,
            Self::Integer(..) => FieldShape::Integer,
            Self::Date => FieldShape::Date,
            Self::Time => FieldShape::Time,
            Self::Code(_) => FieldShape::Code,
            Self::Digest => FieldShape::Digest,
            Self::Person => FieldShape::Person,
            Self::AmountFen | Self::Document | Self::CaseNumber => return None,
        })
    }
}

/// The file as people write it, with the fields that all published kinds share written once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CatalogueFile {
    name: String,
    roles: Roles,
    /// Fields of every kind that crosses ↑ to people: who approved a correction, and why (article 16).
    correction: BTreeMap<String, Field>,
    kinds: BTreeMap<String, Kind>,
}

/// The fields that say who approved a correction, when and why.
pub const CORRECTION: [&str; 3] = ["correction-approved-by", "correction-approved-on", "correction-why"];

/// Reads a TOML file; an error names the key and the line.
pub(crate) fn from_toml<T: DeserializeOwned>(what: Text, text: &str) -> Result<T> {
    let wrong = |key: &str, e: &toml::de::Error| {
        let what = if key.is_empty() || key == "." { what.clone() } else { texts::parts::at_key(&what, key) };
        FormatError::input(what, texts::parser::at_byte(text, e.span().map(|s| s.start), e.message()))
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
        self.roles.requirements().iter().try_for_each(|role| self.check_role(role))?;
        let codes = |kind: &str, field: &str| match self.kinds.get(kind).and_then(|k| k.fields.get(field)) {
            Some(Field { kind: FieldType::Code(table), .. }) => table.keys().cloned().collect(),
            _ => BTreeSet::new(),
        };
        let (steps, roles) = (codes(&self.roles.case, "step"), codes(&self.roles.member, "role"));
        self.kinds.iter().try_for_each(|(id, kind)| kind.check(id, &steps, &roles))
    }

    fn check_role(&self, role: &RoleRequirement<'_>) -> Result<()> {
        let what = texts::parts::catalogue_role(role.name);
        let fits = |k: &&Kind| {
            k.direction == role.direction && k.in_case == role.in_case && k.names_person() == role.has_person
        };
        let Some(kind) = self.kinds.get(role.kind).filter(fits) else {
            return Err(FormatError::input(what, texts::catalogue::role_kind(role.kind)));
        };
        let lacking = role
            .fields
            .iter()
            .find(|(name, shape)| kind.fields.get(*name).is_none_or(|f| f.kind.shape() != Some(*shape)));
        match lacking {
            Some((name, _)) => Err(FormatError::input(what, texts::catalogue::role_field(role.kind, name))),
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
        Ok(sha256(&compact::encode(texts::parts::catalogue(), self, CATALOGUE_BYTES_MAX)?))
    }

    /// The kind of that id.
    pub fn kind(&self, id: &str) -> Result<&Kind> {
        self.kinds.get(id).ok_or_else(|| FormatError::malformed(texts::parts::record(), ReasonCode::KindUnknown.text()))
    }
}
