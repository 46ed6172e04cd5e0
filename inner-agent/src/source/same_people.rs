//! Finds the people who stand in several rows of the log-in kind.

use crate::platform_time::PlatformTime;
use crate::source::database::{Database, Row, Rows};
use crate::source::mapping::KindMapping;
use crate::source::owned_row::OwnedRow;
use crate::source::people::{FoundRow, People};
use crate::store::cursor::Window;
use crate::store::{exported, shared_logins};
use ferry_format::record::login_id::canonical_identity;
use ferry_io::error::Result;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// Values that one query asks for.
const VALUES_MAX: usize = 500;

/// Reads the rows of the log-in kind.
pub struct SamePeople<'a> {
    /// The platform.
    pub database: &'a dyn Database,
    /// The log-in kind.
    pub map: &'a KindMapping,
    /// The ledger.
    pub conn: &'a Connection,
}

impl SamePeople<'_> {
    /// Compares every row with every other.
    pub fn of_all_rows(&self) -> Result<People> {
        let (sql, column) = (&self.map.config.sql, self.map.config.id.column.as_str());
        self.people(self.database.repeated_values(sql, &self.map.columns, column)?.into_iter().collect())
    }

    /// Compares the rows of a window, and those that shared a number before, with every other.
    pub fn of_changed_rows(&self, window: &Window) -> Result<People> {
        let (config, since) = (&self.map.config, window.since());
        let (Some(changed), Some(_)) = (&config.changed, since) else { return self.of_all_rows() };
        let mut numbers = BTreeSet::new();
        let mut number = |row: &dyn Row| {
            numbers.extend(self.map.identity(row)?);
            Ok(())
        };
        let sql = &config.sql;
        self.database.rows(sql, &self.map.columns, Rows::Changed { changed, since }, &mut |row| {
            if window.is_before(self.map.changed(row)?.as_deref()) { Ok(()) } else { number(row) }
        })?;
        for values in shared_logins::keys(self.conn)?.chunks(VALUES_MAX) {
            let wanted = Rows::Among { column: config.key_column(), values };
            self.database.rows(sql, &self.map.columns, wanted, &mut number)?;
        }
        self.people(numbers)
    }

    /// The people with these numbers, in whatever spelling of their letters.
    fn people(&self, numbers: BTreeSet<String>) -> Result<People> {
        let spelled = |n: String| [n.to_ascii_uppercase(), n.to_ascii_lowercase(), n];
        let spellings: BTreeSet<String> = numbers.into_iter().flat_map(spelled).collect();
        let spellings: Vec<String> = spellings.into_iter().collect();
        let mut found: BTreeMap<String, Vec<FoundRow>> = BTreeMap::new();
        for values in spellings.chunks(VALUES_MAX) {
            let wanted = Rows::Among { column: &self.map.config.id.column, values };
            self.database.rows(&self.map.config.sql, &self.map.columns, wanted, &mut |row| {
                if let Some(number) = self.map.identity(row)?
                    && self.map.is_of_kind(row)?
                    && self.map.unreadable(row)?.is_none()
                {
                    found.entry(canonical_identity(&number)).or_default().push(self.found(row)?);
                }
                Ok(())
            })?;
        }
        let mut people = People::default();
        found.into_iter().for_each(|(identity, rows)| people.add(&identity, rows));
        Ok(people)
    }

    fn found(&self, row: &dyn Row) -> Result<FoundRow> {
        let map = self.map;
        let key = map.key(row)?;
        let is_exported = exported::get(self.conn, &map.kind, &key)?.is_some_and(|known| !known.retracted);
        Ok(FoundRow {
            key,
            person: map.person(row)?.unwrap_or_default(),
            name: map.text_field(row, "name")?,
            document: map.identity_type(row)?,
            changed: map.changed(row)?.and_then(|at| PlatformTime::parse(&at, map.zone())),
            row: OwnedRow::copy(row, map.columns.len())?,
            is_exported,
        })
    }
}
