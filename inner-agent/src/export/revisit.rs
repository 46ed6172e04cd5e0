//! What a run looks at beside the rows that changed: what the log of deletions names, and what an approval form that came
//! or went concerns.

use crate::export::cursor;
use crate::export::withhold::Withholding;
use crate::source::{Deletions, Row, Rows, Source, convert};
use ferry_format::record::Value;
use ferry_format::record::catalogue::CORRECTION;
use ferry_io::error::Result;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// The fields of a retraction: who approved it, when and why (article 16).
pub type Approval = Vec<(String, Value)>;

/// What is looked at.
#[derive(Default)]
pub struct Revisit {
    /// Table and key: deleted, or concerned by a form that came or went.
    pub items: BTreeSet<(String, String)>,
    /// Cases concerned by a form that came or went.
    pub cases: BTreeSet<String>,
    /// Who approved that a row was deleted, by table and key.
    approvals: BTreeMap<(String, String), Approval>,
}

impl Revisit {
    /// Reads the log of deletions from where it was read to; no cursor passes the local time `horizon`.
    pub fn load(conn: &Connection, source: &Source, withholding: &Withholding, horizon: &str) -> Result<Self> {
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
        let wanted = Rows::Changed { changed: &log.config.changed, since: since.as_deref() };
        source.database().rows(&log.config.sql, &log.columns, wanted, &mut |row| {
            let cell = |column| Ok::<_, ferry_io::Error>(convert::text(row.cell(column)?));
            if let (Some(table), Some(key)) = (cell(log.table)?, cell(log.key)?) {
                if let Some(approval) = approval(log, row)? {
                    revisit.approvals.insert((table.clone(), key.clone()), approval);
                }
                revisit.items.insert((table, key));
            }
            newest = newest.take().max(cell(log.changed)?);
            Ok(())
        })?;
        cursor::set(conn, cursor::DELETIONS, newest.as_deref(), horizon)?;
        Ok(revisit)
    }

    /// Who approved that a row was deleted; nothing where the log does not say.
    pub fn approval(&self, table: Option<&str>, key: &str) -> Approval {
        let found = table.and_then(|t| self.approvals.get(&(t.to_owned(), key.to_owned())));
        found.cloned().unwrap_or_default()
    }
}

/// All three of them, or none.
fn approval(log: &Deletions, row: &dyn Row) -> Result<Option<Approval>> {
    let Some([by, on, why]) = log.approval else { return Ok(None) };
    let cell = |column| Ok::<_, ferry_io::Error>(convert::text(row.cell(column)?));
    let on = cell(on)?.and_then(|day| convert::date(&day));
    let (Some(by), Some(on), Some(why)) = (cell(by)?, on, cell(why)?) else { return Ok(None) };
    let named = CORRECTION.iter().zip([by, on, why]);
    Ok(Some(named.map(|(field, text)| ((*field).to_owned(), Value::Text(text))).collect()))
}
