//! The rows of the platform, written as they are made: a million cases never stand in memory.

mod case;
mod categories;
pub mod codes;
mod public;
mod service;
mod steps;
mod values;

use crate::court::documents::DocumentStore;
use crate::court::options::MakeOptions;
use crate::court::schema::{TABLES, Table};
use crate::random::Random;
use codes::Codes;
use ferry_io::error::Result;
use ferry_io::fs::durable::write_new;
use ferry_io::output::progress;
use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};
use rusqlite::{Connection, ToSql};
use std::path::Path;

/// Cases written in one transaction.
const CASES_PER_TRANSACTION: u64 = 10_000;
/// People listed in `logins.tsv`.
const LOGINS: usize = 20;

/// Writes cases into a platform.
pub struct Writer<'a> {
    conn: &'a Connection,
    seed: u64,
    codes: Codes,
    /// Lines of `logins.tsv`: people with a document to be served, and others who stand in for them.
    served: Vec<String>,
    others: Vec<String>,
    /// When the rows that are written now changed last.
    changed: String,
}

/// Makes the platform with all its rows; gives the rows of each table, and how many rows must be held.
pub fn make(dir: &Path, options: &MakeOptions, store: &mut DocumentStore) -> Result<(Vec<(&'static str, u64)>, u64)> {
    let conn = Connection::open(dir.join("platform.db"))?;
    conn.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;")?;
    conn.execute_batch(&TABLES.iter().map(Table::sql).collect::<String>())?;
    let mut writer = Writer::new(&conn, options.seed)?;
    conn.execute_batch("BEGIN")?;
    writer.public(options.cases, store)?;
    let bar = progress::records("cases");
    for n in 0..options.cases {
        writer.set_changed_at(&changed(n));
        writer.case(n, store)?;
        bar.inc(1);
        if n % CASES_PER_TRANSACTION == CASES_PER_TRANSACTION - 1 {
            conn.execute_batch("COMMIT; BEGIN")?;
        }
    }
    bar.finish_and_clear();
    let held = writer.unusable_rows(options.cases)?;
    conn.execute_batch("COMMIT")?;
    let mut lines = vec!["identity\tcode\tname\tcase-id\tcase-no\thas-a-document-to-sign\n".to_owned()];
    lines.extend(writer.served.into_iter().chain(writer.others).take(LOGINS));
    write_new(&dir.join("logins.tsv"), lines.concat().as_bytes(), 0o600)?;
    let mut rows = Vec::new();
    for Table(table, _) in TABLES {
        let count: i64 = conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0))?;
        rows.push((table, count as u64));
    }
    Ok((rows, held))
}

/// When the rows of case `n` changed last: ten seconds after those of the case before.
fn changed(n: u64) -> String {
    let at = date(2026, 1, 1).at(8, 0, 0, 0).saturating_add(Span::new().seconds(10 * n.min(100_000_000) as i64));
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

impl<'a> Writer<'a> {
    /// Hashes the codes.
    pub fn new(conn: &'a Connection, seed: u64) -> Result<Self> {
        let changed = changed(0);
        Ok(Self { conn, seed, codes: codes::codes(seed)?, served: Vec::new(), others: Vec::new(), changed })
    }

    /// Rows that are written from now on changed at `at`.
    pub fn set_changed_at(&mut self, at: &str) {
        at.clone_into(&mut self.changed);
    }

    /// Writes a row that was entered on the day it is about.
    pub fn row(&self, table: &str, columns: &[&dyn ToSql]) -> Result<()> {
        self.insert(table, columns, None, None)
    }

    /// Writes a row that was entered at a time, late perhaps, and then with or without an approval.
    fn insert(&self, table: &str, columns: &[&dyn ToSql], at: Option<&str>, approved: Option<&str>) -> Result<()> {
        let marks = vec!["?"; columns.len() + 3].join(", ");
        let mut values: Vec<&dyn ToSql> = columns.to_vec();
        values.extend([&at as &dyn ToSql, &approved, &self.changed]);
        self.conn.prepare_cached(&format!("INSERT OR IGNORE INTO {table} VALUES ({marks})"))?.execute(&values[..])?;
        Ok(())
    }

    /// Writes a row about `day`; two in a hundred are entered three weeks late, half of them with an approval.
    fn row_about(&self, r: &mut Random, day: Date, table: &str, columns: &[&dyn ToSql]) -> Result<()> {
        let late = r.chance(2);
        let entered = if late { day.saturating_add(21_i64.days()) } else { day };
        let approved = (late && r.chance(50)).then_some("副院长 周明");
        self.insert(table, columns, Some(&format!("{entered} 16:30:00")), approved)
    }
}
