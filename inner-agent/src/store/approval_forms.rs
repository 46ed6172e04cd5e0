//! Tables `approval_form` and `defective_form`: the approval forms for withholding, as the last run read them (articles 13
//! and 15).

use ferry_channel::types::UnixSeconds;
use ferry_format::reason::{Reason, ReasonCode};
use ferry_io::error::Result;
use rusqlite::{Connection, params};
use std::collections::{HashMap, HashSet};

/// An approval form in force.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApprovalForm {
    /// Its number.
    pub form: String,
    /// Table and key of the item; nothing for a whole case.
    pub item: Option<(String, String)>,
    /// The case.
    pub case: String,
    /// Class of reason, a code of the catalogue.
    pub reason: String,
    /// Both persons who approved.
    pub approved_by: String,
}

/// The forms of the last run.
pub fn load(conn: &Connection) -> Result<Vec<ApprovalForm>> {
    let sql = "SELECT form, item_table, item_key, case_id, reason, approved_by FROM approval_form";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |r| {
        let item: (Option<String>, Option<String>) = (r.get(1)?, r.get(2)?);
        let (form, case, reason, approved_by) = (r.get(0)?, r.get(3)?, r.get(4)?, r.get(5)?);
        Ok(ApprovalForm { form, item: item.0.zip(item.1), case, reason, approved_by })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Replaces them by those of this run.
pub fn replace(conn: &Connection, forms: &[ApprovalForm]) -> Result<()> {
    conn.execute("DELETE FROM approval_form", [])?;
    let mut insert = conn.prepare_cached("INSERT INTO approval_form VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    for f in forms {
        let (table, key) = f.item.as_ref().map_or((None, None), |(t, k)| (Some(t), Some(k)));
        insert.execute(params![f.form, table, key, f.case, f.reason, f.approved_by])?;
    }
    Ok(())
}

/// The numbers of the forms that did not do what they say.
pub fn defective_numbers(conn: &Connection) -> Result<HashSet<String>> {
    let mut statement = conn.prepare_cached("SELECT form FROM defective_form")?;
    Ok(statement.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// The forms that did not do what they say, and why.
pub fn defective(conn: &Connection) -> Result<Vec<(String, Reason)>> {
    let mut statement = conn.prepare_cached("SELECT form, reason FROM defective_form ORDER BY since_s, form")?;
    let rows = statement.query_map([], |r| Ok((r.get(0)?, Reason::parse(&r.get::<_, String>(1)?))))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Replaces the forms that do not do what they say. A form that was defective before keeps the time since when it is.
pub fn replace_defective(conn: &Connection, forms: &[(String, ReasonCode)], now: UnixSeconds) -> Result<()> {
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?));
    let sql = "SELECT form, since_s FROM defective_form";
    let before: HashMap<String, i64> =
        conn.prepare_cached(sql)?.query_map([], row)?.collect::<rusqlite::Result<_>>()?;
    conn.execute("DELETE FROM defective_form", [])?;
    let mut insert = conn.prepare_cached("INSERT OR IGNORE INTO defective_form VALUES (?1, ?2, ?3)")?;
    for (form, reason) in forms {
        insert.execute(params![form, reason.as_str(), before.get(form).copied().unwrap_or(now.get())])?;
    }
    Ok(())
}
