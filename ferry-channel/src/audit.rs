//! The audit: a hash chain of who did what. Each entry's digest covers the one before.

use crate::failure::{BAD_DATA, Failure, Result};
use ferry_format::keys::sha256;
use ferry_format::statement::AuditHead;
use rusqlite::{Connection, OptionalExtension, params};

/// Adds an entry, in the caller's transaction.
pub fn note(conn: &Connection, now_s: i64, actor: &str, act: &str, subject: &str, detail: &str) -> Result<()> {
    let sql = "SELECT number, digest FROM ferry_audit ORDER BY number DESC LIMIT 1";
    let newest = conn.query_row(sql, [], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, [u8; 32]>(1)?))).optional()?;
    let (number, previous) = newest.map_or((1, [0; 32]), |(n, d)| (n + 1, d));
    let digest = link(&previous, number, now_s, [actor, act, subject, detail]);
    let sql = "INSERT INTO ferry_audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    conn.prepare_cached(sql)?.execute(params![number, now_s, actor, act, subject, detail, digest.as_slice()])?;
    Ok(())
}

/// How far the chain has come: what a batch says under its sender's signature.
pub fn head(conn: &Connection) -> Result<AuditHead> {
    let sql = "SELECT number, digest FROM ferry_audit ORDER BY number DESC LIMIT 1";
    let row = |r: &rusqlite::Row<'_>| Ok(AuditHead { entries: r.get::<_, i64>(0)? as u64, digest: r.get(1)? });
    Ok(conn.query_row(sql, [], row).optional()?.unwrap_or_default())
}

/// Walks the whole chain and gives the number of entries.
///
/// # Errors
/// Bad data, naming the first entry that was changed, removed or added.
pub fn verify(conn: &Connection) -> Result<i64> {
    let sql = "SELECT number, at_s, actor, act, subject, detail, digest FROM ferry_audit ORDER BY number";
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let (mut previous, mut count) = ([0; 32], 0);
    while let Some(row) = rows.next()? {
        count += 1;
        let number: i64 = row.get(0)?;
        let texts: [String; 4] = [row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
        let texts = [texts[0].as_str(), texts[1].as_str(), texts[2].as_str(), texts[3].as_str()];
        let digest = link(&previous, number, row.get(1)?, texts);
        if number != count || digest != row.get::<_, [u8; 32]>(6)? {
            let message = format!("audit entry {count} does not continue the chain");
            let hint = "keep the database as evidence and restore a backup beside it";
            return Err(Failure::new(BAD_DATA, "FERRY-E0801", message, hint));
        }
        previous = digest;
    }
    Ok(count)
}

fn link(previous: &[u8; 32], number: i64, at_s: i64, texts: [&str; 4]) -> [u8; 32] {
    let mut bytes = previous.to_vec();
    bytes.extend(number.to_be_bytes());
    bytes.extend(at_s.to_be_bytes());
    for text in texts {
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    sha256(&bytes)
}
