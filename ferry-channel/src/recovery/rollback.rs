//! Detects state loss on either side (restored backup, lost disk) from the acknowledgements in each batch.

use crate::audit;
use crate::ledger::{numbering, received, sent};
use crate::runtime::schedule::rfc3339;
use crate::texts;
use crate::types::alarm::Alarm;
use crate::types::{BatchNumber, BatchState, ChannelId, DAY_S, Digest, EpochReason, UnixSeconds};
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::text::Text;
use ferry_io::errln;
use ferry_io::error::Result;
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

/// Days that a rollback stays in `status` after it was repaired.
const SHOWN_DAYS: i64 = 7;

/// What a newest batch shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateLoss {
    /// This side is behind what the other side acknowledges: it lost state, and began a new epoch.
    pub we_lost_state: bool,
    /// The other side is behind what it had confirmed.
    pub peer_lost_state: bool,
    /// Batches that it lost and that are no longer kept here.
    pub not_kept: u64,
}

/// Reads from the newest batch on channel `received_on` what became of our channel `sends`, in the transaction that applies
/// it and before it is recorded.
pub(crate) fn detect(
    conn: &Connection,
    sends: &ChannelId,
    received_on: &ChannelId,
    series: &SeriesStatement,
    now: UnixSeconds,
) -> Result<StateLoss> {
    let we_lost_state = detect_own_loss(conn, sends, series, now)?;
    let newest_before = received::newest(conn, received_on)?;
    // A side that continues in its epoch has its state: where it asks for an older number, it only asks.
    let is_new_epoch = newest_before.is_some_and(|n| n.epoch < series.epoch);
    if is_new_epoch {
        let subject = format!("{received_on}/{}", BatchNumber::of(series));
        audit::record(conn, now, "agent", "peer-epoch", &subject, "the other side numbers from a new epoch")?;
    }
    let peer = if is_new_epoch && !we_lost_state { detect_peer_loss(conn, sends, series, now)? } else { None };
    if acknowledges_ours(conn, sends, series)? {
        numbering::close_older(conn, sends, series.acknowledged.epoch, now)?;
    }
    Ok(StateLoss { we_lost_state, peer_lost_state: peer.is_some(), not_kept: peer.unwrap_or_default() })
}

fn acknowledges_ours(conn: &Connection, sends: &ChannelId, series: &SeriesStatement) -> Result<bool> {
    let number = BatchNumber::acknowledged(&series.acknowledged);
    Ok(sent::digest_of(conn, sends, number)? == Some(Digest(series.acknowledged.digest)))
}

/// Whether the other side acknowledges what this side never sent: then this side begins a new epoch.
fn detect_own_loss(conn: &Connection, sends: &ChannelId, series: &SeriesStatement, now: UnixSeconds) -> Result<bool> {
    let acknowledged = BatchNumber::acknowledged(&series.acknowledged);
    let next = numbering::next_number(conn, sends)?;
    // An epoch that was begun since then answers it already.
    if acknowledged.sequence == 0 || acknowledged.epoch < next.epoch || acknowledges_ours(conn, sends, series)? {
        return Ok(false);
    }
    let subject = format!("{sends}/{acknowledged}");
    if !numbering::is_plausible(conn, sends, acknowledged.epoch, now)? {
        let why = "acknowledged epoch is implausibly high; ignored";
        audit::record(conn, now, "agent", audit::FALSE_ACKNOWLEDGEMENT, &subject, why)?;
        return Ok(false);
    }
    let why = EpochReason::StateLost;
    audit::record(conn, now, "agent", "rollback", &subject, why.as_str())?;
    numbering::begin(conn, sends, acknowledged.epoch, why, now)?;
    Ok(true)
}

/// Whether the other side, in a new epoch, is behind what was sent or confirmed: all of that goes out again, as far as it is
/// kept. Only what it had confirmed shows that it lost state; the rest may have been lost with it, or be on its way. Gives
/// how many confirmed batches are not kept.
fn detect_peer_loss(
    conn: &Connection,
    sends: &ChannelId,
    series: &SeriesStatement,
    now: UnixSeconds,
) -> Result<Option<u64>> {
    let acknowledged = BatchNumber::acknowledged(&series.acknowledged);
    if acknowledged.sequence != 0 && !acknowledges_ours(conn, sends, series)? {
        return Ok(None);
    }
    let asks_for = |n: u64| series.gap_requests.iter().any(|(from, to)| (*from..=*to).contains(&n));
    let is_lost =
        |number: BatchNumber| number > acknowledged || number.epoch == acknowledged.epoch && asks_for(number.sequence);
    let mut lost = sent::dispatched_or_confirmed(conn, sends)?;
    lost.retain(|batch| is_lost(batch.number));
    if lost.is_empty() {
        return Ok(None);
    }
    for batch in &lost {
        sent::reopen(conn, sends, batch.number, batch.is_kept())?;
    }
    let kept = lost.iter().filter(|batch| batch.is_kept()).count() as u64;
    let gone = lost.len() as u64 - kept;
    if lost.iter().all(|batch| batch.state != BatchState::Confirmed) {
        return Ok(Some(gone));
    }
    let sql = "INSERT OR REPLACE INTO ferry_rollback(channel, at_s, epoch, sequence, kept, lost)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    conn.execute(sql, params![sends, now, acknowledged.epoch, acknowledged.sequence, kept, gone])?;
    let subject = format!("{sends}/{acknowledged}");
    let detail = format!(
        "the other side was restored or lost batches: it holds up to this one; {kept} go out again, {gone} are no longer kept"
    );
    audit::record(conn, now, "agent", "peer-rollback", &subject, &detail)?;
    errln!("warning: {subject}: {detail}");
    Ok(Some(gone))
}

/// For `status`: the other side of a channel lost state.
#[derive(Clone, Debug, Serialize)]
pub struct PeerRollback {
    /// The channel that this side sends.
    pub channel: String,
    /// When it was noticed, RFC 3339.
    pub at: String,
    /// Up to which batch the other side held then.
    pub held: (u64, u64),
    /// Batches that went out again and are not confirmed yet.
    pub again: u64,
    /// Batches that it lacks and that are no longer kept here.
    pub not_kept: u64,
}

/// What is known of another side that lost state: until it is repaired, and a week longer.
pub fn peer_rollback(
    conn: &Connection,
    channel: &ChannelId,
    zone: &TimeZone,
    now: UnixSeconds,
) -> Result<Option<PeerRollback>> {
    let sql = "SELECT at_s, epoch, sequence FROM ferry_rollback WHERE channel = ?1";
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, UnixSeconds>(0)?, (r.get(1)?, r.get(2)?)));
    let Some((at_s, held)) = conn.query_row(sql, [channel], row).optional()? else { return Ok(None) };
    let again = sent::count_open_for(conn, channel, sent::AGAIN)?;
    let not_kept = sent::count_open_for(conn, channel, sent::NOT_KEPT)?;
    let is_shown = again + not_kept > 0 || now < at_s + SHOWN_DAYS * DAY_S;
    let (channel, at) = (channel.to_string(), rfc3339(at_s, zone));
    Ok(is_shown.then_some(PeerRollback { channel, at, held, again, not_kept }))
}

impl PeerRollback {
    /// For `status`. `repair` is what is done where batches are no longer kept.
    pub fn alarm(&self, repair: &Text) -> Alarm {
        let Self { channel, at, held, again, not_kept } = self;
        let held = BatchNumber::from(*held);
        let hint = if *not_kept > 0 { repair.clone() } else { texts::alarms::sent_again_by_itself() };
        texts::alarms::peer_rollback(at, channel, held, again, not_kept, hint)
    }
}

/// For `status`: this side began a new epoch since it lost something, and no batch of it is confirmed yet.
pub fn own_alarm(conn: &Connection, channel: &ChannelId) -> Result<Option<Alarm>> {
    let found = numbering::unconfirmed(conn, channel)?;
    Ok(found.map(|(epoch, why)| texts::alarms::epoch_unconfirmed(channel, epoch, why.text())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::migrations;
    use ferry_format::frame::statement::Acknowledged;

    const NOW_S: i64 = 1_764_000_000;

    fn channel(id: &str) -> ChannelId {
        ChannelId::new(id).unwrap()
    }

    fn ledger() -> Connection {
        let conn = migrations::in_memory();
        for n in 1..=5_i64 {
            let sql = "INSERT INTO ferry_sent VALUES ('out', 1, ?1, ?2, 'confirmed', ?3, 0, 0, 0, 1, 1, NULL, x'00')";
            let file = if n == 3 { "" } else { "kept" };
            conn.execute(sql, params![n, [n as u8; 32].as_slice(), file]).unwrap();
        }
        let sql = "INSERT INTO ferry_received VALUES ('in', 1, 9, ?1, 'published', NULL, 0, 0, 1, 0)";
        conn.execute(sql, [[9_u8; 32].as_slice()]).unwrap();
        conn
    }

    fn says(epoch: u64, acknowledged: (u64, u64), gaps: &[(u64, u64)]) -> SeriesStatement {
        let (epoch_of, sequence) = acknowledged;
        let acknowledged = Acknowledged { epoch: epoch_of, sequence, digest: [sequence as u8; 32] };
        SeriesStatement { epoch, sequence: 1, acknowledged, gap_requests: gaps.to_vec(), ..SeriesStatement::default() }
    }

    fn detect_in(conn: &Connection, series: &SeriesStatement) -> StateLoss {
        detect(conn, &channel("out"), &channel("in"), series, UnixSeconds(NOW_S)).unwrap()
    }

    fn states(conn: &Connection) -> Vec<(String, Option<String>)> {
        let mut statement = conn.prepare("SELECT state, reason FROM ferry_sent ORDER BY sequence").unwrap();
        statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    #[test]
    fn another_side_that_is_behind_in_a_new_epoch_gets_again_what_is_kept_and_the_rest_is_named() {
        let conn = ledger();
        let loss = detect_in(&conn, &says(2, (1, 2), &[]));
        assert_eq!(loss, StateLoss { peer_lost_state: true, not_kept: 1, ..StateLoss::default() });
        let states = states(&conn);
        assert_eq!(states[1].0, "confirmed");
        assert_eq!(states[2], ("missing".into(), Some(sent::NOT_KEPT.into())));
        assert_eq!(states[4], ("released".into(), Some(sent::AGAIN.into())));
        let state = peer_rollback(&conn, &channel("out"), &TimeZone::UTC, UnixSeconds(NOW_S)).unwrap().unwrap();
        assert_eq!((state.held, state.again, state.not_kept), ((1, 2), 2, 1));
        // An empty other side acknowledges nothing, or asks for what it had confirmed.
        for said in [says(2, (0, 0), &[]), says(2, (1, 5), &[(1, 4)])] {
            assert!(detect_in(&ledger(), &said).peer_lost_state);
        }
    }

    #[test]
    fn another_side_that_continues_changes_nothing() {
        let conn = ledger();
        for said in [says(1, (1, 2), &[]), says(2, (1, 5), &[])] {
            assert_eq!(detect_in(&conn, &said), StateLoss::default(), "{said:?}");
        }
        assert!(states(&conn).iter().all(|(state, _)| state == "confirmed"));
    }

    #[test]
    fn a_side_whose_unknown_batch_is_acknowledged_begins_one_new_epoch_above_it() {
        let conn = ledger();
        let said = says(1, (NOW_S as u64 + 7, 6), &[]);
        assert!(detect_in(&conn, &said).we_lost_state);
        let next = numbering::next_number(&conn, &channel("out")).unwrap();
        assert_eq!(next, BatchNumber::new(NOW_S as u64 + 8, 1));
        assert!(!detect_in(&conn, &said).we_lost_state, "it is answered already");
        assert!(own_alarm(&conn, &channel("out")).unwrap().is_some());
        let hostile = says(1, (u64::MAX - 1, 6), &[]);
        assert!(!detect_in(&ledger(), &hostile).we_lost_state);
    }
}
