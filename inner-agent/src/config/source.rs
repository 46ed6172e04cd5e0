//! `[source]`: the case platform, and how approval forms and deletions are read from it.

use crate::config::mapping::Mapping;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

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
    /// File of the HMAC key for identity and telephone numbers.
    pub login_key: PathBuf,
    /// Encoding of text in SQLite.
    #[serde(default)]
    pub encoding: Encoding,
    /// Longest time of one query, seconds.
    pub statement_timeout_s: u32,
    /// Minutes before the newest change from which rows are read again, because a row may be committed after a newer one.
    pub overlap_minutes: u32,
    /// When every row and file is compared, as a cron expression in the court's time zone.
    pub reconcile: String,
    /// Code tables by name: platform code to catalogue code.
    #[serde(default)]
    pub codes: BTreeMap<String, BTreeMap<String, String>>,
    /// Approval forms for withholding (articles 13 and 15).
    pub withholding: Option<Withholding>,
    /// The platform's deletion log.
    pub deletions: Option<Deletions>,
    /// How many retractions that follow only from an absence a run makes by itself.
    #[serde(default)]
    pub retractions: Retractions,
    /// Kinds that are published and have no mapping any more: what becomes of them, by kind id.
    #[serde(default)]
    pub unmapped: BTreeMap<String, Unmapped>,
    /// How each kind is read, by kind id.
    pub kinds: BTreeMap<String, Mapping>,
}

/// The bound on retractions that follow only from an absence: the larger of both, for each kind and for all.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Retractions {
    /// This many in any case.
    pub max: u64,
    /// Percent of what is published.
    pub max_percent: u64,
}

impl Default for Retractions {
    fn default() -> Self {
        Self { max: 20, max_percent: 2 }
    }
}

/// What becomes of published records whose kind has no mapping any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unmapped {
    /// They stay published as they are.
    Keep,
    /// The next export retracts them.
    Retract,
}

/// Encoding of text in SQLite, which does not convert it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8.
    #[serde(rename = "utf-8")]
    #[default]
    Utf8,
    /// GB18030, of which GBK and GB2312 are parts.
    Gb18030,
}

/// How approval forms are read.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Withholding {
    /// SELECT of all forms.
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
    /// Column of the first day on which it applies.
    pub from: String,
    /// Column of the last day; an empty value means no end.
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

/// How the platform's deletion log is read.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Deletions {
    /// SELECT of the log.
    pub sql: String,
    /// Column of the table's name.
    pub table: String,
    /// Column of the deleted row's key.
    pub key: String,
    /// Column of the time.
    pub changed: String,
    /// Column of who approved the retraction (article 16).
    pub approved_by: Option<String>,
    /// Column of the day of the approval.
    pub approved_on: Option<String>,
    /// Column of the reason.
    pub why: Option<String>,
}
