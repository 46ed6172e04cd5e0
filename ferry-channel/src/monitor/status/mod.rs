//! What both agents' `status` says: of channels here, of the machine and its repairs in [`operation`], of what a person has
//! to do in [`todo`], and all of it on one screen in [`screen`].

pub mod operation;
pub mod screen;
pub mod todo;

use crate::ledger::gaps;
use crate::ledger::received;
use crate::ledger::runs;
use crate::ledger::sent;
use crate::receive::pass::GAP_MAX;
use crate::receive::pending;
use crate::receive::pending::Waiting;
use crate::receive::quarantine;
use crate::receive::reassemble;
use crate::receive::reassemble::Assembling;
use crate::receive::skipped;
use crate::receive::skipped::Left;
use crate::runtime::schedule::{Schedule, rfc3339};
use ferry_format::encoding::hex::to_hex;
use ferry_io::error::Result;
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
    /// Numbering era.
    pub epoch: u64,
    /// Newest number.
    pub last_sequence: u64,
    /// Batches by state.
    pub batches: BTreeMap<String, u64>,
    /// Missing numbers.
    pub gaps: Vec<u64>,
    /// Missing numbers that a person accepted for ever.
    pub accepted_gaps: Vec<u64>,
    /// Numbers that the other side asks for and that are kept no longer.
    pub asked_not_kept: Vec<u64>,
    /// Files in quarantine.
    pub quarantined: u64,
    /// Files that wait: growing, or made under another catalogue.
    pub waiting: u64,
    /// Those of them that have waited longest, and for what.
    pub waiting_files: Vec<Waiting>,
    /// What lies in the received folder and is left alone, by reason.
    pub left_alone: Vec<Left>,
    /// Batches that are being put together from volumes.
    pub assembling: Vec<Assembling>,
    /// When the job last ended well.
    pub last_success: Option<String>,
    /// The same in seconds since 1970 UTC.
    #[serde(skip)]
    pub last_success_s: Option<i64>,
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
}

/// What stays the same for all channels of an agent.
pub struct Context<'a> {
    /// The agent's database.
    pub conn: &'a Connection,
    /// Now, seconds.
    pub now_s: i64,
    /// Zone in which times are shown.
    pub zone: &'a jiff::tz::TimeZone,
}

impl Context<'_> {
    /// The sending end.
    pub fn sending(
        &self,
        channel: &str,
        direction: &'static str,
        job: &str,
        schedule: &Schedule,
    ) -> Result<ChannelStatus> {
        let newest = sent::newest_sent(self.conn, channel, 1)?;
        let newest = newest.first();
        let sql = "SELECT state, count(*) FROM ferry_sent WHERE channel = ?1 GROUP BY state";
        let mut status = self.common(channel, direction, job, sql)?;
        status.epoch = newest.map_or(1, |n| n.epoch);
        status.last_sequence = newest.map_or(0, |n| n.sequence);
        let since_s = runs::last_success(self.conn, job)?.unwrap_or(self.now_s);
        status.asked_not_kept = gaps::unanswerable(self.conn, channel)?;
        status.next_run = schedule.next_after(since_s.max(self.now_s)).map(|s| rfc3339(s, self.zone));
        let due_s = schedule.next_after(since_s);
        status.overdue_s = due_s.map_or(0, |due| self.now_s.saturating_sub(due).max(0) as u64);
        let sql = "SELECT count(*), min(created_s) FROM ferry_sent
                   WHERE channel = ?1 AND state IN ('released', 'dispatched', 'missing')";
        let row = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)? as u64, r.get::<_, Option<i64>>(1)?));
        let (unconfirmed, oldest_s) = self.conn.query_row(sql, [channel], row)?;
        status.unconfirmed = unconfirmed;
        status.oldest_unconfirmed = oldest_s.map(|s| rfc3339(s, self.zone));
        status.oldest_unconfirmed_age_s = oldest_s.map(|s| self.now_s.saturating_sub(s).max(0) as u64);
        Ok(status)
    }

    /// The receiving end.
    pub fn receiving(&self, channel: &str, direction: &'static str, job: &str) -> Result<ChannelStatus> {
        let newest = received::newest_received(self.conn, channel)?;
        let sql =
            "SELECT CASE WHEN verdict = 'refused' AND digest IS NULL THEN 'gap-accepted' ELSE verdict END, count(*)
                   FROM ferry_received WHERE channel = ?1 GROUP BY 1";
        let mut status = self.common(channel, direction, job, sql)?;
        status.epoch = newest.map_or(1, |n| n.epoch);
        status.last_sequence = newest.map_or(0, |n| n.sequence);
        let ranges = received::gaps(self.conn, channel, GAP_MAX as usize)?;
        status.accepted_gaps = gaps::accepted(self.conn, channel)?;
        status.gaps = ranges.into_iter().flat_map(|(from, to)| from..=to).take(GAP_MAX as usize).collect();
        Ok(status)
    }

    fn common(&self, channel: &str, direction: &'static str, job: &str, batches: &str) -> Result<ChannelStatus> {
        let mut statement = self.conn.prepare(batches)?;
        let count = |r: &rusqlite::Row<'_>| Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)? as u64));
        let batches = statement.query_map([channel], count)?.collect::<rusqlite::Result<_>>()?;
        let sql = "SELECT count(*) FROM ferry_pending WHERE channel = ?1";
        let waiting_count = self.conn.query_row(sql, [channel], |r| r.get::<_, i64>(0))? as u64;
        let sql = "SELECT last_error FROM ferry_run WHERE job = ?1";
        let last_error = self.conn.query_row(sql, [job], |r| r.get(0)).unwrap_or(None);
        let last_success_s = runs::last_success(self.conn, job)?;
        Ok(ChannelStatus {
            id: channel.to_owned(),
            direction,
            epoch: 1,
            last_sequence: 0,
            batches,
            gaps: Vec::new(),
            accepted_gaps: Vec::new(),
            asked_not_kept: Vec::new(),
            quarantined: quarantine::count(self.conn, channel)?,
            waiting: waiting_count,
            waiting_files: pending::longest(self.conn, channel)?,
            left_alone: skipped::of(self.conn, channel)?,
            assembling: reassemble::under_way(self.conn, channel)?,
            last_success: last_success_s.map(|s| rfc3339(s, self.zone)),
            last_success_s,
            last_error,
            next_run: None,
            overdue_s: 0,
            unconfirmed: 0,
            oldest_unconfirmed: None,
            oldest_unconfirmed_age_s: None,
            state_root: None,
        })
    }
}

/// Something that somebody must look at today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// Stable code of the runbook, `FERRY-E….`
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl std::fmt::Display for Alarm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "警报 alarm: {} [{}]\n  hint: {}", self.message, self.code, self.hint)
    }
}

/// What is published, as both sides count it.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Published {
    /// Records that are visible.
    pub records: u64,
    /// Documents that they name.
    pub documents: u64,
    /// Withheld entries.
    pub withheld: u64,
}

/// A root as people compare it.
pub fn root_text(root: &[u8; 32]) -> String {
    to_hex(root)
}
