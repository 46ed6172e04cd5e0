//! Records for the inner side: receipts, messages and reports of hidden items. Each stays until the inner side has
//! acknowledged the return batch that carried it.

use crate::store::root_difference;
use ferry_channel::ledger::{numbering, received, sent};
use ferry_channel::types::{BatchNumber, ChannelId, UnixSeconds};
use ferry_format::record::Record;
use ferry_format::record::catalogue::{Catalogue, Direction};
use ferry_io::error::Result;
use rusqlite::{Connection, params};

/// Records of one return batch; the next batch takes the rest.
const RECORDS_PER_BATCH: i64 = 50_000;

/// Adds a record in the caller's transaction, checked as the other side will check it.
pub fn add(conn: &Connection, catalogue: &Catalogue, record: &Record) -> Result<()> {
    catalogue.check_record(record, Direction::Down)?;
    let sql = "INSERT INTO outgoing(kind, id, version, body, at_s) VALUES (?1, ?2, ?3, ?4, unixepoch())";
    conn.prepare_cached(sql)?.execute(params![record.kind, record.id, record.version as i64, record.encode()?])?;
    Ok(())
}

/// Replaces a record: in place while no batch has carried it, else as a new version. Returns the version.
pub fn update(conn: &Connection, catalogue: &Catalogue, record: &Record) -> Result<u64> {
    let mut next = record.clone();
    let sql = "SELECT EXISTS(SELECT 1 FROM outgoing WHERE kind = ?1 AND id = ?2 AND version = ?3 AND epoch IS NULL)";
    let place = params![record.kind, record.id, record.version as i64];
    if conn.prepare_cached(sql)?.query_row(place, |r| r.get(0))? {
        catalogue.check_record(&next, Direction::Down)?;
        let sql = "UPDATE outgoing SET body = ?4 WHERE kind = ?1 AND id = ?2 AND version = ?3";
        conn.prepare_cached(sql)?.execute(params![next.kind, next.id, next.version as i64, next.encode()?])?;
    } else {
        // A restored side may have sent higher versions and lost them. Its epoch, which is the time of the restore, is
        // above them all.
        next.version = (next.version + 1).max(numbering::newest_begun(conn)?);
        add(conn, catalogue, &next)?;
    }
    Ok(next.version)
}

/// Calls `each` with the records that no batch carries yet, oldest first. Returns the number of the last one.
pub fn each_unassigned(conn: &Connection, mut each: impl FnMut(&Record) -> Result<()>) -> Result<i64> {
    let sql = "SELECT number, body FROM outgoing WHERE sequence IS NULL ORDER BY number LIMIT ?1";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([RECORDS_PER_BATCH])?;
    let mut last = 0;
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        each(&Record::decode(&row.get::<_, Vec<u8>>(1)?)?)?;
    }
    Ok(last)
}

/// Assigns everything up to `last` to a batch.
pub fn assign(conn: &Connection, last: i64, number: BatchNumber) -> Result<()> {
    let sql = "UPDATE outgoing SET epoch = ?2, sequence = ?3 WHERE sequence IS NULL AND number <= ?1";
    conn.execute(sql, params![last, number.epoch, number.sequence])?;
    Ok(())
}

/// Deletes the records of batches that the other side has acknowledged.
pub fn delete_acknowledged(conn: &Connection, channel: &ChannelId) -> Result<u64> {
    let sql = "SELECT DISTINCT epoch, sequence FROM outgoing WHERE sequence IS NOT NULL";
    let mut statement = conn.prepare_cached(sql)?;
    let numbers = statement.query_map([], |r| Ok(BatchNumber::new(r.get(0)?, r.get(1)?)))?;
    let mut deleted = 0;
    for number in numbers.collect::<rusqlite::Result<Vec<_>>>()? {
        if sent::is_confirmed(conn, channel, number)? {
            let place = params![number.epoch, number.sequence];
            let sql = "UPDATE message SET acknowledged = 1
                       WHERE id IN (SELECT id FROM outgoing WHERE epoch = ?1 AND sequence = ?2)";
            conn.prepare_cached(sql)?.execute(place)?;
            let sql = "DELETE FROM outgoing WHERE epoch = ?1 AND sequence = ?2";
            deleted += conn.prepare_cached(sql)?.execute(place)? as u64;
        }
    }
    Ok(deleted)
}

/// Queues again what a return batch carried whose gap the other side has accepted: its records, its lines of the delivery
/// report on `up`, and its report of the state root.
pub fn requeue_batch(conn: &Connection, up: &ChannelId, number: BatchNumber) -> Result<()> {
    // The batch may still arrive: epoch 0 says that its versions were sent, as in `requeue_all`.
    let sql = "UPDATE outgoing SET epoch = 0, sequence = NULL WHERE epoch = ?1 AND sequence = ?2";
    conn.execute(sql, params![number.epoch, number.sequence])?;
    received::report_again(conn, up, number.sequence)?;
    root_difference::set_reported(conn, false)
}

/// Deletes the text of acknowledged messages that were written before `before_s`; their rows stay.
pub fn delete_message_texts(conn: &Connection, before_s: UnixSeconds) -> Result<u64> {
    let sql = "UPDATE message SET text = NULL WHERE text IS NOT NULL AND written_s < ?1 AND acknowledged = 1";
    Ok(conn.execute(sql, [before_s])? as u64)
}

/// Queues everything again that was not acknowledged. Its versions may have crossed in batches that this side has lost, so
/// that a later change of such a record needs a version of its own; epoch 0 marks that.
pub fn requeue_all(conn: &Connection) -> Result<u64> {
    Ok(conn.execute("UPDATE outgoing SET epoch = 0, sequence = NULL", [])? as u64)
}

/// How many records wait to be acknowledged.
pub fn count(conn: &Connection) -> Result<u64> {
    Ok(conn.query_row("SELECT count(*) FROM outgoing", [], |r| r.get::<_, i64>(0))? as u64)
}

/// When the oldest of them was added, seconds.
pub fn oldest_s(conn: &Connection) -> Result<Option<i64>> {
    Ok(conn.query_row("SELECT min(at_s) FROM outgoing WHERE at_s > 0", [], |r| r.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use ferry_channel::ledger::numbering;
    use ferry_channel::types::EpochReason;
    use ferry_format::record::Value;

    fn message(version: u64) -> Record {
        let mut record = Record::new("message", "m1", version);
        (record.case_id, record.person) = ("AJ1".into(), "P1".into());
        record.fields.insert("written".into(), Value::Integer(1));
        for field in ["author", "text", "address", "via"] {
            record.fields.insert(field.into(), Value::Text("x".into()));
        }
        record
    }

    fn with_message(check: impl FnOnce(&Connection, &Catalogue)) {
        let catalogue = Catalogue::from_toml(include_str!("../../../config/catalogue.toml")).unwrap();
        let state = tempfile::tempdir().unwrap();
        let store = Store::open(state.path(), true).unwrap();
        add(&store.conn, &catalogue, &message(1)).unwrap();
        check(&store.conn, &catalogue);
    }

    #[test]
    fn a_record_of_a_batch_given_up_changes_as_a_new_version_because_the_batch_may_still_arrive() {
        with_message(|conn, catalogue| {
            assert_eq!(update(conn, catalogue, &message(1)).unwrap(), 1, "no batch carries it yet");
            assign(conn, i64::MAX, BatchNumber::new(1, 7)).unwrap();
            requeue_batch(conn, &ChannelId::new("up").unwrap(), BatchNumber::new(1, 7)).unwrap();
            assert_eq!(update(conn, catalogue, &message(1)).unwrap(), 2);
            let mut waiting = 0;
            each_unassigned(conn, |_| {
                waiting += 1;
                Ok(())
            })
            .unwrap();
            assert_eq!(waiting, 2, "both cross with the next");
        });
    }

    #[test]
    fn a_restored_side_uses_no_version_that_it_may_have_sent_before() {
        with_message(|conn, catalogue| {
            assign(conn, i64::MAX, BatchNumber::new(1, 7)).unwrap();
            let now = 1_764_000_000;
            numbering::begin(conn, &ChannelId::new("down").unwrap(), 0, EpochReason::Restored, UnixSeconds(now))
                .unwrap();
            requeue_all(conn).unwrap();
            let version = update(conn, catalogue, &message(1)).unwrap();
            assert!(version >= now as u64, "{version}");
            assign(conn, i64::MAX, BatchNumber::new(now as u64, 1)).unwrap();
            assert_eq!(update(conn, catalogue, &message(version)).unwrap(), version + 1);
        });
    }
}
