//! Staging tables in SQLite.

use crate::import::staging::database::{Database, Value};
use ferry_channel::ledger::db;
use ferry_io::error::Result;
use rusqlite::Connection;
use std::path::Path;

/// An SQLite database file.
pub struct Sqlite(Connection);

impl Sqlite {
    /// Opens an existing file.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self(db::open_existing(path)?))
    }
}

impl Sqlite {
    /// An error with the database's name: it is not the ledger.
    fn named<T>(&self, outcome: rusqlite::Result<T>) -> Result<T> {
        outcome.map_err(|e| db::named(&self.0, e.into()))
    }
}

impl Database for Sqlite {
    fn create_missing(&self, _: &[&str], schema: &str) -> Result<()> {
        self.named(self.0.execute_batch(schema))
    }

    fn columns(&self, table: &str) -> Result<Vec<String>> {
        let read = || {
            let mut statement = self.0.prepare("SELECT lower(name) FROM pragma_table_info(?1)")?;
            statement.query_map([table], |r| r.get(0))?.collect()
        };
        self.named(read())
    }

    fn define(&self, sql: &str) -> Result<()> {
        self.named(self.0.execute_batch(sql))
    }

    fn begin(&self) -> Result<()> {
        self.named(self.0.execute_batch("BEGIN IMMEDIATE"))
    }

    fn commit(&self) -> Result<()> {
        self.named(self.0.execute_batch("COMMIT"))
    }

    fn rollback(&self) -> Result<()> {
        self.named(self.0.execute_batch("ROLLBACK"))
    }

    fn execute(&self, sql: &'static str, values: &[Value]) -> Result<u64> {
        let run = || self.0.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values));
        Ok(self.named(run())? as u64)
    }

    fn query(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Vec<Value>>> {
        let read = || {
            let mut statement = self.0.prepare_cached(sql)?;
            let width = statement.column_count();
            let row = |r: &rusqlite::Row<'_>| (0..width).map(|n| r.get(n)).collect();
            statement.query_map(rusqlite::params_from_iter(values), row)?.collect()
        };
        self.named(read())
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => rusqlite::ToSql::to_sql(text),
            Self::Number(number) => rusqlite::ToSql::to_sql(number),
            Self::Null => rusqlite::ToSql::to_sql(&rusqlite::types::Null),
        }
    }
}

impl rusqlite::types::FromSql for Value {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        match value {
            rusqlite::types::ValueRef::Integer(number) => Ok(Self::Number(number)),
            rusqlite::types::ValueRef::Null => Ok(Self::Null),
            other => other.as_str().map(|text| Self::Text(text.to_owned())),
        }
    }
}
