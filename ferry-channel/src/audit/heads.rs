//! Heads of audits that were signed: this side's in what it sent, the other side's in what arrived.

use super::store;
use crate::monitor::status::Alarm;
use crate::operator::Decision;
use ferry_format::audit::Said;
use ferry_format::batch::open::Signed;
use ferry_format::frame::statement::{AuditHead, SeriesStatement};
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::NO_INPUT;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Code of an audit of the other side that does not go on from what it signed before.
const CODE: &str = "FERRY-E0802";

/// Keeps what this side signed of a batch, in the transaction that notes it as released.
pub fn keep(conn: &Connection, channel: &str, series: &SeriesStatement, signed: &Signed) -> Result<()> {
    let sql = "INSERT INTO ferry_sent_statement VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    conn.execute(
        sql,
        params![
            channel,
            series.epoch as i64,
            series.sequence as i64,
            signed.header,
            signed.content,
            signed.series,
            signed.signature.as_slice()
        ],
    )?;
    Ok(())
}

/// Calls back with what was signed of each batch, oldest first: of those that this side sent, or of those that arrived.
pub fn each_signed(
    conn: &Connection,
    sent: bool,
    each: &mut dyn FnMut(String, SeriesStatement, Signed) -> Result<()>,
) -> Result<()> {
    // What a stolen key signed says nothing of the other side.
    let table = if sent {
        "ferry_sent_statement"
    } else {
        "ferry_received_statement e WHERE NOT EXISTS (SELECT 1 FROM ferry_revoked_batch s
           WHERE (s.channel, s.epoch, s.sequence, s.digest) = (e.channel, e.epoch, e.sequence, e.digest))"
    };
    let sql = format!("SELECT channel, header, content, series, signature FROM {table} ORDER BY epoch, sequence");
    let mut statement = conn.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let signed = Signed { header: row.get(1)?, content: row.get(2)?, series: row.get(3)?, signature: row.get(4)? };
        // Statements of an earlier form name no audit.
        if let Ok(series) = SeriesStatement::decode(&signed.series) {
            each(row.get(0)?, series, signed)?;
        }
    }
    Ok(())
}

fn said(conn: &Connection, sent: bool) -> Result<Vec<Said>> {
    let mut found = Vec::new();
    each_signed(conn, sent, &mut |channel, series, _| {
        found.push(Said { channel, epoch: series.epoch, sequence: series.sequence, head: series.audit });
        Ok(())
    })?;
    Ok(found)
}

/// Every head that this side signed.
pub fn signed_here(conn: &Connection) -> Result<Vec<Said>> {
    said(conn, true)
}

/// Every head of the other side that arrived.
pub fn arrived(conn: &Connection) -> Result<Vec<Said>> {
    said(conn, false)
}

/// Takes the head of a batch whose signature held, in the transaction that notes it, and compares it with those of its
/// epoch. A side that was restored begins an epoch with fewer entries: that is an entry here and no alarm.
pub fn hear(conn: &Connection, channel: &str, series: &SeriesStatement, now_s: i64) -> Result<()> {
    let (epoch, sequence, said) = (series.epoch as i64, series.sequence as i64, series.audit);
    let why = contradiction(conn, channel, (epoch, sequence), &said)?;
    let subject = format!("{channel}/{epoch}/{sequence}");
    match why {
        Some(why) => {
            let detail = format!("{why}: {} entries", said.entries);
            store::note_of(conn, now_s, "agent", "far-audit-differs", (&subject, Some(said.digest)), &detail)?;
        }
        None => note_restored(conn, channel, epoch, &subject, &said, now_s)?,
    }
    let sql = "INSERT OR IGNORE INTO ferry_peer_audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL)";
    let head = params![channel, epoch, sequence, said.entries as i64, said.digest.as_slice(), now_s, why];
    conn.prepare_cached(sql)?.execute(head)?;
    Ok(())
}

fn contradiction(
    conn: &Connection,
    channel: &str,
    (epoch, sequence): (i64, i64),
    said: &AuditHead,
) -> Result<Option<&'static str>> {
    let Ok(entries) = i64::try_from(said.entries) else { return Ok(Some("it names more entries than there can be")) };
    let row = |r: &Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, [u8; 32]>(1)?));
    let neighbour = |sql: &str| conn.prepare_cached(sql)?.query_row(params![channel, epoch, sequence], row).optional();
    let before = neighbour(
        "SELECT entries, digest FROM ferry_peer_audit WHERE channel = ?1 AND epoch = ?2 AND sequence < ?3
         ORDER BY sequence DESC LIMIT 1",
    )?;
    let after = neighbour(
        "SELECT entries, digest FROM ferry_peer_audit WHERE channel = ?1 AND epoch = ?2 AND sequence > ?3
         ORDER BY sequence LIMIT 1",
    )?;
    if before.is_some_and(|(before, _)| before > entries) || after.is_some_and(|(after, _)| after < entries) {
        return Ok(Some("a later batch names fewer entries than an earlier one"));
    }
    let differs = [before, after].into_iter().flatten().any(|(n, digest)| n == entries && digest != said.digest);
    Ok(differs.then_some("another batch names as many entries with another digest"))
}

/// The first head of a new epoch that does not go on from the one before.
fn note_restored(
    conn: &Connection,
    channel: &str,
    epoch: i64,
    subject: &str,
    said: &AuditHead,
    now_s: i64,
) -> Result<()> {
    let sql = "SELECT epoch, entries, digest FROM ferry_peer_audit WHERE channel = ?1 AND epoch <= ?2
               ORDER BY epoch DESC, sequence DESC LIMIT 1";
    let row = |r: &Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)? as u64, r.get::<_, [u8; 32]>(2)?));
    let Some((last_epoch, entries, digest)) = conn.query_row(sql, params![channel, epoch], row).optional()? else {
        return Ok(());
    };
    if last_epoch == epoch || said.entries > entries || said.entries == entries && said.digest == digest {
        return Ok(());
    }
    let detail = format!("a new epoch begins with {} entries of its audit; there were {entries}", said.entries);
    store::note_of(conn, now_s, "agent", "far-audit-restored", (subject, Some(said.digest)), &detail)
}

/// Forgets the head of a batch that a revocation struck: a thief said it.
pub(crate) fn strike(conn: &Connection, channel: &str, epoch: u64, sequence: u64) -> Result<()> {
    let sql = "DELETE FROM ferry_peer_audit WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3";
    conn.execute(sql, params![channel, epoch as i64, sequence as i64])?;
    Ok(())
}

/// The alarm while the other side's audit contradicts what it signed, until a named person has looked into it.
pub fn alarm(conn: &Connection, channel: &str) -> Result<Option<Alarm>> {
    let sql = "SELECT epoch, sequence, wrong, count(*) OVER () FROM ferry_peer_audit
               WHERE channel = ?1 AND wrong IS NOT NULL AND settled_by IS NULL ORDER BY epoch, sequence LIMIT 1";
    let row = |r: &Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?, r.get::<_, String>(2)?, r.get::<_, i64>(3)?));
    let found = conn.query_row(sql, [channel], row).optional()?;
    Ok(found.map(|(epoch, sequence, why, count)| Alarm {
        code: CODE,
        message: format!(
            "对方审计记录与其先前签名不符：批次 {channel}/{epoch}/{sequence} the other side's audit is not the one that it signed \
             before: {why}; {count} such batches"
        ),
        hint: "get the other side's `audit export`, look at it with `audit verify --other FILE`, and tell the security \
               reviewer; `audit settle --by NAME --reason TEXT` ends this alarm"
            .into(),
    }))
}

/// Ends the alarm. What arrived stays as it is. Gives how many batches it was about.
///
/// # Errors
/// `FERRY-E0805`, no input: there is no such alarm.
pub fn settle(conn: &Connection, channel: &str, decision: &Decision, now_s: i64) -> Result<u64> {
    let tx = conn.unchecked_transaction()?;
    let sql = "UPDATE ferry_peer_audit SET settled_by = ?2
               WHERE channel = ?1 AND wrong IS NOT NULL AND settled_by IS NULL";
    let (by, reason) = (decision.by.as_str(), decision.reason.as_str());
    let settled = tx.execute(sql, params![channel, by])? as u64;
    if settled == 0 {
        let message = format!("nothing of the other side's audit on channel {channel} is to be settled");
        return Err(Error::new(NO_INPUT, "FERRY-E0805", message, "`status` says what is wrong"));
    }
    store::note(&tx, now_s, by, "audit-settle", channel, &format!("{settled} batches: {reason}"))?;
    tx.commit()?;
    Ok(settled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::migrations;

    use crate::audit;

    fn ledger() -> Connection {
        let conn = migrations::in_memory();
        conn
    }

    fn hears(conn: &Connection, (epoch, sequence): (u64, u64), entries: u64, digest: u8) -> bool {
        let audit = AuditHead { entries, digest: [digest; 32] };
        hear(conn, "up", &SeriesStatement { epoch, sequence, audit, ..SeriesStatement::default() }, 7).unwrap();
        alarm(conn, "up").unwrap().is_some()
    }

    fn acts(conn: &Connection) -> Vec<String> {
        audit::entries(conn, 1, 99).unwrap().into_iter().map(|(e, _)| e.act).collect()
    }

    #[test]
    fn heads_that_rise_or_stay_with_their_digest_are_no_alarm_in_whatever_order_they_come() {
        let conn = ledger();
        for (sequence, entries, digest) in [(1, 3, 1), (4, 9, 4), (2, 3, 1), (3, 8, 3), (5, 9, 4), (7, 20, 7)] {
            assert!(!hears(&conn, (1, sequence), entries, digest), "{sequence}");
        }
        assert!(acts(&conn).is_empty());
    }

    #[test]
    fn fewer_entries_or_another_digest_of_as_many_are_an_alarm_until_a_named_person_settles_it() {
        for (place, entries, digest) in [((1, 4), 8, 9), ((1, 4), 9, 5), ((1, 2), 10, 9), ((1, 2), 2, 9)] {
            let conn = ledger();
            assert!(!hears(&conn, (1, 1), 3, 1));
            assert!(!hears(&conn, (1, 3), 9, 3));
            assert!(hears(&conn, place, entries, digest), "{place:?} {entries}");
            assert_eq!(acts(&conn), ["far-audit-differs"]);
            assert!(alarm(&conn, "down").unwrap().is_none());
            let decision = Decision { by: "王芳".parse().unwrap(), reason: "查明".parse().unwrap() };
            assert_eq!(settle(&conn, "up", &decision, 8).unwrap(), 1);
            assert!(alarm(&conn, "up").unwrap().is_none());
            assert_eq!(settle(&conn, "up", &decision, 8).unwrap_err().code, "FERRY-E0805");
        }
        assert!(hears(&ledger(), (1, 1), u64::MAX, 1), "more than there can be");
    }

    #[test]
    fn a_restored_side_begins_an_epoch_with_fewer_entries_which_is_noted_and_no_alarm() {
        let conn = ledger();
        assert!(!hears(&conn, (1, 1), 9, 1));
        assert!(!hears(&conn, (50, 1), 4, 2));
        assert!(!hears(&conn, (50, 2), 6, 3));
        assert_eq!(acts(&conn), ["far-audit-restored"]);
        assert!(!hears(&conn, (60, 1), 8, 4), "an epoch that goes on");
        assert_eq!(acts(&conn).len(), 1);
        assert!(hears(&conn, (60, 2), 7, 4));
    }
}
