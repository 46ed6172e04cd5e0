//! Names of kinds, fields and values for people: from the catalogue, if it is the one that the header names.

use crate::output::values;
use crate::texts::review_page;
use ferry_format::frame::header::Header;
use ferry_format::record::catalogue::{Catalogue, FieldType};
use ferry_format::record::{Record, Value};
use ferry_format::text::Text;
use ferry_io::Result as Outcome;
use ferry_io::fs::read;
use std::path::Path;

/// The kind of withheld entries where no catalogue says which it is.
const WITHHELD: &str = "withheld";

/// Where names come from.
pub enum CatalogueNames {
    /// No catalogue was given: ids are shown.
    NotGiven,
    /// The header names another catalogue than the one that was given: ids are shown.
    Mismatch,
    /// The catalogue that the header names.
    Known(Box<Catalogue>),
}

/// A field as people read it.
pub struct NamedField<'a> {
    /// Its name.
    pub name: Text,
    /// Its value; several lines where it has them.
    pub text: Text,
    /// The value itself.
    pub value: &'a Value,
}

impl CatalogueNames {
    /// Reads the catalogue, and compares its digest with the header's.
    ///
    /// # Errors
    /// Bad data where the file is no catalogue.
    pub fn read(path: Option<&Path>, header: &Header) -> Outcome<Self> {
        let Some(path) = path else { return Ok(Self::NotGiven) };
        let catalogue = Catalogue::from_toml(&read::text(path)?)?;
        let is_named = catalogue.digest()? == header.catalogue;
        Ok(if is_named { Self::Known(Box::new(catalogue)) } else { Self::Mismatch })
    }

    fn catalogue(&self) -> Option<&Catalogue> {
        if let Self::Known(catalogue) = self { Some(catalogue) } else { None }
    }

    /// The name of a kind.
    pub fn kind(&self, id: &str) -> Text {
        let found = self.catalogue().and_then(|c| c.kinds.get(id));
        found.map_or_else(|| Text::verbatim(values::safe(id)), |k| Text::new(k.zh.clone(), k.en.clone()))
    }

    /// The kind of entries that say that something is withheld.
    pub fn withheld(&self) -> &str {
        self.catalogue().map_or(WITHHELD, |c| &c.roles.withheld)
    }

    /// The fields of a record in the order of a page.
    pub fn fields<'a>(&self, record: &'a Record) -> Vec<NamedField<'a>> {
        let kind = self.catalogue().and_then(|c| c.kinds.get(&record.kind));
        let of = |name: &str| kind.and_then(|k| k.fields.get(name));
        let mut fields: Vec<_> = record.fields.iter().collect();
        fields.sort_by_key(|(name, _)| of(name).map_or(u32::MAX, |f| f.order));
        let named = |(id, value): (&'a String, &'a Value)| NamedField {
            name: self.field(&record.kind, id),
            text: value_text(value, of(id).map(|f| &f.kind)),
            value,
        };
        fields.into_iter().map(named).collect()
    }

    /// The name of a field of a kind.
    pub fn field(&self, kind: &str, id: &str) -> Text {
        let found = self.catalogue().and_then(|c| c.kinds.get(kind)).and_then(|k| k.fields.get(id));
        found.map_or_else(|| Text::verbatim(values::safe(id)), |f| Text::new(f.zh.clone(), f.en.clone()))
    }
}

fn value_text(value: &Value, kind: Option<&FieldType>) -> Text {
    match (value, kind) {
        (Value::Text(code), Some(FieldType::Code(table))) if table.contains_key(code) => {
            let (name, code) = (&table[code], values::safe(code));
            Text::new(format!("{name}（{code}）"), format!("{name} ({code})"))
        }
        (Value::Text(text), _) => Text::verbatim(text.split('\n').map(values::safe).collect::<Vec<_>>().join("\n")),
        (Value::Integer(fen), Some(FieldType::AmountFen)) => {
            review_page::yuan(format!("{}.{:02}", fen / 100, fen.unsigned_abs() % 100))
        }
        (Value::Integer(s), Some(FieldType::Time)) => Text::verbatim(values::court_time(*s)),
        _ => Text::verbatim(values::value(value)),
    }
}
