//! Verification of the chain.

use crate::audit::heads;
use crate::audit::store::each;
use ferry_format::audit::{ChainCheck, Findings, SignedHead};
use ferry_format::frame::statement::AuditHead;
use ferry_io::audit_export::{self, broken};
use ferry_io::error::Result;
use ferry_io::output::progress;
use rusqlite::Connection;

/// Walks the whole chain, compares it with every head that this side signed, and gives the number of entries.
///
/// # Errors
/// Bad data: `FERRY-E0801` names the first entry that was changed, removed or added, `FERRY-E0803` the first signed head that
/// does not follow.
pub fn verify(conn: &Connection) -> Result<u64> {
    let found = verify_with_heads(conn, heads::signed_here(conn)?)?;
    audit_export::check(&found)?;
    Ok(found.head.entries)
}

/// Walks the whole chain and compares it with these heads.
///
/// # Errors
/// `FERRY-E0801`, bad data: the chain itself is broken.
pub fn verify_with_heads(conn: &Connection, heads: Vec<SignedHead>) -> Result<Findings> {
    let bar = progress::records("verifying the audit");
    let mut check = ChainCheck::new(AuditHead::default(), heads);
    each(conn, (1, i64::MAX as u64), &mut |entry, digest| {
        if entry.number.is_multiple_of(1024) {
            progress::advance(&bar, 1024);
        }
        check.follow(&entry, &digest).map_err(broken)
    })?;
    bar.finish_and_clear();
    Ok(check.finish())
}
