//! Items that an operator hid by hand: a wrong document is off the portal at once, without waiting for the gate. It only ever
//! hides; what lifts it comes from the inner side: a version that its reviewers approved, or a correction approved by article 16.

use crate::store::hidden::{self, Hidden};
use crate::texts::errors;
use ferry_channel::audit;
use ferry_channel::types::UnixSeconds;
use ferry_channel::types::decision::Decision;
use ferry_format::reason::HIDDEN_BY_OPERATOR;
use ferry_format::record::Record;
use ferry_format::record::catalogue::Catalogue;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

/// Hides the newest visible version of an item and every later one, and reports that to the inner side. An item that is hidden
/// already stays so, and its first reason stays with it.
///
/// # Errors
/// `FERRY-E0664` where nothing is published under this kind and id.
pub fn hide(
    conn: &Connection,
    catalogue: &Catalogue,
    (kind, id): (&str, &str),
    decision: &Decision,
    now: UnixSeconds,
) -> Result<Hidden> {
    // Beside an ingest: what that has staged becomes visible later, and is hidden by its own look.
    let tx = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    let sql = "SELECT version FROM record WHERE kind = ?1 AND id = ?2 AND retracted = 0
                 AND generation <= (SELECT generation FROM visible) ORDER BY version DESC LIMIT 1";
    let version: Option<i64> = tx.query_row(sql, [kind, id], |r| r.get(0)).optional()?;
    let Some(version) = version else { return Err(errors::nothing_published(kind, id)) };
    let (by, reason) = (decision.by.as_str(), decision.reason.as_str());
    let sql = "INSERT OR IGNORE INTO operator_hide VALUES (?1, ?2, ?3, ?4, ?5)";
    let is_new = tx.execute(sql, params![kind, id, by, reason, now])? == 1;
    // A version that the second scan hides already was reported then.
    let sql = "INSERT OR IGNORE INTO hidden SELECT ?1, ?2, ?3, generation, ?4 FROM visible";
    let is_shown = tx.execute(sql, params![kind, id, version, HIDDEN_BY_OPERATOR])? == 1;
    let item = Hidden {
        kind: kind.to_owned(),
        id: id.to_owned(),
        version: version as u64,
        rule: HIDDEN_BY_OPERATOR.to_owned(),
    };
    if is_shown {
        tx.execute("UPDATE visible SET hides = hides + 1", [])?;
        hidden::report_item(&tx, catalogue, &item)?;
    }
    if is_new {
        audit::record(&tx, now, by, "hide", &format!("{kind}/{id}/{version}"), reason)?;
    }
    tx.commit()?;
    Ok(item)
}

/// Whether a version that arrives stays hidden.
pub fn hides(conn: &Connection, record: &Record, is_batch_approved: bool) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM operator_hide WHERE kind = ?1 AND id = ?2)";
    let is_hidden: bool = conn.prepare_cached(sql)?.query_row([&record.kind, &record.id], |r| r.get(0))?;
    Ok(is_hidden && !is_batch_approved && record.text("correction-approved-by").is_empty())
}

/// Lifts what a generation shows again, in the transaction that makes it visible.
pub fn lift(conn: &Connection, generation: i64, now: UnixSeconds) -> Result<()> {
    let sql = "DELETE FROM operator_hide WHERE EXISTS (
                 SELECT 1 FROM record r WHERE r.kind = operator_hide.kind AND r.id = operator_hide.id
                   AND r.generation = ?1 AND r.retracted = 0
                   AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.kind = r.kind AND h.id = r.id AND h.version = r.version
                                     AND instr(',' || h.rule || ',', ',' || ?2 || ',') > 0))
               RETURNING kind, id";
    let mut statement = conn.prepare_cached(sql)?;
    let lifted = statement
        .query_map(params![generation, HIDDEN_BY_OPERATOR], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?)))?;
    for item in lifted.collect::<rusqlite::Result<Vec<_>>>()? {
        audit::record(conn, now, "agent", "hide-lifted", &format!("{}/{}", item.0, item.1), "by the inner side")?;
    }
    Ok(())
}
