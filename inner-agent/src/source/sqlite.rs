//! A case platform in SQLite.

use crate::config::source::{Encoding, Source};
use crate::source::database::{Cell, Database, Row, Rows, literal, quoted, text_ranges};
use crate::source::value::text;
use crate::texts::errors;
use encoding_rs::GB18030;
use ferry_channel::ledger::db;
use ferry_format::text::Text;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, Statement};
use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Virtual machine steps between two checks of the time limit.
const STEPS_PER_CHECK: i32 = 100_000;

/// A read-only connection to the case platform.
pub struct Sqlite {
    conn: Connection,
    encoding: Encoding,
    timeout: Duration,
}

/// The declared type of a column in its table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DeclaredType {
    Text,
    Integer,
    Other,
}

impl Sqlite {
    /// Opens the database.
    pub fn open(path: &Path, config: &Source) -> Result<Self> {
        let timeout = Duration::from_secs(u64::from(config.statement_timeout_s));
        let conn = db::open_read_only(path)
            .map_err(|e| if is_wal(path) && !is_writable(path) { errors::wal_read_only(path.display()) } else { e });
        Self::over(conn?, config.encoding, timeout)
    }

    fn over(conn: Connection, encoding: Encoding, timeout: Duration) -> Result<Self> {
        // The text that the agent reads, for conditions and orders that must agree with it.
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
        conn.create_scalar_function("ferry_text", 1, flags, move |call| {
            Ok(text(StoredValue::new(call.get_raw(0), encoding).cell()))
        })?;
        Ok(Self { conn, encoding, timeout })
    }

    fn declared_type(&self, sql: &str, column: &str) -> Result<DeclaredType> {
        let statement = self.conn.prepare_cached(sql)?;
        let found = statement.columns().into_iter().find(|c| c.name().eq_ignore_ascii_case(column));
        let declared = found.and_then(|c| c.decl_type().map(str::to_ascii_uppercase)).unwrap_or_default();
        // In the order of SQLite's rules of type affinity.
        Ok(if declared.contains("INT") {
            DeclaredType::Integer
        } else if declared.contains("CHAR") || declared.contains("TEXT") || declared.contains("CLOB") {
            DeclaredType::Text
        } else {
            DeclaredType::Other
        })
    }

    /// WHERE and ORDER BY for the wanted rows, in a form for which SQLite uses the platform's indexes.
    fn clause(&self, sql: &str, columns: &[String], wanted: Rows<'_>) -> Result<String> {
        Ok(match wanted {
            // The bare column, so that an index gives the order.
            Rows::All { key }
                if self.encoding == Encoding::Utf8 && self.declared_type(sql, key)? == DeclaredType::Text =>
            {
                format!(" ORDER BY {} COLLATE BINARY", quoted(columns, key))
            }
            Rows::All { key } => format!(" ORDER BY ferry_text({}) COLLATE BINARY", quoted(columns, key)),
            Rows::Changed { changed, since: Some(since) } => {
                // One SELECT for each condition: with OR, SQLite reads the whole table if the column cannot be NULL.
                let column = quoted(columns, changed);
                let mut conditions = text_ranges(&column, since);
                // Numbers sort before every text, so the first range has them.
                conditions.push(format!("{column} IS NULL"));
                format!(" WHERE {}", conditions.join(&format!(" UNION ALL SELECT * FROM ({sql}) AS rows WHERE ")))
            }
            Rows::Changed { since: None, .. } => String::new(),
            Rows::With { column, .. } => format!(" WHERE {}", self.equals(sql, columns, column)?),
            // Of a column without an index of its own.
            Rows::Among { column, values } => {
                let among = values.iter().map(|v| literal(v)).collect::<Vec<_>>().join(", ");
                format!(" WHERE ferry_text({}) IN ({among})", quoted(columns, column))
            }
            Rows::Repeated { column } => {
                let grouped = format!("upper(trim({}))", quoted(columns, column));
                format!(" WHERE {grouped} IN (SELECT {grouped} FROM ({sql}) AS rows GROUP BY 1 HAVING count(*) > 1)")
            }
            Rows::First { count } => format!(" LIMIT {count}"),
        })
    }

    /// The condition that a column has the value that [`bind`](Self::bind) binds.
    fn equals(&self, sql: &str, columns: &[String], column: &str) -> Result<String> {
        let name = quoted(columns, column);
        let exact = format!("ferry_text({name}) = ?1");
        Ok(match self.declared_type(sql, column)? {
            // From the value itself to its longest padding.
            DeclaredType::Text => format!(
                "{name} COLLATE BINARY >= CAST(?2 AS TEXT) AND {name} COLLATE BINARY < CAST(?3 AS TEXT) AND {exact}"
            ),
            DeclaredType::Integer => format!("{name} = CAST(?1 AS INTEGER) AND {exact}"),
            DeclaredType::Other => exact,
        })
    }

    /// Binds a value: as it is read, as it is stored, and what sorts behind it with every padding.
    fn bind(&self, statement: &mut Statement<'_>, value: &str) -> Result<()> {
        let stored = |value: &str| match self.encoding {
            Encoding::Utf8 => value.as_bytes().to_vec(),
            Encoding::Gb18030 => GB18030.encode(value).0.into_owned(),
        };
        statement.raw_bind_parameter(1, value)?;
        if statement.parameter_count() == 3 {
            statement.raw_bind_parameter(2, stored(value))?;
            statement.raw_bind_parameter(3, stored(&format!("{value}!")))?;
        }
        Ok(())
    }
}

impl Database for Sqlite {
    fn is_binary(&self, sql: &str, column: &str) -> Result<bool> {
        let statement = self.conn.prepare_cached(sql)?;
        let found = statement.columns().into_iter().find(|c| c.name().eq_ignore_ascii_case(column));
        Ok(found.and_then(|c| c.decl_type().map(|of| of.to_ascii_uppercase().contains("BLOB"))).unwrap_or(false))
    }

    fn columns(&self, sql: &str) -> Result<std::result::Result<Vec<String>, Text>> {
        let statement = match self.conn.prepare(sql) {
            Ok(statement) => statement,
            Err(e) => return Ok(Err(Text::verbatim(format!("{}: {e}", self.conn.path().unwrap_or_default())))),
        };
        if !statement.readonly() {
            return Ok(Err(errors::not_a_select()));
        }
        Ok(Ok(statement.column_names().into_iter().map(str::to_owned).collect()))
    }

    fn rows(
        &self,
        sql: &str,
        columns: &[String],
        wanted: Rows<'_>,
        visit: &mut dyn FnMut(&dyn Row) -> Result<()>,
    ) -> Result<()> {
        if let Rows::Among { column, values } = wanted
            && self.declared_type(sql, column)? != DeclaredType::Other
        {
            return values.iter().try_for_each(|value| self.rows(sql, columns, Rows::With { column, value }, visit));
        }
        // The time that the agent spends on a row does not count.
        let deadline = Arc::new(Mutex::new(Instant::now() + self.timeout));
        let shared = deadline.clone();
        let is_over = move || Instant::now() > *shared.lock().unwrap_or_else(PoisonError::into_inner);
        self.conn.progress_handler(STEPS_PER_CHECK, Some(is_over))?;
        let sql = format!("SELECT * FROM ({sql}) AS rows{}", self.clause(sql, columns, wanted)?);
        let mut statement = self.conn.prepare_cached(&sql)?;
        let width = statement.column_count();
        if let Rows::With { value, .. } = wanted {
            self.bind(&mut statement, value)?;
        }
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(failed)? {
            let began = Instant::now();
            let mut read = SqliteRow { cells: Vec::with_capacity(width) };
            for column in 0..width {
                read.cells.push(StoredValue::new(row.get_ref(column)?, self.encoding));
            }
            visit(&read)?;
            *deadline.lock().unwrap_or_else(PoisonError::into_inner) += began.elapsed();
        }
        Ok(())
    }

    fn repeated_keys(&self, sql: &str, columns: &[String], key: &str, among: &[String]) -> Result<HashSet<String>> {
        let mut repeated = HashSet::new();
        if self.declared_type(sql, key)? == DeclaredType::Other {
            let (name, wanted) = (quoted(columns, key), Rows::Among { column: key, values: among });
            let wanted = self.clause(sql, columns, wanted)?;
            let sql = format!("SELECT ferry_text({name}) FROM ({sql}) AS rows{wanted} GROUP BY 1 HAVING count(*) > 1");
            let mut statement = self.conn.prepare(&sql)?;
            let keys = statement.query_map([], |r| r.get::<_, Option<String>>(0))?;
            return Ok(keys.filter_map(rusqlite::Result::transpose).collect::<rusqlite::Result<_>>()?);
        }
        let wanted = self.equals(sql, columns, key)?;
        // One row more than one is enough.
        let sql = format!("SELECT 1 FROM ({sql}) AS rows WHERE {wanted} LIMIT 2");
        let mut statement = self.conn.prepare_cached(&sql)?;
        for key in among {
            self.bind(&mut statement, key)?;
            let mut rows = statement.raw_query();
            if rows.next()?.is_some() && rows.next()?.is_some() {
                repeated.insert(key.clone());
            }
        }
        Ok(repeated)
    }

    fn begin(&self) -> Result<()> {
        Ok(self.conn.execute_batch("BEGIN")?)
    }

    fn end(&self) -> Result<()> {
        Ok(self.conn.execute_batch("ROLLBACK")?)
    }

    fn horizon(&self) -> Result<Option<String>> {
        // SQLite has one writer at a time, and does not tell since when it writes.
        Ok(None)
    }
}

/// Whether a database is in WAL mode: its header names the format version of writers and readers, 2 for WAL
/// (<https://www.sqlite.org/fileformat.html>, section 1.3.3).
fn is_wal(path: &Path) -> bool {
    let mut header = [0; 20];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header[18..] == [2, 2]
}

/// Whether this account may create files beside a database, which a reader of WAL must.
fn is_writable(path: &Path) -> bool {
    rustix::fs::access(durable::folder_of(path), rustix::fs::Access::WRITE_OK).is_ok()
}

fn failed(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => errors::query_timed_out(errors::too_slow()),
        _ => error.into(),
    }
}

enum StoredValue<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(Cow<'a, str>),
    NotText(Cow<'a, str>),
    Blob,
}

impl<'a> StoredValue<'a> {
    fn new(value: ValueRef<'a>, encoding: Encoding) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(n) => Self::Integer(n),
            ValueRef::Real(x) => Self::Real(x),
            ValueRef::Text(bytes) => match decoded(bytes, encoding) {
                Some(text) => Self::Text(text),
                None => Self::NotText(String::from_utf8_lossy(bytes)),
            },
            ValueRef::Blob(_) => Self::Blob,
        }
    }

    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Integer(n) => Cell::Integer(*n),
            Self::Real(x) => Cell::Real(*x),
            Self::Text(t) => Cell::Text(t),
            Self::NotText(t) => Cell::NotText(t),
            Self::Blob => Cell::Binary,
        }
    }
}

/// The text of bytes; nothing where they are none in this encoding.
fn decoded(bytes: &[u8], encoding: Encoding) -> Option<Cow<'_, str>> {
    match encoding {
        Encoding::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Encoding::Gb18030 => GB18030.decode_without_bom_handling_and_without_replacement(bytes),
    }
}

struct SqliteRow<'a> {
    cells: Vec<StoredValue<'a>>,
}

impl Row for SqliteRow<'_> {
    fn cell(&self, column: usize) -> Result<Cell<'_>> {
        Ok(self.cells[column].cell())
    }

    fn is_found_again(&self, column: usize) -> Result<bool> {
        Ok(!matches!(self.cells[column], StoredValue::Blob))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use rusqlite::params;

    const SQL: &str = "SELECT * FROM T";

    fn platform(encoding: Encoding, timeout: Duration) -> Sqlite {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(
            "CREATE TABLE T(K CHAR(12) PRIMARY KEY, N INTEGER UNIQUE, F DOUBLE, AT TEXT,
               LAST TEXT NOT NULL DEFAULT '2026-01-01');
             CREATE INDEX T_AT ON T(AT);
             CREATE INDEX T_LAST ON T(LAST);",
        )
        .unwrap();
        Sqlite::over(conn, encoding, timeout).unwrap()
    }

    fn columns() -> Vec<String> {
        ["K", "N", "F", "AT", "LAST"].map(str::to_owned).to_vec()
    }

    fn add(platform: &Sqlite, key: &[u8], at: Option<&str>) {
        let sql = "INSERT INTO T(K, N, F, AT) VALUES (CAST(?1 AS TEXT), (SELECT count(*) FROM T), 2.0, ?2)";
        platform.conn.execute(sql, params![key, at]).unwrap();
    }

    fn keys(platform: &Sqlite, wanted: Rows<'_>) -> Vec<String> {
        let mut found = Vec::new();
        let mut collect = |row: &dyn Row| {
            found.push(text(row.cell(0)?).unwrap());
            Ok(())
        };
        platform.rows(SQL, &columns(), wanted, &mut collect).unwrap();
        found
    }

    #[test]
    fn lookups_and_the_window_of_changes_use_the_platform_s_indexes_in_both_encodings() {
        for encoding in [Encoding::Utf8, Encoding::Gb18030] {
            let platform = platform(encoding, Duration::from_secs(60));
            (0..50).for_each(|n| add(&platform, format!("AJ{n}").as_bytes(), Some("2025-12-31 00:00:00")));
            for wanted in [
                Rows::With { column: "K", value: "AJ1" },
                Rows::With { column: "N", value: "7" },
                Rows::Changed { changed: "AT", since: Some(date(2026, 1, 2).at(0, 0, 0, 0)) },
                Rows::Changed { changed: "LAST", since: Some(date(2026, 1, 2).at(0, 0, 0, 0)) },
            ] {
                let clause = platform.clause(SQL, &columns(), wanted).unwrap();
                let mut statement = platform.conn.prepare(&format!("SELECT * FROM ({SQL}) AS rows{clause}")).unwrap();
                if let Rows::With { value, .. } = wanted {
                    platform.bind(&mut statement, value).unwrap();
                }
                let mut rows = statement.raw_query();
                while rows.next().unwrap().is_some() {}
                drop(rows);
                let scanned = statement.get_status(rusqlite::StatementStatus::FullscanStep);
                assert_eq!(scanned, 0, "{clause}: rows were read without an index");
            }
        }
    }

    #[test]
    fn a_lookup_finds_the_row_that_was_read_padded_or_not_and_no_other() {
        let platform = platform(Encoding::Utf8, Duration::from_secs(60));
        for key in ["AJ1", "AJ2   ", "AJ20", "aj2", "AJ"] {
            add(&platform, key.as_bytes(), None);
        }
        for key in ["AJ1", "AJ2", "AJ20", "aj2", "AJ"] {
            assert_eq!(keys(&platform, Rows::With { column: "K", value: key }), [key]);
        }
        assert!(keys(&platform, Rows::With { column: "K", value: "AJ'; DROP TABLE T --" }).is_empty());
        assert_eq!(keys(&platform, Rows::With { column: "N", value: "1" }), ["AJ2"]);
        assert!(keys(&platform, Rows::With { column: "N", value: "01" }).is_empty());
        assert_eq!(keys(&platform, Rows::With { column: "F", value: "2" }).len(), 5, "as the agent writes the number");
    }

    #[test]
    fn keys_are_ordered_by_their_utf_8_bytes_although_they_are_stored_in_gb18030() {
        let mut wanted = ["一", "丁", "中", "啊", "𠮷", "A", "a", "B"];
        let platform = platform(Encoding::Gb18030, Duration::from_secs(60));
        for key in wanted {
            add(&platform, &GB18030.encode(key).0, None);
        }
        wanted.sort_unstable();
        assert_eq!(keys(&platform, Rows::All { key: "K" }), wanted);
        for key in wanted {
            assert_eq!(keys(&platform, Rows::With { column: "K", value: key }), [key]);
        }
    }

    #[test]
    fn rows_without_a_time_of_change_are_read_in_every_window_and_all_rows_without_a_window() {
        let platform = platform(Encoding::Utf8, Duration::from_secs(60));
        for (key, at) in [("A", None), ("B", Some("")), ("C", Some("2026-01-01 00:00:00")), ("D", Some("2026-03-01"))] {
            add(&platform, key.as_bytes(), at);
        }
        let mut found = keys(&platform, Rows::Changed { changed: "AT", since: Some(date(2026, 2, 1).at(0, 0, 0, 0)) });
        found.sort_unstable();
        assert_eq!(found, ["A", "B", "D"]);
        assert_eq!(keys(&platform, Rows::Changed { changed: "AT", since: None }).len(), 4);
    }

    #[test]
    fn the_window_holds_every_spelling_of_a_later_time_and_no_day_long_before() {
        let platform = platform(Encoding::Utf8, Duration::from_secs(60));
        let later =
            ["2026-11-30T22:07:00", "2026-11-30 22:07:00", "20261130", "2026/11/30 22:07", "2026.11.30", "2027-01-01"];
        let before = ["2026-11-20T22:07:00", "20261120", "2026/11/20", "2026.11.20", "2025-12-31"];
        for (n, at) in later.iter().chain(&before).enumerate() {
            add(&platform, format!("K{n:02}").as_bytes(), Some(at));
        }
        platform.conn.execute("INSERT INTO T(K, N, AT) VALUES ('NUMBER', 99, 5)", []).unwrap();
        let since = Some(date(2026, 11, 30).at(21, 0, 0, 0));
        let mut found = keys(&platform, Rows::Changed { changed: "AT", since });
        found.sort_unstable();
        assert_eq!(found, ["K00", "K01", "K02", "K03", "K04", "K05", "NUMBER"]);
    }

    #[test]
    fn values_that_several_rows_have_are_found_whatever_the_case_and_the_padding() {
        let platform = platform(Encoding::Utf8, Duration::from_secs(60));
        for (key, number) in
            [("A", "11x"), ("B", "11X"), ("C", "12"), ("D", " 12  "), ("E", "13"), ("F", "14"), ("G", "")]
        {
            add(&platform, key.as_bytes(), Some(number));
        }
        let mut repeated = keys(&platform, Rows::Repeated { column: "AT" });
        repeated.sort_unstable();
        assert_eq!(repeated, ["A", "B", "C", "D"]);
        let values = ["11X", "13", " 12", "o'clock"].map(str::to_owned);
        let mut among = keys(&platform, Rows::Among { column: "AT", values: &values });
        among.sort_unstable();
        assert_eq!(among, ["B", "D", "E"]);
    }

    #[test]
    fn keys_that_a_join_repeats_are_found_by_the_index_of_the_key_in_both_encodings() {
        for encoding in [Encoding::Utf8, Encoding::Gb18030] {
            let platform = platform(encoding, Duration::from_secs(60));
            (0..50).for_each(|n| add(&platform, format!("AJ{n}").as_bytes(), None));
            let joined =
                "SELECT T.* FROM T JOIN (SELECT 'AJ1' AS J UNION ALL SELECT 'AJ1' UNION ALL SELECT 'AJ2') ON J = K";
            let repeated = |sql, among: &[&str]| {
                let among: Vec<String> = among.iter().map(|key| (*key).to_owned()).collect();
                platform.repeated_keys(sql, &columns(), "K", &among).unwrap()
            };
            assert_eq!(repeated(joined, &["AJ1", "AJ2", "AJ3", "A'"]), HashSet::from(["AJ1".to_owned()]));
            assert_eq!(repeated(joined, &["AJ2"]), HashSet::new());
            let numbers = "SELECT * FROM T UNION ALL SELECT * FROM T WHERE N = 7";
            let found = platform.repeated_keys(numbers, &columns(), "N", &["7", "8"].map(str::to_owned)).unwrap();
            assert_eq!(found, HashSet::from(["7".to_owned()]));
        }
    }

    #[test]
    fn a_query_is_ended_after_its_time_limit_but_the_reader_s_time_does_not_count() {
        let platform = platform(Encoding::Utf8, Duration::from_millis(300));
        let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n WHERE x < 0";
        let error = platform.rows(endless, &["x".to_owned()], Rows::First { count: 1 }, &mut |_| Ok(())).unwrap_err();
        assert_eq!((error.code, error.exit), ("FERRY-E0620", ferry_io::exit_code::TEMPORARY));
        for n in 0..3 {
            add(&platform, &[b'A' + n], None);
        }
        let many = "SELECT T.K FROM T, (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 50000)
                    SELECT sum(x) FROM n)";
        let mut rows = 0;
        let mut slow = |_: &dyn Row| {
            rows += 1;
            std::thread::sleep(Duration::from_millis(250));
            Ok(())
        };
        platform.rows(many, &["K".to_owned()], Rows::First { count: 9 }, &mut slow).unwrap();
        assert_eq!(rows, 3);
    }
}
