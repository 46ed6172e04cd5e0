//! Withholding (articles 13 and 15): what crosses of a withheld item is a numbered entry with the class of the item and
//! the class of the reason, and nothing that names its case. The end of the form publishes the item.

use crate::agent::Agent;
use crate::export::remember;
use crate::source::Source;
use crate::source::withholding::{Form, InForce};
use ferry_channel::audit;
use ferry_format::record::{Record, Value};
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// The forms of one run beside those of the run before.
pub struct Withholding {
    /// In force now.
    pub in_force: InForce,
    /// Came, went or changed since the run before.
    pub turned: Vec<Form>,
}

impl Withholding {
    /// Reads the forms.
    pub fn load(conn: &Connection, source: &Source, today: &str) -> Result<Self> {
        let in_force = match &source.forms {
            Some(forms) => forms.in_force(&**source.database(), today)?,
            None => InForce::default(),
        };
        let mut statement = conn.prepare("SELECT form, item_table, item_key, case_id, reason, approved FROM form")?;
        let rows = statement.query_map([], |r| {
            let item: (Option<String>, Option<String>) = (r.get(1)?, r.get(2)?);
            let (form, case, reason, approved) = (r.get(0)?, r.get(3)?, r.get(4)?, r.get(5)?);
            Ok(Form { form, item: item.0.zip(item.1), case, reason, approved })
        })?;
        let before: Vec<Form> = rows.collect::<rusqlite::Result<_>>()?;
        let now = in_force.forms();
        let known: std::collections::HashMap<&str, &Form> = before.iter().map(|f| (f.form.as_str(), f)).collect();
        let here: std::collections::HashMap<&str, &Form> = now.iter().map(|f| (f.form.as_str(), f)).collect();
        let came = now.iter().filter(|f| known.get(f.form.as_str()) != Some(f));
        let went = before.iter().filter(|f| here.get(f.form.as_str()) != Some(f));
        let turned = came.chain(went).cloned().collect();
        Ok(Self { in_force, turned })
    }

    /// Remembers them for the next run.
    pub fn remember(&self, conn: &Connection) -> Result<()> {
        if self.turned.is_empty() {
            return Ok(());
        }
        conn.execute("DELETE FROM form", [])?;
        let mut insert = conn.prepare_cached("INSERT OR REPLACE INTO form VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
        for f in self.in_force.forms() {
            let (table, key) = f.item.as_ref().map_or((None, None), |(t, k)| (Some(t), Some(k)));
            insert.execute(params![f.form, table, key, f.case, f.reason, f.approved])?;
        }
        Ok(())
    }
}

/// The kinds of which something is withheld.
pub fn kinds(conn: &Connection) -> Result<BTreeSet<String>> {
    let mut statement = conn.prepare("SELECT DISTINCT kind FROM withheld")?;
    Ok(statement.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Begins to withhold an item; gives its entry unless it is withheld for this reason already.
pub fn begin(
    conn: &Connection,
    agent: &Agent,
    kind: &str,
    key: &str,
    form: &Form,
    now_s: i64,
) -> Result<Option<Record>> {
    let sql = "SELECT number, reason FROM withheld WHERE kind = ?1 AND key = ?2";
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?));
    let known = conn.prepare_cached(sql)?.query_row([kind, key], row).optional()?;
    if let Some((number, reason)) = &known
        && *reason == form.reason
        && !goes_again(conn, agent, *number)?
    {
        return Ok(None);
    }
    let number = match known {
        Some((number, _)) => {
            let sql = "UPDATE withheld SET form = ?3, reason = ?4 WHERE kind = ?1 AND key = ?2";
            conn.execute(sql, params![kind, key, form.form, form.reason])?;
            number
        }
        None => {
            let sql = "INSERT INTO withheld(kind, key, form, reason) VALUES (?1, ?2, ?3, ?4)";
            conn.execute(sql, params![kind, key, form.form, form.reason])?;
            conn.last_insert_rowid()
        }
    };
    let detail = format!("form {} ({}), approved by {}", form.form, form.reason, form.approved);
    audit::note(conn, now_s, "agent", "withhold", &format!("{kind}/{key}"), &detail)?;
    let mut entry = Record::new(&agent.catalogue.roles.withheld, &number.to_string(), 1);
    entry.fields.insert("class".into(), Value::Text(kind.to_owned()));
    entry.fields.insert("reason".into(), Value::Text(form.reason.clone()));
    Ok(Some(entry))
}

/// Whether the far side lacks the entry, so that it goes out again.
fn goes_again(conn: &Connection, agent: &Agent, number: i64) -> Result<bool> {
    let before = remember::exported(conn, &agent.catalogue.roles.withheld, &number.to_string())?;
    Ok(before.is_some_and(|b| b.goes_again()))
}

/// Ends to withhold an item; gives the retraction of its entry.
pub fn end(conn: &Connection, agent: &Agent, kind: &str, key: &str, now_s: i64) -> Result<Option<Record>> {
    let sql = "DELETE FROM withheld WHERE kind = ?1 AND key = ?2 RETURNING number";
    let number: Option<i64> = conn.prepare_cached(sql)?.query_row([kind, key], |r| r.get(0)).optional()?;
    let Some(number) = number else { return Ok(None) };
    audit::note(conn, now_s, "agent", "withhold-end", &format!("{kind}/{key}"), "")?;
    let mut entry = Record::new(&agent.catalogue.roles.withheld, &number.to_string(), 1);
    entry.retracted = true;
    Ok(Some(entry))
}

/// The keys of a kind that are withheld.
pub fn keys(conn: &Connection, kind: &str) -> Result<Vec<String>> {
    let mut statement = conn.prepare("SELECT key FROM withheld WHERE kind = ?1 ORDER BY number")?;
    Ok(statement.query_map([kind], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?)
}
