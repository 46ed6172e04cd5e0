//! Builds the acknowledgement for the next outgoing batch: highest contiguous number, gap requests, volume requests.
//! Truncated to protocol limits by lowering the acknowledged number.

use crate::ledger::columns::high_water;
use crate::ledger::gaps;
use crate::ledger::received::{newest_received, ranges};
use crate::receive::reassemble;
use ferry_format::frame::statement::{Acknowledged, VolumeRange};
use ferry_format::limits::{GAP_RANGES_MAX, VOLUME_RANGES_MAX};
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// What a side says of the channel that it receives.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The newest batch accepted.
    pub acknowledged: Acknowledged,
    /// Numbers to be sent again.
    pub gap_requests: Vec<(u64, u64)>,
    /// Volumes to be sent again, and batches that are given up.
    pub volume_requests: Vec<VolumeRange>,
}

/// What the next batch on the other channel says of this one: acknowledged up to there, but for these numbers.
///
/// The sender lets go of everything acknowledged that is not asked for again. So numbers whose content was refused
/// are asked for too where `refused_too` says that nothing else reports them (the side that says so hears such reports itself), and where there are more ranges than
/// one batch may name, the acknowledgement ends before the first that is left out. Accepted gaps are given up instead of
/// asked for, under the same rule.
///
/// Of batches that are being put together only the missing volumes are asked for, once they have not grown since
/// `quiet_since_s` or would be let go of.
pub fn account(conn: &Connection, channel: &str, refused_too: bool, quiet_since_s: i64) -> Result<Account> {
    let highest = newest_received(conn, channel)?.map_or(0, |n| n.sequence);
    let mut given_up = gaps::to_give_up(conn, channel, refused_too)?;
    let unsaid = if given_up.len() > VOLUME_RANGES_MAX { given_up.pop().map(|v| v.sequence as i64) } else { None };
    let room = VOLUME_RANGES_MAX - given_up.len();
    let mut volume_requests = reassemble::requests(conn, channel, highest, quiet_since_s, room)?;
    let mut ranges = ranges(conn, channel, refused_too, &volume_requests, GAP_RANGES_MAX + 1)?;
    let unasked = if ranges.len() > GAP_RANGES_MAX { ranges.pop().map(|(from, _)| from as i64) } else { None };
    let before = unsaid.into_iter().chain(unasked).min();
    volume_requests.extend(given_up);
    volume_requests.sort_unstable();
    let sql = "SELECT epoch, sequence, digest FROM ferry_received WHERE channel = ?1 AND digest IS NOT NULL
                 AND epoch = (SELECT max(epoch) FROM ferry_received WHERE channel = ?1) AND sequence < ?2
               ORDER BY sequence DESC LIMIT 1";
    let newest = conn.query_row(sql, params![channel, before.unwrap_or(i64::MAX)], high_water).optional()?;
    let acknowledged = newest.map_or_else(Acknowledged::default, |n| Acknowledged {
        epoch: n.epoch,
        sequence: n.sequence,
        digest: n.digest,
    });
    Ok(Account { acknowledged, gap_requests: ranges, volume_requests })
}
