//! Deleting what is not visible: the rest of an interrupted batch, and versions that newer ones replaced.

use crate::store::documents::DocumentStore;
use crate::store::staging;
use crate::store::visible::generation;
use ferry_channel::ledger::db;
use ferry_format::record::Record;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Rows of one transaction.
const ROWS_PER_TRANSACTION: i64 = 5_000;
/// Names its index: without statistics SQLite would read all documents.
const STAGED_DOCUMENTS: &str =
    "SELECT DISTINCT sha256 FROM document INDEXED BY document_generation WHERE generation > ?1";

/// Deletes the rows and documents of a batch that was interrupted or refused. Does nothing where there are none.
pub fn discard_unpublished(conn: &Connection, store: &DocumentStore) -> Result<()> {
    // An interrupted staging may have left its transaction open on this connection.
    if !conn.is_autocommit() {
        conn.execute_batch("ROLLBACK")?;
    }
    store.discard_staged()?;
    let (visible, staging): (i64, bool) =
        conn.query_row("SELECT generation, staging FROM visible", [], |r| Ok((r.get(0)?, r.get(1)?)))?;
    if !staging {
        return db::set_durable(conn, true);
    }
    let mut statement = conn.prepare(STAGED_DOCUMENTS)?;
    let documents: Vec<[u8; 32]> = statement.query_map([visible], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    // The last commit makes all of them durable: one wait for the disk, however many entries there are.
    db::set_durable(conn, false)?;
    staging::delete_unpublished(conn, visible)?;
    db::set_durable(conn, true)?;
    let tx = conn.unchecked_transaction()?;
    // Each has an index of its generations, or has few rows beside those that are staged.
    for table in ["document", "superseded", "hidden", "arrival"] {
        tx.execute(&format!("DELETE FROM {table} WHERE generation > ?1"), [visible])?;
    }
    tx.execute("UPDATE visible SET staging = 0", [])?;
    delete_unreferenced(&tx, store, &documents)?;
    Ok(tx.commit()?)
}

/// Deletes versions that a newer visible one replaced, and documents that no version refers to any longer.
pub fn delete_superseded(conn: &Connection, store: &DocumentStore) -> Result<()> {
    let visible = generation(conn)?;
    staging::delete_published(conn, visible)?;
    loop {
        let mut statement =
            conn.prepare_cached("SELECT kind, id, version FROM superseded WHERE generation <= ?1 LIMIT ?2")?;
        let row = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, r.get(1)?, r.get(2)?));
        let old: Vec<(String, String, i64)> =
            statement.query_map(params![visible, ROWS_PER_TRANSACTION], row)?.collect::<rusqlite::Result<_>>()?;
        if old.is_empty() {
            return Ok(());
        }
        let mut documents: Vec<[u8; 32]> = Vec::new();
        let tx = conn.unchecked_transaction()?;
        for (kind, id, version) in &old {
            let key = params![kind, id, version];
            let body: Option<Vec<u8>> = tx
                .prepare_cached("DELETE FROM record WHERE kind = ?1 AND id = ?2 AND version = ?3 RETURNING body")?
                .query_row(key, |r| r.get(0))
                .optional()?;
            for document in body.and_then(|b| Record::decode(&b).ok()).iter().flat_map(Record::documents) {
                let sql = "DELETE FROM document WHERE sha256 = ?4 AND kind = ?1 AND id = ?2 AND version = ?3";
                tx.prepare_cached(sql)?.execute(params![kind, id, version, document.sha256.as_slice()])?;
                documents.push(document.sha256);
            }
            tx.prepare_cached("DELETE FROM hidden WHERE kind = ?1 AND id = ?2 AND version = ?3")?.execute(key)?;
            tx.prepare_cached("DELETE FROM superseded WHERE kind = ?1 AND id = ?2 AND version = ?3")?.execute(key)?;
        }
        delete_unreferenced(&tx, store, &documents)?;
        tx.commit()?;
    }
}

/// Deletes documents that no version refers to any longer, durably and before the transaction that deletes the rows
/// commits: after a power cut in between, both are repeated. In the other order the file, which faces the internet, would
/// stay with no row to find it by.
fn delete_unreferenced(tx: &Connection, store: &DocumentStore, documents: &[[u8; 32]]) -> Result<()> {
    let mut removed = false;
    for sha256 in documents {
        if !is_referenced(tx, sha256)? {
            store.remove(sha256)?;
            removed = true;
        }
    }
    if removed { store.sync() } else { Ok(()) }
}

/// Whether any version, staged or visible, refers to a document.
pub fn is_referenced(conn: &Connection, sha256: &[u8; 32]) -> Result<bool> {
    let sql = "SELECT EXISTS(SELECT 1 FROM document WHERE sha256 = ?1)";
    Ok(conn.prepare_cached(sql)?.query_row([sha256.as_slice()], |r| r.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::store::publish::Staging;
    use ferry_channel::types::UnixSeconds;

    /// Stages records and stops, like a crash: what was committed stays and is not visible.
    fn stage(store: &Store, records: &[(&str, &str, u64)]) -> Result<()> {
        let mut staging = Staging::begin(&store.conn)?;
        for (kind, id, version) in records {
            let record = Record::new(kind, id, *version);
            staging.put(&record, &record.encode()?, None)?;
            staging.commit()?;
        }
        Ok(())
    }

    fn publish(store: &Store, records: &[(&str, &str, u64)]) {
        let mut staging = Staging::begin(&store.conn).unwrap();
        for (kind, id, version) in records {
            let record = Record::new(kind, id, *version);
            staging.put(&record, &record.encode().unwrap(), None).unwrap();
        }
        staging.finish().unwrap().publish(&store.conn, UnixSeconds(1)).unwrap();
    }

    fn records(store: &Store) -> Vec<(String, String, i64)> {
        let sql = "SELECT kind, id, version FROM record ORDER BY kind, id, version";
        let mut statement = store.conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    }

    fn entries(store: &Store) -> i64 {
        store.conn.query_row("SELECT count(*) FROM staged_rows", [], |r| r.get(0)).unwrap()
    }

    #[test]
    fn after_a_crash_in_the_middle_of_a_batch_exactly_what_was_visible_remains() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), true).unwrap();
        let batches: [&[(&str, &str, u64)]; 3] = [
            &[("case", "1", 1), ("case", "2", 1), ("party", "1", 1)],
            &[("case", "2", 2), ("case", "3", 2), ("notice", "1", 2), ("party", "1", 2)],
            &[("case", "2", 3), ("notice", "1", 3), ("notice", "2", 3), ("video", "1", 3)],
        ];
        for batch in batches {
            let before = records(&store);
            stage(&store, batch).unwrap();
            assert_eq!(records(&store).len(), before.len() + batch.len());
            discard_unpublished(&store.conn, &store.documents).unwrap();
            assert_eq!((records(&store), entries(&store)), (before, 0));
            publish(&store, batch);
            delete_superseded(&store.conn, &store.documents).unwrap();
        }
        assert_eq!((records(&store).len(), entries(&store)), (7, 0));
    }

    #[test]
    fn the_rows_of_an_interrupted_batch_are_found_without_reading_what_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), true).unwrap();
        let plan = |sql: &str| {
            let mut statement = store.conn.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.replace("?1", "1"))).unwrap();
            let lines = statement.query_map([], |r| r.get::<_, String>(3)).unwrap();
            lines.collect::<rusqlite::Result<Vec<_>>>().unwrap().join("; ")
        };
        for sql in [
            "DELETE FROM record WHERE kind = 'a' AND id = 'b' AND generation > 1",
            "DELETE FROM document WHERE generation > 1",
            STAGED_DOCUMENTS,
            "DELETE FROM hidden WHERE generation > 1",
            "DELETE FROM arrival WHERE generation > 1",
        ] {
            assert!(plan(sql).starts_with("SEARCH"), "{sql}: {}", plan(sql));
        }
    }
}
