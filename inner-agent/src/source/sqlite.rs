//! A case platform in SQLite.

use crate::config::{Encoding, Source};
use crate::session::timed_out;
use crate::source::convert::text;
use crate::source::{Cell, Database, Row, Rows, literal, quoted};
use encoding_rs::GB18030;
use ferry_channel::database;
use ferry_channel::failure::{Failure, Result};
use ferry_format::hex::to_hex;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode};
use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Virtual machine steps between looks at the clock.
const STEPS_PER_LOOK: i32 = 100_000;

/// A read-only connection to the case platform.
pub struct Sqlite {
    conn: Connection,
    encoding: Encoding,
    timeout: Duration,
}

/// How a column is declared in the table that it comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Declared {
    Text,
    Integer,
    Other,
}

impl Sqlite {
    /// Opens the database.
    pub fn open(path: &Path, config: &Source) -> Result<Self> {
        let conn = database::open_read_only(path)?;
        let encoding = config.encoding;
        // What the agent reads, for conditions and orders that must agree with it.
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
        conn.create_scalar_function("ferry_text", 1, flags, move |call| {
            Ok(text(Read::new(call.get_raw(0), encoding).cell()))
        })?;
        let timeout = Duration::from_secs(u64::from(config.statement_timeout_s));
        Ok(Self { conn, encoding, timeout })
    }

    fn declared(&self, sql: &str, column: &str) -> Result<Declared> {
        let statement = self.conn.prepare_cached(sql)?;
        let found = statement.columns().into_iter().find(|c| c.name().eq_ignore_ascii_case(column));
        let declared = found.and_then(|c| c.decl_type().map(str::to_ascii_uppercase)).unwrap_or_default();
        // In the order of SQLite's own rules of affinity.
        Ok(if declared.contains("INT") {
            Declared::Integer
        } else if declared.contains("CHAR") || declared.contains("TEXT") || declared.contains("CLOB") {
            Declared::Text
        } else {
            Declared::Other
        })
    }

    /// The WHERE and ORDER BY of what is wanted, in a form that the platform's own indexes serve.
    fn clause(&self, sql: &str, columns: &[String], wanted: Rows<'_>) -> Result<String> {
        Ok(match wanted {
            // Keys that are text in UTF-8 are left alone, so that an index gives their order.
            Rows::All { key } if self.encoding == Encoding::Utf8 && self.declared(sql, key)? == Declared::Text => {
                format!(" ORDER BY {} COLLATE BINARY", quoted(columns, key))
            }
            Rows::All { key } => format!(" ORDER BY ferry_text({}) COLLATE BINARY", quoted(columns, key)),
            Rows::Changed { changed, since: Some(since) } => {
                let column = quoted(columns, changed);
                format!(" WHERE ({column} >= {} OR {column} IS NULL OR {column} = '')", literal(since))
            }
            Rows::Changed { since: None, .. } => String::new(),
            Rows::With { column, value } => {
                let (name, exact) = (quoted(columns, column), literal(value));
                let exact = format!("ferry_text({}) = {exact}", quoted(columns, column));
                match self.declared(sql, column)? {
                    // From the value itself to what follows its paddings.
                    Declared::Text => {
                        let (from, below) = (self.stored(value), self.stored(&format!("{value}!")));
                        format!(
                            " WHERE {name} COLLATE BINARY >= {from} AND {name} COLLATE BINARY < {below} AND {exact}"
                        )
                    }
                    Declared::Integer if value.parse::<i64>().is_ok() => format!(" WHERE {name} = {value} AND {exact}"),
                    _ => format!(" WHERE {exact}"),
                }
            }
            Rows::First { count } => format!(" LIMIT {count}"),
        })
    }

    /// A text as the platform stores it.
    fn stored(&self, value: &str) -> String {
        match self.encoding {
            Encoding::Utf8 => literal(value),
            Encoding::Gb18030 => format!("CAST(x'{}' AS TEXT)", to_hex(&GB18030.encode(value).0)),
        }
    }
}

impl Database for Sqlite {
    fn columns(&self, sql: &str) -> Result<std::result::Result<Vec<String>, String>> {
        let statement = match self.conn.prepare(sql) {
            Ok(statement) => statement,
            Err(e) => return Ok(Err(e.to_string())),
        };
        if !statement.readonly() {
            return Ok(Err("it is no SELECT".into()));
        }
        Ok(Ok(statement.column_names().into_iter().map(str::to_owned).collect()))
    }

    fn rows(
        &self,
        sql: &str,
        columns: &[String],
        wanted: Rows<'_>,
        each: &mut dyn FnMut(&dyn Row) -> Result<()>,
    ) -> Result<()> {
        // The time that the agent spends on a row is not the query's.
        let deadline = Arc::new(Mutex::new(Instant::now() + self.timeout));
        let shared = deadline.clone();
        let is_over = move || Instant::now() > *shared.lock().unwrap_or_else(PoisonError::into_inner);
        self.conn.progress_handler(STEPS_PER_LOOK, Some(is_over))?;
        let sql = format!("SELECT * FROM ({sql}) AS rows{}", self.clause(sql, columns, wanted)?);
        let mut statement = self.conn.prepare_cached(&sql)?;
        let width = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next().map_err(failed)? {
            let began = Instant::now();
            let mut read = SqliteRow { cells: Vec::with_capacity(width) };
            for column in 0..width {
                read.cells.push(Read::new(row.get_ref(column)?, self.encoding));
            }
            each(&read)?;
            *deadline.lock().unwrap_or_else(PoisonError::into_inner) += began.elapsed();
        }
        Ok(())
    }

    fn begin(&self) -> Result<()> {
        Ok(self.conn.execute_batch("BEGIN")?)
    }

    fn end(&self) -> Result<()> {
        Ok(self.conn.execute_batch("ROLLBACK")?)
    }

    fn horizon(&self) -> Result<Option<String>> {
        // It has one writer at a time, and does not say since when it writes.
        Ok(None)
    }
}

fn failed(error: rusqlite::Error) -> Failure {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => timed_out("a query took longer than it may"),
        _ => error.into(),
    }
}

enum Read<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(Cow<'a, [u8]>),
    Blob(Cow<'a, [u8]>),
}

impl<'a> Read<'a> {
    fn new(value: ValueRef<'a>, encoding: Encoding) -> Self {
        match value {
            ValueRef::Null => Read::Null,
            ValueRef::Integer(n) => Read::Integer(n),
            ValueRef::Real(x) => Read::Real(x),
            ValueRef::Text(t) => Read::Text(decoded(t, encoding)),
            ValueRef::Blob(t) => Read::Blob(decoded(t, encoding)),
        }
    }

    fn cell(&self) -> Cell<'_> {
        match self {
            Read::Null => Cell::Null,
            Read::Integer(n) => Cell::Integer(*n),
            Read::Real(x) => Cell::Real(*x),
            Read::Text(t) | Read::Blob(t) => Cell::Text(t),
        }
    }
}

fn decoded(bytes: &[u8], encoding: Encoding) -> Cow<'_, [u8]> {
    if encoding == Encoding::Utf8 {
        return Cow::Borrowed(bytes);
    }
    match GB18030.decode_without_bom_handling(bytes).0 {
        Cow::Borrowed(t) => Cow::Borrowed(t.as_bytes()),
        Cow::Owned(t) => Cow::Owned(t.into_bytes()),
    }
}

struct SqliteRow<'a> {
    cells: Vec<Read<'a>>,
}

impl Row for SqliteRow<'_> {
    fn cell(&self, column: usize) -> Result<Cell<'_>> {
        Ok(self.cells[column].cell())
    }

    fn is_found_again(&self, column: usize) -> Result<bool> {
        Ok(!matches!(self.cells[column], Read::Blob(_)))
    }
}
