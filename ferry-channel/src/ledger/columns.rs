//! How rows are read and written.

use ferry_format::frame::sequence::HighWater;
use ferry_format::text::Text;
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

pub(super) fn high_water(row: &Row<'_>) -> rusqlite::Result<HighWater> {
    Ok(HighWater { epoch: row.get(0)?, sequence: row.get(1)?, digest: row.get(2)? })
}

/// A text kept in both languages: who reads it later may read another one than who wrote it.
pub struct StoredText(pub Text);

impl ToSql for StoredText {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let json = serde_json::to_string(&self.0).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
        Ok(ToSqlOutput::from(json))
    }
}

impl FromSql for StoredText {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(|e| FromSqlError::Other(e.into()))
    }
}
