//! A case platform in SQLite.

use crate::config::Mapping;
use ferry_channel::database;
use ferry_channel::failure::{Failure, Result};
use rusqlite::{Connection, Row};
use std::path::Path;

/// A read-only connection to the case platform.
pub struct SqliteSource(Connection);

impl SqliteSource {
    /// Opens the database.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self(database::open_read_only(path)?))
    }

    /// The columns that a kind's SQL gives.
    pub fn columns(&self, config: &Path, kind: &str, mapping: &Mapping) -> Result<Vec<String>> {
        let key = format!("source.kinds.{kind}.sql");
        let statement = self.0.prepare(&mapping.sql).map_err(|e| Failure::configuration(config, &key, e))?;
        if !statement.readonly() {
            return Err(Failure::configuration(config, &key, "it is no SELECT"));
        }
        Ok(statement.column_names().into_iter().map(str::to_owned).collect())
    }

    /// Hands over every row in the order of the key column's text, compared byte by byte.
    pub fn rows(&self, mapping: &Mapping, mut each: impl FnMut(&Row<'_>) -> Result<()>) -> Result<()> {
        let key = mapping.key_column().replace('"', "\"\"");
        let sql = format!("SELECT * FROM ({}) ORDER BY CAST(\"{key}\" AS TEXT) COLLATE BINARY", mapping.sql);
        let mut statement = self.0.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(row)?;
        }
        Ok(())
    }

    /// Begins one consistent reading: later changes of the platform are seen by the next export.
    pub fn begin(&self) -> Result<()> {
        Ok(self.0.execute_batch("BEGIN")?)
    }
}
