//! The inner agent's configuration file.

use ferry_channel::config::{self, Receiving, Sending};
use ferry_channel::failure::Result;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Court id.
    pub court: String,
    /// Folder for ledger, outbox and quarantine.
    pub state: PathBuf,
    /// The court's time zone.
    pub time_zone: String,
    /// The catalogue.
    pub catalogue: PathBuf,
    /// The ↑ channel.
    pub export: Sending,
    /// The ↓ channel.
    pub import: Receiving,
    /// Where the import puts what it brings.
    pub settle: Settle,
    /// Where the data comes from.
    pub source: Source,
    /// Where it was read from, for messages.
    #[serde(skip)]
    pub path: PathBuf,
}

/// Where receipts and messages go.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settle {
    /// The database with the staging tables: the case platform's own.
    pub staging: PathBuf,
    /// Folder of the electronic case files.
    pub case_files: PathBuf,
}

/// The case platform and the mapping that reads it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// SQLite database, opened read-only.
    pub database: PathBuf,
    /// Folder of the document store.
    pub documents: PathBuf,
    /// Key under which identity numbers are hidden.
    pub login_key: PathBuf,
    /// Code tables: platform code to catalogue code.
    #[serde(default)]
    pub codes: BTreeMap<String, BTreeMap<String, String>>,
    /// How each kind is read.
    pub kinds: BTreeMap<String, Mapping>,
}

/// How one kind is read.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mapping {
    /// A SELECT. A row that is no longer in it is retracted.
    pub sql: String,
    /// Column by which rows are remembered; the id column unless named.
    pub key: Option<String>,
    /// Record id.
    pub id: IdSource,
    /// Column of the case id.
    pub case: Option<String>,
    /// Column of the person id.
    pub person: Option<String>,
    /// Fields by catalogue name.
    pub fields: BTreeMap<String, FieldSource>,
}

impl Mapping {
    /// The column by which rows are ordered and remembered.
    pub fn key_column(&self) -> &str {
        self.key.as_deref().unwrap_or(&self.id.column)
    }
}

/// Where a record id comes from.
#[derive(Clone, Debug, Serialize)]
pub struct IdSource {
    /// The column.
    pub column: String,
    /// Whether the value is hidden under the log-in key.
    pub hmac: bool,
}

/// Where a field comes from.
#[derive(Clone, Debug, Serialize)]
pub enum FieldSource {
    /// A column, converted by the catalogue's type.
    Column(String),
    /// A column and its code table.
    Coded(String, String),
    /// A path below the document store, and the column of the name that people see.
    File(String, String),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LongForm {
    column: Option<String>,
    #[serde(default)]
    hmac: bool,
    codes: Option<String>,
    file: Option<String>,
    name: Option<String>,
}

impl<'de> Deserialize<'de> for IdSource {
    fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        match d.deserialize_any(ShortOrLong)? {
            LongForm { column: Some(column), hmac, codes: None, file: None, name: None } => Ok(Self { column, hmac }),
            _ => Err(serde::de::Error::custom("an id is a column, or { column = …, hmac = true }")),
        }
    }
}

impl<'de> Deserialize<'de> for FieldSource {
    fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        match d.deserialize_any(ShortOrLong)? {
            LongForm { column: Some(column), hmac: false, codes: None, file: None, name: None } => {
                Ok(Self::Column(column))
            }
            LongForm { column: Some(column), hmac: false, codes: Some(codes), file: None, name: None } => {
                Ok(Self::Coded(column, codes))
            }
            LongForm { column: None, hmac: false, codes: None, file: Some(file), name: Some(name) } => {
                Ok(Self::File(file, name))
            }
            _ => Err(serde::de::Error::custom(
                "a field is a column, { column = …, codes = … } or { file = …, name = … }",
            )),
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

    fn visit_str<E>(self, column: &str) -> std::result::Result<LongForm, E> {
        Ok(LongForm { column: Some(column.to_owned()), ..LongForm::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<LongForm, A::Error> {
        LongForm::deserialize(MapAccessDeserializer::new(map))
    }
}

impl Config {
    /// Reads the file; relative paths start at its folder.
    pub fn load(path: &Path) -> Result<Self> {
        let mut c: Self = config::read(path)?;
        let base = config::base_of(path)?;
        c.export.resolve(&base);
        c.import.resolve(&base);
        let (s, t) = (&mut c.source, &mut c.settle);
        let paths = [&mut c.state, &mut c.catalogue, &mut s.database, &mut s.documents, &mut s.login_key];
        for p in paths.into_iter().chain([&mut t.staging, &mut t.case_files]) {
            *p = base.join(&*p);
        }
        c.path = path.to_owned();
        Ok(c)
    }
}
