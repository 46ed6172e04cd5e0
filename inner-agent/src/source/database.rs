//! What every case platform's database has: rows of a SELECT, read in one consistent view.

use crate::texts::errors;
use ferry_format::text::Text;
use ferry_io::error::{Error, Result};
use jiff::ToSpan;
use jiff::civil::DateTime;
use std::collections::HashSet;
use std::path::Path;

/// A value of a column, as the platform stores it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number with decimals.
    Real(f64),
    /// Text.
    Text(&'a str),
    /// Text with bytes that are none in the database's encoding: what can be shown of it.
    NotText(&'a str),
    /// Bytes of a binary column.
    Binary,
}

/// A row; columns count from 0.
pub trait Row {
    /// The value of a column.
    fn cell(&self, column: usize) -> Result<Cell<'_>>;

    /// Whether a lookup by the text that the agent reads in this column finds the row again.
    fn is_found_again(&self, column: usize) -> Result<bool>;
}

/// Which rows of a SELECT are read.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// All of them, in the order of the key column's text, compared byte by byte.
    All { key: &'a str },
    /// Those whose column `changed` is not below `since`, or is empty or no time; without `since`, all of them. Of a column of
    /// text it may give some that lie before.
    Changed { changed: &'a str, since: Option<DateTime> },
    /// Those with this value in a column.
    With { column: &'a str, value: &'a str },
    /// Those with one of these values in a column, as they are spelled. In no order.
    Among { column: &'a str, values: &'a [String] },
    /// Those whose value in a column other rows have too, in no order. Letters' case and spaces around a value make no difference.
    Repeated { column: &'a str },
    /// The first ones, in no order.
    First { count: usize },
}

/// A case platform's database.
pub trait Database {
    /// Whether a column of a SELECT is binary by its declaration.
    fn is_binary(&self, sql: &str, column: &str) -> Result<bool>;

    /// The columns that a SELECT gives. It is not run.
    ///
    /// # Errors
    /// The inner error says what is wrong with the SQL, or that it is not a SELECT.
    fn columns(&self, sql: &str) -> Result<std::result::Result<Vec<String>, Text>>;

    /// Calls `visit` with rows of a SELECT whose columns are these.
    fn rows(
        &self,
        sql: &str,
        columns: &[String],
        wanted: Rows<'_>,
        visit: &mut dyn FnMut(&dyn Row) -> Result<()>,
    ) -> Result<()>;

    /// Which of these keys, as they were read, several rows of a SELECT have. A join that repeats rows makes them.
    fn repeated_keys(&self, sql: &str, columns: &[String], key: &str, among: &[String]) -> Result<HashSet<String>>;

    /// Begins one consistent view: the next export sees later changes of the platform.
    fn begin(&self) -> Result<()>;

    /// Ends it.
    fn end(&self) -> Result<()>;

    /// The local time before which no transaction that is still running began, if the database tells: a row that such a
    /// transaction commits later may carry a time from then on. To be asked before [`Database::begin`].
    fn horizon(&self) -> Result<Option<String>>;
}

/// The columns of a configured SELECT; `key` names its table in the configuration.
pub fn columns(database: &dyn Database, config: &Path, key: &str, sql: &str) -> Result<Vec<String>> {
    database.columns(sql)?.map_err(|why| Error::configuration(config, &format!("{key}.sql"), why))
}

/// The number of a configured column.
pub fn column(config: &Path, key: &str, columns: &[String], name: &str) -> Result<usize> {
    let found = columns.iter().position(|c| c.eq_ignore_ascii_case(name));
    found.ok_or_else(|| Error::configuration(config, key, errors::no_such_column(name)))
}

/// A configured column in the database's own spelling, quoted: PostgreSQL folds names that are not quoted.
pub fn quoted(columns: &[String], name: &str) -> String {
    let own = columns.iter().find(|c| c.eq_ignore_ascii_case(name)).map_or(name, String::as_str);
    format!("\"{}\"", own.replace('"', "\"\""))
}

/// A text as a literal of SQL.
pub fn literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Conditions under which a column of text may hold a time from `since` on, in any spelling that
/// [`PlatformTime`](crate::platform_time::PlatformTime) reads. They compare days as text: digits sort after the
/// separators of a date, so each separator has a range of its own within the year. An offset from UTC moves a time by less than a
/// day.
pub fn text_ranges(column: &str, since: DateTime) -> Vec<String> {
    let day = since.date().saturating_sub(1.day());
    // What begins below the digit of our centuries has spaces before it, or is no time: the agent tells.
    let mut ranges = vec![format!("{column} < '2'"), format!("{column} >= '{}'", day.strftime("%Y%m%d"))];
    for (separator, next) in [('-', '.'), ('.', '/'), ('/', '0')] {
        let from = day.strftime(&format!("%Y{separator}%m{separator}%d")).to_string();
        ranges.push(format!("{column} >= '{from}' AND {column} < '{}{next}'", day.strftime("%Y")));
    }
    ranges
}
