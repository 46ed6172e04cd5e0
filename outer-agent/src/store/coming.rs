//! Which rows a batch under way has staged: so that a crash in the middle of it costs what was staged, however much is
//! published already. Noted in the transactions that stage, forgotten once the batch is seen.

use ferry_io::error::{Error, Result};
use ferry_io::exit_code::IO;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// What was staged since the last commit.
#[derive(Debug, Default)]
pub struct Coming(BTreeMap<String, Vec<String>>);

impl Coming {
    /// One record of a kind of which others are published.
    pub fn add(&mut self, kind: &str, id: &str) {
        match self.0.get_mut(kind) {
            Some(ids) => ids.push(id.to_owned()),
            None => {
                self.0.insert(kind.to_owned(), vec![id.to_owned()]);
            }
        }
    }

    /// Writes it in the transaction that stages the rows.
    pub fn note(&mut self, conn: &Connection, generation: i64) -> Result<()> {
        for (kind, ids) in std::mem::take(&mut self.0) {
            insert(conn, generation, &kind, &serde_json::to_string(&ids).map_err(|e| unreadable(&e))?)?;
        }
        Ok(())
    }
}

/// Everything of a kind is new: one note does for all of it.
pub fn note_kind(conn: &Connection, generation: i64, kind: &str) -> Result<()> {
    insert(conn, generation, kind, "")
}

fn insert(conn: &Connection, generation: i64, kind: &str, ids: &str) -> Result<()> {
    let sql = "INSERT INTO coming(generation, kind, ids) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute(params![generation, kind, ids])?;
    Ok(())
}

/// Removes the records above the visible generation, one note in each transaction: readers and the portal's writers
/// wait for none of it, and a crash in between leaves the rest noted.
pub fn discard(conn: &Connection, visible: i64) -> Result<()> {
    if visible == 0 {
        // Nothing was ever seen: SQLite empties a table without looking at its rows.
        conn.execute("DELETE FROM record", [])?;
        conn.execute("DELETE FROM coming", [])?;
        return Ok(());
    }
    loop {
        let sql = "SELECT number, kind, ids FROM coming WHERE generation > ?1 LIMIT 1";
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query([visible])?;
        let Some(row) = rows.next()? else { return Ok(()) };
        let (number, kind, ids): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        drop(rows);
        let tx = conn.unchecked_transaction()?;
        if ids.is_empty() {
            tx.execute("DELETE FROM record WHERE kind = ?1 AND generation > ?2", params![kind, visible])?;
        } else {
            let ids: Vec<String> = serde_json::from_str(&ids).map_err(|e| unreadable(&e))?;
            let sql = "DELETE FROM record WHERE kind = ?1 AND id = ?2 AND generation > ?3";
            let mut delete = tx.prepare_cached(sql)?;
            ids.iter().try_for_each(|id| delete.execute(params![kind, id, visible]).map(drop))?;
        }
        tx.execute("DELETE FROM coming WHERE number = ?1", [number])?;
        tx.commit()?;
    }
}

/// Forgets what is seen by now.
pub fn forget(conn: &Connection, visible: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM coming WHERE generation <= ?1")?.execute([visible])?;
    Ok(())
}

fn unreadable(error: &serde_json::Error) -> Error {
    let hint = "check the database with `PRAGMA integrity_check`";
    Error::new(IO, "FERRY-E0604", format!("database: what was staged cannot be read: {error}"), hint)
}

#[cfg(test)]
mod tests {
    use crate::store::Store;
    use crate::store::write::{self, Staging};
    use ferry_format::record::Record;

    /// Stages records and stops as a crash does: what was committed stays, nobody sees it.
    fn stage(store: &Store, records: &[(&str, &str, u64)]) -> super::Result<()> {
        let mut staging = Staging::begin(&store.conn)?;
        for (kind, id, version) in records {
            let record = Record::new(kind, id, *version);
            staging.put(&record, &record.encode()?, None)?;
            staging.rest()?;
        }
        Ok(())
    }

    fn publish(store: &Store, records: &[(&str, &str, u64)]) {
        let mut staging = Staging::begin(&store.conn).unwrap();
        for (kind, id, version) in records {
            let record = Record::new(kind, id, *version);
            staging.put(&record, &record.encode().unwrap(), None).unwrap();
        }
        staging.finish().unwrap().show(&store.conn, 1).unwrap();
    }

    fn held(store: &Store) -> Vec<(String, String, i64)> {
        let sql = "SELECT kind, id, version FROM record ORDER BY kind, id, version";
        let mut statement = store.conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    fn notes(store: &Store) -> i64 {
        store.conn.query_row("SELECT count(*) FROM coming", [], |r| r.get(0)).unwrap()
    }

    #[test]
    fn a_crash_in_the_middle_of_a_batch_leaves_exactly_what_was_seen_before() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let batches: [&[(&str, &str, u64)]; 3] = [
            &[("case", "1", 1), ("case", "2", 1), ("party", "1", 1)],
            &[("case", "2", 2), ("case", "3", 2), ("notice", "1", 2), ("party", "1", 2)],
            &[("case", "2", 3), ("notice", "1", 3), ("notice", "2", 3), ("video", "1", 3)],
        ];
        for batch in batches {
            let before = held(&store);
            stage(&store, batch).unwrap();
            assert_eq!(held(&store).len(), before.len() + batch.len());
            write::discard_unseen(&store.conn, &store.blobs).unwrap();
            assert_eq!((held(&store), notes(&store)), (before, 0));
            publish(&store, batch);
            write::clean(&store.conn, &store.blobs).unwrap();
        }
        assert_eq!((held(&store).len(), notes(&store)), (7, 0));
    }

    #[test]
    fn what_a_crash_left_is_found_without_looking_at_what_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let plan = |sql: &str| {
            let mut statement = store.conn.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.replace("?1", "1"))).unwrap();
            let lines = statement.query_map([], |r| r.get::<_, String>(3)).unwrap();
            lines.collect::<Result<Vec<_>, _>>().unwrap().join("; ")
        };
        for sql in [
            "DELETE FROM record WHERE kind = 'a' AND id = 'b' AND generation > 1",
            "DELETE FROM document WHERE generation > 1",
            write::STAGED_DOCUMENTS,
            "DELETE FROM hidden WHERE generation > 1",
            "DELETE FROM arrival WHERE generation > 1",
        ] {
            assert!(plan(sql).starts_with("SEARCH"), "{sql}: {}", plan(sql));
        }
    }
}
