//! Entries in an agent's database.

use crate::types::UnixSeconds;
use ferry_format::audit::{Entry, link};
use ferry_format::crypto::entropy::Entropy;
use ferry_format::frame::statement::AuditHead;
use ferry_io::audit_export::broken;
use ferry_io::entropy::SystemEntropy;
use ferry_io::error::Result;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

/// Adds an entry, in the caller's transaction; in one of its own where there is none.
pub fn record(conn: &Connection, now: UnixSeconds, actor: &str, act: &str, subject: &str, detail: &str) -> Result<()> {
    record_about(conn, now, actor, act, (subject, None), detail)
}

/// Adds an entry about bytes whose SHA-256 is named with the subject.
pub fn record_about(
    conn: &Connection,
    now: UnixSeconds,
    actor: &str,
    act: &str,
    (subject, what): (&str, Option<[u8; 32]>),
    detail: &str,
) -> Result<()> {
    if conn.is_autocommit() {
        // Between the newest entry and this one no other process may come.
        let tx = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
        append(&tx, now, [actor, act, subject, detail], what)?;
        return Ok(tx.commit()?);
    }
    append(conn, now, [actor, act, subject, detail], what)
}

fn append(conn: &Connection, now: UnixSeconds, texts: [&str; 4], what: Option<[u8; 32]>) -> Result<()> {
    let before = head(conn)?;
    let [actor, act, subject, detail] = texts.map(str::to_owned);
    let mut salt = [0; 32];
    SystemEntropy.fill(&mut salt)?;
    let entry =
        Entry { salt: Some(salt), number: before.entries + 1, at_s: now.get(), actor, act, subject, detail, what };
    let digest = link(&before.digest, &entry.inner_digest());
    let sql = "INSERT INTO ferry_audit(number, at_s, actor, act, subject, detail, digest, salt, what)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    conn.prepare_cached(sql)?.execute(params![
        entry.number as i64,
        now,
        entry.actor,
        entry.act,
        entry.subject,
        entry.detail,
        digest.as_slice(),
        salt.as_slice(),
        what.as_ref().map(|d| d.as_slice())
    ])?;
    Ok(())
}

/// The digest that is kept with an entry.
pub fn digest_of(conn: &Connection, number: u64) -> Result<Option<[u8; 32]>> {
    let sql = "SELECT digest FROM ferry_audit WHERE number = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([number as i64], |r| r.get(0)).optional()?)
}

/// How far the chain has come: what a batch says under its sender's signature.
pub fn head(conn: &Connection) -> Result<AuditHead> {
    let sql = "SELECT number, digest FROM ferry_audit ORDER BY number DESC LIMIT 1";
    let row = |r: &Row<'_>| Ok(AuditHead { entries: r.get::<_, i64>(0)? as u64, digest: r.get(1)? });
    Ok(conn.prepare_cached(sql)?.query_row([], row).optional()?.unwrap_or_default())
}

/// How often an act was done from one point in time until before another, and when last.
pub fn count_acts(
    conn: &Connection,
    act: &str,
    from_s: UnixSeconds,
    until_s: UnixSeconds,
) -> Result<(u64, Option<UnixSeconds>)> {
    let sql = "SELECT count(*), max(at_s) FROM ferry_audit WHERE act = ?1 AND at_s >= ?2 AND at_s < ?3";
    Ok(conn.prepare_cached(sql)?.query_row(params![act, from_s, until_s], |r| Ok((r.get(0)?, r.get(1)?)))?)
}

/// Calls back with each entry of a range of numbers, ascending, and the digest that is kept with it.
///
/// # Errors
/// `FERRY-E0801`, bad data: a row is none that an agent wrote, such as one with a number below 1.
pub fn each(
    conn: &Connection,
    (from, to): (u64, u64),
    each: &mut dyn FnMut(Entry, [u8; 32]) -> Result<()>,
) -> Result<()> {
    let sql = "SELECT number, at_s, actor, act, subject, detail, what, digest, salt FROM ferry_audit
               WHERE number >= ?1 AND number <= ?2 ORDER BY number";
    let mut statement = conn.prepare(sql)?;
    let from = if from == 1 { i64::MIN } else { i64::try_from(from).unwrap_or(i64::MAX) };
    let mut rows = statement.query([from, i64::try_from(to).unwrap_or(i64::MAX)])?;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let (entry, digest) = read(row).ok_or_else(|| {
            let why = crate::texts::audit::foreign_row();
            broken(ferry_format::audit::ChainBreak { number: u64::try_from(number).unwrap_or_default(), why })
        })?;
        each(entry, digest)?;
    }
    Ok(())
}

/// An entry and its digest; none where a column is not what an agent writes.
fn read(row: &Row<'_>) -> Option<(Entry, [u8; 32])> {
    let text = |n| match row.get_ref(n).ok()? {
        ValueRef::Text(bytes) => Some(std::str::from_utf8(bytes).ok()?.to_owned()),
        _ => None,
    };
    let what = match row.get_ref(6).ok()? {
        ValueRef::Null => None,
        ValueRef::Blob(bytes) => Some(bytes.try_into().ok()?),
        _ => return None,
    };
    let entry = Entry {
        salt: row.get(8).ok()?,
        number: u64::try_from(row.get::<_, i64>(0).ok()?).ok()?,
        at_s: row.get(1).ok()?,
        actor: text(2)?,
        act: text(3)?,
        subject: text(4)?,
        detail: text(5)?,
        what,
    };
    Some((entry, row.get(7).ok()?))
}

/// Entries of a range of numbers, both inclusive, each with its digest.
pub fn entries(conn: &Connection, from: u64, to: u64) -> Result<Vec<(Entry, [u8; 32])>> {
    let mut found = Vec::new();
    each(conn, (from, to), &mut |entry, digest| {
        found.push((entry, digest));
        Ok(())
    })?;
    Ok(found)
}
