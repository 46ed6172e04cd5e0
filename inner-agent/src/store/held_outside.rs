//! Table `held_outside`: exported items that the second look hides on the outer side, until a newer version is confirmed.

use ferry_channel::audit;
use ferry_channel::types::{ChannelId, UnixSeconds};
use ferry_format::record::Record;
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use std::collections::HashMap;

/// No newer version is confirmed.
const CURRENT: &str = "NOT EXISTS (
  SELECT 1 FROM exported e JOIN ferry_sent o ON o.channel = ?1 AND o.epoch = e.epoch AND o.sequence = e.sequence
  WHERE e.kind = h.kind AND e.key = h.key AND e.version > h.version AND o.state = 'confirmed')";

/// An item that is hidden outside.
#[derive(Debug, Serialize)]
pub struct HiddenOutside {
    /// Kind.
    pub kind: String,
    /// Key in the platform.
    pub key: String,
    /// Version that is hidden.
    pub version: u64,
    /// Names of the rules that matched.
    pub rule: String,
}

/// The platform's key of the item that a report names; `None` if no such version was ever sent.
pub fn key_of(conn: &Connection, report: &Record) -> Result<Option<String>> {
    // Two lookups, so that each finds its index.
    let sql = "SELECT key FROM exported WHERE kind = ?1 AND key = ?2 AND id = key AND version >= ?3
               UNION ALL
               SELECT key FROM exported WHERE kind = ?1 AND id = ?2 AND id <> key AND version >= ?3";
    let item = params![report.text("kind"), report.text("item"), report.integer("item-version")];
    Ok(conn.prepare_cached(sql)?.query_row(item, |r| r.get(0)).optional()?)
}

/// Records a report of the second look, in the caller's transaction. Recording it twice changes nothing.
pub fn record(conn: &Connection, report: &Record, now: UnixSeconds) -> Result<()> {
    let Some(key) = key_of(conn, report)? else { return Ok(()) };
    let (kind, version, rule) = (report.text("kind"), report.integer("item-version"), report.text("rule"));
    let sql = "INSERT OR IGNORE INTO held_outside VALUES (?1, ?2, ?3, ?4, ?5)";
    if conn.prepare_cached(sql)?.execute(params![kind, key, version, rule, now])? == 1 {
        let subject = format!("{kind}/{key}/{}", version.unwrap_or_default());
        audit::record(conn, now, "agent", "held-outside", &subject, rule)?;
    }
    Ok(())
}

/// Items whose newest exported version is hidden outside, with the rules that matched, by kind and key. Secrecy marks are
/// left out: no reviewer may release those.
pub fn reviewable(conn: &Connection) -> Result<HashMap<(String, String), String>> {
    let sql = "SELECT h.kind, h.key, h.rule FROM held_outside h
               JOIN exported e ON e.kind = h.kind AND e.key = h.key AND e.version = h.version AND e.retracted = 0
               WHERE instr(h.rule, 'secrecy-mark') = 0 AND instr(h.rule, 'malware') = 0";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok(((r.get(0)?, r.get(1)?), r.get(2)?));
    Ok(statement.query_map([], row)?.collect::<rusqlite::Result<_>>()?)
}

/// How many items are hidden outside and have no newer confirmed version.
pub fn count(conn: &Connection, channel: &ChannelId) -> Result<u64> {
    let sql = format!("SELECT count(*) FROM held_outside h WHERE {CURRENT}");
    Ok(conn.query_row(&sql, [channel], |r| r.get(0))?)
}

/// The first `limit` of them, by kind and key.
pub fn list(conn: &Connection, channel: &ChannelId, limit: i64) -> Result<Vec<HiddenOutside>> {
    let sql =
        format!("SELECT kind, key, version, rule FROM held_outside h WHERE {CURRENT} ORDER BY kind, key LIMIT ?2");
    let mut statement = conn.prepare(&sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok(HiddenOutside { kind: r.get(0)?, key: r.get(1)?, version: r.get(2)?, rule: r.get(3)? })
    };
    Ok(statement.query_map(params![channel, limit], row)?.collect::<rusqlite::Result<_>>()?)
}
