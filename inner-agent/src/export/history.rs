//! What every run did, kept for the supervision report (articles 12, 16 and 19): counts by kind, who approved late entries
//! and corrections, and which approval forms withhold nothing.

use crate::export::counts::Collected;
use crate::source::withholding::Form;
use ferry_channel::audit;
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use rusqlite::{Connection, params};

/// How long the history is kept: two years and the month in which someone asks for them.
const KEPT_DAYS: i64 = 800;

/// The run that writes, and when.
#[derive(Clone, Copy)]
pub struct At {
    /// Epoch and sequence of its batch.
    pub number: (u64, u64),
    /// Now.
    pub now_s: i64,
}

/// Keeps what a run counted, a row for each kind that crossed, and lets go of what is too old.
pub fn note(conn: &Connection, at: At, collected: &Collected) -> Result<()> {
    let sql = "INSERT INTO export_count VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    let mut insert = conn.prepare_cached(sql)?;
    for (kind, n) in &collected.0 {
        let counts = [n.new, n.changed, n.corrected, n.retracted, n.late, n.late_approved];
        if n.crossed() == 0 {
            continue;
        }
        let [new, changed, corrected, retracted, late, late_approved] = counts.map(|n| n as i64);
        let (identifiers, unscannable) = (n.identifiers as i64, n.unscannable as i64);
        let (epoch, sequence, incomplete) = (at.number.0 as i64, at.number.1 as i64, n.incomplete as i64);
        insert.execute(params![
            epoch,
            sequence,
            kind,
            at.now_s,
            new,
            changed,
            corrected,
            retracted,
            late,
            late_approved,
            incomplete,
            identifiers,
            unscannable
        ])?;
    }
    for table in ["export_count", "late_entry", "correction"] {
        conn.execute(&format!("DELETE FROM {table} WHERE at_s < ?1"), [at.now_s - KEPT_DAYS * 86_400])?;
    }
    Ok(())
}

/// A record that was entered late, and who approved that; nobody where nobody did.
pub fn late(conn: &Connection, at: At, key: &str, record: &Record, approver: &str) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO late_entry VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (epoch, sequence) = (at.number.0 as i64, at.number.1 as i64);
    let row = params![epoch, sequence, record.kind, key, record.case_id, approver, at.now_s];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// A correction of what was published, with its approval (article 16).
pub fn corrected(conn: &Connection, at: At, key: &str, record: &Record) -> Result<()> {
    let (by, why) = (record.text("correction-approved-by"), record.text("correction-why"));
    change(
        conn,
        at,
        "corrected",
        (&record.kind, key),
        &Because { by: by.to_owned(), why: why.to_owned(), ..Because::default() },
    )?;
    let detail = format!("approved by {by} on {}: {why}", record.text("correction-approved-on"));
    audit::note(conn, at.now_s, "agent", "correct", &format!("{}/{key}", record.kind), &detail)
}

/// A retraction of what was published, and what it follows from.
pub fn retracted(conn: &Connection, at: At, item: (&str, &str), because: &Because) -> Result<()> {
    change(conn, at, "retracted", item, because)?;
    let approved = if because.by.is_empty() { String::new() } else { format!("approved by {}: ", because.by) };
    audit::note(
        conn,
        at.now_s,
        "agent",
        "retract",
        &format!("{}/{}", item.0, item.1),
        &format!("{approved}{}", because.why),
    )
}

/// Why something that was published changes or goes.
#[derive(Default)]
pub struct Because {
    /// Who approved it; empty where a row is no longer there and nobody is named.
    pub by: String,
    /// The reason.
    pub why: String,
    /// The fields that say so and travel along: who approved it, when and why (article 16).
    pub fields: Vec<(String, Value)>,
}

impl Because {
    /// A reason that follows from the platform, or from a rule.
    pub fn of(why: impl Into<String>) -> Self {
        Self { why: why.into(), ..Self::default() }
    }

    /// An approval form, which does not travel: what crosses of a withheld item says nothing of it (articles 13 and 15).
    pub fn form(form: &Form) -> Self {
        let why = format!("审批表 form {} ({})", form.form, form.reason);
        Self { by: form.approved.clone(), why, ..Self::default() }
    }

    /// What the log of deletions says of a row that is no longer there.
    pub fn deleted(approval: Vec<(String, Value)>, otherwise: &str) -> Self {
        let text = |wanted: &str| match approval.iter().find(|(field, _)| field == wanted) {
            Some((_, Value::Text(text))) => text.clone(),
            _ => String::new(),
        };
        let (by, why) = (text("correction-approved-by"), text("correction-why"));
        if by.is_empty() { Self::of(otherwise) } else { Self { by, why, fields: approval } }
    }
}

fn change(conn: &Connection, at: At, act: &str, (kind, key): (&str, &str), because: &Because) -> Result<()> {
    let sql = "INSERT INTO correction(at_s, epoch, sequence, act, kind, key, approved_by, why)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let (epoch, sequence) = (at.number.0 as i64, at.number.1 as i64);
    conn.prepare_cached(sql)?.execute(params![at.now_s, epoch, sequence, act, kind, key, because.by, because.why])?;
    Ok(())
}

/// Remembers which approval forms withhold nothing, and since when.
pub fn defective_forms(conn: &Connection, forms: &[(String, String)], now_s: i64) -> Result<()> {
    let sql = "SELECT form, since_s FROM defective_form";
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?));
    let before: std::collections::HashMap<String, i64> =
        conn.prepare_cached(sql)?.query_map([], row)?.collect::<rusqlite::Result<_>>()?;
    conn.execute("DELETE FROM defective_form", [])?;
    let mut insert = conn.prepare_cached("INSERT OR IGNORE INTO defective_form VALUES (?1, ?2, ?3)")?;
    for (form, why) in forms {
        insert.execute(params![form, why, before.get(form).copied().unwrap_or(now_s)])?;
    }
    Ok(())
}
