//! Heads of audits that were signed: this side's in what it sent, the other side's in what arrived.

use crate::audit::statements::{self, Origin};
use crate::audit::store;
use crate::texts;
use crate::types::alarm::Alarm;
use crate::types::decision::Decision;
use crate::types::{BatchNumber, ChannelId, Digest, UnixSeconds};
use ferry_format::audit::SignedHead;
use ferry_format::frame::statement::{AuditHead, SeriesStatement};
use ferry_format::text::Text;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// How a head contradicts those that arrived before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contradiction {
    /// It names more entries than there can be.
    TooManyEntries,
    /// A later batch names fewer entries than an earlier one.
    FewerEntries,
    /// Another batch names as many entries with another digest.
    OtherDigest,
}

impl Contradiction {
    const ALL: [Self; 3] = [Self::TooManyEntries, Self::FewerEntries, Self::OtherDigest];

    fn as_str(self) -> &'static str {
        match self {
            Self::TooManyEntries => "too-many-entries",
            Self::FewerEntries => "fewer-entries",
            Self::OtherDigest => "other-digest",
        }
    }

    fn text(self) -> Text {
        match self {
            Self::TooManyEntries => texts::audit::too_many_entries(),
            Self::FewerEntries => texts::audit::fewer_entries(),
            Self::OtherDigest => texts::audit::other_digest(),
        }
    }

    fn text_of(code: &str) -> Text {
        let known = Self::ALL.into_iter().find(|c| c.as_str() == code);
        known.map_or_else(|| Text::verbatim(code.to_owned()), Self::text)
    }
}

fn heads_of(conn: &Connection, origin: Origin) -> Result<Vec<SignedHead>> {
    let mut found = Vec::new();
    statements::each(conn, origin, &mut |channel, series, _| {
        found.push(SignedHead { channel, epoch: series.epoch, sequence: series.sequence, head: series.audit });
        Ok(())
    })?;
    Ok(found)
}

/// Every head that this side signed.
pub fn signed_here(conn: &Connection) -> Result<Vec<SignedHead>> {
    heads_of(conn, Origin::Sent)
}

/// Every head of the other side that arrived.
pub fn arrived(conn: &Connection) -> Result<Vec<SignedHead>> {
    heads_of(conn, Origin::Received)
}

/// Records the head of a batch whose signature is valid, in the transaction that records the batch, and compares it with those of its
/// epoch. A side that was restored begins an epoch with fewer entries: that is an entry here and no alarm.
pub(crate) fn record_arrived(
    conn: &Connection,
    channel: &ChannelId,
    series: &SeriesStatement,
    now: UnixSeconds,
) -> Result<()> {
    let (number, head) = (BatchNumber::of(series), series.audit);
    let why = contradiction(conn, channel, number, &head)?;
    let subject = format!("{channel}/{number}");
    match why {
        Some(why) => {
            let detail = format!("{}: {} entries", why.text().english(), head.entries);
            store::record_about(conn, now, "agent", "peer-audit-differs", (&subject, Some(head.digest)), &detail)?;
        }
        None => record_restored(conn, channel, number.epoch, &subject, &head, now)?,
    }
    let sql = "INSERT OR IGNORE INTO ferry_peer_audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL)";
    // More entries than the column holds are a contradiction, which is recorded as such.
    let entries = head.entries.min(i64::MAX as u64);
    let wrong = why.map(Contradiction::as_str);
    let row = params![channel, number.epoch, number.sequence, entries, Digest(head.digest), now, wrong];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

fn contradiction(
    conn: &Connection,
    channel: &ChannelId,
    number: BatchNumber,
    head: &AuditHead,
) -> Result<Option<Contradiction>> {
    let entries = head.entries;
    if i64::try_from(entries).is_err() {
        return Ok(Some(Contradiction::TooManyEntries));
    }
    let row = |r: &Row<'_>| Ok((r.get::<_, u64>(0)?, r.get::<_, [u8; 32]>(1)?));
    let values = params![channel, number.epoch, number.sequence];
    let neighbour = |sql: &str| conn.prepare_cached(sql)?.query_row(values, row).optional();
    let before = neighbour(
        "SELECT entries, digest FROM ferry_peer_audit WHERE channel = ?1 AND epoch = ?2 AND sequence < ?3
         ORDER BY sequence DESC LIMIT 1",
    )?;
    let after = neighbour(
        "SELECT entries, digest FROM ferry_peer_audit WHERE channel = ?1 AND epoch = ?2 AND sequence > ?3
         ORDER BY sequence LIMIT 1",
    )?;
    if before.is_some_and(|(before, _)| before > entries) || after.is_some_and(|(after, _)| after < entries) {
        return Ok(Some(Contradiction::FewerEntries));
    }
    let differs = [before, after].into_iter().flatten().any(|(n, digest)| n == entries && digest != head.digest);
    Ok(differs.then_some(Contradiction::OtherDigest))
}

/// The first head of a new epoch that does not continue the one before.
fn record_restored(
    conn: &Connection,
    channel: &ChannelId,
    epoch: u64,
    subject: &str,
    head: &AuditHead,
    now: UnixSeconds,
) -> Result<()> {
    let sql = "SELECT epoch, entries, digest FROM ferry_peer_audit WHERE channel = ?1 AND epoch <= ?2
               ORDER BY epoch DESC, sequence DESC LIMIT 1";
    let row = |r: &Row<'_>| Ok((r.get::<_, u64>(0)?, r.get::<_, u64>(1)?, r.get::<_, [u8; 32]>(2)?));
    let Some((last_epoch, entries, digest)) = conn.query_row(sql, params![channel, epoch], row).optional()? else {
        return Ok(());
    };
    if last_epoch == epoch || head.entries > entries || head.entries == entries && head.digest == digest {
        return Ok(());
    }
    let detail = format!("a new epoch begins with {} entries of its audit; there were {entries}", head.entries);
    store::record_about(conn, now, "agent", "peer-audit-restored", (subject, Some(head.digest)), &detail)
}

/// Forgets the head of a batch of a revoked key: a thief signed it.
pub(crate) fn forget(conn: &Connection, channel: &ChannelId, number: BatchNumber) -> Result<()> {
    let sql = "DELETE FROM ferry_peer_audit WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    conn.execute(sql, params![channel, number.epoch, number.sequence])?;
    Ok(())
}

/// The alarm while the other side's audit contradicts what it signed, until a named person has looked into it.
pub fn alarm(conn: &Connection, channel: &ChannelId) -> Result<Option<Alarm>> {
    let sql = "SELECT epoch, sequence, wrong, count(*) OVER () FROM ferry_peer_audit
               WHERE channel = ?1 AND wrong IS NOT NULL AND settled_by IS NULL ORDER BY epoch, sequence LIMIT 1";
    let row = |r: &Row<'_>| Ok((r.get(0)?, r.get(1)?, r.get::<_, String>(2)?, r.get::<_, u64>(3)?));
    let found = conn.query_row(sql, [channel], row).optional()?;
    Ok(found.map(|(epoch, sequence, why, count)| {
        let number = BatchNumber::new(epoch, sequence);
        texts::alarms::peer_audit_differs(channel, number, Contradiction::text_of(&why), count)
    }))
}

/// Ends the alarm. What arrived stays as it is. Gives how many batches it was about.
///
/// # Errors
/// `FERRY-E0805`, no input: there is no such alarm.
pub fn settle(conn: &Connection, channel: &ChannelId, decision: &Decision, now: UnixSeconds) -> Result<u64> {
    let tx = conn.unchecked_transaction()?;
    let sql = "UPDATE ferry_peer_audit SET settled_by = ?2
               WHERE channel = ?1 AND wrong IS NOT NULL AND settled_by IS NULL";
    let (by, reason) = (decision.by.as_str(), decision.reason.as_str());
    let settled = tx.execute(sql, params![channel, by])? as u64;
    if settled == 0 {
        return Err(texts::errors::no_audit_to_settle(channel));
    }
    store::record(&tx, now, by, "audit-settle", channel.as_str(), &format!("{settled} batches: {reason}"))?;
    tx.commit()?;
    Ok(settled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::migrations;

    use crate::audit;

    fn up() -> ChannelId {
        ChannelId::new("up").unwrap()
    }

    fn hears(conn: &Connection, (epoch, sequence): (u64, u64), entries: u64, digest: u8) -> bool {
        let audit = AuditHead { entries, digest: [digest; 32] };
        record_arrived(
            conn,
            &up(),
            &SeriesStatement { epoch, sequence, audit, ..SeriesStatement::default() },
            UnixSeconds(7),
        )
        .unwrap();
        alarm(conn, &up()).unwrap().is_some()
    }

    fn acts(conn: &Connection) -> Vec<String> {
        audit::entries(conn, 1, 99).unwrap().into_iter().map(|(e, _)| e.act).collect()
    }

    #[test]
    fn heads_that_rise_or_stay_with_their_digest_are_no_alarm_in_whatever_order_they_come() {
        let conn = migrations::in_memory();
        for (sequence, entries, digest) in [(1, 3, 1), (4, 9, 4), (2, 3, 1), (3, 8, 3), (5, 9, 4), (7, 20, 7)] {
            assert!(!hears(&conn, (1, sequence), entries, digest), "{sequence}");
        }
        assert!(acts(&conn).is_empty());
    }

    #[test]
    fn fewer_entries_or_another_digest_of_as_many_are_an_alarm_until_a_named_person_settles_it() {
        for (place, entries, digest) in [((1, 4), 8, 9), ((1, 4), 9, 5), ((1, 2), 10, 9), ((1, 2), 2, 9)] {
            let conn = migrations::in_memory();
            assert!(!hears(&conn, (1, 1), 3, 1));
            assert!(!hears(&conn, (1, 3), 9, 3));
            assert!(hears(&conn, place, entries, digest), "{place:?} {entries}");
            assert_eq!(acts(&conn), ["peer-audit-differs"]);
            assert!(alarm(&conn, &ChannelId::new("down").unwrap()).unwrap().is_none());
            let decision = Decision { by: "王芳".parse().unwrap(), reason: "查明".parse().unwrap() };
            assert_eq!(settle(&conn, &up(), &decision, UnixSeconds(8)).unwrap(), 1);
            assert!(alarm(&conn, &up()).unwrap().is_none());
            assert_eq!(settle(&conn, &up(), &decision, UnixSeconds(8)).unwrap_err().code, "FERRY-E0805");
        }
        assert!(hears(&migrations::in_memory(), (1, 1), u64::MAX, 1), "more than there can be");
    }

    #[test]
    fn a_restored_side_begins_an_epoch_with_fewer_entries_which_is_noted_and_no_alarm() {
        let conn = migrations::in_memory();
        assert!(!hears(&conn, (1, 1), 9, 1));
        assert!(!hears(&conn, (50, 1), 4, 2));
        assert!(!hears(&conn, (50, 2), 6, 3));
        assert_eq!(acts(&conn), ["peer-audit-restored"]);
        assert!(!hears(&conn, (60, 1), 8, 4), "an epoch that continues");
        assert_eq!(acts(&conn).len(), 1);
        assert!(hears(&conn, (60, 2), 7, 4));
    }
}
