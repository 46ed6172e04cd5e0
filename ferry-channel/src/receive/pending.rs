//! Files that wait: half copied, or made under rules that are not installed yet.
//!
//! How long a file has waited is counted from look to look, each step by a bounded amount: a clock that jumps ahead takes
//! nobody's time away, and one that is set back stops no count for longer than a step.

use crate::receive::endpoint::Incoming;
use crate::receive::scan::Candidate;
use crate::runtime::log;
use crate::runtime::log::{About, Level};
use ferry_format::{Fault, FormatError};
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;

/// Longest time between two looks that counts. The daemons look at least every twenty seconds.
const STEP_S_MAX: i64 = 60;
/// Files that are noted; what waits beyond them waits without a count.
const NOTED_MAX: i64 = 100;
/// Files that `status` names.
const NAMED_MAX: i64 = 3;
/// How long a damaged file must lie still before it is refused: some tools give a file its whole length first and fill it
/// afterwards, and half of such a copy looks like damage.
const STILL_S: i64 = 60;

/// How long a file that does not parse may go without changing before it is refused; `None` when no change could help.
pub(crate) fn patience_s(error: &FormatError, file: &Candidate, copy_deadline_s: i64) -> Option<i64> {
    match error {
        FormatError::Length { declared, actual } if declared > actual => Some(copy_deadline_s),
        FormatError::NotABatch if file.bytes < ferry_format::frame::header::PRELUDE_BYTES as u64 => {
            Some(copy_deadline_s)
        }
        FormatError::NotABatch => None,
        e if e.fault() == Fault::Bytes => Some(STILL_S.min(copy_deadline_s)),
        _ => None,
    }
}

/// Notes that a file waits; gives for how many seconds it has, unchanged.
pub(crate) fn note(
    conn: &Connection,
    incoming: &Incoming,
    file: &Candidate,
    why: &FormatError,
    now_s: i64,
) -> Result<i64> {
    let channel = incoming.channel.as_str();
    let looks = looks(file);
    let sql = "SELECT looks, looked_s, waited_s FROM ferry_pending WHERE channel = ?1 AND name = ?2";
    let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?, r.get::<_, i64>(2)?));
    let before = conn.query_row(sql, [channel, &file.name], row).optional()?;
    let waited_s = match &before {
        Some((then, looked_s, waited_s)) if *then == looks => {
            waited_s + now_s.saturating_sub(*looked_s).clamp(0, STEP_S_MAX)
        }
        Some(_) => 0,
        None => {
            let sql = "SELECT count(*) FROM ferry_pending WHERE channel = ?1";
            if conn.query_row(sql, [channel], |r| r.get::<_, i64>(0))? >= NOTED_MAX {
                return Ok(0);
            }
            let about = About { code: Some(why.code()), channel: Some(channel), ..About::default() };
            log::say(Level::Info, &about, &format!("waiting: {}: {why}", file.name));
            0
        }
    };
    let sql = "INSERT INTO ferry_pending VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE
               SET looks = excluded.looks, looked_s = excluded.looked_s, waited_s = excluded.waited_s,
                   reason = excluded.reason";
    conn.execute(sql, params![channel, file.name, looks, now_s, waited_s, why.to_string()])?;
    Ok(waited_s)
}

/// A file that waits.
#[derive(Clone, Debug, Serialize)]
pub struct Waiting {
    /// Its name.
    pub name: String,
    /// For what it waits.
    pub reason: String,
}

/// Those that have waited longest.
pub(crate) fn longest(conn: &Connection, channel: &str) -> Result<Vec<Waiting>> {
    let sql = "SELECT name, reason FROM ferry_pending WHERE channel = ?1 ORDER BY waited_s DESC, name LIMIT ?2";
    let mut statement = conn.prepare(sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok(Waiting { name: r.get(0)?, reason: r.get(1)? });
    Ok(statement.query_map(params![channel, NAMED_MAX], row)?.collect::<rusqlite::Result<_>>()?)
}

/// Whether this very file is noted to wait for that reason.
pub(crate) fn is_for(conn: &Connection, channel: &str, file: &Candidate, why: &FormatError) -> Result<bool> {
    let sql =
        "SELECT EXISTS(SELECT 1 FROM ferry_pending WHERE channel = ?1 AND name = ?2 AND looks = ?3 AND reason = ?4)";
    Ok(conn.query_row(sql, params![channel, file.name, looks(file), why.to_string()], |r| r.get(0))?)
}

/// Forgets what lies there no longer.
pub(crate) fn forget(conn: &Connection, incoming: &Incoming, here: &BTreeSet<String>) -> Result<()> {
    let channel = incoming.channel.as_str();
    let mut statement = conn.prepare("SELECT name FROM ferry_pending WHERE channel = ?1")?;
    let names: Vec<String> = statement.query_map([channel], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    for name in names.iter().filter(|n| !here.contains(*n)) {
        conn.execute("DELETE FROM ferry_pending WHERE channel = ?1 AND name = ?2", [channel, name])?;
    }
    Ok(())
}

/// What changes when somebody writes to a file. Compared with itself only, never with a clock.
fn looks(file: &Candidate) -> String {
    let Ok(meta) = std::fs::symlink_metadata(&file.path) else { return file.bytes.to_string() };
    format!("{} {}.{} {}.{}", meta.len(), meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec())
}
