//! Whether platform and ledger belong together. The platform settles a batch first and the ledger is derived from it, so a
//! batch that the ledger has applied is one that the platform knows. Where it is not, another or an older database is in the
//! platform's place, and what would be settled there is lost when the right one comes back.

use crate::context::Context;
use crate::import::staging::Staging;
use crate::texts::errors;
use ferry_channel::ledger::{received, sent};
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Checks that they do.
///
/// # Errors
/// `FERRY-E0661` (75) where the platform does not know the newest batch; `FERRY-E0659` (74) where a ledger that has sent nothing
/// finds a platform that has settled batches.
pub fn check(context: &Context, staging: &Staging) -> Result<()> {
    let channel = &context.config.import.channel;
    match received::newest_applied(&context.conn, channel)? {
        Some(newest) if !staging.knows_batch(channel.as_str(), newest)? => {
            Err(errors::platform_is_another(channel, newest, staging.place(&context.config)))
        }
        Some(_) => Ok(()),
        None if sent::newest_epoch(&context.conn, &context.config.export.channel)?.is_some() => Ok(()),
        // It would take every receipt for one of a document that was never sent.
        None if staging.has_batches(channel.as_str())? => {
            Err(errors::ledger_knows_nothing(context.config.state.display()))
        }
        None => Ok(()),
    }
}

/// A person says that the platform was restored from an older backup: it goes on from here.
///
/// # Errors
/// Those of both databases.
pub fn accept(context: &Context, staging: &Staging, now: UnixSeconds) -> Result<()> {
    let channel = &context.config.import.channel;
    match received::newest_applied(&context.conn, channel)? {
        Some(newest) if !staging.knows_batch(channel.as_str(), newest)? => {
            staging.mark_batch(channel.as_str(), newest, now)
        }
        _ => Ok(()),
    }
}
