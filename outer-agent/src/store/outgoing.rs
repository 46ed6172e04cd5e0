//! What waits to cross back: receipts, messages and what the second look hides, kept until the other side acknowledged them.

use ferry_format::record::Record;
use ferry_format::record::catalogue::{Catalogue, Way};
use ferry_io::error::Result;
use rusqlite::{Connection, params};

/// Items of one return batch; the next batch takes the rest.
const ITEMS_PER_BATCH: i64 = 50_000;

/// Adds an item in the caller's transaction, checked as the other side will check it.
pub fn add(conn: &Connection, catalogue: &Catalogue, record: &Record) -> Result<()> {
    catalogue.check_record(record, Way::Down)?;
    let sql = "INSERT INTO outgoing(kind, id, version, body, at_s) VALUES (?1, ?2, ?3, ?4, unixepoch())";
    conn.prepare_cached(sql)?.execute(params![record.kind, record.id, record.version as i64, record.encode()?])?;
    Ok(())
}

/// Adds what an item says by now: in its place while no batch carries it, else as a version of its own. Gives the version
/// that says it.
pub fn renew(conn: &Connection, catalogue: &Catalogue, record: &Record) -> Result<u64> {
    let mut next = record.clone();
    let sql = "SELECT EXISTS(SELECT 1 FROM outgoing WHERE kind = ?1 AND id = ?2 AND version = ?3 AND epoch IS NULL)";
    let place = params![record.kind, record.id, record.version as i64];
    if conn.prepare_cached(sql)?.query_row(place, |r| r.get(0))? {
        catalogue.check_record(&next, Way::Down)?;
        let sql = "UPDATE outgoing SET body = ?4 WHERE kind = ?1 AND id = ?2 AND version = ?3";
        conn.prepare_cached(sql)?.execute(params![next.kind, next.id, next.version as i64, next.encode()?])?;
    } else {
        // A restored side may have said higher versions that it does not remember: its epoch, which is the time of its
        // restoring, is above them all.
        let sql = "SELECT coalesce(max(epoch), 0) FROM ferry_epoch";
        let floor = conn.prepare_cached(sql)?.query_row([], |r| r.get::<_, i64>(0))?;
        next.version = (next.version + 1).max(floor as u64);
        add(conn, catalogue, &next)?;
    }
    Ok(next.version)
}

/// The items that no batch carries yet, oldest first: number and record.
pub fn open_items(conn: &Connection, mut each: impl FnMut(&Record) -> Result<()>) -> Result<i64> {
    let sql = "SELECT number, body FROM outgoing WHERE sequence IS NULL ORDER BY number LIMIT ?1";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([ITEMS_PER_BATCH])?;
    let mut last = 0;
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        each(&Record::decode(&row.get::<_, Vec<u8>>(1)?)?)?;
    }
    Ok(last)
}

/// Assigns everything up to `last` to a batch.
pub fn assign(conn: &Connection, last: i64, epoch: u64, sequence: u64) -> Result<()> {
    let sql = "UPDATE outgoing SET epoch = ?2, sequence = ?3 WHERE sequence IS NULL AND number <= ?1";
    conn.execute(sql, params![last, epoch as i64, sequence as i64])?;
    Ok(())
}

/// Lets go of what the other side has imported: the items of confirmed batches.
pub fn let_go(conn: &Connection, channel: &str) -> Result<u64> {
    let confirmed = "SELECT number FROM outgoing i WHERE sequence IS NOT NULL AND EXISTS (
        SELECT 1 FROM ferry_sent o WHERE o.channel = ?1 AND o.epoch = i.epoch AND o.sequence = i.sequence
          AND o.state = 'confirmed')";
    let arrived =
        format!("UPDATE message SET arrived = 1 WHERE id IN (SELECT id FROM outgoing WHERE number IN ({confirmed}))");
    conn.execute(&arrived, [channel])?;
    Ok(conn.execute(&format!("DELETE FROM outgoing WHERE number IN ({confirmed})"), [channel])? as u64)
}

/// Takes back what a return batch carried whose gap the other side accepted: its items, its lines of the delivery report on
/// `up`, and what it said of the state root cross anew with the next one.
pub fn take_back(conn: &Connection, up: &str, (epoch, sequence): (u64, u64)) -> Result<()> {
    // The batch may come after all: epoch 0 says that its versions have left, as after [`requeue`].
    let sql = "UPDATE outgoing SET epoch = 0, sequence = NULL WHERE epoch = ?1 AND sequence = ?2";
    conn.execute(sql, params![epoch as i64, sequence as i64])?;
    conn.execute(
        "UPDATE ferry_received SET reported = 0 WHERE channel = ?1 AND reported = ?2",
        params![up, sequence as i64],
    )?;
    conn.execute("UPDATE root_check SET reported = 0", [])?;
    Ok(())
}

/// Forgets the text of messages that arrived and were written before `before_s`: only that they were written stays.
pub fn forget_texts(conn: &Connection, before_s: i64) -> Result<u64> {
    let sql = "UPDATE message SET text = NULL WHERE text IS NOT NULL AND written_s < ?1 AND arrived = 1";
    Ok(conn.execute(sql, [before_s])? as u64)
}

/// Puts everything that was not acknowledged into the next batches once more. Its versions may have crossed in batches that
/// this side does not remember: what such an item says later is a version of its own, and epoch 0 is the mark of that.
pub fn requeue(conn: &Connection) -> Result<u64> {
    Ok(conn.execute("UPDATE outgoing SET epoch = 0, sequence = NULL", [])? as u64)
}

/// How many items wait.
pub fn waiting(conn: &Connection) -> Result<u64> {
    Ok(conn.query_row("SELECT count(*) FROM outgoing", [], |r| r.get::<_, i64>(0))? as u64)
}

/// Since when the oldest of them waits, seconds.
pub fn oldest_s(conn: &Connection) -> Result<Option<i64>> {
    Ok(conn.query_row("SELECT min(at_s) FROM outgoing WHERE at_s > 0", [], |r| r.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    use ferry_format::record::Value;

    fn said(version: u64) -> Record {
        let mut record = Record::new("message", "m1", version);
        (record.case_id, record.person) = ("AJ1".into(), "P1".into());
        record.fields.insert("written".into(), Value::Integer(1));
        for field in ["author", "text", "address", "via"] {
            record.fields.insert(field.into(), Value::Text("x".into()));
        }
        record
    }

    fn with_item(look: impl FnOnce(&Connection, &Catalogue)) {
        let catalogue = Catalogue::from_toml(include_str!("../../../config/catalogue.toml")).unwrap();
        let state = tempfile::tempdir().unwrap();
        let store = Store::open(state.path()).unwrap();
        add(&store.conn, &catalogue, &said(1)).unwrap();
        look(&store.conn, &catalogue);
    }

    #[test]
    fn what_a_given_up_batch_carried_is_said_anew_as_a_version_of_its_own_since_that_batch_may_still_come() {
        with_item(|conn, catalogue| {
            assert_eq!(renew(conn, catalogue, &said(1)).unwrap(), 1, "no batch carries it yet");
            assign(conn, i64::MAX, 1, 7).unwrap();
            take_back(conn, "up", (1, 7)).unwrap();
            assert_eq!(renew(conn, catalogue, &said(1)).unwrap(), 2);
            let mut waiting = 0;
            open_items(conn, |_| {
                waiting += 1;
                Ok(())
            })
            .unwrap();
            assert_eq!(waiting, 2, "both cross with the next");
        });
    }

    #[test]
    fn a_restored_side_says_nothing_under_a_version_that_it_may_have_said_before() {
        with_item(|conn, catalogue| {
            assign(conn, i64::MAX, 1, 7).unwrap();
            let now_s = 1_764_000_000;
            ferry_channel::ledger::numbering::begin(conn, "down", 0, "restored", now_s).unwrap();
            requeue(conn).unwrap();
            let version = renew(conn, catalogue, &said(1)).unwrap();
            assert!(version >= now_s as u64, "{version}");
            assign(conn, i64::MAX, now_s as u64, 1).unwrap();
            assert_eq!(renew(conn, catalogue, &said(version)).unwrap(), version + 1);
        });
    }
}
