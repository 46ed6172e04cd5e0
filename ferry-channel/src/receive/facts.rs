//! What the ledger knows that the verdict on a file depends on.

use crate::config::{OnGap, RuleDigests};
use crate::ledger::{gaps, received, statements};
use crate::receive::decide::ChannelFacts;
use crate::types::{BatchNumber, ChannelId, UnixSeconds};
use ferry_format::frame::sequence::{SequencePosition, locate};
use ferry_format::frame::statement::SeriesStatement;
use ferry_io::error::Result;
use rusqlite::Connection;

/// What the configuration and the trust in force say, whatever arrived before.
#[derive(Clone, Copy, Debug)]
pub struct StandingFacts {
    /// What becomes of batches after a gap.
    pub on_gap: OnGap,
    /// Catalogue and policy that are installed here.
    pub rules: RuleDigests,
    /// Whether the trust list in force allows those of the file.
    pub are_rules_allowed: bool,
    /// Now.
    pub now: UnixSeconds,
}

/// Collects what is known of a file's number and of what comes before it.
pub fn channel_facts(
    conn: &Connection,
    channel: &ChannelId,
    series: &SeriesStatement,
    standing: &StandingFacts,
) -> Result<ChannelFacts> {
    let number = BatchNumber::of(series);
    let newest = received::newest(conn, channel)?;
    let (mut missing_below, mut is_gap_accepted) = (0, false);
    if let Ok(SequencePosition::AfterGap(from, to)) = locate(newest.as_ref(), series) {
        missing_below = received::count_missing_below(conn, channel, BatchNumber::new(number.epoch, from))?;
        is_gap_accepted = gaps::is_accepted(conn, channel, number.epoch, (from, to))?;
    }
    Ok(ChannelFacts {
        known_under_number: received::digest_of(conn, channel, number)?,
        was_requested: gaps::was_requested(conn, channel, number)?,
        named_under_number: statements::named_at(conn, channel, number)?,
        newest,
        missing_below,
        is_gap_accepted,
        on_gap: standing.on_gap,
        rules: standing.rules,
        are_rules_allowed: standing.are_rules_allowed,
        now: standing.now,
    })
}
