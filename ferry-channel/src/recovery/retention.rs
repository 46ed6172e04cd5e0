//! What is let go of, within bounds and never before the other side has it: refused files, oldest first, and what is left
//! of batches that were never completed. The outbox has its own rule in [`crate::send::outbox::prune`].

use crate::audit;
use crate::config::Upkeep;
use crate::receive::endpoint::Incoming;
use crate::receive::reassemble;
use ferry_io::error::Result;
use ferry_io::fs::durable;
use rusqlite::{Connection, params};
use std::path::Path;

const DAY_S: i64 = 86_400;

/// One pass over everything that a receiving end keeps. Returns how many files and assemblies were let go of.
pub fn keep(conn: &Connection, incoming: &Incoming, upkeep: &Upkeep, now_s: i64) -> Result<u64> {
    let before_s = |days: u32| now_s - i64::from(days) * DAY_S;
    let (folder, max_bytes) = (incoming.quarantine(), u64::from(upkeep.quarantine_mib) << 20);
    let refused = quarantine(conn, folder, before_s(upkeep.quarantine_days), max_bytes, now_s)?;
    let abandoned = reassemble::abandon(conn, incoming, before_s(upkeep.assembly_days), now_s)?;
    Ok(refused + abandoned)
}

/// Lets go of refused files that are older than `before_s`, and of the oldest while all together are longer than
/// `max_bytes`. The audit keeps what they were.
fn quarantine(conn: &Connection, folder: &Path, before_s: i64, max_bytes: u64, now_s: i64) -> Result<u64> {
    let sql = "SELECT id, name, file, bytes, code, at_s FROM ferry_quarantine ORDER BY id DESC";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let (mut bytes, mut gone) = (0_u64, Vec::new());
    while let Some(row) = rows.next()? {
        let file: String = row.get(2)?;
        let length = if file.is_empty() { 0 } else { row.get::<_, i64>(3)? as u64 };
        bytes = bytes.saturating_add(length);
        let why = if row.get::<_, i64>(5)? < before_s {
            "kept for its days"
        } else if bytes > max_bytes {
            "quarantine is full"
        } else {
            continue;
        };
        gone.push((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, file, row.get::<_, String>(4)?, why));
    }
    for (id, name, file, code, why) in gone.iter().rev() {
        // The row last: a run that is ended in between finds it again.
        if !file.is_empty() {
            durable::remove(&folder.join(file))?;
        }
        let tx = conn.unchecked_transaction()?;
        tx.execute("DELETE FROM ferry_quarantine WHERE id = ?1", params![id])?;
        audit::note(&tx, now_s, "agent", "quarantine-end", name, &format!("{id} {code} {why}"))?;
        tx.commit()?;
    }
    Ok(gone.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::ledger::db;
    use crate::ledger::migrations;
    use rusqlite_migration::M;

    fn stage() -> (tempfile::TempDir, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let conn = db::open(&dir.path().join("x.db"), &[M::up(migrations::CHANNEL_0001)]).unwrap();
        for id in 1..=4_i64 {
            let file = if id == 2 { String::new() } else { format!("{id:06}.ferry") };
            if !file.is_empty() {
                std::fs::write(dir.path().join(&file), vec![0; 100]).unwrap();
            }
            let sql = "INSERT INTO ferry_quarantine VALUES (?1, 'up', ?2, ?3, 100, 'FERRY-E0101', 'm', 'h', ?4)";
            conn.execute(sql, params![id, format!("n{id}"), file, id * DAY_S]).unwrap();
        }
        (dir, conn)
    }

    fn left(conn: &Connection) -> Vec<i64> {
        let mut statement = conn.prepare("SELECT id FROM ferry_quarantine ORDER BY id").unwrap();
        statement.query_map([], |r| r.get(0)).unwrap().map(|id| id.unwrap()).collect()
    }

    #[test]
    fn refused_files_go_after_their_days_and_beyond_the_bytes_the_oldest_go_first_and_the_audit_says_so() {
        let (dir, conn) = stage();
        assert_eq!(quarantine(&conn, dir.path(), DAY_S, 1 << 20, 9).unwrap(), 0, "of its last day, nothing goes");
        assert_eq!(quarantine(&conn, dir.path(), 3 * DAY_S, 1 << 20, 9).unwrap(), 2);
        assert_eq!(left(&conn), [3, 4]);
        assert!(!dir.path().join("000001.ferry").exists() && dir.path().join("000003.ferry").exists());
        assert_eq!(quarantine(&conn, dir.path(), 0, 199, 9).unwrap(), 1, "two of a hundred bytes are more than 199");
        assert_eq!(left(&conn), [4], "the newest stays");
        let sql = "SELECT group_concat(subject || ': ' || detail, '; ') FROM ferry_audit WHERE act = 'quarantine-end'";
        let said: String = conn.query_row(sql, [], |r| r.get(0)).unwrap();
        assert_eq!(
            said,
            "n1: 1 FERRY-E0101 kept for its days; n2: 2 FERRY-E0101 kept for its days; n3: 3 FERRY-E0101 quarantine is full"
        );
        audit::verify(&conn).unwrap();
    }

    #[test]
    fn a_row_whose_file_a_person_took_away_goes_too() {
        let (dir, conn) = stage();
        std::fs::remove_file(dir.path().join("000001.ferry")).unwrap();
        assert_eq!(quarantine(&conn, dir.path(), 2 * DAY_S, 1 << 20, 9).unwrap(), 1);
        assert_eq!(left(&conn), [2, 3, 4]);
    }
}
