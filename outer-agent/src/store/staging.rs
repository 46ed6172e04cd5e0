//! Journal of the rows that a batch has staged, so that cleaning up after a crash costs what was staged, not what is
//! published. Entries are written in the transactions that stage, and deleted once the batch is visible.

use crate::texts::errors;
use ferry_io::error::Result;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// The ids that were staged since the last commit, by kind.
#[derive(Debug, Default)]
pub struct StagedRows(BTreeMap<String, Vec<String>>);

impl StagedRows {
    /// Adds a record of a kind of which others are published.
    pub fn add(&mut self, kind: &str, id: &str) {
        match self.0.get_mut(kind) {
            Some(ids) => ids.push(id.to_owned()),
            None => {
                self.0.insert(kind.to_owned(), vec![id.to_owned()]);
            }
        }
    }

    /// Writes the ids in the transaction that stages their rows, and empties itself.
    pub fn save(&mut self, conn: &Connection, generation: i64) -> Result<()> {
        for (kind, ids) in std::mem::take(&mut self.0) {
            let ids = serde_json::to_string(&ids).map_err(errors::staged_rows_unreadable)?;
            insert(conn, generation, &kind, &ids)?;
        }
        Ok(())
    }
}

/// Every record of a kind is new: one entry for all of them.
pub fn save_kind(conn: &Connection, generation: i64, kind: &str) -> Result<()> {
    insert(conn, generation, kind, "")
}

fn insert(conn: &Connection, generation: i64, kind: &str, ids: &str) -> Result<()> {
    let sql = "INSERT INTO staged_rows(generation, kind, ids) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute(params![generation, kind, ids])?;
    Ok(())
}

/// Deletes the records above the visible generation, one entry per transaction: readers and the portal's writers wait for
/// none of it, and a crash in between leaves the other entries.
pub fn delete_unpublished(conn: &Connection, visible: i64) -> Result<()> {
    if visible == 0 {
        // Nothing was ever visible: SQLite empties a table without reading its rows.
        conn.execute("DELETE FROM record", [])?;
        conn.execute("DELETE FROM staged_rows", [])?;
        return Ok(());
    }
    loop {
        let sql = "SELECT number, kind, ids FROM staged_rows WHERE generation > ?1 LIMIT 1";
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query([visible])?;
        let Some(row) = rows.next()? else { return Ok(()) };
        let (number, kind, ids): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        drop(rows);
        let tx = conn.unchecked_transaction()?;
        if ids.is_empty() {
            tx.execute("DELETE FROM record WHERE kind = ?1 AND generation > ?2", params![kind, visible])?;
        } else {
            let ids: Vec<String> = serde_json::from_str(&ids).map_err(errors::staged_rows_unreadable)?;
            let sql = "DELETE FROM record WHERE kind = ?1 AND id = ?2 AND generation > ?3";
            let mut delete = tx.prepare_cached(sql)?;
            ids.iter().try_for_each(|id| delete.execute(params![kind, id, visible]).map(drop))?;
        }
        tx.execute("DELETE FROM staged_rows WHERE number = ?1", [number])?;
        tx.commit()?;
    }
}

/// Deletes the entries of batches that are visible.
pub fn delete_published(conn: &Connection, visible: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM staged_rows WHERE generation <= ?1")?.execute([visible])?;
    Ok(())
}
