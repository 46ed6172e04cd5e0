//! Withholding (articles 13 and 15): what crosses of a withheld item is a numbered entry with the class of the item and the class
//! of the reason, and nothing that names its case. When the form ends, the item is published.

use crate::context::Context;
use crate::source::Source;
use crate::source::withholding_orders::FormsInForce;
use crate::store::approval_forms::{self, ApprovalForm};
use crate::store::{exported, withheld};
use ferry_channel::audit;
use ferry_channel::types::UnixSeconds;
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use rusqlite::Connection;
use std::collections::HashSet;

/// The forms of this run, compared with those of the last one.
pub struct Withholding {
    /// Forms in force.
    pub in_force: FormsInForce,
    /// Forms that are new, ended or changed since the last run.
    pub changed: Vec<ApprovalForm>,
}

impl Withholding {
    /// Reads the forms that apply on `today`, `YYYY-MM-DD`.
    pub fn load(conn: &Connection, source: &Source, today: &str) -> Result<Self> {
        let mut in_force = match &source.forms {
            Some(forms) => forms.in_force(&**source.database(), today)?,
            None => FormsInForce::default(),
        };
        let before = approval_forms::load(conn)?;
        in_force.keep_unreadable(&before);
        let changed = differing(&before, in_force.forms());
        Ok(Self { in_force, changed })
    }

    /// Names the forms that no row of this run met, where it looked for them: a full run for all, a run of changes for those that
    /// changed and those that were named before.
    pub fn name_unmet(&mut self, conn: &Connection, is_full: bool) -> Result<()> {
        let before = approval_forms::defective_numbers(conn)?;
        let changed: HashSet<&ApprovalForm> = self.changed.iter().collect();
        self.in_force.name_unmet(|form| is_full || changed.contains(form) || before.contains(&form.form));
        Ok(())
    }

    /// Stores the forms for the next run.
    pub fn store(&self, conn: &Connection) -> Result<()> {
        if self.changed.is_empty() { Ok(()) } else { approval_forms::replace(conn, self.in_force.forms()) }
    }
}

/// Forms that are in one list only; a changed one in both its states. A form may have several rows, each with another item.
fn differing(before: &[ApprovalForm], now: &[ApprovalForm]) -> Vec<ApprovalForm> {
    let (known, current): (HashSet<&ApprovalForm>, HashSet<&ApprovalForm>) =
        (before.iter().collect(), now.iter().collect());
    known.symmetric_difference(&current).map(|form| (*form).clone()).collect()
}

/// Withholds an item; gives its entry, unless the entry is outside already with the same reason.
pub fn begin(
    conn: &Connection,
    context: &Context,
    (kind, key): (&str, &str),
    form: &ApprovalForm,
    now: UnixSeconds,
) -> Result<Option<Record>> {
    let number = match withheld::get(conn, kind, key)? {
        Some((number, reason)) if reason == form.reason && !is_missing_outside(conn, context, number)? => {
            return Ok(None);
        }
        Some((number, _)) => {
            withheld::update(conn, (kind, key), &form.form, &form.reason)?;
            number
        }
        None => withheld::insert(conn, (kind, key), &form.form, &form.reason)?,
    };
    let detail = format!("form {} ({}), approved by {}", form.form, form.reason, form.approved_by);
    audit::record(conn, now, "agent", "withhold", &format!("{kind}/{key}"), &detail)?;
    let mut entry = Record::new(&context.catalogue.roles.withheld, &number.to_string(), 1);
    entry.fields.insert("class".into(), Value::Text(kind.to_owned()));
    entry.fields.insert("reason".into(), Value::Text(form.reason.clone()));
    Ok(Some(entry))
}

/// Whether the outer side lacks the entry, so that it must be exported again.
fn is_missing_outside(conn: &Connection, context: &Context, number: i64) -> Result<bool> {
    let before = exported::get(conn, &context.catalogue.roles.withheld, &number.to_string())?;
    Ok(before.is_some_and(|b| b.must_be_exported_again()))
}

/// No longer withholds an item; gives the retraction of its entry, if it had one.
pub fn end(conn: &Connection, context: &Context, kind: &str, key: &str, now: UnixSeconds) -> Result<Option<Record>> {
    let Some(number) = withheld::delete(conn, kind, key)? else { return Ok(None) };
    audit::record(conn, now, "agent", "withhold-end", &format!("{kind}/{key}"), "")?;
    let mut entry = Record::new(&context.catalogue.roles.withheld, &number.to_string(), 1);
    entry.retracted = true;
    Ok(Some(entry))
}
