//! Numbering periods (epochs). A side that lost part of its state begins a new one, so that no number is used twice.

use crate::audit;
use crate::ledger::{pending, reassembly, sent};
use crate::types::{BatchNumber, ChannelId, EpochReason, UnixSeconds};
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// How far above the clock an epoch may be that a peer names, in seconds: epochs are never below the clock of who began them.
const AHEAD_S: u64 = 366 * 86_400;

/// The epoch that was begun by hand, by a restoration or after a loss; 0 where there was none.
pub fn begun(conn: &Connection, channel: &ChannelId) -> Result<u64> {
    let sql = "SELECT epoch FROM ferry_epoch WHERE channel = ?1";
    Ok(conn.query_row(sql, [channel], |r| r.get(0)).optional()?.unwrap_or(0))
}

/// The number that the next batch will have.
pub fn next_number(conn: &Connection, channel: &ChannelId) -> Result<BatchNumber> {
    let newest = sent::newest(conn, channel, 1)?;
    let next = newest.first().map_or(BatchNumber::new(1, 1), |n| BatchNumber::new(n.epoch, n.sequence + 1));
    let begun = begun(conn, channel)?;
    Ok(if begun > next.epoch { BatchNumber::new(begun, 1) } else { next })
}

/// Begins a new epoch, in the caller's transaction: the next batch is its first. It is above every one that this side knows
/// of or was told of (`above`), and not below the clock: the same backup, restored twice, never gives the same epoch twice.
pub fn begin(conn: &Connection, channel: &ChannelId, above: u64, why: EpochReason, now: UnixSeconds) -> Result<u64> {
    let next = next_number(conn, channel)?.epoch;
    let epoch = next.max(above).saturating_add(1).max(now.as_unsigned());
    let sql = "INSERT INTO ferry_epoch(channel, epoch, at_s, why) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
               SET epoch = excluded.epoch, at_s = excluded.at_s, why = excluded.why";
    conn.execute(sql, params![channel, epoch, now, why])?;
    audit::record(conn, now, "agent", "epoch", &format!("{channel}/{epoch}"), why.as_str())?;
    Ok(epoch)
}

/// An epoch that was begun after a loss and of which no batch is confirmed yet, with the reason.
pub fn unconfirmed(conn: &Connection, channel: &ChannelId) -> Result<Option<(u64, EpochReason)>> {
    let sql = "SELECT epoch, why FROM ferry_epoch WHERE channel = ?1";
    let found: Option<(u64, EpochReason)> =
        conn.query_row(sql, [channel], |r| Ok((r.get(0)?, r.get(1)?))).optional()?;
    Ok(match found {
        Some((epoch, _)) if sent::is_any_confirmed_from(conn, channel, epoch)? => None,
        other => other,
    })
}

/// The newest epoch that was begun on any channel; 0 for none.
pub fn newest_begun(conn: &Connection) -> Result<u64> {
    Ok(conn.query_row("SELECT coalesce(max(epoch), 0) FROM ferry_epoch", [], |r| r.get(0))?)
}

/// Marks a ledger as restored: the sending side begins a new epoch, what was kept and not confirmed is dispatched once more
/// under its old numbers as far as `is_kept` finds its file in the outbox, and what was being put together from volumes is asked for again.
pub fn mark_restored(
    conn: &Connection,
    channel: &ChannelId,
    is_kept: &dyn Fn(&str) -> bool,
    now: UnixSeconds,
) -> Result<u64> {
    let files: BTreeSet<String> = sent::with_file(conn, channel)?.into_iter().map(|batch| batch.file).collect();
    for file in files.iter().filter(|file| !is_kept(file)) {
        sent::forget_file(conn, channel, file)?;
    }
    let epoch = begin(conn, channel, 0, EpochReason::Restored, now)?;
    sent::reopen_unconfirmed(conn, channel)?;
    reassembly::forget_all(conn)?;
    pending::forget_all(conn)?;
    Ok(epoch)
}

/// Ends the epochs before the one that the other side acknowledges: what it never had of them is not waited for. Its content
/// went out again under the new numbers, or differs in the state root; a late delivery report still confirms it.
pub fn close_older(conn: &Connection, channel: &ChannelId, epoch: u64, now: UnixSeconds) -> Result<()> {
    let closed = sent::close_epochs_before(conn, channel, epoch, now)?;
    if closed > 0 {
        let detail = format!("{closed} batches of earlier epochs were never acknowledged");
        audit::record(conn, now, "agent", "epoch-over", &format!("{channel}/{epoch}"), &detail)?;
    }
    Ok(())
}

/// Whether an epoch is one that this side could have reached: one far above the clock was made up to use epochs up.
pub fn is_plausible(conn: &Connection, channel: &ChannelId, epoch: u64, now: UnixSeconds) -> Result<bool> {
    let newest = sent::newest_epoch(conn, channel)?.unwrap_or(1);
    let clock = now.as_unsigned().saturating_add(AHEAD_S);
    Ok(epoch <= newest.max(begun(conn, channel)?).max(clock))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::migrations;

    fn channel(id: &str) -> ChannelId {
        ChannelId::new(id).unwrap()
    }

    #[test]
    fn a_new_epoch_is_above_every_known_one_and_never_below_the_clock() {
        let (conn, up) = (migrations::in_memory(), channel("up"));
        assert_eq!(next_number(&conn, &up).unwrap(), BatchNumber::new(1, 1));
        let first = begin(&conn, &up, 0, EpochReason::Baseline, UnixSeconds(1_000)).unwrap();
        assert_eq!((first, next_number(&conn, &up).unwrap()), (1_000, BatchNumber::new(1_000, 1)));
        assert_eq!(
            begin(&conn, &up, 0, EpochReason::Baseline, UnixSeconds(1_000)).unwrap(),
            1_001,
            "begun twice in one second"
        );
        assert_eq!(
            begin(&conn, &up, 5_000, EpochReason::Baseline, UnixSeconds(2_000)).unwrap(),
            5_001,
            "above what the other side told of"
        );
        assert_eq!(begin(&conn, &up, 0, EpochReason::Baseline, UnixSeconds(-5)).unwrap(), 5_002);
        assert_eq!(begun(&conn, &channel("down")).unwrap(), 0);
    }

    /// Batch `sequence` of an epoch, kept and in that state.
    fn sent(conn: &Connection, (epoch, sequence): (u64, u64), state: &str) {
        let sql = "INSERT INTO ferry_sent VALUES ('up', ?1, ?2, zeroblob(32), ?3, ?4, 0, 0, 0, 1, NULL, NULL, x'00')";
        conn.execute(sql, params![epoch, sequence, state, format!("up-{epoch}-{sequence}")]).unwrap();
    }

    #[test]
    fn numbers_run_on_in_an_epoch_that_was_begun_and_it_is_unconfirmed_until_one_of_its_batches_is() {
        let (conn, up) = (migrations::in_memory(), channel("up"));
        assert_eq!((unconfirmed(&conn, &up).unwrap(), newest_begun(&conn).unwrap()), (None, 0));
        sent(&conn, (1, 1), "confirmed");
        begin(&conn, &up, 0, EpochReason::StateLost, UnixSeconds(1_000)).unwrap();
        assert_eq!(unconfirmed(&conn, &up).unwrap(), Some((1_000, EpochReason::StateLost)), "what is older counts not");
        assert_eq!(newest_begun(&conn).unwrap(), 1_000);
        sent(&conn, (1_000, 1), "dispatched");
        assert_eq!(next_number(&conn, &up).unwrap(), BatchNumber::new(1_000, 2));
        assert!(unconfirmed(&conn, &up).unwrap().is_some());
        conn.execute("UPDATE ferry_sent SET state = 'confirmed'", []).unwrap();
        assert_eq!(unconfirmed(&conn, &up).unwrap(), None);
    }

    #[test]
    fn a_restored_ledger_begins_an_epoch_sends_what_is_kept_again_and_forgets_what_is_not() {
        let (conn, up) = (migrations::in_memory(), channel("up"));
        for sequence in [1, 2] {
            sent(&conn, (1, sequence), "dispatched");
        }
        let epoch = mark_restored(&conn, &up, &|file| file == "up-1-1", UnixSeconds(5_000)).unwrap();
        assert_eq!((epoch, begun(&conn, &up).unwrap()), (5_000, 5_000));
        let state = |sequence: i64| -> (String, String) {
            let sql = "SELECT state, file FROM ferry_sent WHERE sequence = ?1";
            conn.query_row(sql, [sequence], |r| Ok((r.get(0)?, r.get(1)?))).unwrap()
        };
        assert_eq!(state(1), ("released".to_owned(), "up-1-1".to_owned()));
        assert_eq!(state(2), ("dispatched".to_owned(), String::new()));
    }

    #[test]
    fn epochs_before_the_acknowledged_one_end_with_one_entry_of_the_audit_where_anything_was_open() {
        let (conn, up) = (migrations::in_memory(), channel("up"));
        let ended = || -> i64 {
            conn.query_row("SELECT count(*) FROM ferry_audit WHERE act = 'epoch-over'", [], |r| r.get(0)).unwrap()
        };
        sent(&conn, (7, 1), "dispatched");
        close_older(&conn, &up, 7, UnixSeconds(10)).unwrap();
        assert_eq!(ended(), 0, "nothing of an earlier epoch was open");
        sent(&conn, (5, 1), "dispatched");
        sent(&conn, (5, 2), "confirmed");
        close_older(&conn, &up, 7, UnixSeconds(10)).unwrap();
        let detail: String =
            conn.query_row("SELECT detail FROM ferry_audit WHERE act = 'epoch-over'", [], |r| r.get(0)).unwrap();
        assert!(ended() == 1 && detail.starts_with("1 batches"), "{detail}");
        let sql = "SELECT state FROM ferry_sent WHERE epoch = 5 AND sequence = 1";
        assert_eq!(conn.query_row(sql, [], |r| r.get::<_, String>(0)).unwrap(), "missing");
        close_older(&conn, &up, 7, UnixSeconds(11)).unwrap();
        assert_eq!(ended(), 1);
    }

    #[test]
    fn an_epoch_that_nobody_can_have_reached_is_implausible() {
        let (conn, up) = (migrations::in_memory(), channel("up"));
        assert!(is_plausible(&conn, &up, 1_000, UnixSeconds(1_000)).unwrap());
        assert!(!is_plausible(&conn, &up, u64::MAX, UnixSeconds(1_000)).unwrap());
        let year = 1_000 + 366 * 86_400;
        assert!(is_plausible(&conn, &up, year, UnixSeconds(1_000)).unwrap());
        assert!(!is_plausible(&conn, &up, year + 1, UnixSeconds(1_000)).unwrap());
    }
}
