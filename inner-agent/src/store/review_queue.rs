//! Table `review_queue`: size of the clerk's review queue (`FERRY_HELD`) at the last import, so that `status` need not reach
//! the platform.

use ferry_io::error::Result;
use rusqlite::{Connection, TransactionBehavior, params};
use std::collections::BTreeMap;

/// Replaces the counts: items that no clerk has decided yet, by class of rejection.
pub fn replace(conn: &mut Connection, counts: BTreeMap<String, u64>) -> Result<()> {
    if self::counts(conn)? == counts {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute("DELETE FROM review_queue", [])?;
    for (class, items) in counts {
        tx.execute("INSERT INTO review_queue VALUES (?1, ?2)", params![class, items as i64])?;
    }
    Ok(tx.commit()?)
}

/// Items that no clerk has decided yet, by class of rejection.
pub fn counts(conn: &Connection) -> Result<BTreeMap<String, u64>> {
    let mut statement = conn.prepare("SELECT class, items FROM review_queue")?;
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get::<_, i64>(1)? as u64)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
