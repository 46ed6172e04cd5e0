//! The fields of a record: which columns each is read from, and how.

use crate::config::fields::FieldSource;
use crate::config::mapping::Mapping;
use crate::context::Context;
use crate::platform_time::PlatformTime;
use crate::source::database::{Cell, Row, column};
use crate::source::documents::{DocumentStore, OpenDocument};
use crate::source::people::People;
use crate::source::value::{code, convert, normalized, text};
use crate::store::hold::Hold;
use crate::texts::errors;
use ferry_format::reason::{Key, Reason, ReasonCode};
use ferry_format::record::catalogue::{Field, FieldType, Kind};
use ferry_format::record::login_id::LoginKey;
use ferry_format::record::{DocumentRef, Value};
use ferry_format::text::Text;
use ferry_io::error::{Error, Result};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// How one field is read, with columns by number.
pub struct FieldMapping {
    /// Name in the catalogue.
    pub name: String,
    /// What it is read from.
    pub content: Content,
    /// Name of its first column, for people.
    column: String,
    is_optional: bool,
    /// Whether white space and characters of no width in a text are normalized.
    normalizes: bool,
}

/// What a field is read from.
pub enum Content {
    /// A column, converted to the type in the catalogue.
    Typed(usize, FieldType),
    /// A column, and its code table.
    Coded(usize, BTreeMap<String, String>),
    /// A telephone number, of which the HMAC crosses.
    Hmac(usize),
    /// A query code or password, of which the Argon2id hash crosses.
    Argon2(usize),
    /// A document: the column of its path and the column of its name.
    File {
        /// Path in the document store.
        path: usize,
        /// Name that people see.
        name: usize,
    },
}

/// What a record is made of besides its row.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The document store.
    pub documents: &'a DocumentStore,
    /// People who stand in several rows.
    pub people: &'a People,
}

/// A field as it was read.
#[derive(Default)]
pub struct ReadField {
    /// The value; empty text for a code, whose hash is not made yet. Nothing where an optional one was left out.
    pub value: Option<Value>,
    /// The document.
    pub document: Option<OpenDocument>,
    /// A query code or password in plain.
    pub code: Option<Zeroizing<String>>,
    /// What a person should know of it, although the record crosses.
    pub remark: Option<Reason>,
}

impl From<Value> for ReadField {
    fn from(value: Value) -> Self {
        Self { value: Some(value), ..Self::default() }
    }
}

impl FieldMapping {
    /// The columns that it reads.
    pub fn columns(&self) -> Vec<usize> {
        match self.content {
            Content::Typed(c, _) | Content::Coded(c, _) | Content::Hmac(c) | Content::Argon2(c) => vec![c],
            Content::File { path, name } => vec![path, name],
        }
    }

    /// The column of a person that the field names.
    pub fn person_column(&self) -> Option<usize> {
        match self.content {
            Content::Typed(column, FieldType::Person) => Some(column),
            _ => None,
        }
    }

    /// The field of a row; nothing where an optional one is empty. The inner error says why the record is held.
    ///
    /// # Errors
    /// Those of the database, and `FERRY-E0644` where the document store is away.
    pub fn read(
        &self,
        row: &dyn Row,
        zone: &TimeZone,
        login_key: &LoginKey,
        around: Surroundings<'_>,
    ) -> Result<std::result::Result<Option<ReadField>, Hold>> {
        let invalid = |reason: Reason| Hold::invalid(reason.in_field(&self.name).in_column(&self.column));
        let value =
            |read: std::result::Result<Option<Value>, Reason>| read.map(|v| v.map(ReadField::from)).map_err(invalid);
        let read = match &self.content {
            Content::Typed(column, kind) => {
                let cell = row.cell(*column)?;
                match self.is_optional && self.is_endless(cell, kind) {
                    true => Ok(None),
                    false => {
                        value(convert(cell, kind, zone).map(|v| v.map(|v| self.normalize(v, kind, around.people))))
                    }
                }
            }
            Content::Coded(column, table) => value(code(row.cell(*column)?, table)),
            Content::Hmac(column) => match text(row.cell(*column)?) {
                None => Ok(None),
                Some(raw) => match login_key.phone_id(&raw) {
                    Ok(id) => Ok(Some(ReadField::from(Value::Text(id)))),
                    // Without it the person still logs in by the other factors.
                    Err(cause) if self.is_optional => Ok(Some(self.left_out(&raw, cause))),
                    Err(cause) => Err(invalid(Reason::new(cause).with(Key::Value, raw))),
                },
            },
            Content::Argon2(column) => {
                // What nobody can see on the paper slip, nobody types.
                let plain = text(row.cell(*column)?).map(|plain| normalized(&plain).trim().to_owned());
                let code = |plain| ReadField { code: Some(Zeroizing::new(plain)), ..Value::Text(String::new()).into() };
                Ok(plain.filter(|plain| !plain.is_empty()).map(code))
            }
            Content::File { path, name } => {
                let (path, name) = (text(row.cell(*path)?), text(row.cell(*name)?));
                let held = |reason: Reason| Hold::document(reason.in_field(&self.name).in_column(&self.column));
                open_document(around.documents, path, name)?.map_err(held)
            }
        };
        let is_blank = |read: &ReadField| match &read.value {
            Some(Value::Text(text)) => read.code.is_none() && text.trim().is_empty(),
            _ => false,
        };
        let read = read.map(|read| read.filter(|read| !is_blank(read)));
        Ok(match read {
            Ok(None) if !self.is_optional => Err(invalid(ReasonCode::FieldEmpty.into())),
            read => read,
        })
    }

    /// Whether an optional day or time says that there is none.
    fn is_endless(&self, cell: Cell<'_>, kind: &FieldType) -> bool {
        matches!(kind, FieldType::Date | FieldType::Time) && text(cell).is_some_and(|t| PlatformTime::is_endless(&t))
    }

    fn normalize(&self, value: Value, kind: &FieldType, people: &People) -> Value {
        match value {
            Value::Text(person) if *kind == FieldType::Person => Value::Text(people.canonical(person)),
            Value::Text(text) if self.normalizes => Value::Text(normalized(&text).into_owned()),
            value => value,
        }
    }

    fn left_out(&self, raw: &str, cause: ReasonCode) -> ReadField {
        let reason = Reason::new(ReasonCode::OptionalValueLeftOut).in_field(&self.name).in_column(&self.column);
        ReadField { remark: Some(reason.with(Key::Value, raw).because(cause)), ..ReadField::default() }
    }
}

fn open_document(
    documents: &DocumentStore,
    path: Option<String>,
    name: Option<String>,
) -> Result<std::result::Result<Option<ReadField>, Reason>> {
    let Some(path) = path else { return Ok(Ok(None)) };
    Ok(documents.document(&path)?.and_then(|mut opened| {
        let base = || opened.path.rsplit('/').next().unwrap_or_default().to_owned();
        let name = name.map_or_else(base, |name| normalized(&name).trim().to_owned());
        let media_type = opened.media_type(&name)?;
        let reference = DocumentRef { sha256: [0; 32], bytes: opened.state.bytes, name, media_type: media_type.into() };
        Ok(Some(ReadField { document: Some(opened), ..Value::Document(reference).into() }))
    }))
}

/// The fields of a kind in the order of the catalogue, checked against it.
pub fn mappings(
    context: &Context,
    kind_id: &str,
    kind: &Kind,
    mapping: &Mapping,
    columns: &[String],
) -> Result<Vec<FieldMapping>> {
    let at = |name: &str| format!("source.kinds.{kind_id}.fields.{name}");
    let wrong = |name: &str, why: Text| Error::configuration(&context.config.path, &at(name), why);
    if let Some(name) = mapping.fields.keys().find(|n| !kind.fields.contains_key(*n)) {
        return Err(wrong(name, errors::no_such_field()));
    }
    let mut fields = Vec::new();
    for (name, field) in &kind.fields {
        let Some(source) = mapping.fields.get(name) else {
            if field.optional {
                continue;
            }
            return Err(wrong(name, errors::field_required()));
        };
        let number = |column_name: &str| column(&context.config.path, &at(name), columns, column_name);
        let content = content(context, source, field, &number, &|why| wrong(name, why))?;
        let mut made = FieldMapping {
            name: name.clone(),
            column: String::new(),
            is_optional: field.optional,
            normalizes: mapping.normalize && matches!(field.kind, FieldType::Text(_)),
            content,
        };
        made.column = made.columns().first().map(|c| columns[*c].clone()).unwrap_or_default();
        fields.push(made);
    }
    Ok(fields)
}

fn content(
    context: &Context,
    source: &FieldSource,
    field: &Field,
    number: &dyn Fn(&str) -> Result<usize>,
    wrong: &dyn Fn(Text) -> Error,
) -> Result<Content> {
    Ok(match (source, &field.kind) {
        (FieldSource::File(path, name), FieldType::Document) => {
            Content::File { path: number(path)?, name: number(name)? }
        }
        (FieldSource::Coded(column, table), FieldType::Code(codes)) => {
            let table = context.config.source.codes.get(table).ok_or_else(|| wrong(errors::no_such_code_table()))?;
            if let Some(code) = table.values().find(|c| !codes.contains_key(*c)) {
                return Err(wrong(errors::no_such_code(code)));
            }
            Content::Coded(number(column)?, table.clone())
        }
        (FieldSource::Hmac(column), FieldType::Digest) => Content::Hmac(number(column)?),
        (FieldSource::Argon2(column), FieldType::Text(_)) => Content::Argon2(number(column)?),
        (FieldSource::Column(column), kind) if *kind != FieldType::Document => {
            Content::Typed(number(column)?, kind.clone())
        }
        _ => return Err(wrong(errors::field_type())),
    })
}
