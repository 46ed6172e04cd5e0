//! Numbering eras. A side that lost some of its memory begins a new one, so that no number is used twice.

use crate::audit;
use crate::ledger::sent;
use crate::send::compose;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;

/// Reason of a kept batch that is to be dispatched once more, as a new file.
pub const AGAIN: &str = "again";
/// Reason of a batch whose era ended before it was confirmed.
pub const OVER: &str = "epoch-over";
/// Reason of a batch that the far side lost and that is no longer kept.
pub const NOT_KEPT: &str = "not-kept";

/// The era that was begun by hand, by a restoration or after a loss; 0 where there was none.
pub fn begun(conn: &Connection, channel: &str) -> Result<u64> {
    let sql = "SELECT epoch FROM ferry_epoch WHERE channel = ?1";
    let found: Option<i64> = conn.query_row(sql, [channel], |r| r.get(0)).optional()?;
    Ok(found.map_or(0, |epoch| epoch as u64))
}

/// Begins a new era, in the caller's transaction: the next batch is its first. It is above every one that this side knows
/// of or was told of (`above`), and not below the clock: the same backup, restored twice, never gives the same era twice.
pub fn begin(conn: &Connection, channel: &str, above: u64, why: &str, now_s: i64) -> Result<u64> {
    let (next, _) = compose::next_number(conn, channel)?;
    let epoch = next.max(above).saturating_add(1).max(now_s.try_into().unwrap_or_default());
    let sql = "INSERT INTO ferry_epoch VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
               SET epoch = excluded.epoch, at_s = excluded.at_s, why = excluded.why";
    conn.execute(sql, params![channel, epoch as i64, now_s, why])?;
    audit::note(conn, now_s, "agent", "epoch", &format!("{channel}/{epoch}"), why)?;
    Ok(epoch)
}

/// Marks a ledger as restored: the sending side begins a new era, what was kept and not confirmed is dispatched once more
/// under its old numbers as far as it lies in `outbox`, and what was being put together from volumes is asked for anew.
pub fn restored(conn: &Connection, channel: &str, outbox: &Path, now_s: i64) -> Result<u64> {
    let mut statement = conn.prepare("SELECT DISTINCT file FROM ferry_sent WHERE channel = ?1 AND file <> ''")?;
    let files: Vec<String> = statement.query_map([channel], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    for file in files.iter().filter(|file| !outbox.join(file).exists()) {
        conn.execute("UPDATE ferry_sent SET file = '' WHERE channel = ?1 AND file = ?2", [channel, file])?;
    }
    let epoch = begin(conn, channel, 0, "restored from a backup", now_s)?;
    let sql = "UPDATE ferry_sent SET state = 'released', reason = ?2
               WHERE channel = ?1 AND state IN ('released', 'dispatched') AND file <> ''";
    conn.execute(sql, params![channel, AGAIN])?;
    conn.execute_batch("DELETE FROM ferry_volume; DELETE FROM ferry_reassembly; DELETE FROM ferry_pending;")?;
    Ok(epoch)
}

/// Ends the eras before the one that the far side acknowledges: what it never had of them is not waited for. Its content
/// went out again under the new numbers, or differs in the state root; a late delivery report still confirms it.
pub fn close_older(conn: &Connection, channel: &str, epoch: u64, now_s: i64) -> Result<()> {
    let sql = "UPDATE ferry_sent SET state = 'missing', reason = ?3, settled_s = ?4
               WHERE channel = ?1 AND epoch < ?2 AND state IN ('released', 'dispatched', 'missing')
                 AND reason IS NOT ?3";
    let closed = conn.execute(sql, params![channel, epoch as i64, OVER, now_s])?;
    if closed > 0 {
        let detail = format!("{closed} batches of earlier epochs were never acknowledged");
        audit::note(conn, now_s, "agent", "epoch-over", &format!("{channel}/{epoch}"), &detail)?;
    }
    Ok(())
}

/// Whether a place is one that this side could have reached: an era far above the clock was made up to use eras up.
pub fn is_plausible(conn: &Connection, channel: &str, epoch: u64, now_s: i64) -> Result<bool> {
    const AHEAD_S: u64 = 366 * 86_400;
    let newest = sent::newest_sent(conn, channel, 1)?.first().map_or(1, |n| n.epoch);
    let clock = u64::try_from(now_s).unwrap_or_default().saturating_add(AHEAD_S);
    Ok(epoch <= newest.max(begun(conn, channel)?).max(clock))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::migrations;

    pub fn ledger() -> Connection {
        let conn = migrations::in_memory();
        conn
    }

    #[test]
    fn an_era_is_above_every_known_one_and_never_below_the_clock() {
        let conn = ledger();
        assert_eq!(compose::next_number(&conn, "up").unwrap(), (1, 1));
        let first = begin(&conn, "up", 0, "test", 1_000).unwrap();
        assert_eq!((first, compose::next_number(&conn, "up").unwrap()), (1_000, (1_000, 1)));
        assert_eq!(begin(&conn, "up", 0, "test", 1_000).unwrap(), 1_001, "begun twice in one second");
        assert_eq!(begin(&conn, "up", 5_000, "test", 2_000).unwrap(), 5_001, "above what the far side told of");
        assert_eq!(begin(&conn, "up", 0, "a clock that went back", -5).unwrap(), 5_002);
        assert_eq!(begun(&conn, "down").unwrap(), 0);
    }

    #[test]
    fn an_era_that_nobody_can_have_reached_is_not_believed() {
        let conn = ledger();
        assert!(is_plausible(&conn, "up", 1_000, 1_000).unwrap());
        assert!(!is_plausible(&conn, "up", u64::MAX, 1_000).unwrap());
    }
}
