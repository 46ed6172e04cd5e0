//! A baseline: the whole published state anew under a new epoch, in one batch. What the far side holds and it does not
//! carry is taken back there, and it is seen there as a whole or not at all.

use crate::agent::Agent;
use crate::export::{floor, remember};
use crate::reconcile;
use ferry_channel::audit;
use ferry_channel::ledger::{numbering, state_root};
use ferry_channel::operator::user::system_user;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::NOT_PERMITTED;
use rusqlite::{Connection, params};

/// Left-over records that a message names.
const NAMED_MAX: i64 = 5;
/// What is remembered in the place of a fingerprint of what no longer stands outside.
const RETRACTED: &[u8] = b"retracted";

/// Lets everything that stands outside go out again, under versions above all that were given, in a new epoch.
pub fn begin(agent: &Agent, conn: &Connection, now_s: i64) -> Result<()> {
    numbering::begin(conn, &agent.config.export.channel, 0, "a baseline carries the whole published state", now_s)?;
    floor::raise(conn, now_s)?;
    // The questions and answers of a reconciliation are about a state that this one replaces.
    conn.execute("DELETE FROM exported WHERE kind = ?1", [&agent.catalogue.roles.bucket_request])?;
    conn.execute_batch("DELETE FROM bucket_asked; DELETE FROM far_bucket; DELETE FROM far_only;")?;
    let sql =
        "UPDATE exported SET fingerprint = CASE WHEN retracted = 1 THEN ?2 WHEN fingerprint = x'' THEN x'' ELSE ?1 END";
    conn.execute(sql, params![remember::AGAIN, RETRACTED])?;
    Ok(())
}

/// Makes the sums anew from what the baseline carries, and gives the root. What stands outside and is not in it will be
/// taken back there: that is only allowed where it was asked for.
///
/// # Errors
/// Not permitted for published records that cannot go out as they are now, such as a correction that nobody approved
/// (article 16), unless `take_back`.
pub fn finish(
    agent: &Agent,
    conn: &Connection,
    (epoch, sequence): (u64, u64),
    take_back: bool,
    now_s: i64,
) -> Result<[u8; 32]> {
    let up = &agent.config.export.channel;
    let left = "retracted = 0 AND NOT (epoch = ?1 AND sequence = ?2)";
    let number = params![epoch as i64, sequence as i64];
    let count: i64 = conn.query_row(&format!("SELECT count(*) FROM exported WHERE {left}"), number, |r| r.get(0))?;
    if count > 0 && !take_back {
        let sql = format!("SELECT kind || ' ' || key FROM exported WHERE {left} ORDER BY kind, key LIMIT {NAMED_MAX}");
        let mut statement = conn.prepare(&sql)?;
        let names: Vec<String> = statement.query_map(number, |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
        let message = format!(
            "{count} published records cannot go out as they are now, and a baseline would take them back: {}",
            names.join(", ").escape_debug()
        );
        let hint = "`status` says what holds them; correct that first, or take them back with `--take-back`";
        return Err(Error::new(NOT_PERMITTED, "FERRY-E0686", message, hint));
    }
    let sql = format!("UPDATE exported SET retracted = 1, fingerprint = ?3 WHERE {left}");
    conn.execute(&sql, params![epoch as i64, sequence as i64, RETRACTED])?;
    let counted = reconcile::counted(conn)?;
    state_root::replace(conn, up, &counted)?;
    let detail = format!("{count} published records are taken back by it");
    audit::note(conn, now_s, &system_user(), "baseline", &format!("{up}/{epoch}/{sequence}"), &detail)?;
    Ok(counted.root())
}
