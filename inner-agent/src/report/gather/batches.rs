//! What was exported: by kind, by day, by batch.

use crate::court_day;
use crate::report::data::{Batch, Counts, Day};
use crate::report::gather::{Gather, count};
use ferry_channel::ledger::sent::{self, SentBatch};
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;
use jiff::civil::Date;
use rusqlite::Row;
use std::collections::BTreeMap;

impl Gather<'_> {
    /// Counts of the period's batches, by kind and by day. A batch that the outer side refused is counted separately.
    pub(super) fn exported(&mut self) -> Result<Vec<Day>> {
        let today = court_day::of(self.now, self.zone);
        let day = |day| Day { day, batches: 0, new: 0, changed: 0, retracted: 0 };
        let days = self.period.days().take_while(|d| *d <= today).map(|d| (d, day(d)));
        let mut days: BTreeMap<Date, Day> = days.collect();
        let (from, until) = self.seconds;
        let sql = "SELECT c.kind, c.at_s, o.state = 'refused', c.new, c.changed, c.corrected, c.retracted, c.late,
                     c.late_approved, c.identifiers, c.unscannable
                   FROM export_count c JOIN ferry_sent o
                     ON o.channel = ?1 AND o.epoch = c.epoch AND o.sequence = c.sequence
                   WHERE c.at_s >= ?2 AND c.at_s < ?3";
        for (kind, at_s, is_refused, counts) in self.rows(sql, &[&self.channel, &from, &until], batch_counts)? {
            if is_refused {
                self.counts_of(&kind).refused += counts.exported();
                continue;
            }
            self.counts_of(&kind).add(&counts);
            if let Some(day) = days.get_mut(&court_day::of(UnixSeconds(at_s), self.zone)) {
                day.new += counts.new;
                day.changed += counts.changed;
                day.retracted += counts.retracted;
            }
        }
        let (from_s, until_s) = self.period_s();
        for batch in sent::released_between(self.conn, self.channel, from_s, until_s)? {
            days.entry(court_day::of(batch.created_s, self.zone)).and_modify(|d| d.batches += 1);
        }
        Ok(days.into_values().collect())
    }

    /// Counts records in batches of any time that are not confirmed.
    pub(super) fn unconfirmed_records(&mut self) -> Result<()> {
        let sql = "SELECT c.kind, sum(c.new + c.changed + c.retracted) FROM export_count c JOIN ferry_sent o
                     ON o.channel = ?1 AND o.epoch = c.epoch AND o.sequence = c.sequence
                   WHERE o.state IN ('released', 'dispatched', 'missing') GROUP BY c.kind";
        for (kind, n) in self.rows(sql, &[&self.channel], |r| Ok((r.get::<_, String>(0)?, count(r, 1)?)))? {
            self.counts_of(&kind).unconfirmed = n;
        }
        Ok(())
    }

    pub(super) fn batches_of_period(&self) -> Result<Vec<Batch>> {
        let (from_s, until_s) = self.period_s();
        let batches = sent::released_between(self.conn, self.channel, from_s, until_s)?;
        Ok(batches.into_iter().map(|batch| self.batch(batch)).collect())
    }

    pub(super) fn unconfirmed_batches(&self) -> Result<Vec<Batch>> {
        Ok(sent::unconfirmed(self.conn, self.channel)?.into_iter().map(|batch| self.batch(batch)).collect())
    }

    fn batch(&self, batch: SentBatch) -> Batch {
        let SentBatch { number, state, reason, records, documents, bytes, created_s, settled_s } = batch;
        Batch {
            epoch: number.epoch,
            sequence: number.sequence,
            state: state.as_str().to_owned(),
            reason,
            records,
            documents,
            bytes,
            created: self.time(created_s),
            settled: settled_s.map(|at_s| self.time(at_s)),
        }
    }

    /// Days since the first batch on which an export was scheduled and no batch was made.
    pub(super) fn missed_days(&self, by_day: &[Day]) -> Result<Vec<Date>> {
        let first_s = sent::first_released_s(self.conn, self.channel, false)?;
        let Some(first) = first_s.map(|s| court_day::of(s, self.zone)) else { return Ok(Vec::new()) };
        let mut missed = Vec::new();
        for day in by_day.iter().filter(|d| d.batches == 0 && d.day >= first).map(|d| d.day) {
            let begin_s = court_day::begin_s(day, self.zone)?;
            let end_s = court_day::begin_s(court_day::next(day)?, self.zone)?;
            let scheduled = self.context.schedule.next_after(UnixSeconds(begin_s - 1));
            if scheduled.is_some_and(|at_s| at_s < UnixSeconds(end_s) && at_s <= self.now) {
                missed.push(day);
            }
        }
        Ok(missed)
    }
}

/// Kind, time, whether the batch was refused, and counts.
fn batch_counts(r: &Row<'_>) -> rusqlite::Result<(String, i64, bool, Counts)> {
    let counts = Counts {
        new: count(r, 3)?,
        changed: count(r, 4)?,
        corrected: count(r, 5)?,
        retracted: count(r, 6)?,
        late: count(r, 7)?,
        late_approved: count(r, 8)?,
        identifiers: count(r, 9)?,
        unscannable: count(r, 10)?,
        ..Counts::default()
    };
    Ok((r.get(0)?, r.get(1)?, r.get(2)?, counts))
}
