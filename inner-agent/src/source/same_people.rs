//! Finds the people who stand in several rows of the log-in kind.

use crate::platform_time::PlatformTime;
use crate::source::database::{Database, Rows};
use crate::source::mapping::KindMapping;
use crate::source::owned_row::OwnedRow;
use crate::source::people::{FoundRow, People};
use ferry_io::error::Result;
use std::collections::BTreeSet;

/// Reads the rows of the log-in kind whose identity numbers several rows have.
pub fn read(
    database: &dyn Database,
    login: Option<&KindMapping>,
    is_exported: &dyn Fn(&str) -> Result<bool>,
) -> Result<People> {
    let mut people = People::default();
    let Some(map) = login.filter(|map| map.config.id.hmac) else { return Ok(people) };
    let (sql, column) = (&map.config.sql, map.config.id.column.as_str());
    let repeated: BTreeSet<String> =
        database.repeated_keys(sql, &map.columns, column, (column, None))?.into_iter().collect();
    for identity in repeated {
        let mut found = Vec::new();
        database.rows(sql, &map.columns, Rows::With { column, value: &identity }, &mut |row| {
            if map.is_of_kind(row)? && map.unreadable(row)?.is_none() {
                found.push(FoundRow {
                    key: map.key(row)?,
                    person: map.person(row)?.unwrap_or_default(),
                    name: map.text_field(row, "name")?,
                    document: map.identity_type(row)?,
                    changed: map.changed(row)?.and_then(|at| PlatformTime::parse(&at, map.zone())),
                    row: OwnedRow::copy(row, map.columns.len())?,
                    is_exported: is_exported(&map.key(row)?)?,
                });
            }
            Ok(())
        })?;
        people.add(&identity, found);
    }
    Ok(people)
}
