//! The inner agent's configuration file.

use crate::notify::config::Notify;
use ferry_channel::config::{self, OnGap, Receiving, Sending, Upkeep};
use ferry_format::text::Language;
use ferry_io::error::{Error, Result};
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
    /// The court's name on what is printed.
    pub court_name: String,
    /// Folder for ledger, outbox and quarantine.
    pub state: PathBuf,
    /// The court's time zone.
    pub time_zone: String,
    /// The catalogue.
    pub catalogue: PathBuf,
    /// The policy of masking and scanning.
    pub policy: PathBuf,
    /// The ↑ channel.
    pub export: Sending,
    /// The ↓ channel.
    pub import: Receiving,
    /// Where the import puts what it brings.
    pub settle: Settle,
    /// Where the data comes from.
    pub source: Source,
    /// Messages to parties and the three-day clock, where the court has an SMS gateway.
    pub notify: Option<Notify>,
    /// Space, retention and metrics.
    #[serde(default)]
    pub upkeep: Upkeep,
    /// Language of what the agent prints; see `--lang`.
    #[serde(default)]
    pub language: Option<Language>,
    /// Where it was read from, for messages.
    #[serde(skip)]
    pub path: PathBuf,
}

/// Where receipts and messages go.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settle {
    /// The SQLite database with the staging tables: the case platform's own.
    pub staging: Option<PathBuf>,
    /// Or a PostgreSQL server: a connection string without a password, of a role that may write the staging tables.
    pub postgres: Option<String>,
    /// File with its password, not readable by others.
    pub postgres_password: Option<PathBuf>,
    /// File with the certificates under which it must identify itself over TLS; without it, there is no TLS.
    pub postgres_ca: Option<PathBuf>,
    /// Folder of the electronic case files.
    pub case_files: PathBuf,
    /// File of the font of printed certificates, TrueType or OpenType, with Chinese characters.
    pub certificate_font: PathBuf,
    /// How far the two sides' clocks may differ before a time is not believed, seconds.
    pub clock_difference_s: u32,
}

/// The case platform and the mapping that reads it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// SQLite database, opened read-only.
    pub sqlite: Option<PathBuf>,
    /// Or a PostgreSQL server (KingbaseES speaks the same protocol): a connection string without a password.
    pub postgres: Option<String>,
    /// File with its password, not readable by others.
    pub postgres_password: Option<PathBuf>,
    /// File with the certificates under which it must identify itself over TLS; without it, there is no TLS.
    pub postgres_ca: Option<PathBuf>,
    /// Folder of the document store.
    pub documents: PathBuf,
    /// Key under which identity and telephone numbers are hidden.
    pub login_key: PathBuf,
    /// Encoding of text in SQLite.
    #[serde(default)]
    pub encoding: Encoding,
    /// Seconds after which a query is ended.
    pub statement_timeout_s: u32,
    /// Rows that changed so long before the newest ones are read again: those that were committed late.
    pub overlap_minutes: u32,
    /// When every row and file is compared anew, as cron in the court's time zone.
    pub reconcile: String,
    /// Code tables: platform code to catalogue code.
    #[serde(default)]
    pub codes: BTreeMap<String, BTreeMap<String, String>>,
    /// Approval forms of what is withheld (articles 13 and 15).
    pub withholding: Option<Withholding>,
    /// The platform's log of deletions.
    pub deletions: Option<Deletions>,
    /// How each kind is read.
    pub kinds: BTreeMap<String, Mapping>,
}

/// How text is encoded where the database does not convert it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8.
    #[serde(rename = "utf-8")]
    #[default]
    Utf8,
    /// GB18030, and with it GBK and GB2312.
    Gb18030,
}

/// How approval forms are read.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Withholding {
    /// A SELECT of all forms.
    pub sql: String,
    /// Column of the form's number.
    pub form: String,
    /// Column of the table of the item; empty for a whole case.
    pub table: String,
    /// Column of the item's key; empty for a whole case.
    pub key: String,
    /// Column of the case id.
    pub case: String,
    /// Column of the class of reason, and its code table.
    pub reason: Coded,
    /// Column of the name of the head of the enforcement department.
    pub head: String,
    /// Column of the name of the court leader.
    pub leader: String,
    /// Column of the first day.
    pub from: String,
    /// Column of the last day; empty while there is none.
    pub until: String,
}

/// A column and the code table that translates it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Coded {
    /// The column.
    pub column: String,
    /// The code table.
    pub codes: String,
}

/// How the platform's log of deletions is read.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Deletions {
    /// A SELECT of the log.
    pub sql: String,
    /// Column of the table that lost a row.
    pub table: String,
    /// Column of the row's key.
    pub key: String,
    /// Column of the time.
    pub changed: String,
    /// Column of who approved the retraction (article 16).
    pub approved_by: Option<String>,
    /// Column of the day on which he did.
    pub approved_on: Option<String>,
    /// Column of the reason.
    pub why: Option<String>,
}

/// How one kind is read.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mapping {
    /// A SELECT. A row that is no longer in it is retracted.
    pub sql: String,
    /// Name of the platform's table, as approval forms and the log of deletions give it.
    pub table: Option<String>,
    /// Column by which rows are remembered; the id column unless named.
    pub key: Option<String>,
    /// Record id.
    pub id: IdSource,
    /// Column of the case id.
    pub case: Option<String>,
    /// Column of the person id.
    pub person: Option<String>,
    /// Column of the time of a row's last change. Without it every row is read on every run.
    pub changed: Option<String>,
    /// Which rows are of this kind: all of these conditions.
    #[serde(default, deserialize_with = "one_or_more")]
    pub when: Vec<Condition>,
    /// Whether the leader has signed it off (article 18).
    pub sign_off: Option<Condition>,
    /// Whether it lies in the main volume (article 5).
    pub main_volume: Option<Condition>,
    /// Column of the time when it was entered (article 12).
    pub entered: Option<String>,
    /// Column of the name of who approved that it was entered late.
    pub late_approved: Option<String>,
    /// Fields by catalogue name.
    pub fields: BTreeMap<String, FieldSource>,
}

/// A column that has one of these values.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Condition {
    /// The column.
    pub column: String,
    /// The values, as text.
    pub is: Vec<String>,
}

fn one_or_more<'de, D: Deserializer<'de>>(d: D) -> std::result::Result<Vec<Condition>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(Condition),
        More(Vec<Condition>),
    }
    Ok(match OneOrMore::deserialize(d)? {
        OneOrMore::One(one) => vec![one],
        OneOrMore::More(more) => more,
    })
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
    /// A telephone number, hidden under the log-in key.
    Hidden(String),
    /// A query code or password, of which only the Argon2id string crosses.
    Secret(String),
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
    #[serde(default)]
    argon2: bool,
    codes: Option<String>,
    file: Option<String>,
    name: Option<String>,
}

impl<'de> Deserialize<'de> for IdSource {
    fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        match d.deserialize_any(ShortOrLong)? {
            LongForm { column: Some(column), hmac, argon2: false, codes: None, file: None, name: None } => {
                Ok(Self { column, hmac })
            }
            _ => Err(serde::de::Error::custom("an id is a column, or { column = …, hmac = true }")),
        }
    }
}

impl<'de> Deserialize<'de> for FieldSource {
    fn deserialize<D: Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        let wrong = "a field is a column, { column = …, codes = … }, { column = …, hmac = true }, \
                     { column = …, argon2 = true } or { file = …, name = … }";
        let LongForm { column, hmac, argon2, codes, file, name } = d.deserialize_any(ShortOrLong)?;
        match (column, codes, file, name, hmac, argon2) {
            (Some(column), None, None, None, false, false) => Ok(Self::Column(column)),
            (Some(column), None, None, None, true, false) => Ok(Self::Hidden(column)),
            (Some(column), None, None, None, false, true) => Ok(Self::Secret(column)),
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
        c.upkeep.resolve(&base);
        let (s, t) = (&mut c.source, &mut c.settle);
        let paths = [&mut c.state, &mut c.catalogue, &mut c.policy, &mut s.documents, &mut s.login_key];
        let databases = [&mut s.sqlite, &mut s.postgres_password, &mut s.postgres_ca];
        let staging = [&mut t.staging, &mut t.postgres_password, &mut t.postgres_ca];
        let optional = databases.into_iter().chain(staging).flatten();
        for p in paths.into_iter().chain([&mut t.case_files, &mut t.certificate_font]).chain(optional) {
            *p = base.join(&*p);
        }
        if let Some(notify) = &mut c.notify {
            notify.resolve(&base);
        }
        c.path = path.to_owned();
        if c.import.on_gap == OnGap::Wait {
            // Both ends waiting for each other's gap would never hear what is asked for.
            let why = "return batches carry the requests for what is missing outside: they never wait";
            return Err(Error::configuration(path, "import.on-gap", why));
        }
        Ok(c)
    }
}
