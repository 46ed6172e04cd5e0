//! A case platform in PostgreSQL, or in a database that speaks its protocol.

use crate::config::Config;
use crate::config::source::Encoding;
use crate::source::connection::{Server, Session};
use crate::source::database::{Cell, Database, Row, Rows, literal, quoted, text_ranges};
use crate::source::value::{private_use, text};
use crate::texts::errors;
use encoding_rs::GB18030;
use ferry_format::encoding::hex::from_hex;
use ferry_format::text::Text;
use ferry_io::error::Result;
use jiff::civil::DateTime;
use std::borrow::Cow;
use std::cell::{Cell as Shared, RefCell};
use std::collections::{HashMap, HashSet};
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
    /// How the database stores text.
    stored: Stored,
    in_transaction: Shared<bool>,
    /// Cursors that were opened.
    cursors: Shared<u64>,
}

/// How a database stores text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stored {
    Utf8,
    /// In GB18030 or a part of it, under this name of the server. Its conversion to UTF-8 would end a whole query at the first
    /// character that has none, so text is read as bytes, and decoded here.
    Chinese(String),
    /// In another encoding, which the server converts.
    Other,
}

impl Stored {
    fn of(name: &str, configured: Encoding) -> Self {
        match name {
            "UTF8" => Self::Utf8,
            "EUC_CN" | "GBK" | "GB18030" => Self::Chinese(name.to_owned()),
            "SQL_ASCII" if configured == Encoding::Gb18030 => Self::Chinese(name.to_owned()),
            _ => Self::Other,
        }
    }
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
        let stored = Stored::of(&first(&encoding).unwrap_or_default(), config.source.encoding);
        Ok(Self {
            session,
            types: RefCell::default(),
            stored,
            in_transaction: Shared::new(false),
            cursors: Shared::new(0),
        })
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
    fn clause(&self, sql: &str, columns: &[String], types: &[Type], wanted: Rows<'_>) -> String {
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
            Rows::With { column, value } => format!(" WHERE {}", equals(&quoted(columns, column), of(column), value)),
            Rows::Among { column, values } if of(column).is_some_and(is_text) => {
                let among = values.iter().map(|v| literal(v)).collect::<Vec<_>>().join(", ");
                format!(" WHERE {} IN ({among})", quoted(columns, column))
            }
            Rows::Among { column, values } => {
                let name = quoted(columns, column);
                let each = values.iter().map(|value| equals(&name, of(column), value));
                format!(" WHERE ({})", each.collect::<Vec<_>>().join(") OR ("))
            }
            Rows::Repeated { column } => {
                let grouped = format!("upper(trim(CAST({} AS text)))", quoted(columns, column));
                format!(" WHERE {grouped} IN (SELECT {grouped} FROM ({sql}) AS rows GROUP BY 1 HAVING count(*) > 1)")
            }
            Rows::First { count } => format!(" LIMIT {count}"),
        }
    }

    /// The agent's order: by the bytes of UTF-8. The cast removes the padding of CHAR.
    fn order(&self, column: &str) -> String {
        match self.stored {
            Stored::Utf8 => format!("CAST({column} AS text) COLLATE \"C\""),
            Stored::Chinese(_) | Stored::Other => format!("convert_to(CAST({column} AS text), 'UTF8')"),
        }
    }

    /// What is selected: the columns, or the stored bytes of those that hold text.
    fn selected(&self, columns: &[String], types: &[Type]) -> String {
        let Stored::Chinese(name) = &self.stored else { return "*".to_owned() };
        let one = |(column, of): (&String, &Type)| {
            let column = quoted(columns, column);
            match is_text(of) {
                true => format!("encode(convert_to(CAST({column} AS text), {}), 'hex') AS {column}", literal(name)),
                false => column,
            }
        };
        columns.iter().zip(types).map(one).collect::<Vec<_>>().join(", ")
    }

    fn read(&self, query: &str, types: &[Type], visit: &mut dyn FnMut(&dyn Row) -> Result<()>) -> Result<()> {
        let run = |sql: &str| self.session.wait(async |client| client.simple_query(sql).await);
        // A query may be asked while the rows of another are visited.
        let number = self.cursors.get() + 1;
        self.cursors.set(number);
        let cursor = format!("ferry_rows_{number}");
        let fetch = format!("FETCH {PAGE_ROWS} FROM {cursor}");
        // A cursor needs memory for one page, and the time that the agent spends on a row does not count. The simple protocol
        // gives values of every type as the text that the mapping reads.
        run(&format!("DECLARE {cursor} NO SCROLL CURSOR FOR {query}"))?;
        loop {
            let page = run(&fetch)?;
            let mut count = 0;
            for message in &page {
                if let SimpleQueryMessage::Row(row) = message {
                    count += 1;
                    visit(&PostgresRow::read(row, types, &self.stored))?;
                }
            }
            if count < PAGE_ROWS {
                run(&format!("CLOSE {cursor}"))?;
                return Ok(());
            }
        }
    }
}

impl Postgres {
    /// Reads a query, in the view that was begun or in one of its own.
    fn visit(&self, query: &str, types: &[Type], visit: &mut dyn FnMut(&dyn Row) -> Result<()>) -> Result<()> {
        if self.in_transaction.get() {
            return self.read(query, types, visit);
        }
        self.begin()?;
        let read = self.read(query, types, visit);
        let ended = self.end();
        read.and(ended)
    }
}

impl Database for Postgres {
    fn is_binary(&self, sql: &str, column: &str) -> Result<bool> {
        let described = self.describe(sql)?.map_err(|why| errors::query_rejected(sql, why))?;
        Ok(described.iter().any(|(name, of)| name.eq_ignore_ascii_case(column) && *of == Type::BYTEA))
    }

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
        let selected = self.selected(columns, &types);
        let query = format!("SELECT {selected} FROM ({sql}) AS rows{}", self.clause(sql, columns, &types, wanted));
        self.visit(&query, &types, visit)
    }

    fn repeated_keys(&self, sql: &str, columns: &[String], key: &str, among: &[String]) -> Result<HashSet<String>> {
        let types = self.types(sql)?;
        let at = columns.iter().position(|c| c.eq_ignore_ascii_case(key));
        let of = [at.and_then(|n| types.get(n)).cloned().unwrap_or(Type::TEXT)];
        let selected = self.selected(&[at.map_or_else(|| key.to_owned(), |n| columns[n].clone())], &of);
        let wanted = self.clause(sql, columns, &types, Rows::Among { column: key, values: among });
        let name = quoted(columns, key);
        let query = format!(
            "SELECT {selected} FROM (SELECT {name} FROM ({sql}) AS rows{wanted} GROUP BY {name} HAVING count(*) > 1) AS repeated"
        );
        let mut keys = HashSet::new();
        self.visit(&query, &of, &mut |row| {
            keys.extend(text(row.cell(0)?));
            Ok(())
        })?;
        Ok(keys)
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

fn is_text(of: &Type) -> bool {
    matches!(*of, Type::TEXT | Type::VARCHAR | Type::BPCHAR)
}

/// The condition that a time is not below another, or is empty; nothing for a column of another type.
fn not_below(column: &str, of: &Type, since: DateTime) -> Option<String> {
    match *of {
        Type::TIMESTAMP | Type::TIMESTAMPTZ | Type::DATE => {
            Some(format!("({column} >= '{}' OR {column} IS NULL)", since.strftime("%Y-%m-%d %H:%M:%S")))
        }
        _ if is_text(of) => {
            let ranges: Vec<String> = text_ranges(column, since).iter().map(|range| format!("({range})")).collect();
            Some(format!("({} OR {column} IS NULL OR {column} = '')", ranges.join(" OR ")))
        }
        _ => None,
    }
}

/// The condition that a column has this text, over the bare column, so that its index is used.
fn equals(column: &str, of: Option<&Type>, value: &str) -> String {
    let is_number = value.parse::<i64>().is_ok_and(|n| n.to_string() == value);
    match *of.unwrap_or(&Type::UNKNOWN) {
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
    cells: Vec<PostgresValue<'a>>,
    types: &'a [Type],
}

enum PostgresValue<'a> {
    Null,
    Text(Cow<'a, str>),
    NotText,
    Binary,
}

impl<'a> PostgresRow<'a> {
    fn read(row: &'a SimpleQueryRow, types: &'a [Type], stored: &Stored) -> Self {
        let read = |(column, of): (usize, &Type)| match row.try_get(column) {
            Ok(None) => PostgresValue::Null,
            Ok(Some(_)) if *of == Type::BYTEA => PostgresValue::Binary,
            Ok(Some(bytes)) if is_text(of) && matches!(stored, Stored::Chinese(_)) => decoded(bytes),
            Ok(Some(text)) => PostgresValue::Text(Cow::Borrowed(text)),
            // The server sent what is no UTF-8.
            Err(_) => PostgresValue::NotText,
        };
        Self { cells: types.iter().enumerate().map(read).collect(), types }
    }
}

/// Text that the server gave as the hexadecimal digits of its bytes. A code that has no character in UTF-8 would become a
/// private-use one.
fn decoded(bytes: &str) -> PostgresValue<'static> {
    let bytes = from_hex(bytes).unwrap_or_default();
    match GB18030.decode_without_bom_handling_and_without_replacement(&bytes) {
        Some(text) if private_use(&text).is_none() => PostgresValue::Text(Cow::Owned(text.into_owned())),
        _ => PostgresValue::NotText,
    }
}

impl Row for PostgresRow<'_> {
    fn cell(&self, column: usize) -> Result<Cell<'_>> {
        Ok(match &self.cells[column] {
            PostgresValue::Null => Cell::Null,
            PostgresValue::Text(text) => Cell::Text(text),
            PostgresValue::NotText => Cell::NotText("\u{FFFD}"),
            PostgresValue::Binary => Cell::Binary,
        })
    }

    fn is_found_again(&self, column: usize) -> Result<bool> {
        let is_padded = matches!(self.cell(column)?, Cell::Text(text) if text.ends_with(' '));
        Ok(!is_padded || self.types.get(column) == Some(&Type::BPCHAR))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_in_a_chinese_encoding_is_read_as_bytes() {
        assert_eq!(Stored::of("UTF8", Encoding::Utf8), Stored::Utf8);
        for name in ["EUC_CN", "GBK", "GB18030"] {
            assert_eq!(Stored::of(name, Encoding::Utf8), Stored::Chinese(name.into()));
        }
        assert_eq!(Stored::of("SQL_ASCII", Encoding::Gb18030), Stored::Chinese("SQL_ASCII".into()));
        assert_eq!(Stored::of("SQL_ASCII", Encoding::Utf8), Stored::Other);
        assert!(matches!(decoded("c1c4b3c7"), PostgresValue::Text(text) if text == "聊城"));
        for wrong in ["c1ff", "fefe"] {
            assert!(matches!(decoded(wrong), PostgresValue::NotText), "{wrong}");
        }
    }
}
