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
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Keys that one query asks for.
const KEYS_MAX: usize = 500;

/// Rows by identity number in its canonical form.
type RowsByNumber = BTreeMap<String, Vec<FoundRow>>;

/// Rows whose number may be another one's too.
#[derive(Default)]
struct Candidates {
    /// The first key with each id.
    key_of: HashMap<String, String>,
    /// Keys of rows that share their id.
    sharing: BTreeSet<String>,
}

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
        let mut found = RowsByNumber::new();
        self.read(Rows::Repeated { column: &self.map.config.id.column }, &mut |row| self.add(&mut found, row))?;
        Ok(people(found))
    }

    /// Compares the rows of a window, and those that shared a number before, with each other and with what is exported.
    pub fn of_changed_rows(&self, window: &Window) -> Result<People> {
        let (changed, since) = (&self.map.config.changed, window.since());
        let (Some(changed), Some(_)) = (changed, since) else { return self.of_all_rows() };
        let mut candidates = Candidates::default();
        self.read(Rows::Changed { changed, since }, &mut |row| {
            let is_before = window.is_before(self.map.changed(row)?.as_deref());
            if is_before { Ok(()) } else { self.compare(&mut candidates, row) }
        })?;
        self.read_keys(&shared_logins::keys(self.conn)?, &mut |row| self.compare(&mut candidates, row))?;
        let keys: Vec<String> = candidates.sharing.into_iter().collect();
        let mut found = RowsByNumber::new();
        self.read_keys(&keys, &mut |row| self.add(&mut found, row))?;
        Ok(people(found))
    }

    fn read(&self, wanted: Rows<'_>, visit: &mut dyn FnMut(&dyn Row) -> Result<()>) -> Result<()> {
        self.database.rows(&self.map.config.sql, &self.map.columns, wanted, visit)
    }

    fn read_keys(&self, keys: &[String], visit: &mut dyn FnMut(&dyn Row) -> Result<()>) -> Result<()> {
        let column = self.map.config.key_column();
        keys.chunks(KEYS_MAX).try_for_each(|values| self.read(Rows::Among { column, values }, visit))
    }

    /// Compares the number of a row with those of the rows before it, and with what is exported.
    fn compare(&self, candidates: &mut Candidates, row: &dyn Row) -> Result<()> {
        let Some(id) = self.map.record_id(row)? else { return Ok(()) };
        let key = self.map.key(row)?;
        let other = match candidates.key_of.entry(id) {
            Entry::Occupied(first) => Some(first.get().clone()),
            Entry::Vacant(first) => {
                let exported = exported::key_of_id(self.conn, &self.map.kind, first.key())?;
                first.insert(key.clone());
                exported
            }
        };
        if let Some(other) = other.filter(|other| *other != key) {
            candidates.sharing.extend([other, key]);
        }
        Ok(())
    }

    /// Adds a row that can be read to those with its number.
    fn add(&self, found: &mut RowsByNumber, row: &dyn Row) -> Result<()> {
        if self.map.is_of_kind(row)?
            && self.map.unreadable(row)?.is_none()
            && let Some(number) = self.map.identity(row)?
        {
            found.entry(canonical_identity(&number)).or_default().push(self.found(row)?);
        }
        Ok(())
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

fn people(found: RowsByNumber) -> People {
    let mut people = People::default();
    found.into_iter().for_each(|(number, rows)| people.add(&number, rows));
    people
}
