//! What `status` says of one channel in one direction.

use crate::ledger::reassembly::{self, Assembling};
use crate::ledger::{gaps, pending, quarantine, received, runs, sent, skipped};
use crate::limits::GAP_MAX;
use crate::receive::skipped::SkipReason;
use crate::receive::{self};
use crate::runtime::schedule::{Schedule, rfc3339};
use crate::types::{BatchNumber, BatchState, ChannelId, UnixSeconds};
use ferry_io::error::Result;
use ferry_io::output::language::Show;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use serde::Serialize;
use std::collections::BTreeMap;

/// One channel in one direction.
#[derive(Clone, Debug, Serialize)]
pub struct ChannelStatus {
    /// Channel id.
    pub id: String,
    /// `export` or `return`.
    pub direction: &'static str,
    /// Numbering period.
    pub epoch: u64,
    /// Newest number.
    pub last_sequence: u64,
    /// Batches by state.
    pub batches: BTreeMap<String, u64>,
    /// Missing numbers.
    pub gaps: Vec<u64>,
    /// Missing numbers that a person accepted permanently.
    pub accepted_gaps: Vec<u64>,
    /// Numbers that the other side asks for and that are no longer kept.
    pub asked_not_kept: Vec<u64>,
    /// Files in quarantine.
    pub quarantined: u64,
    /// Files that wait: growing, or made under another catalogue.
    pub waiting: u64,
    /// Those of them that have waited longest, and for what.
    pub waiting_files: Vec<WaitingFile>,
    /// What is skipped in the received folder, by reason.
    pub left_alone: Vec<SkippedFiles>,
    /// Batches that are being put together from volumes.
    pub assembling: Vec<Assembling>,
    /// When the job last ended well.
    pub last_success: Option<String>,
    /// The same in seconds since 1970 UTC.
    #[serde(skip)]
    pub last_success_s: Option<UnixSeconds>,
    /// Why it last failed, if it did since.
    pub last_error: Option<String>,
    /// When it runs next.
    pub next_run: Option<String>,
    /// Seconds since a run was due that was not made; 0 while none is late.
    pub overdue_s: u64,
    /// Batches that were released or sent and that the other side has not acknowledged.
    pub unconfirmed: u64,
    /// When the oldest of them was made.
    pub oldest_unconfirmed: Option<String>,
    /// Seconds since then.
    pub oldest_unconfirmed_age_s: Option<u64>,
    /// State root.
    pub state_root: Option<String>,
    /// When the newest batch that was accepted was, at the receiving end.
    #[serde(skip)]
    pub newest_received_s: Option<UnixSeconds>,
}

/// A file that waits, and for what.
#[derive(Clone, Debug, Serialize)]
pub struct WaitingFile {
    /// Its name.
    pub name: String,
    /// For what it waits.
    pub reason: String,
}

/// Files that were skipped for one reason.
#[derive(Clone, Debug, Serialize)]
pub struct SkippedFiles {
    /// Why.
    pub reason: String,
    /// How many.
    pub files: u64,
    /// The name of one of them, made printable.
    pub example: String,
}

/// What stays the same for all channels of an agent.
pub struct Context<'a> {
    /// The agent's database.
    pub conn: &'a Connection,
    /// Now, seconds.
    pub now: UnixSeconds,
    /// Zone in which times are shown.
    pub zone: &'a TimeZone,
}

impl Context<'_> {
    /// The sending end.
    pub fn sending(
        &self,
        channel: &ChannelId,
        direction: &'static str,
        job: &str,
        schedule: &Schedule,
    ) -> Result<ChannelStatus> {
        let mut status = self.common(channel, direction, job)?;
        let newest = sent::newest(self.conn, channel, 1)?.first().copied().map(BatchNumber::from);
        let newest = newest.unwrap_or(BatchNumber::new(1, 0));
        (status.epoch, status.last_sequence) = (newest.epoch, newest.sequence);
        let by_state = sent::count_by_state(self.conn, channel)?;
        status.batches = by_state.into_iter().map(|(state, count)| (state.as_str().to_owned(), count)).collect();
        status.asked_not_kept = gaps::unanswerable(self.conn, channel)?;
        let since_s = status.last_success_s.unwrap_or(self.now);
        status.next_run = schedule.next_after(since_s.max(self.now)).map(|s| rfc3339(s, self.zone));
        let due_s = schedule.next_after(since_s);
        status.overdue_s = due_s.map_or(0, |due| self.now.seconds_since(due));
        let open = [BatchState::Released, BatchState::Dispatched, BatchState::Missing];
        status.unconfirmed = open.iter().filter_map(|state| status.batches.get(state.as_str())).sum();
        let oldest_s = sent::oldest_unconfirmed_s(self.conn, channel)?;
        status.oldest_unconfirmed = oldest_s.map(|s| rfc3339(s, self.zone));
        status.oldest_unconfirmed_age_s = oldest_s.map(|s| self.now.seconds_since(s));
        Ok(status)
    }

    /// The receiving end.
    pub fn receiving(&self, channel: &ChannelId, direction: &'static str, job: &str) -> Result<ChannelStatus> {
        let mut status = self.common(channel, direction, job)?;
        let newest = received::newest(self.conn, channel)?.map_or(BatchNumber::new(1, 0), BatchNumber::from);
        (status.epoch, status.last_sequence) = (newest.epoch, newest.sequence);
        status.batches = received::count_by_verdict(self.conn, channel)?;
        status.newest_received_s = received::newest_published_s(self.conn, channel)?;
        let ranges = received::missing_ranges(self.conn, channel, GAP_MAX as usize)?;
        status.accepted_gaps = gaps::accepted(self.conn, channel)?;
        status.gaps = ranges.into_iter().flat_map(|(from, to)| from..=to).take(GAP_MAX as usize).collect();
        Ok(status)
    }

    fn common(&self, channel: &ChannelId, direction: &'static str, job: &str) -> Result<ChannelStatus> {
        let last_success_s = runs::last_success_s(self.conn, job)?;
        let waiting_files = receive::longest_waiting(self.conn, channel)?;
        let skipped = skipped::list(self.conn, channel)?;
        Ok(ChannelStatus {
            id: channel.to_string(),
            direction,
            epoch: 1,
            last_sequence: 0,
            batches: BTreeMap::new(),
            gaps: Vec::new(),
            accepted_gaps: Vec::new(),
            asked_not_kept: Vec::new(),
            quarantined: quarantine::count(self.conn, channel)?,
            waiting: pending::count(self.conn, channel)?,
            waiting_files: waiting_files
                .into_iter()
                .map(|(name, reason)| WaitingFile { name, reason: reason.show().to_owned() })
                .collect(),
            left_alone: skipped
                .into_iter()
                .map(|row| SkippedFiles {
                    reason: SkipReason::text_of(&row.reason).show().to_owned(),
                    files: row.files,
                    example: row.example,
                })
                .collect(),
            assembling: reassembly::under_way(self.conn, channel)?,
            last_success: last_success_s.map(|s| rfc3339(s, self.zone)),
            last_success_s,
            last_error: runs::last_error(self.conn, job)?.map(|error| error.show().to_owned()),
            next_run: None,
            overdue_s: 0,
            unconfirmed: 0,
            oldest_unconfirmed: None,
            oldest_unconfirmed_age_s: None,
            state_root: None,
            newest_received_s: None,
        })
    }
}
