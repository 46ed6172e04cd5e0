//! `[source.kinds.…]`: how the rows of one kind are read.

use crate::config::fields::{FieldSource, IdSource};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// How one kind is read.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mapping {
    /// SELECT of the rows. A row that disappears from it is retracted.
    pub sql: String,
    /// Name of the platform's table, as approval forms and the deletion log give it.
    pub table: Option<String>,
    /// Column that identifies a row; the id column unless named.
    pub key: Option<String>,
    /// Record id.
    pub id: IdSource,
    /// Column of the case id.
    pub case: Option<String>,
    /// Column of the person id.
    pub person: Option<String>,
    /// Column of the kind of identity document, of the log-in kind: two rows with the same number are one person only where it
    /// agrees.
    pub identity_type: Option<String>,
    /// Column of the time of a row's last change. Without it every run reads every row.
    pub changed: Option<String>,
    /// Conditions that a row of this kind meets, all of them.
    #[serde(default, deserialize_with = "one_or_more")]
    pub when: Vec<Condition>,
    /// Condition of a row that a leader has signed off (article 18).
    pub sign_off: Option<Condition>,
    /// Condition of a row in the main volume (article 5).
    pub main_volume: Option<Condition>,
    /// Column of the time when the row was entered (article 12).
    pub entered: Option<String>,
    /// Column of the name of the person who approved the late entry.
    pub late_approved: Option<String>,
    /// Whether line ends, tabs and characters of no width in texts are normalized; otherwise a record with them is held.
    #[serde(default = "yes")]
    pub normalize: bool,
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

fn yes() -> bool {
    true
}

fn one_or_more<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Condition>, D::Error> {
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
    /// The column by which rows are identified and ordered.
    pub fn key_column(&self) -> &str {
        self.key.as_deref().unwrap_or(&self.id.column)
    }
}
