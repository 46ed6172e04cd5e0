//! Deletes what was kept long enough, within bounds: refused files, oldest first, and the parts of batches that were never
//! completed. The outbox has its own rule in [`crate::send::outbox::prune`].

use crate::audit;
use crate::config::Maintenance;
use crate::ledger::quarantine::{self, QuarantinedFile};
use crate::receive::endpoint::ReceiveEndpoint;
use crate::receive::reassemble;
use crate::types::UnixSeconds;
use ferry_io::error::Result;
use ferry_io::fs::durable;
use rusqlite::Connection;
use std::path::Path;

/// Why a refused file is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expiry {
    /// It was kept for its days.
    DaysOver,
    /// All together are longer than quarantine may be.
    QuarantineFull,
}

impl Expiry {
    fn as_str(self) -> &'static str {
        match self {
            Self::DaysOver => "its days are over",
            Self::QuarantineFull => "quarantine is full",
        }
    }
}

/// One pass over everything that a receiving end keeps. Returns how many files and incomplete batches were deleted.
pub fn run(conn: &Connection, endpoint: &ReceiveEndpoint, maintenance: &Maintenance, now: UnixSeconds) -> Result<u64> {
    let before_s = |days: u32| now.days_before(days);
    let max_bytes = u64::from(maintenance.quarantine_mib) << 20;
    let refused = delete_expired(conn, endpoint.quarantine(), before_s(maintenance.quarantine_days), max_bytes, now)?;
    let abandoned = reassemble::abandon_unchanged(conn, endpoint, before_s(maintenance.assembly_days), now)?;
    Ok(refused + abandoned)
}

/// Of refused files, newest first, those that are to be deleted, oldest first: older than `before_s`, or the oldest while
/// all together are longer than `max_bytes`.
fn expired(newest_first: &[QuarantinedFile], before_s: UnixSeconds, max_bytes: u64) -> Vec<(&QuarantinedFile, Expiry)> {
    let mut bytes = 0_u64;
    let mut expired = Vec::new();
    for file in newest_first {
        bytes = bytes.saturating_add(if file.file.is_empty() { 0 } else { file.bytes });
        if file.at_s < before_s {
            expired.push((file, Expiry::DaysOver));
        } else if bytes > max_bytes {
            expired.push((file, Expiry::QuarantineFull));
        }
    }
    expired.reverse();
    expired
}

/// Deletes expired files. The audit keeps what they were.
fn delete_expired(
    conn: &Connection,
    folder: &Path,
    before_s: UnixSeconds,
    max_bytes: u64,
    now: UnixSeconds,
) -> Result<u64> {
    let files = quarantine::all_newest_first(conn)?;
    let expired = expired(&files, before_s, max_bytes);
    for (file, why) in &expired {
        // The row last: a run that is ended in between finds it again.
        if !file.file.is_empty() {
            durable::remove(&folder.join(&file.file))?;
        }
        let tx = conn.unchecked_transaction()?;
        quarantine::delete(&tx, file.id)?;
        let detail = format!("{} {} {}", file.id, file.code, why.as_str());
        audit::record(&tx, now, "agent", "quarantine-delete", &file.name, &detail)?;
        tx.commit()?;
    }
    Ok(expired.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::DAY_S;
    use ferry_format::text::Text;
    use rusqlite::params;

    use crate::ledger::db;
    use crate::ledger::migrations;
    use rusqlite_migration::M;

    fn stage() -> (tempfile::TempDir, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let conn = db::open(
            &dir.path().join("x.db"),
            &[
                M::up(migrations::CHANNEL_0001),
                M::up(migrations::CHANNEL_0002),
                M::up(migrations::CHANNEL_0003),
                M::up(migrations::CHANNEL_0004),
            ],
        )
        .unwrap();
        for id in 1..=4_i64 {
            let file = if id == 2 { String::new() } else { format!("{id:06}.ferry") };
            if !file.is_empty() {
                std::fs::write(dir.path().join(&file), vec![0; 100]).unwrap();
            }
            let sql = "INSERT INTO ferry_quarantine VALUES (?1, 'up', ?2, ?3, 100, 'FERRY-E0101', '{\"zh\":\"\",\"en\":\"\"}',
                         '{\"zh\":\"\",\"en\":\"\"}', ?4)";
            conn.execute(sql, params![id, format!("n{id}"), file, id * DAY_S]).unwrap();
        }
        (dir, conn)
    }

    fn remaining(conn: &Connection) -> Vec<i64> {
        let mut statement = conn.prepare("SELECT id FROM ferry_quarantine ORDER BY id").unwrap();
        statement.query_map([], |r| r.get(0)).unwrap().map(|id| id.unwrap()).collect()
    }

    #[test]
    fn refused_files_go_after_their_days_and_beyond_the_bytes_the_oldest_go_first_and_the_audit_says_so() {
        let (dir, conn) = stage();
        assert_eq!(
            delete_expired(&conn, dir.path(), UnixSeconds(DAY_S), 1 << 20, UnixSeconds(9)).unwrap(),
            0,
            "of its last day, nothing goes"
        );
        assert_eq!(delete_expired(&conn, dir.path(), UnixSeconds(3 * DAY_S), 1 << 20, UnixSeconds(9)).unwrap(), 2);
        assert_eq!(remaining(&conn), [3, 4]);
        assert!(!dir.path().join("000001.ferry").exists() && dir.path().join("000003.ferry").exists());
        assert_eq!(
            delete_expired(&conn, dir.path(), UnixSeconds(0), 199, UnixSeconds(9)).unwrap(),
            1,
            "two of a hundred bytes are more than 199"
        );
        assert_eq!(remaining(&conn), [4], "the newest stays");
        let sql =
            "SELECT group_concat(subject || ': ' || detail, '; ') FROM ferry_audit WHERE act = 'quarantine-delete'";
        let said: String = conn.query_row(sql, [], |r| r.get(0)).unwrap();
        assert_eq!(
            said,
            "n1: 1 FERRY-E0101 its days are over; n2: 2 FERRY-E0101 its days are over; n3: 3 FERRY-E0101 quarantine is full"
        );
        audit::verify(&conn).unwrap();
    }

    #[test]
    fn of_refused_files_the_old_ones_expire_first_and_then_the_oldest_beyond_the_bytes() {
        let file = |id, at_s, bytes| QuarantinedFile {
            id,
            name: format!("n{id}"),
            file: "kept".into(),
            bytes,
            code: "FERRY-E0101".into(),
            message: Text::default(),
            hint: Text::default(),
            at_s,
        };
        let newest_first = [file(3, UnixSeconds(30), 10), file(2, UnixSeconds(20), 10), file(1, UnixSeconds(10), 10)];
        let ids = |before_s, max_bytes| {
            expired(&newest_first, before_s, max_bytes).iter().map(|(file, _)| file.id).collect::<Vec<_>>()
        };
        assert!(ids(UnixSeconds(10), 30).is_empty());
        assert_eq!(ids(UnixSeconds(11), 30), [1]);
        assert_eq!(ids(UnixSeconds(0), 20), [1]);
        assert_eq!(ids(UnixSeconds(0), 19), [1, 2], "oldest first");
    }

    #[test]
    fn a_row_whose_file_a_person_took_away_goes_too() {
        let (dir, conn) = stage();
        std::fs::remove_file(dir.path().join("000001.ferry")).unwrap();
        assert_eq!(delete_expired(&conn, dir.path(), UnixSeconds(2 * DAY_S), 1 << 20, UnixSeconds(9)).unwrap(), 1);
        assert_eq!(remaining(&conn), [2, 3, 4]);
    }
}
