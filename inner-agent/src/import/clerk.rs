//! The clerk's list as the last import found it, kept in the ledger so that `status` need not reach the platform.

use ferry_io::error::Result;
use rusqlite::{Connection, TransactionBehavior, params};
use std::collections::BTreeMap;

/// Keeps how many items nobody has looked at, by class.
pub fn note(conn: &mut Connection, now: BTreeMap<String, u64>) -> Result<()> {
    if list(conn)? == now {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute("DELETE FROM clerk_list", [])?;
    for (class, items) in now {
        let sql = "INSERT INTO clerk_list VALUES (?1, ?2)";
        tx.execute(sql, params![class, items as i64])?;
    }
    Ok(tx.commit()?)
}

/// The same, to be shown.
pub fn list(conn: &Connection) -> Result<BTreeMap<String, u64>> {
    let mut statement = conn.prepare("SELECT class, items FROM clerk_list")?;
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get::<_, i64>(1)? as u64)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
