//! The id of a channel.

use ferry_format::names::Id;
use rusqlite::types::{ToSql, ToSqlOutput};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The checked id of one channel: what its batches are named after, and the first column of every table of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChannelId(Id);

impl ChannelId {
    /// Checks an id.
    ///
    /// # Errors
    /// An input error for anything but a short lower-case id.
    pub fn new(text: &str) -> ferry_format::Result<Self> {
        Id::new(text).map(Self)
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// As batches carry it.
    pub fn id(&self) -> &Id {
        &self.0
    }
}

impl From<Id> for ChannelId {
    fn from(id: Id) -> Self {
        Self(id)
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ToSql for ChannelId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_str()))
    }
}

impl<'de> Deserialize<'de> for ChannelId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(D::Error::custom)
    }
}

impl Serialize for ChannelId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
