//! Table `held`: what was not exported, and why. A run that looks at an item again first sets its row aside in the temporary
//! table `held_before`, so that an item that is held again keeps the time since when it waits.

use crate::store::hold::{Hold, HoldClass};
use ferry_channel::types::UnixSeconds;
use ferry_format::reason::Reason;
use ferry_io::error::Result;
use rusqlite::{Connection, params, params_from_iter};
use std::collections::{BTreeMap, BTreeSet};

/// Longest reason that is stored, bytes.
pub const REASON_BYTES_MAX: usize = 2048;

/// Begins a run: nothing is set aside yet.
pub fn begin(conn: &Connection) -> Result<()> {
    conn.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS held_before(
           kind TEXT NOT NULL, key TEXT NOT NULL, since_s INTEGER NOT NULL, PRIMARY KEY(kind, key)) WITHOUT ROWID;
         DELETE FROM held_before;",
    )?;
    Ok(())
}

/// Sets aside what is held of one kind, or of all kinds.
pub fn set_aside_kind(conn: &Connection, kind: Option<&str>) -> Result<()> {
    let condition = if kind.is_some() { "WHERE kind = ?1" } else { "" };
    let sql = format!("INSERT OR REPLACE INTO held_before SELECT kind, key, since_s FROM held {condition}");
    conn.execute(&sql, params_from_iter(kind))?;
    conn.execute(&format!("DELETE FROM held {condition}"), params_from_iter(kind))?;
    Ok(())
}

/// Sets one item aside: it is no longer held, unless this run holds it again.
pub fn set_aside(conn: &Connection, kind: &str, key: &str) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO held_before SELECT kind, key, since_s FROM held WHERE kind = ?1 AND key = ?2";
    conn.prepare_cached(sql)?.execute([kind, key])?;
    conn.prepare_cached("DELETE FROM held WHERE kind = ?1 AND key = ?2")?.execute([kind, key])?;
    Ok(())
}

/// Records why an item stays inside, and since when.
pub fn insert(
    conn: &Connection,
    (kind, key): (&str, &str),
    hold: &Hold,
    (case_id, person): (&str, &str),
    now: UnixSeconds,
) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO held VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
                 coalesce((SELECT since_s FROM held_before WHERE kind = ?1 AND key = ?2), ?8))";
    let reason = hold.reason.encode_within(REASON_BYTES_MAX);
    let row = params![kind, key, hold.class.as_str(), hold.class.is_rule(), reason, case_id, person, now];
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Changes the reason of an item that is held.
pub fn replace_reason(conn: &Connection, (kind, key): (&str, &str), hold: &Hold) -> Result<()> {
    let sql = "UPDATE held SET class = ?3, by_rule = ?4, reason = ?5 WHERE kind = ?1 AND key = ?2";
    let reason = hold.reason.encode_within(REASON_BYTES_MAX);
    conn.prepare_cached(sql)?.execute(params![kind, key, hold.class.as_str(), hold.class.is_rule(), reason])?;
    Ok(())
}

/// Held items that may pass although their row did not change: their document may be there now, their draft ended, their case is
/// published now, or one of these consents (case and person) changed.
pub fn keys_to_recheck(
    conn: &Connection,
    kind: &str,
    case_kind: &str,
    consents: &BTreeSet<(String, String)>,
) -> Result<BTreeSet<String>> {
    // Another file may have taken the place of the one that was held.
    let sql = "SELECT key FROM held WHERE kind = ?1 AND class IN (?2, ?3)";
    let mut statement = conn.prepare_cached(sql)?;
    let classes = [HoldClass::Document, HoldClass::Forbidden].map(HoldClass::as_str);
    let rows = statement.query_map([kind, classes[0], classes[1]], |r| r.get(0))?;
    let mut keys: BTreeSet<String> = rows.collect::<rusqlite::Result<_>>()?;
    let sql = "SELECT key FROM held h WHERE kind = ?1 AND class = ?2
                 AND NOT EXISTS (SELECT 1 FROM draft_item i WHERE i.kind = h.kind AND i.key = h.key)";
    let mut statement = conn.prepare_cached(sql)?;
    for class in HoldClass::ALL.into_iter().filter(|class| class.is_drafted()) {
        for key in statement.query_map([kind, class.as_str()], |r| r.get(0))? {
            keys.insert(key?);
        }
    }
    let sql = "SELECT key FROM held h WHERE kind = ?1 AND class = ?2
                 AND (EXISTS (SELECT 1 FROM exported e WHERE e.kind = ?3 AND e.key = h.case_id AND e.retracted = 0)
                      OR EXISTS (SELECT 1 FROM exported e WHERE e.kind = ?3 AND e.id = h.case_id AND e.id <> e.key
                                   AND e.retracted = 0))";
    let mut statement = conn.prepare_cached(sql)?;
    for key in statement.query_map([kind, HoldClass::CaseNotPublished.as_str(), case_kind], |r| r.get(0))? {
        keys.insert(key?);
    }
    let sql = "SELECT key FROM held WHERE kind = ?1 AND class = ?2 AND case_id = ?3 AND person = ?4";
    let mut statement = conn.prepare_cached(sql)?;
    for (case, person) in consents {
        let rows = statement.query_map([kind, HoldClass::NoConsent.as_str(), case, person], |r| r.get(0))?;
        for key in rows {
            keys.insert(key?);
        }
    }
    Ok(keys)
}

/// A held item, for `status`.
pub struct HeldItem {
    /// Kind.
    pub kind: String,
    /// Key in the platform.
    pub key: String,
    /// Why.
    pub reason: Reason,
}

/// The first items that somebody has to correct.
pub fn to_correct(conn: &Connection, max: i64) -> Result<Vec<HeldItem>> {
    let mut statement =
        conn.prepare("SELECT kind, key, reason FROM held WHERE by_rule = 0 ORDER BY kind, key LIMIT ?1")?;
    let rows = statement.query_map([max], |r| {
        Ok(HeldItem { kind: r.get(0)?, key: r.get(1)?, reason: Reason::parse(&r.get::<_, String>(2)?) })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many items somebody has to correct.
pub fn count_to_correct(conn: &Connection) -> Result<u64> {
    Ok(conn.query_row("SELECT count(*) FROM held WHERE by_rule = 0", [], |r| r.get(0))?)
}

/// How many items a rule keeps inside, by class.
pub fn count_by_rule(conn: &Connection) -> Result<BTreeMap<String, u64>> {
    let mut statement =
        conn.prepare("SELECT class, count(*) FROM held WHERE by_rule = 1 GROUP BY class ORDER BY class")?;
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get::<_, u64>(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
