//! A case platform in PostgreSQL, or in a database that speaks its protocol.

use crate::config::Config;
use crate::source::connection::{Server, Session};
use crate::source::database::{Cell, Database, Row, Rows, literal, quoted};
use crate::texts::errors;
use ferry_format::text::Text;
use ferry_io::error::Result;
use std::cell::{Cell as Shared, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use tokio_postgres::types::Type;
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

/// Rows that are read at once.
const PAGE_ROWS: usize = 200;

/// A connection with a read-only session.
pub struct Postgres {
    session: Session,
    /// Column types of each SELECT, requested once.
    types: RefCell<HashMap<String, Arc<Vec<Type>>>>,
    /// Whether the database stores text in UTF-8.
    is_utf8: bool,
    in_transaction: Shared<bool>,
}

impl Postgres {
    /// Connects with a read-only session in the court's time zone.
    pub fn open(config: &Config, server: &Server<'_>) -> Result<Self> {
        let zone = literal(&config.time_zone);
        // All rows of a query are read; the first few need not arrive early.
        let settings =
            format!("SET default_transaction_read_only = on; SET cursor_tuple_fraction = 1; SET timezone = {zone}");
        let session = Session::open(server, &settings)?;
        let encoding = session.wait(async |client| client.simple_query("SHOW server_encoding").await)?;
        let is_utf8 = first(&encoding).is_some_and(|name| name == "UTF8");
        Ok(Self { session, types: RefCell::default(), is_utf8, in_transaction: Shared::new(false) })
    }

    fn describe(&self, sql: &str) -> Result<std::result::Result<Vec<(String, Type)>, Text>> {
        let sql = format!("SELECT * FROM ({sql}) AS rows");
        let described = self.session.try_wait(async |client| client.prepare(&sql).await)?;
        Ok(described.map(|s| s.columns().iter().map(|c| (c.name().to_owned(), c.type_().clone())).collect()))
    }

    fn types(&self, sql: &str) -> Result<Arc<Vec<Type>>> {
        if let Some(known) = self.types.borrow().get(sql) {
            return Ok(known.clone());
        }
        let described = self.describe(sql)?.map_err(|why| errors::query_rejected(sql, why))?;
        let types: Arc<Vec<Type>> = Arc::new(described.into_iter().map(|(_, of)| of).collect());
        self.types.borrow_mut().insert(sql.to_owned(), types.clone());
        Ok(types)
    }

    /// WHERE and ORDER BY for the wanted rows, in a form for which PostgreSQL uses the platform's indexes.
    fn clause(&self, columns: &[String], types: &[Type], wanted: Rows<'_>) -> String {
        let of = |name: &str| columns.iter().position(|c| c.eq_ignore_ascii_case(name)).and_then(|n| types.get(n));
        match wanted {
            Rows::All { key } => format!(" ORDER BY {}", self.order(&quoted(columns, key))),
            Rows::Changed { changed, since } => {
                let column = quoted(columns, changed);
                match since.and_then(|s| not_below(&column, of(changed)?, s)) {
                    Some(condition) => format!(" WHERE {condition}"),
                    None => String::new(),
                }
            }
            Rows::With { column, value } => {
                let name = quoted(columns, column);
                let condition = of(column).map_or_else(|| slow(&name, value), |of| equals(&name, of, value));
                format!(" WHERE {condition}")
            }
            Rows::First { count } => format!(" LIMIT {count}"),
        }
    }

    /// The agent's order: by the bytes of UTF-8. The cast removes the padding of CHAR.
    fn order(&self, column: &str) -> String {
        if self.is_utf8 {
            format!("CAST({column} AS text) COLLATE \"C\"")
        } else {
            format!("convert_to(CAST({column} AS text), 'UTF8')")
        }
    }

    fn read(&self, query: &str, types: &[Type], visit: &mut dyn FnMut(&dyn Row) -> Result<()>) -> Result<()> {
        let run = |sql: &str| self.session.wait(async |client| client.simple_query(sql).await);
        let fetch = format!("FETCH {PAGE_ROWS} FROM ferry_rows");
        // A cursor needs memory for one page, and the time that the agent spends on a row does not count. The simple protocol
        // gives values of every type as the text that the mapping reads.
        run(&format!("DECLARE ferry_rows NO SCROLL CURSOR FOR {query}"))?;
        loop {
            let page = run(&fetch)?;
            let mut count = 0;
            for message in &page {
                if let SimpleQueryMessage::Row(row) = message {
                    count += 1;
                    visit(&PostgresRow { row, types })?;
                }
            }
            if count < PAGE_ROWS {
                run("CLOSE ferry_rows")?;
                return Ok(());
            }
        }
    }
}

impl Database for Postgres {
    fn columns(&self, sql: &str) -> Result<std::result::Result<Vec<String>, Text>> {
        Ok(self.describe(sql)?.map(|described| described.into_iter().map(|(name, _)| name).collect()))
    }

    fn rows(
        &self,
        sql: &str,
        columns: &[String],
        wanted: Rows<'_>,
        visit: &mut dyn FnMut(&dyn Row) -> Result<()>,
    ) -> Result<()> {
        let types = self.types(sql)?;
        let query = format!("SELECT * FROM ({sql}) AS rows{}", self.clause(columns, &types, wanted));
        if self.in_transaction.get() {
            return self.read(&query, &types, visit);
        }
        self.begin()?;
        let read = self.read(&query, &types, visit);
        let ended = self.end();
        read.and(ended)
    }

    fn begin(&self) -> Result<()> {
        self.session.run("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        self.in_transaction.set(true);
        Ok(())
    }

    fn end(&self) -> Result<()> {
        self.in_transaction.set(false);
        self.session.run("ROLLBACK")
    }

    fn horizon(&self) -> Result<Option<String>> {
        // Only members of pg_read_all_stats see when transactions of other roles began.
        let sql = "SELECT to_char(least(now(), min(xact_start)), 'YYYY-MM-DD HH24:MI:SS') FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let answer = self.session.try_wait(async |client| client.simple_query(sql).await)?;
        Ok(answer.ok().and_then(|rows| first(&rows)))
    }
}

/// The first value of the first row.
fn first(messages: &[SimpleQueryMessage]) -> Option<String> {
    messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten().map(str::to_owned),
        _ => None,
    })
}

/// The condition that a time is not below another, or is empty; nothing for a column of another type.
fn not_below(column: &str, of: &Type, since: &str) -> Option<String> {
    let since = literal(since);
    match *of {
        Type::TIMESTAMP | Type::TIMESTAMPTZ | Type::DATE => Some(format!("({column} >= {since} OR {column} IS NULL)")),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => {
            Some(format!("({column} >= {since} OR {column} IS NULL OR {column} = '')"))
        }
        _ => None,
    }
}

/// The condition that a column has this text, over the bare column, so that its index is used.
fn equals(column: &str, of: &Type, value: &str) -> String {
    let is_number = value.parse::<i64>().is_ok_and(|n| n.to_string() == value);
    match *of {
        // The padding of CHAR does not count; rows of other columns whose text ends with spaces are held when they are read.
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => format!("{column} = {}", literal(value)),
        Type::INT2 | Type::INT4 | Type::INT8 if is_number => format!("{column} = {value}"),
        Type::NUMERIC if is_number => format!("{column} = {value} AND {}", slow(column, value)),
        _ => slow(column, value),
    }
}

fn slow(column: &str, value: &str) -> String {
    format!("CAST({column} AS text) = {}", literal(value))
}

struct PostgresRow<'a> {
    row: &'a SimpleQueryRow,
    types: &'a [Type],
}

impl Row for PostgresRow<'_> {
    fn cell(&self, column: usize) -> Result<Cell<'_>> {
        let value = self.row.try_get(column).map_err(errors::row_unreadable)?;
        Ok(value.map_or(Cell::Null, |text| Cell::Text(text.as_bytes())))
    }

    fn is_found_again(&self, column: usize) -> Result<bool> {
        let is_padded = matches!(self.cell(column)?, Cell::Text(text) if text.ends_with(b" "));
        Ok(!is_padded || self.types.get(column) == Some(&Type::BPCHAR))
    }
}
