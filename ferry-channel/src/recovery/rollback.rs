//! A side that was restored from a backup, or lost its state: what each batch acknowledges of the other channel shows it.

use crate::audit;
use crate::ledger::columns;
use crate::ledger::numbering;
use crate::ledger::numbering::{AGAIN, NOT_KEPT};
use crate::ledger::received;
use crate::monitor::status::Alarm;
use crate::runtime::schedule::rfc3339;
use crate::send::compose;
use ferry_format::frame::sequence::Place;
use ferry_format::frame::statement::SeriesStatement;
use ferry_io::errln;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

/// Days that a setback stays in `status` after it was repaired.
const SHOWN_DAYS: i64 = 7;

/// What a newest batch shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// This side is behind what the far side acknowledges: it lost its memory, and began a new era.
    pub we_fell_back: bool,
    /// The far side is behind what it had confirmed.
    pub far_fell_back: bool,
    /// Batches that it lost and that are no longer kept here.
    pub not_kept: u64,
}

/// Reads from a batch on channel `into` what became of channel `out`, in the transaction that applies it and before it is
/// noted. Only the newest batch of a series speaks for its side; a resent one tells of the past.
pub fn hear(
    conn: &Connection,
    out: &str,
    into: &str,
    series: &SeriesStatement,
    place: &Place,
    now_s: i64,
) -> Result<Heard> {
    if !matches!(place, Place::Next | Place::AfterGap(..)) {
        return Ok(Heard::default());
    }
    let we_fell_back = own_loss(conn, out, series, now_s)?;
    let heard_before = received::newest_received(conn, into)?;
    // Whoever goes on in his era has his memory: where he asks for an older number, he only asks.
    let is_new_era = heard_before.is_some_and(|n| n.epoch < series.epoch);
    if is_new_era {
        let subject = format!("{into}/{}/{}", series.epoch, series.sequence);
        audit::note(conn, now_s, "agent", "far-epoch", &subject, "the far side numbers from a new epoch")?;
    }
    let far = if is_new_era && !we_fell_back { far_loss(conn, out, series, now_s)? } else { None };
    let ack = &series.acknowledged;
    if digest_of(conn, out, ack.epoch, ack.sequence)? == Some(ack.digest) {
        numbering::close_older(conn, out, ack.epoch, now_s)?;
    }
    Ok(Heard { we_fell_back, far_fell_back: far.is_some(), not_kept: far.unwrap_or_default() })
}

/// Whether the far side acknowledges what this side never sent: then this side begins a new era.
fn own_loss(conn: &Connection, out: &str, series: &SeriesStatement, now_s: i64) -> Result<bool> {
    let ack = &series.acknowledged;
    let next = compose::next_number(conn, out)?;
    let known = digest_of(conn, out, ack.epoch, ack.sequence)?;
    // An era that was begun since then answers it already.
    if ack.sequence == 0 || ack.epoch < next.0 || known == Some(ack.digest) {
        return Ok(false);
    }
    let subject = format!("{out}/{}/{}", ack.epoch, ack.sequence);
    if !numbering::is_plausible(conn, out, ack.epoch, now_s)? {
        let why = "it acknowledges an epoch that nobody can have reached; it is ignored";
        audit::note(conn, now_s, "agent", "false-acknowledgement", &subject, why)?;
        return Ok(false);
    }
    let why = "the far side holds a batch that this side does not know: this side lost its newest state";
    audit::note(conn, now_s, "agent", "fell-back", &subject, why)?;
    numbering::begin(conn, out, ack.epoch, why, now_s)?;
    Ok(true)
}

/// Whether the far side, in a new era, is behind what was sent or confirmed: all of that goes out again, as far as it is
/// kept. Only what it had confirmed shows that it fell back; the rest may have been lost with it, or be on its way. Gives how
/// many confirmed batches are not kept.
fn far_loss(conn: &Connection, out: &str, series: &SeriesStatement, now_s: i64) -> Result<Option<u64>> {
    let ack = &series.acknowledged;
    let is_ours = ack.sequence == 0 || digest_of(conn, out, ack.epoch, ack.sequence)? == Some(ack.digest);
    if !is_ours {
        return Ok(None);
    }
    let sql =
        "SELECT epoch, sequence, file <> '' FROM ferry_sent WHERE channel = ?1 AND state IN ('confirmed', 'dispatched')
               ORDER BY epoch, sequence";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)? as u64, r.get::<_, i64>(1)? as u64, r.get(2)?));
    let asks = |n: u64| series.gap_requests.iter().any(|(from, to)| (*from..=*to).contains(&n));
    let is_lost = |e: u64, n: u64| (e, n) > (ack.epoch, ack.sequence) || e == ack.epoch && asks(n);
    let mut lost: Vec<(u64, u64, bool)> = statement.query_map([out], row)?.collect::<rusqlite::Result<_>>()?;
    lost.retain(|(e, n, _)| is_lost(*e, *n));
    if lost.is_empty() {
        return Ok(None);
    }
    let confirmed = "SELECT EXISTS(SELECT 1 FROM ferry_sent WHERE channel = ?1 AND state = 'confirmed'
                       AND epoch = ?2 AND sequence = ?3)";
    let (mut kept, mut gone, mut fell_back) = (0, 0, false);
    for (e, n, _) in &lost {
        fell_back |= conn.query_row(confirmed, params![out, *e as i64, *n as i64], |r| r.get::<_, bool>(0))?;
    }
    for (e, n, is_kept) in &lost {
        let (state, reason) = if *is_kept { ("released", AGAIN) } else { ("missing", NOT_KEPT) };
        let sql = "UPDATE ferry_sent SET state = ?4, reason = ?5, settled_s = NULL
                   WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
        conn.execute(sql, params![out, *e as i64, *n as i64, state, reason])?;
        if *is_kept { kept += 1 } else { gone += 1 }
    }
    if !fell_back {
        return Ok(Some(gone));
    }
    let sql = "INSERT OR REPLACE INTO ferry_rollback VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    conn.execute(sql, params![out, now_s, ack.epoch as i64, ack.sequence as i64, kept as i64, gone as i64])?;
    let subject = format!("{out}/{}/{}", ack.epoch, ack.sequence);
    let detail = format!(
        "the far side was restored or lost batches: it holds up to this one; {kept} go out again, {gone} are no longer kept"
    );
    audit::note(conn, now_s, "agent", "far-side-fell-back", &subject, &detail)?;
    errln!("warning: {subject}: {detail}");
    Ok(Some(gone))
}

fn digest_of(conn: &Connection, channel: &str, epoch: u64, sequence: u64) -> Result<Option<[u8; 32]>> {
    let sql = "SELECT digest FROM ferry_sent WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    let (Ok(epoch), Ok(sequence)) = (i64::try_from(epoch), i64::try_from(sequence)) else { return Ok(None) };
    Ok(conn.query_row(sql, params![channel, epoch, sequence], |r| columns::blob32(r, 0)).optional()?)
}

/// For `status`: the far side of a channel fell back.
#[derive(Clone, Debug, Serialize)]
pub struct Setback {
    /// The channel that this side sends.
    pub channel: String,
    /// When it was noticed.
    pub at: String,
    /// Up to which batch the far side held then.
    pub held: (u64, u64),
    /// Batches that went out again and are not confirmed yet.
    pub again: u64,
    /// Batches that it lacks and that are no longer kept here.
    pub not_kept: u64,
}

/// What is known of a far side that fell back: until it is repaired, and a week longer.
pub fn state(conn: &Connection, channel: &str, zone: &jiff::tz::TimeZone, now_s: i64) -> Result<Option<Setback>> {
    let sql = "SELECT at_s, epoch, sequence FROM ferry_rollback WHERE channel = ?1";
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)? as u64, r.get::<_, i64>(2)? as u64));
    let Some((at_s, epoch, sequence)) = conn.query_row(sql, [channel], row).optional()? else { return Ok(None) };
    let count = |reason: &str| -> Result<u64> {
        let sql = "SELECT count(*) FROM ferry_sent WHERE channel = ?1 AND reason = ?2
                     AND state IN ('released', 'dispatched', 'missing')";
        Ok(conn.query_row(sql, [channel, reason], |r| r.get::<_, i64>(0))? as u64)
    };
    let (again, not_kept) = (count(AGAIN)?, count(NOT_KEPT)?);
    let is_shown = again + not_kept > 0 || now_s < at_s + SHOWN_DAYS * 86_400;
    let at = rfc3339(at_s, zone);
    Ok(is_shown.then(|| Setback { channel: channel.to_owned(), at, held: (epoch, sequence), again, not_kept }))
}

impl Setback {
    /// For `status`. `repair` is what is done where batches are no longer kept.
    pub fn alarm(&self, repair: &str) -> Alarm {
        let Self { channel, at, held: (epoch, sequence), again, not_kept } = self;
        let message = format!(
            "{at} 发现对方从备份恢复或丢失了批次：{channel} 只到 {epoch}/{sequence}；{again} 批已重发待确认，{not_kept} 批已不再保存 \
             the far side was restored or lost batches: it held {channel} up to {epoch}/{sequence}; {again} went out again and \
             are not confirmed yet, {not_kept} are no longer kept"
        );
        let hint = if *not_kept > 0 { repair } else { "nothing to do: they go out again by themselves" };
        Alarm { code: "FERRY-E0685", message, hint: hint.into() }
    }
}

/// For `status`: this side began a new era since it lost something, and no batch of it is confirmed yet.
pub fn own_alarm(conn: &Connection, channel: &str) -> Result<Option<Alarm>> {
    let sql = "SELECT epoch, why FROM ferry_epoch e WHERE channel = ?1 AND NOT EXISTS (
                 SELECT 1 FROM ferry_sent o WHERE o.channel = e.channel AND o.epoch >= e.epoch AND o.state = 'confirmed')";
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, String>(1)?));
    let found = conn.query_row(sql, [channel], row).optional()?;
    Ok(found.map(|(epoch, why)| Alarm {
        code: "FERRY-E0687",
        message: format!(
            "{channel} 开始新纪元 {epoch}，对方尚未确认 {channel} begins epoch {epoch}, not confirmed yet: {why}"
        ),
        hint: "it ends by itself once the far side has confirmed a batch of it".into(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::migrations;
    use ferry_format::frame::statement::Acknowledged;

    const NOW_S: i64 = 1_764_000_000;

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

    fn states(conn: &Connection) -> Vec<(String, Option<String>)> {
        let mut statement = conn.prepare("SELECT state, reason FROM ferry_sent ORDER BY sequence").unwrap();
        statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    #[test]
    fn a_far_side_in_a_new_era_that_is_behind_gets_again_what_is_kept_and_the_rest_is_named() {
        let conn = ledger();
        let heard = hear(&conn, "out", "in", &says(2, (1, 2), &[]), &Place::Next, NOW_S).unwrap();
        assert_eq!(heard, Heard { far_fell_back: true, not_kept: 1, ..Heard::default() });
        let states = states(&conn);
        assert_eq!(states[1].0, "confirmed");
        assert_eq!(states[2], ("missing".into(), Some(NOT_KEPT.into())));
        assert_eq!(states[4], ("released".into(), Some(AGAIN.into())));
        let state = state(&conn, "out", &jiff::tz::TimeZone::UTC, NOW_S).unwrap().unwrap();
        assert_eq!((state.held, state.again, state.not_kept), ((1, 2), 2, 1));
        // An empty far side acknowledges nothing, or asks for what it had confirmed.
        for said in [says(2, (0, 0), &[]), says(2, (1, 5), &[(1, 4)])] {
            assert!(hear(&ledger(), "out", "in", &said, &Place::Next, NOW_S).unwrap().far_fell_back);
        }
    }

    #[test]
    fn a_far_side_that_goes_on_or_a_resent_batch_changes_nothing() {
        let conn = ledger();
        for (said, place) in [
            (says(1, (1, 2), &[]), Place::Next),
            (says(2, (1, 2), &[]), Place::Earlier),
            (says(2, (1, 5), &[]), Place::Next),
        ] {
            assert_eq!(hear(&conn, "out", "in", &said, &place, NOW_S).unwrap(), Heard::default(), "{said:?}");
        }
        assert!(states(&conn).iter().all(|(state, _)| state == "confirmed"));
    }

    #[test]
    fn a_side_whose_unknown_batch_is_acknowledged_begins_one_new_era_above_it() {
        let conn = ledger();
        let said = says(1, (NOW_S as u64 + 7, 6), &[]);
        assert!(hear(&conn, "out", "in", &said, &Place::Next, NOW_S).unwrap().we_fell_back);
        assert_eq!(compose::next_number(&conn, "out").unwrap(), (NOW_S as u64 + 8, 1));
        assert!(!hear(&conn, "out", "in", &said, &Place::Next, NOW_S).unwrap().we_fell_back, "it is answered already");
        assert!(own_alarm(&conn, "out").unwrap().is_some());
        let hostile = says(1, (u64::MAX - 1, 6), &[]);
        assert!(!hear(&ledger(), "out", "in", &hostile, &Place::Next, NOW_S).unwrap().we_fell_back);
    }
}
