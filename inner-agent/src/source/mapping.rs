//! From a row of the platform to a record of the catalogue.

use crate::config::mapping::{Condition, Mapping};
use crate::context::Context;
use crate::source::database::{Cell, Row, column};
use crate::source::documents::{DocumentStore, OpenDocument};
use crate::source::fields::{self, Content, FieldMapping, Surroundings};
use crate::source::people::People;
use crate::source::value::{date, normalized, text, unreadable};
use crate::store::hold::{Hold, HoldClass};
use crate::texts::errors;
use ferry_format::reason::Reason;
use ferry_format::record::Record;
use ferry_format::record::catalogue::{Direction, Kind, Requirement};
use ferry_format::record::login_id::LoginKey;
use ferry_format::text::Text;
use ferry_io::error::{Error, Result};
use jiff::tz::TimeZone;
use std::sync::Arc;
use zeroize::Zeroizing;

/// How one kind is read, with columns by number.
pub struct KindMapping {
    /// Kind id.
    pub kind: String,
    /// The kind in the catalogue.
    pub definition: Kind,
    /// The configuration.
    pub config: Mapping,
    /// The columns that its SELECT gives.
    pub columns: Vec<String>,
    /// Digest of everything that decides how a row becomes a record.
    pub digest: [u8; 32],
    /// The HMAC key for numbers of people.
    pub login_key: Arc<LoginKey>,
    /// The columns that the mapping names, in order.
    used: Vec<usize>,
    key: usize,
    id: usize,
    case: Option<usize>,
    person: Option<usize>,
    changed: Option<usize>,
    when: Vec<ColumnCondition>,
    sign_off: Option<ColumnCondition>,
    main_volume: Option<ColumnCondition>,
    identity_type: Option<usize>,
    entered: Option<usize>,
    late_approved: Option<usize>,
    fields: Vec<FieldMapping>,
    zone: TimeZone,
}

/// A condition with its column by number.
struct ColumnCondition {
    column: usize,
    values: Vec<String>,
}

impl ColumnCondition {
    fn is_met(&self, row: &dyn Row) -> Result<bool> {
        let is_wanted = |text: &str| self.values.iter().any(|value| value == normalized(text).trim_end());
        Ok(match row.cell(self.column)? {
            Cell::Text(found) => !found.trim_end_matches(' ').is_empty() && is_wanted(found),
            other => text(other).is_some_and(|found| is_wanted(&found)),
        })
    }
}

/// A record as it was read. Its document is open but not sealed yet.
pub struct MappedRecord {
    /// The record; documents in it have a zero digest.
    pub record: Record,
    /// The document, with the field that names it.
    pub document: Option<(String, OpenDocument)>,
    /// Encoding and content digest of the record, where the reading thread made them.
    pub encoded: Option<(Vec<u8>, [u8; 32])>,
    /// Query codes and passwords in plain, each with the field that gets its Argon2id hash.
    pub codes: Vec<(String, Zeroizing<String>)>,
    /// The day on which the row was entered, `YYYY-MM-DD`, if the mapping names the column.
    pub entered: Option<String>,
    /// Who approved that it was entered late.
    pub late_approved: Option<String>,
    /// What a person should know of it, although it crosses.
    pub remarks: Vec<Reason>,
    /// Whether its person is known outside under the id of another row.
    pub is_merged_person: bool,
}

impl MappedRecord {
    /// Gives the record a version.
    pub fn set_version(&mut self, version: u64) {
        if self.record.version != version {
            self.record.version = version;
            self.encoded = None;
        }
    }
}

impl KindMapping {
    /// Checks a mapping against the catalogue and the columns of its SELECT.
    pub fn new(
        context: &Context,
        kind_id: &str,
        mapping: &Mapping,
        columns: Vec<String>,
        login_key: Arc<LoginKey>,
    ) -> Result<Self> {
        let path = &context.config.path;
        let at = |key: &str| format!("source.kinds.{kind_id}.{key}");
        let kind = definition(context, kind_id, mapping)?;
        let number = |key: &str, name: &str| column(path, &at(key), &columns, name);
        let maybe = |key: &str, name: &Option<String>| name.as_deref().map(|n| number(key, n)).transpose();
        let condition = |key: &str, c: &Condition| {
            Ok::<_, Error>(ColumnCondition { column: number(key, &c.column)?, values: c.is.clone() })
        };
        let mut made = Self {
            kind: kind_id.to_owned(),
            key: number("key", mapping.key_column())?,
            id: number("id", &mapping.id.column)?,
            case: maybe("case", &mapping.case)?,
            person: maybe("person", &mapping.person)?,
            changed: maybe("changed", &mapping.changed)?,
            when: mapping.when.iter().map(|c| condition("when", c)).collect::<Result<_>>()?,
            sign_off: mapping.sign_off.as_ref().map(|c| condition("sign-off", c)).transpose()?,
            main_volume: mapping.main_volume.as_ref().map(|c| condition("main-volume", c)).transpose()?,
            identity_type: maybe("identity-type", &mapping.identity_type)?,
            entered: maybe("entered", &mapping.entered)?,
            late_approved: maybe("late-approved", &mapping.late_approved)?,
            fields: fields::mappings(context, kind_id, kind, mapping, &columns)?,
            used: Vec::new(),
            columns,
            definition: kind.clone(),
            config: mapping.clone(),
            digest: digest(context, kind, mapping)?,
            zone: context.schedule.zone().clone(),
            login_key,
        };
        made.used = made.used_columns();
        Ok(made)
    }

    fn used_columns(&self) -> Vec<usize> {
        let conditions = self.when.iter().chain(&self.sign_off).chain(&self.main_volume).map(|c| c.column);
        let mut used: Vec<usize> = [self.key, self.id].into_iter().chain(conditions).collect();
        used.extend(
            [self.case, self.person, self.identity_type, self.entered, self.late_approved].into_iter().flatten(),
        );
        used.extend(self.fields.iter().flat_map(FieldMapping::columns));
        used.sort_unstable();
        used.dedup();
        used
    }

    /// Why a row cannot be read as it stands: a column that the mapping names has no text that can be read exactly.
    pub fn unreadable(&self, row: &dyn Row) -> Result<Option<Reason>> {
        for column in &self.used {
            if let Some(reason) = unreadable(row.cell(*column)?) {
                return Ok(Some(reason.in_column(&self.columns[*column])));
            }
        }
        Ok(None)
    }

    /// Whether the key is text that can be read exactly.
    pub fn has_readable_key(&self, row: &dyn Row) -> Result<bool> {
        Ok(unreadable(row.cell(self.key)?).is_none())
    }

    /// Whether a column cannot be read that decides whether a row may cross at all: it is not known then, and nothing is taken
    /// back for it.
    pub fn is_undecidable(&self, row: &dyn Row) -> Result<bool> {
        let conditions = self.when.iter().chain(&self.sign_off).chain(&self.main_volume).map(|c| c.column);
        for column in conditions.chain(self.case) {
            if unreadable(row.cell(column)?).is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The columns that the mapping reads, by name.
    pub fn used_column_names(&self) -> impl Iterator<Item = &str> {
        self.used.iter().map(|column| self.columns[*column].as_str())
    }

    /// The text that identifies a row.
    pub fn key(&self, row: &dyn Row) -> Result<String> {
        Ok(text(row.cell(self.key)?).unwrap_or_default())
    }

    /// Whether lookups by key and case find a row again. If they did not, its deletion and an approval form for it would be
    /// missed.
    pub fn is_found_again(&self, row: &dyn Row) -> Result<bool> {
        Ok(row.is_found_again(self.key)? && self.case.map_or(Ok(true), |c| row.is_found_again(c))?)
    }

    /// When a row last changed, as the platform says.
    pub fn changed(&self, row: &dyn Row) -> Result<Option<String>> {
        optional_text(row, self.changed)
    }

    /// The case of a row, where the kind has one.
    pub fn case(&self, row: &dyn Row) -> Result<Option<String>> {
        optional_text(row, self.case)
    }

    /// The person of a row, where the kind has one.
    pub fn person(&self, row: &dyn Row) -> Result<Option<String>> {
        optional_text(row, self.person)
    }

    /// Whether a row is of this kind.
    pub fn is_of_kind(&self, row: &dyn Row) -> Result<bool> {
        for condition in &self.when {
            if !condition.is_met(row)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The rule that keeps a row inside, if one does (articles 5 and 18).
    pub fn kept_in(&self, row: &dyn Row) -> Result<Option<HoldClass>> {
        let rules = [(&self.main_volume, HoldClass::SecondaryVolume), (&self.sign_off, HoldClass::NotSignedOff)];
        for (condition, class) in rules {
            if let Some(condition) = condition
                && !condition.is_met(row)?
            {
                return Ok(Some(class));
            }
        }
        Ok(None)
    }

    /// A digest of everything that the record is made of: the mapping, the columns, and the file's length and time. Equal means
    /// unchanged. The inode is not in it: a store that was copied holds the same documents.
    pub fn fingerprint(&self, row: &dyn Row, documents: &DocumentStore, people: &People) -> Result<[u8; 16]> {
        // Hashing one buffer is much faster than hashing many small pieces.
        let mut bytes = Vec::with_capacity(512);
        bytes.extend(self.digest);
        for column in &self.used {
            append(&mut bytes, row.cell(*column)?);
        }
        for field in &self.fields {
            if let Content::File { path, .. } = field.content
                && let Some(path) = text(row.cell(path)?)
                && let Ok(found) = documents.document(&path)?
            {
                let (length, modified_ns) = found.state.length_and_time();
                bytes.extend(length.to_be_bytes());
                bytes.extend(modified_ns.to_be_bytes());
            }
        }
        let person_fields = self.fields.iter().filter_map(FieldMapping::person_column);
        let persons = self.person.into_iter().chain(person_fields);
        for column in persons.filter(|_| people.has_other_ids()) {
            if let Some(person) = text(row.cell(column)?).filter(|person| people.has_other_id(person)) {
                bytes.extend(people.canonical(person).bytes());
            }
        }
        let mut out = [0; 16];
        out.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..16]);
        Ok(out)
    }

    /// Whether its records have a document.
    pub fn has_document(&self) -> bool {
        self.fields.iter().any(|f| matches!(f.content, Content::File { .. }))
    }

    /// The document of a row, if it can be opened.
    pub fn document(&self, row: &dyn Row, documents: &DocumentStore) -> Result<Option<OpenDocument>> {
        for field in &self.fields {
            if let Content::File { path, .. } = field.content
                && let Some(path) = text(row.cell(path)?)
            {
                return Ok(documents.document(&path)?.ok());
            }
        }
        Ok(None)
    }

    /// The text of a field of a row; empty where it is none or cannot be read.
    pub fn text_field(&self, row: &dyn Row, name: &str) -> Result<String> {
        let column =
            self.fields.iter().find(|field| field.name == name).and_then(|field| field.columns().first().copied());
        Ok(optional_text(row, column)?.unwrap_or_default())
    }

    /// The id of the record of a row, where it can be made.
    pub fn record_id(&self, row: &dyn Row) -> Result<Option<String>> {
        let raw = text(row.cell(self.id)?).unwrap_or_default();
        Ok(if self.config.id.hmac { self.login_key.identity_id(&raw).ok() } else { Some(raw) })
    }

    /// What a row has in the column of the id: of a log-in, the identity number as it is written.
    pub fn identity(&self, row: &dyn Row) -> Result<Option<String>> {
        optional_text(row, Some(self.id))
    }

    /// The kind of identity document of a row, where the mapping names its column.
    pub fn identity_type(&self, row: &dyn Row) -> Result<Option<String>> {
        optional_text(row, self.identity_type)
    }

    /// The court's zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The record of a row, or why it is held.
    pub fn read(
        &self,
        row: &dyn Row,
        version: u64,
        around: Surroundings<'_>,
    ) -> Result<std::result::Result<MappedRecord, Hold>> {
        let mut record = Record::new(&self.kind, "", version);
        let raw_id = text(row.cell(self.id)?).unwrap_or_default();
        record.id = if self.config.id.hmac {
            match self.login_key.identity_id(&raw_id) {
                Ok(id) => id,
                Err(code) => return Ok(Err(Hold::invalid(code))),
            }
        } else {
            raw_id
        };
        record.case_id = optional_text(row, self.case)?.unwrap_or_default();
        let person = optional_text(row, self.person)?.unwrap_or_default();
        let is_merged_person = around.people.has_other_id(&person);
        record.person = around.people.canonical(person);
        let entered = optional_text(row, self.entered)?.and_then(|e| date(&e, &self.zone));
        let late_approved = optional_text(row, self.late_approved)?;
        let (codes, remarks) = (Vec::new(), Vec::new());
        let mut mapped = MappedRecord {
            record,
            document: None,
            encoded: None,
            codes,
            entered,
            late_approved,
            remarks,
            is_merged_person,
        };
        for field in &self.fields {
            match field.read(row, &self.zone, &self.login_key, around)? {
                Ok(Some(read)) => {
                    mapped.remarks.extend(read.remark);
                    let Some(value) = read.value else { continue };
                    mapped.record.fields.insert(field.name.clone(), value);
                    mapped.document = read.document.map(|d| (field.name.clone(), d)).or(mapped.document);
                    mapped.codes.extend(read.code.map(|code| (field.name.clone(), code)));
                }
                Ok(None) => {}
                Err(hold) => return Ok(Err(hold)),
            }
        }
        Ok(Ok(mapped))
    }
}

/// A kind in the catalogue, after a check that the mapping names exactly what the kind asks for.
fn definition<'a>(context: &'a Context, kind_id: &str, mapping: &Mapping) -> Result<&'a Kind> {
    let wrong = |key: &str, why: Text| {
        Error::configuration(&context.config.path, &format!("source.kinds.{kind_id}.{key}"), why)
    };
    let roles = &context.catalogue.roles;
    let kind =
        context.catalogue.kinds.get(kind_id).filter(|k| k.direction == Direction::Up && kind_id != roles.withheld);
    let kind = kind.ok_or_else(|| wrong("sql", errors::no_such_kind()))?;
    for (key, named, wanted) in [
        ("case", mapping.case.is_some(), kind.in_case),
        ("person", mapping.person.is_some(), kind.names_person()),
        ("sign-off", mapping.sign_off.is_some(), kind.requires.contains(&Requirement::SignOff)),
        ("main-volume", mapping.main_volume.is_some(), kind.requires.contains(&Requirement::MainVolume)),
        ("entered", mapping.entered.is_some(), kind.deadline.is_some()),
    ] {
        if named != wanted {
            return Err(wrong(key, if wanted { errors::key_required() } else { errors::key_not_allowed() }));
        }
    }
    Ok(kind)
}

/// Digest of everything that decides how a row becomes a record, and whether it may cross: under another policy, what passed
/// before is screened again.
fn digest(context: &Context, kind: &Kind, mapping: &Mapping) -> Result<[u8; 32]> {
    let rule = (kind, mapping, &context.config.source.codes, &context.policy);
    let text = serde_json::to_vec(&rule)
        .map_err(|e| Error::configuration(&context.config.path, "source.kinds", e.to_string()))?;
    Ok(*blake3::hash(&text).as_bytes())
}

fn optional_text(row: &dyn Row, column: Option<usize>) -> Result<Option<String>> {
    column.map_or(Ok(None), |c| Ok(text(row.cell(c)?)))
}

/// Appends a value so that no two different rows give the same bytes.
fn append(bytes: &mut Vec<u8>, cell: Cell<'_>) {
    match cell {
        Cell::Null => bytes.push(0),
        Cell::Integer(n) => {
            bytes.push(1);
            bytes.extend(n.to_be_bytes());
        }
        Cell::Real(x) => {
            bytes.push(2);
            bytes.extend(x.to_be_bytes());
        }
        Cell::Text(text) => {
            bytes.push(3);
            bytes.extend((text.len() as u64).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        // A row with one of these is held before its digest matters.
        Cell::NotText(_) | Cell::Binary => bytes.push(4),
    }
}
