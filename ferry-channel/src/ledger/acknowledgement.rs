//! Builds the acknowledgement for the next outgoing batch: highest contiguous number, gap requests, volume requests.
//! Truncated to protocol limits by lowering the acknowledged number.

use crate::ledger::columns::high_water;
use crate::ledger::received::{self, requested_ranges};
use crate::ledger::{gaps, reassembly};
use crate::types::{BatchNumber, ChannelId, UnixSeconds};
use ferry_format::frame::statement::{Acknowledged, VolumeRange};
use ferry_format::limits::{GAP_RANGES_MAX, VOLUME_RANGES_MAX};
use ferry_io::error::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// What a side says of the channel that it receives.
#[derive(Clone, Debug, Default)]
pub struct Acknowledgement {
    /// The newest batch accepted.
    pub acknowledged: Acknowledged,
    /// Numbers to be sent again.
    pub gap_requests: Vec<(u64, u64)>,
    /// Volumes to be sent again, and batches that are given up.
    pub volume_requests: Vec<VolumeRange>,
}

/// What the next batch on the other channel says of this one: acknowledged up to there, but for these numbers.
///
/// The sender deletes everything acknowledged that is not asked for again. So numbers whose content was refused are asked
/// for too where `include_refused` says that nothing else reports them, and where there are more ranges than one batch may
/// name, the acknowledgement ends before the first that is left out. Accepted gaps are given up instead of asked for, under
/// the same rule.
///
/// Of batches that are being put together only the missing volumes are asked for, once they have not grown since
/// `quiet_since_s` or would be deleted.
pub fn build_acknowledgement(
    conn: &Connection,
    channel: &ChannelId,
    include_refused: bool,
    quiet_since_s: UnixSeconds,
) -> Result<Acknowledgement> {
    let highest = received::newest(conn, channel)?.map_or(0, |n| n.sequence);
    let mut given_up = gaps::to_give_up(conn, channel, include_refused)?;
    let left_out = if given_up.len() > VOLUME_RANGES_MAX { given_up.pop().map(|v| v.sequence) } else { None };
    let room = VOLUME_RANGES_MAX - given_up.len();
    let accepted = gaps::accepted(conn, channel)?;
    let mut volume_requests = reassembly::requests(conn, channel, &accepted, highest, quiet_since_s, room)?;
    let mut ranges = requested_ranges(conn, channel, include_refused, &volume_requests, GAP_RANGES_MAX + 1)?;
    let not_asked = if ranges.len() > GAP_RANGES_MAX { ranges.pop().map(|(from, _)| from) } else { None };
    let before = left_out.into_iter().chain(not_asked).min().map_or(i64::MAX, |n| i64::try_from(n).unwrap_or(i64::MAX));
    volume_requests.extend(given_up);
    volume_requests.sort_unstable();
    let sql = "SELECT epoch, sequence, digest FROM ferry_received WHERE channel = ?1 AND digest IS NOT NULL
                 AND epoch = (SELECT max(epoch) FROM ferry_received WHERE channel = ?1) AND sequence < ?2
               ORDER BY sequence DESC LIMIT 1";
    let newest = conn.query_row(sql, params![channel, before], high_water).optional()?;
    let acknowledged = newest.map_or_else(Acknowledged::default, |n| Acknowledged {
        epoch: n.epoch,
        sequence: n.sequence,
        digest: n.digest,
    });
    Ok(Acknowledgement { acknowledged, gap_requests: ranges, volume_requests })
}

/// Records which of our batches (its channel and number) carries this acknowledgement of `channel`, in the transaction that
/// releases it.
pub fn record_carrier(
    conn: &Connection,
    channel: &ChannelId,
    acknowledgement: &Acknowledgement,
    carrier: (&ChannelId, BatchNumber),
) -> Result<()> {
    for range in &acknowledgement.gap_requests {
        gaps::record_request(conn, channel, *range, carrier)?;
    }
    gaps::forget_answered_requests(conn, channel)?;
    for range in acknowledgement.volume_requests.iter().filter(|v| v.is_given_up()) {
        gaps::record_give_up(conn, channel, range.sequence, carrier)?;
    }
    Ok(())
}
