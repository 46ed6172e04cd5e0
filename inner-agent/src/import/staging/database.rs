//! The platform's database as the staging tables use it: the SQL that SQLite and PostgreSQL have in common.

use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// A parameter or a column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// NULL in a column of whole numbers.
    Null,
}

impl Value {
    /// As text; NULL is empty.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
            Self::Null => String::new(),
        }
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<i64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Number)
    }
}

impl From<UnixSeconds> for Value {
    fn from(at: UnixSeconds) -> Self {
        Self::Number(at.get())
    }
}

impl From<Option<UnixSeconds>> for Value {
    fn from(at: Option<UnixSeconds>) -> Self {
        at.map(UnixSeconds::get).into()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        // PostgreSQL stores no zero byte; a hostile text must not stop the import.
        Self::Text(text.replace('\0', "\u{fffd}"))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number as i64)
    }
}

/// The platform's database. Parameters are `$1`, `$2`, … in the order in which they first appear.
pub trait Database {
    /// Creates those of the tables that are missing.
    fn create_missing(&self, tables: &[&str], schema: &str) -> Result<()>;
    /// The columns of a table, in lower case.
    fn columns(&self, table: &str) -> Result<Vec<String>>;
    /// Runs a statement of the schema.
    fn define(&self, sql: &str) -> Result<()>;
    /// Begins a transaction that excludes other writers of these tables.
    fn begin(&self) -> Result<()>;
    /// Commits it durably.
    fn commit(&self) -> Result<()>;
    /// Rolls it back.
    fn rollback(&self) -> Result<()>;
    /// Runs a statement; gives the number of rows written.
    fn execute(&self, sql: &'static str, values: &[Value]) -> Result<u64>;
    /// Reads rows.
    fn query(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Vec<Value>>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_byte_becomes_a_character_that_every_database_stores() {
        assert_eq!(Value::from("a\0b"), Value::Text("a\u{fffd}b".into()));
    }
}
