//! From a row of the platform to a record of the catalogue.

use crate::config::{Config, FieldSource, Mapping};
use crate::source::documents::{DocumentStore, OpenDocument};
use ferry_channel::failure::{Failure, Result};
use ferry_format::catalogue::{Catalogue, FieldType, Way};
use ferry_format::login::LoginKey;
use ferry_format::record::{DocumentRef, Record, Value};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

/// Why a record is held: a sentence for `status` and the audit.
pub type Held = String;

/// How one kind is read, with columns by number.
pub struct KindMap {
    /// Kind id.
    pub kind: String,
    /// The configuration it came from.
    pub mapping: Mapping,
    key: usize,
    id: usize,
    case: Option<usize>,
    person: Option<usize>,
    fields: Vec<FieldMap>,
    seed: [u8; 32],
    zone: TimeZone,
    login_key: Rc<LoginKey>,
}

struct FieldMap {
    name: String,
    optional: bool,
    from: Reading,
}

enum Reading {
    Typed(usize, FieldType),
    Coded(usize, BTreeMap<String, String>),
    File { path: usize, name: usize },
}

/// A record whose document is opened but not yet sealed.
pub struct Found {
    /// The record; documents in it have a zero digest.
    pub record: Record,
    /// The document, by the field that names it.
    pub document: Option<(String, OpenDocument)>,
}

impl KindMap {
    /// Checks a mapping against catalogue and columns.
    pub fn new(
        config: &Config,
        catalogue: &Catalogue,
        kind_id: &str,
        mapping: &Mapping,
        columns: &[String],
        zone: &TimeZone,
        login_key: Rc<LoginKey>,
    ) -> Result<Self> {
        let at = |key: &str| format!("source.kinds.{kind_id}.{key}");
        let wrong = |key: &str, why: String| Failure::configuration(&config.path, &at(key), why);
        let kind = catalogue.kinds.get(kind_id).filter(|k| k.way == Way::Up);
        let kind = kind.ok_or_else(|| wrong("sql", "the catalogue has no such kind that crosses this way".into()))?;
        let column = |key: &str, name: &str| {
            let found = columns.iter().position(|c| c.eq_ignore_ascii_case(name));
            found.ok_or_else(|| wrong(key, format!("the SQL gives no column `{name}`")))
        };
        for (key, named, wanted) in
            [("case", &mapping.case, kind.in_case), ("person", &mapping.person, kind.names_person())]
        {
            if named.is_some() != wanted {
                let why = if wanted { "the catalogue asks for it" } else { "the catalogue has no place for it" };
                return Err(wrong(key, why.into()));
            }
        }
        if let Some(name) = mapping.fields.keys().find(|n| !kind.fields.contains_key(*n)) {
            return Err(wrong(&format!("fields.{name}"), "the catalogue does not name this field".into()));
        }
        let mut fields = Vec::new();
        for (name, field) in &kind.fields {
            let key = format!("fields.{name}");
            let Some(source) = mapping.fields.get(name) else {
                if field.optional {
                    continue;
                }
                return Err(wrong(&key, "the catalogue asks for this field".into()));
            };
            let from = match (source, &field.kind) {
                (FieldSource::File(path, file_name), FieldType::Document) => {
                    Reading::File { path: column(&key, path)?, name: column(&key, file_name)? }
                }
                (FieldSource::Coded(from, table), FieldType::Code(codes)) => {
                    let table = config.source.codes.get(table);
                    let table = table.ok_or_else(|| wrong(&key, "its code table is not defined".into()))?;
                    if let Some(code) = table.values().find(|c| !codes.contains_key(*c)) {
                        return Err(wrong(&key, format!("the catalogue has no code `{code}`")));
                    }
                    Reading::Coded(column(&key, from)?, table.clone())
                }
                (FieldSource::Column(from), kind) if *kind != FieldType::Document => {
                    Reading::Typed(column(&key, from)?, kind.clone())
                }
                _ => return Err(wrong(&key, "it does not fit the type that the catalogue gives".into())),
            };
            fields.push(FieldMap { name: name.clone(), optional: field.optional, from });
        }
        let rule = serde_json::to_vec(&(kind, mapping, &config.source.codes)).unwrap_or_default();
        Ok(Self {
            kind: kind_id.to_owned(),
            mapping: mapping.clone(),
            key: column("key", mapping.key_column())?,
            id: column("id", &mapping.id.column)?,
            case: mapping.case.as_deref().map(|c| column("case", c)).transpose()?,
            person: mapping.person.as_deref().map(|c| column("person", c)).transpose()?,
            fields,
            seed: *blake3::hash(&rule).as_bytes(),
            zone: zone.clone(),
            login_key,
        })
    }

    /// The text by which a row is remembered.
    pub fn key(&self, row: &Row<'_>) -> Result<String> {
        Ok(text(row.get_ref(self.key)?).unwrap_or_default())
    }

    /// A digest over everything that the record would be made of: the rule, the columns, the file's
    /// length and time. Equal means unchanged.
    pub fn fingerprint(&self, row: &Row<'_>, documents: &DocumentStore) -> Result<[u8; 16]> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.seed);
        for column in 0..row.as_ref().column_count() {
            let (tag, bytes) = match row.get_ref(column)? {
                ValueRef::Null => (0, Vec::new()),
                ValueRef::Integer(n) => (1, n.to_be_bytes().to_vec()),
                ValueRef::Real(x) => (2, x.to_be_bytes().to_vec()),
                ValueRef::Text(t) => (3, t.to_vec()),
                ValueRef::Blob(b) => (4, b.to_vec()),
            };
            hasher.update(&[tag]).update(&(bytes.len() as u64).to_be_bytes()).update(&bytes);
        }
        for field in &self.fields {
            if let Reading::File { path, .. } = field.from
                && let Some(path) = text(row.get_ref(path)?)
                && let Ok(found) = documents.document(&path)
            {
                hasher.update(&found.bytes.to_be_bytes()).update(&found.modified_ns.to_be_bytes());
            }
        }
        let mut out = [0; 16];
        out.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Ok(out)
    }

    /// The record of a row, or the reason why it is held.
    pub fn read(
        &self,
        row: &Row<'_>,
        version: u64,
        documents: &DocumentStore,
    ) -> Result<std::result::Result<Found, Held>> {
        let mut record = Record::new(&self.kind, "", version);
        let raw_id = text(row.get_ref(self.id)?).unwrap_or_default();
        record.id = if self.mapping.id.hmac {
            match self.login_key.identity_id(&raw_id) {
                Ok(id) => id,
                Err(e) => return Ok(Err(e.to_string())),
            }
        } else {
            raw_id
        };
        for (column, target) in [(self.case, &mut record.case_id), (self.person, &mut record.person)] {
            if let Some(column) = column {
                *target = text(row.get_ref(column)?).unwrap_or_default();
            }
        }
        let mut document = None;
        for field in &self.fields {
            let read = match &field.from {
                Reading::Typed(column, kind) => convert(row.get_ref(*column)?, kind, &self.zone),
                Reading::Coded(column, table) => code(row.get_ref(*column)?, table),
                Reading::File { path, name } => {
                    match open_document(documents, text(row.get_ref(*path)?), text(row.get_ref(*name)?)) {
                        Ok(Some((reference, opened))) => {
                            document = Some((field.name.clone(), opened));
                            Ok(Some(Value::Document(reference)))
                        }
                        Ok(None) => Ok(None),
                        Err(why) => Err(why),
                    }
                }
            };
            match read {
                Ok(Some(value)) => {
                    record.fields.insert(field.name.clone(), value);
                }
                Ok(None) if field.optional => {}
                Ok(None) => return Ok(Err(format!("field `{}` is empty", field.name))),
                Err(why) => return Ok(Err(format!("field `{}`: {why}", field.name))),
            }
        }
        Ok(Ok(Found { record, document }))
    }
}

fn open_document(
    documents: &DocumentStore,
    path: Option<String>,
    name: Option<String>,
) -> std::result::Result<Option<(DocumentRef, OpenDocument)>, Held> {
    let Some(path) = path else { return Ok(None) };
    let base = || Path::new(&path).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.unwrap_or_else(base);
    let mut opened = documents.document(&path)?;
    let media_type = opened.media_type(&name).map_err(|e| format!("the document cannot be read: {e}"))?;
    let reference = DocumentRef { sha256: [0; 32], bytes: opened.bytes, name, media_type: media_type.into() };
    Ok(Some((reference, opened)))
}

/// The text of a column: padding of CHAR columns cut off, empty as absent (Oracle's `''` is NULL).
fn text(value: ValueRef<'_>) -> Option<String> {
    let text = match value {
        ValueRef::Null => return None,
        ValueRef::Integer(n) => n.to_string(),
        ValueRef::Real(x) => x.to_string(),
        ValueRef::Text(t) | ValueRef::Blob(t) => String::from_utf8_lossy(t).trim_end().to_owned(),
    };
    (!text.is_empty()).then_some(text)
}

fn code(value: ValueRef<'_>, table: &BTreeMap<String, String>) -> std::result::Result<Option<Value>, Held> {
    let Some(found) = text(value) else { return Ok(None) };
    let code = table.get(&found).ok_or_else(|| format!("code `{}` is not in the code table", found.escape_debug()))?;
    Ok(Some(Value::Text(code.clone())))
}

fn convert(value: ValueRef<'_>, kind: &FieldType, zone: &TimeZone) -> std::result::Result<Option<Value>, Held> {
    let Some(found) = text(value) else { return Ok(None) };
    let wrong = |what: &str| format!("`{}` is no {what}", found.escape_debug());
    Ok(Some(match kind {
        FieldType::Integer(..) => Value::Integer(found.parse().map_err(|_| wrong("whole number"))?),
        FieldType::AmountFen => Value::Integer(fen(&found).ok_or_else(|| wrong("amount in yuan"))?),
        FieldType::Date => Value::Text(date(&found).ok_or_else(|| wrong("date"))?),
        FieldType::Time => Value::Integer(time_s(&found, zone).ok_or_else(|| wrong("local time"))?),
        _ => Value::Text(found),
    }))
}

/// Yuan as a decimal, to fen; more than two decimals are refused unless they are zeros.
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
fn date(raw: &str) -> Option<String> {
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
    fn dates_and_local_times_of_old_platforms_are_understood() {
        assert_eq!(date("20190305").as_deref(), Some("2019-03-05"));
        assert_eq!(date("2019-03-05 08:30:00").as_deref(), Some("2019-03-05"));
        assert_eq!(date("20190231"), None);
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        assert_eq!(time_s("2019-03-05 08:30:00", &zone), Some(1_551_745_800));
    }
}
