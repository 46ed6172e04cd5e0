//! What a run of changes checks besides the rows that changed: rows in the deletion log, and what an approval form that is new,
//! ended or changed concerns.

use crate::export::scope::Scope;
use crate::export::withhold::Withholding;
use crate::source::database::{Row, Rows};
use crate::source::{DeletionLog, Source, value};
use crate::store::cursor::{self, Window};
use ferry_format::record::Value;
use ferry_format::record::catalogue::CORRECTION;
use ferry_io::error::{Error, Result};
use jiff::tz::TimeZone;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// The fields of a retraction: who approved it, when and why (article 16).
pub type Approval = Vec<(String, Value)>;

/// What is checked again.
#[derive(Default)]
pub struct Recheck {
    /// Table and key of items: deleted, or concerned by a form.
    pub items: BTreeSet<(String, String)>,
    /// Cases that a form concerns.
    pub cases: BTreeSet<String>,
    /// The approvals of deletions, by table and key.
    approvals: BTreeMap<(String, String), Approval>,
}

impl Recheck {
    /// Reads the deletion log from its cursor on. No cursor passes the local time `horizon`.
    pub fn load(
        conn: &Connection,
        source: &Source,
        withholding: &Withholding,
        (horizon, scope): (&str, Scope),
    ) -> Result<Self> {
        let mut recheck = Self::default();
        for form in &withholding.changed {
            match &form.item {
                Some(item) => drop(recheck.items.insert(item.clone())),
                None => drop(recheck.cases.insert(form.case.clone())),
            }
        }
        let Some(log) = &source.deletions else { return Ok(recheck) };
        let mut window = Window::open(conn, cursor::DELETIONS, source.overlap_minutes, &source.zone)?;
        let wanted = Rows::Changed { changed: &log.config.changed, since: window.since() };
        source.database().rows(&log.config.sql, &log.columns, wanted, &mut |row| {
            let cell = |column| Ok::<_, Error>(value::text(row.cell(column)?));
            if let (Some(table), Some(key)) = (cell(log.table)?, cell(log.key)?) {
                if let Some(approval) = approval(log, row, &source.zone)? {
                    recheck.approvals.insert((table.clone(), key.clone()), approval);
                }
                recheck.items.insert((table, key));
            }
            window.read(cell(log.changed)?.as_deref());
            Ok(())
        })?;
        if scope == Scope::Everything {
            window.close(conn, horizon)?;
        }
        Ok(recheck)
    }

    /// The approval of a deletion; empty where the log has none.
    pub fn approval(&self, table: Option<&str>, key: &str) -> Approval {
        let found = table.and_then(|t| self.approvals.get(&(t.to_owned(), key.to_owned())));
        found.cloned().unwrap_or_default()
    }
}

/// All three fields, or none.
fn approval(log: &DeletionLog, row: &dyn Row, zone: &TimeZone) -> Result<Option<Approval>> {
    let Some([by, on, why]) = log.approval else { return Ok(None) };
    let cell = |column| Ok::<_, Error>(value::text(row.cell(column)?));
    let on = cell(on)?.and_then(|day| value::date(&day, zone));
    let (Some(by), Some(on), Some(why)) = (cell(by)?, on, cell(why)?) else { return Ok(None) };
    let fields = CORRECTION.iter().zip([by, on, why]);
    Ok(Some(fields.map(|(field, text)| ((*field).to_owned(), Value::Text(text))).collect()))
}
