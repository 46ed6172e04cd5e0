//! What was sent again because the other side asked for it: a row for each second in which a batch was, kept for a day.

use crate::limits::DAY_S;
use crate::types::{BatchNumber, ChannelId, UnixSeconds};
use ferry_io::error::Result;
use rusqlite::{Connection, params};

/// Bytes of a batch that were sent again in the last day. What stands in the future, because a clock was set back, counts
/// from now on.
pub(crate) fn bytes_of_day(
    conn: &Connection,
    channel: &ChannelId,
    number: BatchNumber,
    now: UnixSeconds,
) -> Result<u64> {
    let sql = "SELECT coalesce(sum(bytes), 0) FROM ferry_resent
               WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3 AND at_s > ?4";
    let values = params![channel, number.epoch, number.sequence, now + -DAY_S];
    Ok(conn.prepare_cached(sql)?.query_row(values, |r| r.get(0))?)
}

/// Records that bytes of a batch were sent again, and forgets what is older than a day.
pub(crate) fn record(
    conn: &Connection,
    channel: &ChannelId,
    number: BatchNumber,
    bytes: u64,
    now: UnixSeconds,
) -> Result<()> {
    conn.execute("DELETE FROM ferry_resent WHERE at_s <= ?1", [now + -DAY_S])?;
    let ahead = "UPDATE OR REPLACE ferry_resent SET at_s = ?1 WHERE at_s > ?1";
    conn.execute(ahead, [now])?;
    let sql = "INSERT INTO ferry_resent VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes";
    conn.execute(sql, params![channel, number.epoch, number.sequence, now, bytes])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::migrations;

    #[test]
    fn bytes_sent_again_count_for_a_day_also_where_a_clock_was_set_back() {
        let (conn, up) = (migrations::in_memory(), ChannelId::new("up").unwrap());
        let (one, other) = (BatchNumber::new(1, 1), BatchNumber::new(1, 2));
        let bytes = |number, now| bytes_of_day(&conn, &up, number, UnixSeconds(now)).unwrap();
        record(&conn, &up, one, 10, UnixSeconds(1_000_000)).unwrap();
        record(&conn, &up, one, 5, UnixSeconds(1_000_000)).unwrap();
        assert_eq!(
            (bytes(one, 1_000_000 + DAY_S - 1), bytes(one, 1_000_000 + DAY_S), bytes(other, 1_000_000)),
            (15, 0, 0)
        );
        record(&conn, &up, other, 1, UnixSeconds(500_000)).unwrap();
        assert_eq!(bytes(one, 500_000), 15);
        assert_eq!(bytes(one, 500_000 + DAY_S), 0, "it counts from the clock that was set back");
    }
}
