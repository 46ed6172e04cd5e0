//! From a row of the platform to a record of the catalogue.

use crate::agent::Agent;
use crate::config::{Condition, FieldSource, Mapping};
use crate::export::held::{Class, Held};
use crate::source::convert::{code, convert, date, text};
use crate::source::documents::{DocumentStore, OpenDocument};
use crate::source::{Row, column};
use ferry_format::record::catalogue::{FieldType, Kind, Requirement, Way};
use ferry_format::record::login_id::LoginKey;
use ferry_format::record::{DocumentRef, Record, Value};
use ferry_io::error::{Error, Result};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// How one kind is read, with columns by number.
pub struct KindMap {
    /// Kind id.
    pub kind: String,
    /// The kind in the catalogue.
    pub shape: Kind,
    /// The configuration it came from.
    pub mapping: Mapping,
    /// The columns that its SELECT gives.
    pub columns: Vec<String>,
    /// Digest of everything that decides how a row becomes a record.
    pub seed: [u8; 32],
    /// The columns that decide: those that the mapping names.
    used: Vec<usize>,
    key: usize,
    id: usize,
    case: Option<usize>,
    person: Option<usize>,
    changed: Option<usize>,
    when: Vec<Test>,
    sign_off: Option<Test>,
    main_volume: Option<Test>,
    entered: Option<usize>,
    late_approved: Option<usize>,
    fields: Vec<FieldMap>,
    zone: TimeZone,
    /// The key under which numbers of people are hidden.
    pub login_key: Arc<LoginKey>,
}

/// A condition with its column by number.
struct Test(usize, Vec<String>);

impl Test {
    fn holds(&self, row: &dyn Row) -> Result<bool> {
        let found = text(row.cell(self.0)?);
        Ok(found.is_some_and(|f| self.1.contains(&f)))
    }
}

struct FieldMap {
    name: String,
    optional: bool,
    from: Reading,
}

enum Reading {
    Typed(usize, FieldType),
    Coded(usize, BTreeMap<String, String>),
    Hidden(usize),
    Secret(usize),
    File { path: usize, name: usize },
}

/// A record whose document is opened but not yet sealed.
pub struct Found {
    /// The record; documents in it have a zero digest.
    pub record: Record,
    /// The document, by the field that names it.
    pub document: Option<(String, OpenDocument)>,
    /// The encoding of the record as it is, and its content digest, where they were made ahead.
    pub encoded: Option<(Vec<u8>, [u8; 32])>,
    /// Query codes and passwords in plain, by the field that gets their Argon2id string.
    pub secrets: Vec<(String, Zeroizing<String>)>,
    /// The day on which it was entered, `YYYY-MM-DD`, where the mapping says.
    pub entered: Option<String>,
    /// Who approved that it was entered late.
    pub late_approved: Option<String>,
}

impl Found {
    /// Gives the record its version.
    pub fn set_version(&mut self, version: u64) {
        if self.record.version != version {
            self.record.version = version;
            self.encoded = None;
        }
    }
}

impl KindMap {
    /// Checks a mapping against catalogue and columns.
    pub fn new(
        agent: &Agent,
        kind_id: &str,
        mapping: &Mapping,
        columns: Vec<String>,
        login_key: Arc<LoginKey>,
    ) -> Result<Self> {
        let config = &agent.config;
        let at = |key: &str| format!("source.kinds.{kind_id}.{key}");
        let wrong = |key: &str, why: &str| Error::configuration(&config.path, &at(key), why);
        let roles = &agent.catalogue.roles;
        let kind = agent.catalogue.kinds.get(kind_id).filter(|k| k.way == Way::Up && kind_id != roles.withheld);
        let kind = kind.ok_or_else(|| wrong("sql", "the catalogue has no such kind that crosses this way"))?;
        for (key, named, wanted) in [
            ("case", mapping.case.is_some(), kind.in_case),
            ("person", mapping.person.is_some(), kind.names_person()),
            ("sign-off", mapping.sign_off.is_some(), kind.requires.contains(&Requirement::SignOff)),
            ("main-volume", mapping.main_volume.is_some(), kind.requires.contains(&Requirement::MainVolume)),
            ("entered", mapping.entered.is_some(), kind.timely.is_some()),
        ] {
            if named != wanted {
                let why = if wanted { "the catalogue asks for it" } else { "the catalogue has no place for it" };
                return Err(wrong(key, why));
            }
        }
        let number = |key: &str, name: &str| column(&config.path, &at(key), &columns, name);
        let maybe = |key: &str, name: &Option<String>| name.as_deref().map(|n| number(key, n)).transpose();
        let test = |key: &str, c: &Condition| Ok::<_, Error>(Test(number(key, &c.column)?, c.is.clone()));
        let fields = fields(agent, kind_id, kind, mapping, &columns)?;
        let mut made = Self {
            kind: kind_id.to_owned(),
            shape: kind.clone(),
            key: number("key", mapping.key_column())?,
            id: number("id", &mapping.id.column)?,
            case: maybe("case", &mapping.case)?,
            person: maybe("person", &mapping.person)?,
            changed: maybe("changed", &mapping.changed)?,
            when: mapping.when.iter().map(|c| test("when", c)).collect::<Result<_>>()?,
            sign_off: mapping.sign_off.as_ref().map(|c| test("sign-off", c)).transpose()?,
            main_volume: mapping.main_volume.as_ref().map(|c| test("main-volume", c)).transpose()?,
            entered: maybe("entered", &mapping.entered)?,
            late_approved: maybe("late-approved", &mapping.late_approved)?,
            fields,
            used: Vec::new(),
            columns,
            mapping: mapping.clone(),
            seed: rule(agent, kind, mapping)?,
            zone: agent.schedule.zone().clone(),
            login_key,
        };
        made.used = made.used_columns();
        Ok(made)
    }

    fn used_columns(&self) -> Vec<usize> {
        let tests = self.when.iter().chain(&self.sign_off).chain(&self.main_volume).map(|t| t.0);
        let mut used: Vec<usize> = [self.key, self.id].into_iter().chain(tests).collect();
        used.extend([self.case, self.person, self.entered, self.late_approved].into_iter().flatten());
        for field in &self.fields {
            match field.from {
                Reading::Typed(c, _) | Reading::Coded(c, _) | Reading::Hidden(c) | Reading::Secret(c) => used.push(c),
                Reading::File { path, name } => used.extend([path, name]),
            }
        }
        used.sort_unstable();
        used.dedup();
        used
    }

    /// The text by which a row is remembered.
    pub fn key(&self, row: &dyn Row) -> Result<String> {
        Ok(text(row.cell(self.key)?).unwrap_or_default())
    }

    /// Whether look-ups by key and case find a row again. Where they do not, its deletion and an approval form that
    /// concerns it would be overlooked.
    pub fn is_found_again(&self, row: &dyn Row) -> Result<bool> {
        Ok(row.is_found_again(self.key)? && self.case.map_or(Ok(true), |c| row.is_found_again(c))?)
    }

    /// When a row last changed, as the platform says.
    pub fn changed(&self, row: &dyn Row) -> Result<Option<String>> {
        self.changed.map_or(Ok(None), |c| Ok(text(row.cell(c)?)))
    }

    /// The case of a row, where the kind has one.
    pub fn case(&self, row: &dyn Row) -> Result<Option<String>> {
        self.case.map_or(Ok(None), |c| Ok(text(row.cell(c)?)))
    }

    /// The person of a row, where the kind has one.
    pub fn person(&self, row: &dyn Row) -> Result<Option<String>> {
        self.person.map_or(Ok(None), |c| Ok(text(row.cell(c)?)))
    }

    /// Whether a row is of this kind at all.
    pub fn is_of_kind(&self, row: &dyn Row) -> Result<bool> {
        for test in &self.when {
            if !test.holds(row)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The rule that keeps a row inside for now, if one does (articles 5 and 18).
    pub fn kept_in(&self, row: &dyn Row) -> Result<Option<Class>> {
        for (test, class) in [(&self.main_volume, Class::SecondaryVolume), (&self.sign_off, Class::NotSignedOff)] {
            if let Some(test) = test
                && !test.holds(row)?
            {
                return Ok(Some(class));
            }
        }
        Ok(None)
    }

    /// A digest over everything that the record would be made of: the rule, the columns, the file's
    /// inode, length and time. Equal means unchanged.
    pub fn fingerprint(&self, row: &dyn Row, documents: &DocumentStore) -> Result<[u8; 16]> {
        use crate::source::Cell;
        // One piece is hashed much faster than many small ones.
        let mut bytes = Vec::with_capacity(512);
        bytes.extend(self.seed);
        for column in &self.used {
            match row.cell(*column)? {
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
                    bytes.extend(text);
                }
            }
        }
        for field in &self.fields {
            if let Reading::File { path, .. } = field.from
                && let Some(path) = text(row.cell(path)?)
                && let Ok(found) = documents.document(&path)
            {
                let state = found.state;
                bytes.extend(state.inode.to_be_bytes());
                bytes.extend(state.bytes.to_be_bytes());
                bytes.extend(state.modified_ns.to_be_bytes());
            }
        }
        let mut out = [0; 16];
        out.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..16]);
        Ok(out)
    }

    /// Whether its records have a document.
    pub fn has_document(&self) -> bool {
        self.fields.iter().any(|f| matches!(f.from, Reading::File { .. }))
    }

    /// The document of a row, where it can be opened.
    pub fn document(&self, row: &dyn Row, documents: &DocumentStore) -> Result<Option<OpenDocument>> {
        for field in &self.fields {
            if let Reading::File { path, .. } = field.from
                && let Some(path) = text(row.cell(path)?)
            {
                return Ok(documents.document(&path).ok());
            }
        }
        Ok(None)
    }

    /// The record of a row, or the reason why it is held.
    pub fn read(
        &self,
        row: &dyn Row,
        version: u64,
        documents: &DocumentStore,
    ) -> Result<std::result::Result<Found, Held>> {
        let mut record = Record::new(&self.kind, "", version);
        let raw_id = text(row.cell(self.id)?).unwrap_or_default();
        record.id = if self.mapping.id.hmac {
            match self.login_key.identity_id(&raw_id) {
                Ok(id) => id,
                Err(e) => return Ok(Err(Held::invalid(e.to_string()))),
            }
        } else {
            raw_id
        };
        for (column, target) in [(self.case, &mut record.case_id), (self.person, &mut record.person)] {
            if let Some(column) = column {
                *target = text(row.cell(column)?).unwrap_or_default();
            }
        }
        let mut document = None;
        let mut secrets = Vec::new();
        for field in &self.fields {
            let in_field = |why: String| Held::invalid(format!("field `{}`: {why}", field.name));
            let read = match &field.from {
                Reading::Typed(column, kind) => convert(row.cell(*column)?, kind, &self.zone).map_err(in_field),
                Reading::Coded(column, table) => code(row.cell(*column)?, table).map_err(in_field),
                Reading::Hidden(column) => text(row.cell(*column)?)
                    .map(|raw| self.login_key.phone_id(&raw).map(Value::Text))
                    .transpose()
                    .map_err(|e| in_field(e.to_string())),
                Reading::Secret(column) => Ok(text(row.cell(*column)?).map(|plain| {
                    secrets.push((field.name.clone(), Zeroizing::new(plain)));
                    Value::Text(String::new())
                })),
                Reading::File { path, name } => {
                    match open_document(documents, text(row.cell(*path)?), text(row.cell(*name)?)) {
                        Ok(Some((reference, opened))) => {
                            document = Some((field.name.clone(), opened));
                            Ok(Some(Value::Document(reference)))
                        }
                        Ok(None) => Ok(None),
                        Err(why) => Err(Held::new(Class::Document, format!("field `{}`: {why}", field.name))),
                    }
                }
            };
            match read {
                Ok(Some(value)) => {
                    record.fields.insert(field.name.clone(), value);
                }
                Ok(None) if field.optional => {}
                Ok(None) => return Ok(Err(Held::invalid(format!("field `{}` is empty", field.name)))),
                Err(held) => return Ok(Err(held)),
            }
        }
        let entered = self.entered.map_or(Ok(None), |c| Ok::<_, Error>(text(row.cell(c)?)))?;
        let late_approved = self.late_approved.map_or(Ok(None), |c| Ok::<_, Error>(text(row.cell(c)?)))?;
        Ok(Ok(Found {
            record,
            document,
            encoded: None,
            secrets,
            entered: entered.and_then(|e| date(&e)),
            late_approved,
        }))
    }
}

/// Digest of everything that decides how a row becomes a record, and whether it may cross: under another policy what
/// was let through before is looked at again.
fn rule(agent: &Agent, kind: &Kind, mapping: &Mapping) -> Result<[u8; 32]> {
    let rule = (kind, mapping, &agent.config.source.codes, &agent.policy);
    let text = serde_json::to_vec(&rule)
        .map_err(|e| Error::configuration(&agent.config.path, "source.kinds", e.to_string()))?;
    Ok(*blake3::hash(&text).as_bytes())
}

fn fields(agent: &Agent, kind_id: &str, kind: &Kind, mapping: &Mapping, columns: &[String]) -> Result<Vec<FieldMap>> {
    let config = &agent.config;
    let at = |key: &str| format!("source.kinds.{kind_id}.fields.{key}");
    let wrong = |key: &str, why: String| Error::configuration(&config.path, &at(key), why);
    let column = |key: &str, name: &str| column(&config.path, &at(key), columns, name);
    if let Some(name) = mapping.fields.keys().find(|n| !kind.fields.contains_key(*n)) {
        return Err(wrong(name, "the catalogue does not name this field".into()));
    }
    let mut fields = Vec::new();
    for (name, field) in &kind.fields {
        let Some(source) = mapping.fields.get(name) else {
            if field.optional {
                continue;
            }
            return Err(wrong(name, "the catalogue asks for this field".into()));
        };
        let from = match (source, &field.kind) {
            (FieldSource::File(path, file_name), FieldType::Document) => {
                Reading::File { path: column(name, path)?, name: column(name, file_name)? }
            }
            (FieldSource::Coded(from, table), FieldType::Code(codes)) => {
                let table = config.source.codes.get(table);
                let table = table.ok_or_else(|| wrong(name, "its code table is not defined".into()))?;
                if let Some(code) = table.values().find(|c| !codes.contains_key(*c)) {
                    return Err(wrong(name, format!("the catalogue has no code `{code}`")));
                }
                Reading::Coded(column(name, from)?, table.clone())
            }
            (FieldSource::Hidden(from), FieldType::Digest) => Reading::Hidden(column(name, from)?),
            (FieldSource::Secret(from), FieldType::Text(_)) => Reading::Secret(column(name, from)?),
            (FieldSource::Column(from), kind) if *kind != FieldType::Document => {
                Reading::Typed(column(name, from)?, kind.clone())
            }
            _ => return Err(wrong(name, "it does not fit the type that the catalogue gives".into())),
        };
        fields.push(FieldMap { name: name.clone(), optional: field.optional, from });
    }
    Ok(fields)
}

fn open_document(
    documents: &DocumentStore,
    path: Option<String>,
    name: Option<String>,
) -> std::result::Result<Option<(DocumentRef, OpenDocument)>, String> {
    let Some(path) = path else { return Ok(None) };
    let base = || Path::new(&path).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.unwrap_or_else(base);
    let mut opened = documents.document(&path)?;
    let media_type = opened.media_type(&name)?;
    let reference = DocumentRef { sha256: [0; 32], bytes: opened.state.bytes, name, media_type: media_type.into() };
    Ok(Some((reference, opened)))
}
