//! Where a field of a record comes from: `"COLUMN"`, or a table such as `{ column = "COLUMN", codes = "table" }`.

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// Where a record id comes from.
#[derive(Clone, Debug, Serialize)]
pub struct IdSource {
    /// The column.
    pub column: String,
    /// Whether only an HMAC of the value under the login key crosses.
    pub hmac: bool,
}

/// Where a field comes from.
#[derive(Clone, Debug, Serialize)]
pub enum FieldSource {
    /// A column, converted to the type in the catalogue.
    Column(String),
    /// A telephone number, of which only an HMAC under the login key crosses.
    Hmac(String),
    /// A query code or password, of which only an Argon2id hash crosses.
    Argon2(String),
    /// A column, and the code table that translates it.
    Coded(String, String),
    /// Column of a path in the document store, and column of the file name that people see.
    File(String, String),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LongForm {
    column: Option<String>,
    #[serde(default)]
    hmac: bool,
    #[serde(default)]
    argon2: bool,
    codes: Option<String>,
    file: Option<String>,
    name: Option<String>,
}

impl<'de> Deserialize<'de> for IdSource {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        match d.deserialize_any(ShortOrLong)? {
            LongForm { column: Some(column), hmac, argon2: false, codes: None, file: None, name: None } => {
                Ok(Self { column, hmac })
            }
            _ => Err(serde::de::Error::custom("expected a column or { column, hmac = true }")),
        }
    }
}

impl<'de> Deserialize<'de> for FieldSource {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let wrong = "expected a column, { column, codes }, { column, hmac = true }, { column, argon2 = true } or { file, name }";
        let LongForm { column, hmac, argon2, codes, file, name } = d.deserialize_any(ShortOrLong)?;
        match (column, codes, file, name, hmac, argon2) {
            (Some(column), None, None, None, false, false) => Ok(Self::Column(column)),
            (Some(column), None, None, None, true, false) => Ok(Self::Hmac(column)),
            (Some(column), None, None, None, false, true) => Ok(Self::Argon2(column)),
            (Some(column), Some(codes), None, None, false, false) => Ok(Self::Coded(column, codes)),
            (None, None, Some(file), Some(name), false, false) => Ok(Self::File(file, name)),
            _ => Err(serde::de::Error::custom(wrong)),
        }
    }
}

/// A bare string is the short form of `{ column = … }`.
struct ShortOrLong;

impl<'de> Visitor<'de> for ShortOrLong {
    type Value = LongForm;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a column name or a table")
    }

    fn visit_str<E>(self, column: &str) -> Result<LongForm, E> {
        Ok(LongForm { column: Some(column.to_owned()), ..LongForm::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LongForm, A::Error> {
        LongForm::deserialize(MapAccessDeserializer::new(map))
    }
}
