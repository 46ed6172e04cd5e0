//! The lowest suite that a channel has been used with; it only rises.

use crate::texts;
use crate::types::ChannelId;
use ferry_io::error::{Error, Result};
use rusqlite::{Connection, OptionalExtension, params};
use std::path::Path;

/// Records the floor that the trust file names; it only rises (attack: an older trust file put back).
///
/// # Errors
/// A configuration error for a floor below the recorded one.
pub(crate) fn raise(conn: &Connection, channel: &ChannelId, suite: u16, trust: &Path) -> Result<()> {
    let sql = "SELECT suite FROM ferry_suite_floor WHERE channel = ?1";
    let recorded: Option<u16> = conn.query_row(sql, [channel], |r| r.get(0)).optional()?;
    if let Some(recorded) = recorded.filter(|recorded| suite < *recorded) {
        let why = texts::errors::floor_only_rises(channel, recorded);
        return Err(Error::configuration(trust, "suite-floor", why));
    }
    if recorded != Some(suite) {
        let sql = "INSERT INTO ferry_suite_floor VALUES (?1, ?2) ON CONFLICT DO UPDATE SET suite = excluded.suite";
        conn.execute(sql, params![channel, suite])?;
    }
    Ok(())
}
