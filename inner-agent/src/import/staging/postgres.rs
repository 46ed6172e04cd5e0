//! Staging tables in PostgreSQL, or in a server that speaks its protocol.

use crate::import::staging::database::{Database, Value};
use crate::source::connection::{Server, Session};
use ferry_io::error::Result;
use std::cell::RefCell;
use std::collections::HashMap;
use tokio_postgres::Statement;
use tokio_postgres::types::{ToSql, Type};

/// A session with its prepared statements.
pub struct Postgres {
    session: Session,
    statements: RefCell<HashMap<&'static str, Statement>>,
}

impl Postgres {
    /// Connects. A commit is durable when it returns: the local ledger relies on it.
    pub fn open(server: &Server<'_>) -> Result<Self> {
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
            Value::Null => &None::<i64>,
        })
        .collect()
}

impl Database for Postgres {
    fn create_missing(&self, tables: &[&str], schema: &str) -> Result<()> {
        // If the administrator created them, this role needs no permission to.
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
