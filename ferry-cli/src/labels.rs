//! Names of kinds, fields and values for people: from the catalogue, where it is the one that the header names.

use crate::show;
use ferry_format::frame::header::Header;
use ferry_format::record::catalogue::{Catalogue, FieldType};
use ferry_format::record::{Record, Value};
use ferry_io::Result as Outcome;
use ferry_io::fs::read;
use std::path::Path;

/// The kind of withheld entries where no catalogue says which it is.
const WITHHELD: &str = "withheld";

/// Names, or none.
pub enum Labels {
    /// No catalogue was given.
    None,
    /// The one that was given is another than the header names; nothing is taken from it.
    Other,
    /// The very catalogue.
    Of(Box<Catalogue>),
}

/// A name in both languages; the second is empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// In Chinese, or the raw one.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A field as people read it.
pub struct Line<'a> {
    /// What it is.
    pub name: Name,
    /// What people read; several lines where it has them.
    pub text: String,
    /// The value itself.
    pub value: &'a Value,
}

impl Labels {
    /// Reads the catalogue, and compares its digest with the header's.
    pub fn read(path: Option<&Path>, header: &Header) -> Outcome<Self> {
        let Some(path) = path else { return Ok(Self::None) };
        let catalogue = Catalogue::from_toml(&read::text(path)?)?;
        Ok(if catalogue.digest()? == header.catalogue { Self::Of(Box::new(catalogue)) } else { Self::Other })
    }

    fn catalogue(&self) -> Option<&Catalogue> {
        if let Self::Of(catalogue) = self { Some(catalogue) } else { None }
    }

    /// The name of a kind.
    pub fn kind(&self, id: &str) -> Name {
        let found = self.catalogue().and_then(|c| c.kinds.get(id));
        found.map_or_else(
            || Name { zh: show::safe(id), en: String::new() },
            |k| Name { zh: k.zh.clone(), en: k.en.clone() },
        )
    }

    /// The kind of entries that say that something is withheld.
    pub fn withheld(&self) -> &str {
        self.catalogue().map_or(WITHHELD, |c| &c.roles.withheld)
    }

    /// The fields of a record in the order of a page.
    pub fn lines<'a>(&self, record: &'a Record) -> Vec<Line<'a>> {
        let kind = self.catalogue().and_then(|c| c.kinds.get(&record.kind));
        let of = |name: &str| kind.and_then(|k| k.fields.get(name));
        let mut fields: Vec<_> = record.fields.iter().collect();
        fields.sort_by_key(|(name, _)| of(name).map_or(u32::MAX, |f| f.order));
        let line = |(id, value): (&'a String, &'a Value)| Line {
            name: self.field(&record.kind, id),
            text: value_text(value, of(id).map(|f| &f.kind)),
            value,
        };
        fields.into_iter().map(line).collect()
    }

    /// The name of a field of a kind.
    pub fn field(&self, kind: &str, id: &str) -> Name {
        let found = self.catalogue().and_then(|c| c.kinds.get(kind)).and_then(|k| k.fields.get(id));
        found.map_or_else(
            || Name { zh: show::safe(id), en: String::new() },
            |f| Name { zh: f.zh.clone(), en: f.en.clone() },
        )
    }
}

fn value_text(value: &Value, kind: Option<&FieldType>) -> String {
    match (value, kind) {
        (Value::Text(code), Some(FieldType::Code(table))) if table.contains_key(code) => {
            format!("{}（{}）", table[code], show::safe(code))
        }
        (Value::Text(text), _) => text.split('\n').map(show::safe).collect::<Vec<_>>().join("\n"),
        (Value::Integer(fen), Some(FieldType::AmountFen)) => {
            format!("{}.{:02} 元", fen / 100, fen.unsigned_abs() % 100)
        }
        (Value::Integer(s), Some(FieldType::Time)) => show::time(*s),
        _ => show::value(value),
    }
}
