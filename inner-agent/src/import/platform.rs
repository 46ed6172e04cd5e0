//! The platform's database as the staging tables see it: one dialect of SQL that SQLite and PostgreSQL both speak.

use crate::config::Config;
use crate::session::{Server, Session};
use ferry_channel::ledger::db;
use ferry_io::error::{Error, Result};
use rusqlite::Connection;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use tokio_postgres::Statement;
use tokio_postgres::types::{ToSql, Type};

/// A value that goes in or comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A whole number that is not known.
    Unknown,
}

impl Value {
    /// As it is printed.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
            Self::Unknown => String::new(),
        }
    }

    /// A number, where it is one.
    pub fn number(&self) -> Option<i64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::Unknown, Self::Number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        // PostgreSQL keeps no zero byte; what a stranger sent must not stop the import.
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

/// A platform's database. Parameters are `$1`, `$2`, … in the order in which they first appear.
pub trait Platform {
    /// Makes those of the tables that are missing.
    fn make(&self, tables: &[&str], schema: &str) -> Result<()>;
    /// The columns of a table, in small letters.
    fn columns(&self, table: &str) -> Result<Vec<String>>;
    /// Runs a statement of the schema.
    fn define(&self, sql: &str) -> Result<()>;
    /// Begins a transaction that no other writer of these tables comes between.
    fn begin(&self) -> Result<()>;
    /// Commits it: what it wrote is durable.
    fn commit(&self) -> Result<()>;
    /// Takes it back.
    fn rollback(&self) -> Result<()>;
    /// Runs a statement; gives how many rows it wrote.
    fn execute(&self, sql: &'static str, values: &[Value]) -> Result<u64>;
    /// Reads rows.
    fn query(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Vec<Value>>>;
}

/// Opens the database that the configuration names.
pub fn open(config: &Config) -> Result<Box<dyn Platform>> {
    let settle = &config.settle;
    match (&settle.staging, &settle.postgres) {
        (Some(file), None) => Ok(Box::new(Sqlite::open(file)?)),
        (None, Some(string)) => Ok(Box::new(Postgres::open(&Server {
            config: &config.path,
            table: "settle",
            string,
            password: settle.postgres_password.as_ref(),
            ca: settle.postgres_ca.as_ref(),
            statement_timeout_s: config.source.statement_timeout_s,
        })?)),
        _ => {
            let why = "one of `staging` and `postgres` is needed, and only one";
            Err(Error::configuration(&config.path, "settle", why))
        }
    }
}

struct Sqlite(Connection);

impl Sqlite {
    fn open(path: &Path) -> Result<Self> {
        Ok(Self(db::open_existing(path)?))
    }
}

impl Platform for Sqlite {
    fn make(&self, _: &[&str], schema: &str) -> Result<()> {
        Ok(self.0.execute_batch(schema)?)
    }

    fn columns(&self, table: &str) -> Result<Vec<String>> {
        let mut statement = self.0.prepare("SELECT lower(name) FROM pragma_table_info(?1)")?;
        Ok(statement.query_map([table], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    fn define(&self, sql: &str) -> Result<()> {
        Ok(self.0.execute_batch(sql)?)
    }

    fn begin(&self) -> Result<()> {
        Ok(self.0.execute_batch("BEGIN IMMEDIATE")?)
    }

    fn commit(&self) -> Result<()> {
        Ok(self.0.execute_batch("COMMIT")?)
    }

    fn rollback(&self) -> Result<()> {
        Ok(self.0.execute_batch("ROLLBACK")?)
    }

    fn execute(&self, sql: &'static str, values: &[Value]) -> Result<u64> {
        Ok(self.0.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))? as u64)
    }

    fn query(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Vec<Value>>> {
        let mut statement = self.0.prepare_cached(sql)?;
        let width = statement.column_count();
        let row = |r: &rusqlite::Row<'_>| (0..width).map(|n| r.get(n)).collect();
        let rows = statement.query_map(rusqlite::params_from_iter(values), row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => rusqlite::ToSql::to_sql(text),
            Self::Number(number) => rusqlite::ToSql::to_sql(number),
            Self::Unknown => rusqlite::ToSql::to_sql(&rusqlite::types::Null),
        }
    }
}

impl rusqlite::types::FromSql for Value {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        match value {
            rusqlite::types::ValueRef::Integer(number) => Ok(Self::Number(number)),
            rusqlite::types::ValueRef::Null => Ok(Self::Unknown),
            other => other.as_str().map(|text| Self::Text(text.to_owned())),
        }
    }
}

struct Postgres {
    session: Session,
    statements: RefCell<HashMap<&'static str, Statement>>,
}

impl Postgres {
    fn open(server: &Server<'_>) -> Result<Self> {
        // The local ledger forgets a batch only once the platform has it for certain.
        let session = Session::open(server, "SET synchronous_commit = on")?;
        Ok(Self { session, statements: RefCell::default() })
    }

    fn statement(&self, sql: &'static str) -> Result<Statement> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(known.clone());
        }
        let statement = self.session.wait(async |client| client.prepare(sql).await)?;
        self.statements.borrow_mut().insert(sql, statement.clone());
        Ok(statement)
    }
}

fn bound(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values
        .iter()
        .map(|value| match value {
            Value::Text(text) => text as &(dyn ToSql + Sync),
            Value::Number(number) => number,
            Value::Unknown => &None::<i64>,
        })
        .collect()
}

impl Platform for Postgres {
    fn make(&self, tables: &[&str], schema: &str) -> Result<()> {
        // Where the platform's administrator made them, this role need not be allowed to.
        let names: Vec<String> = tables.iter().map(|t| t.to_ascii_lowercase()).collect();
        let sql = "SELECT count(*) FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL";
        let row = self.session.wait(async |client| client.query_one(sql, &[&names]).await)?;
        if row.get::<_, i64>(0) == 0 { Ok(()) } else { self.session.run(schema) }
    }

    fn columns(&self, table: &str) -> Result<Vec<String>> {
        let name = table.to_ascii_lowercase();
        let sql = "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass($1::text) AND attnum > 0 AND NOT attisdropped";
        let rows = self.session.wait(async |client| client.query(sql, &[&name]).await)?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    fn define(&self, sql: &str) -> Result<()> {
        self.session.run(sql)
    }

    fn begin(&self) -> Result<()> {
        self.session.run("BEGIN")
    }

    fn commit(&self) -> Result<()> {
        self.session.run("COMMIT")
    }

    fn rollback(&self) -> Result<()> {
        self.session.run("ROLLBACK")
    }

    fn execute(&self, sql: &'static str, values: &[Value]) -> Result<u64> {
        let statement = self.statement(sql)?;
        self.session.wait(async |client| client.execute(&statement, &bound(values)).await)
    }

    fn query(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Vec<Value>>> {
        let statement = self.statement(sql)?;
        self.session.wait(async |client| {
            let rows = client.query(&statement, &bound(values)).await?;
            let value = |row: &tokio_postgres::Row, n: usize| match *statement.columns()[n].type_() {
                Type::INT8 => row.try_get::<_, Option<i64>>(n).map(Value::from),
                _ => row.try_get(n).map(Value::Text),
            };
            rows.iter().map(|row| (0..row.len()).map(|n| value(row, n)).collect()).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_byte_that_a_stranger_sent_becomes_a_mark_that_every_database_keeps() {
        assert_eq!(Value::from("a\0b"), Value::Text("a\u{fffd}b".into()));
    }
}
