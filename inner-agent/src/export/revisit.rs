//! What a run of changes looks at though its row did not change: what was deleted, and what an approval form concerns.

use crate::export::cursor;
use crate::export::withhold::Withholding;
use crate::source::{Rows, Source, convert};
use ferry_channel::failure::Result;
use rusqlite::Connection;
use std::collections::BTreeSet;

/// What a run of changes looks at beside the rows that changed.
#[derive(Default)]
pub struct Revisit {
    /// Table and key: deleted, or concerned by a form that came or went.
    pub items: BTreeSet<(String, String)>,
    /// Cases concerned by a form that came or went.
    pub cases: BTreeSet<String>,
}

impl Revisit {
    /// From the forms that turned and the log of deletions, which it reads on from where the run before ended.
    pub fn of(conn: &Connection, source: &Source, withholding: &Withholding) -> Result<Self> {
        let mut revisit = Self::default();
        for form in &withholding.turned {
            match &form.item {
                Some(item) => drop(revisit.items.insert(item.clone())),
                None => drop(revisit.cases.insert(form.case.clone())),
            }
        }
        let Some(log) = &source.deletions else { return Ok(revisit) };
        let mut newest = cursor::get(conn, cursor::DELETIONS)?;
        let since = cursor::since(newest.as_deref(), source.overlap_minutes);
        let wanted = Rows::Changed { key: &log.config.key, changed: &log.config.changed, since: &since };
        source.database.rows(&log.config.sql, &log.columns, wanted, &mut |row| {
            let cell = |column| Ok::<_, ferry_channel::Failure>(convert::text(row.cell(column)?));
            if let (Some(table), Some(key)) = (cell(log.table)?, cell(log.key)?) {
                revisit.items.insert((table, key));
            }
            newest = newest.take().max(cell(log.changed)?);
            Ok(())
        })?;
        cursor::set(conn, cursor::DELETIONS, newest.as_deref())?;
        Ok(revisit)
    }
}
