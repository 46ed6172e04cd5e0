//! A case platform in SQLite.

use crate::config::{Encoding, Source};
use crate::source::{Cell, Database, Row, Rows, clause};
use encoding_rs::GB18030;
use ferry_channel::database;
use ferry_channel::failure::Result;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::borrow::Cow;
use std::path::Path;
use std::time::{Duration, Instant};

/// Virtual machine steps between looks at the clock.
const STEPS_PER_LOOK: i32 = 100_000;

/// A read-only connection to the case platform.
pub struct Sqlite {
    conn: Connection,
    encoding: Encoding,
    timeout: Duration,
}

impl Sqlite {
    /// Opens the database.
    pub fn open(path: &Path, config: &Source) -> Result<Self> {
        let conn = database::open_read_only(path)?;
        let timeout = Duration::from_secs(u64::from(config.statement_timeout_s));
        Ok(Self { conn, encoding: config.encoding, timeout })
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
        // Keys that are text already are left alone, so that an index gives their order.
        let clause = match wanted {
            Rows::All { key } | Rows::Changed { key, .. } if self.is_text(sql, key)? => clause(columns, wanted, own),
            Rows::With { column, .. } if self.is_text(sql, column)? => clause(columns, wanted, own),
            _ => clause(columns, wanted, cast),
        };
        let began = Instant::now();
        let timeout = self.timeout;
        self.conn.progress_handler(STEPS_PER_LOOK, Some(move || began.elapsed() > timeout))?;
        let sql = format!("SELECT * FROM ({sql}) AS rows{clause}");
        let mut statement = self.conn.prepare_cached(&sql)?;
        let width = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let mut read = SqliteRow { cells: Vec::with_capacity(width) };
            for column in 0..width {
                read.cells.push(self.read(row.get_ref(column)?));
            }
            each(&read)?;
        }
        Ok(())
    }

    fn begin(&self) -> Result<()> {
        Ok(self.conn.execute_batch("BEGIN")?)
    }

    fn end(&self) -> Result<()> {
        Ok(self.conn.execute_batch("ROLLBACK")?)
    }
}

impl Sqlite {
    /// Whether a column is declared as text in the table that it comes from.
    fn is_text(&self, sql: &str, column: &str) -> Result<bool> {
        let statement = self.conn.prepare_cached(sql)?;
        let found = statement.columns().into_iter().find(|c| c.name().eq_ignore_ascii_case(column));
        let declared = found.and_then(|c| c.decl_type().map(str::to_ascii_uppercase)).unwrap_or_default();
        Ok(declared.contains("CHAR") || declared.contains("TEXT"))
    }

    fn read<'a>(&self, value: ValueRef<'a>) -> Read<'a> {
        match value {
            ValueRef::Null => Read::Null,
            ValueRef::Integer(n) => Read::Integer(n),
            ValueRef::Real(x) => Read::Real(x),
            ValueRef::Text(t) | ValueRef::Blob(t) if self.encoding == Encoding::Utf8 => Read::Text(Cow::Borrowed(t)),
            ValueRef::Text(t) | ValueRef::Blob(t) => Read::Text(match GB18030.decode_without_bom_handling(t).0 {
                Cow::Borrowed(t) => Cow::Borrowed(t.as_bytes()),
                Cow::Owned(t) => Cow::Owned(t.into_bytes()),
            }),
        }
    }
}

fn own(column: &str) -> (String, String) {
    (column.to_owned(), format!("{column} COLLATE BINARY"))
}

fn cast(column: &str) -> (String, String) {
    (format!("CAST({column} AS TEXT)"), format!("CAST({column} AS TEXT) COLLATE BINARY"))
}

enum Read<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(Cow<'a, [u8]>),
}

struct SqliteRow<'a> {
    cells: Vec<Read<'a>>,
}

impl Row for SqliteRow<'_> {
    fn cell(&self, column: usize) -> Result<Cell<'_>> {
        Ok(match &self.cells[column] {
            Read::Null => Cell::Null,
            Read::Integer(n) => Cell::Integer(*n),
            Read::Real(x) => Cell::Real(*x),
            Read::Text(t) => Cell::Text(t),
        })
    }
}
