//! A baseline: the whole published state in one batch under a new epoch. The outer side retracts what it holds and the baseline
//! does not carry, and shows all of the baseline or nothing.

use crate::context::Context;
use crate::reconcile;
use crate::store::{exported, peer_state, version_floor};
use crate::texts::errors;
use ferry_channel::audit;
use ferry_channel::ledger::{numbering, state_root};
use ferry_channel::runtime::user::system_user;
use ferry_channel::types::{BatchNumber, EpochReason, UnixSeconds};
use ferry_format::texts::list;
use ferry_io::error::Result;
use rusqlite::Connection;

/// Records that an error names.
const NAMED_MAX: i64 = 5;

/// Begins a new epoch, and lets everything that is published be exported again, under versions above all that were given.
pub fn begin(context: &Context, conn: &Connection, now: UnixSeconds) -> Result<()> {
    let up = &context.config.export.channel;
    numbering::begin(conn, up, 0, EpochReason::Baseline, now)?;
    version_floor::raise(conn, now)?;
    // Requests and answers of a reconciliation are about a state that the baseline replaces.
    exported::delete_kind(conn, &context.catalogue.roles.bucket_request)?;
    peer_state::delete_all(conn)?;
    exported::mark_all_for_baseline(conn)
}

/// Counts the state root again from what the baseline carries, and gives it. The outer side retracts what is published and is not
/// in the baseline: that is only allowed with `allow_retractions`.
///
/// # Errors
/// `FERRY-E0686` for published records that cannot be exported as they are, such as a correction without approval
/// (article 16).
pub fn finish(
    context: &Context,
    conn: &Connection,
    number: BatchNumber,
    allow_retractions: bool,
    now: UnixSeconds,
) -> Result<[u8; 32]> {
    let up = &context.config.export.channel;
    let (count, names) = exported::not_carried_by(conn, number, NAMED_MAX)?;
    if count > 0 && !allow_retractions {
        return Err(errors::baseline_retracts(count, list::items(names.iter().map(|name| name.escape_debug()))));
    }
    exported::retract_not_carried_by(conn, number)?;
    let counted = reconcile::count_published(conn)?;
    state_root::replace(conn, up, &counted)?;
    let detail = format!("{count} published records are retracted by it");
    audit::record(conn, now, &system_user(), "baseline", &format!("{up}/{number}"), &detail)?;
    Ok(counted.root())
}
