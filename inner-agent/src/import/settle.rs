//! Settling one reply batch: first the platform, in one transaction of its own; then the local ledger, which is derived
//! from it and may be derived twice.

use crate::config::Config;
use crate::court_day;
use crate::import::budget::DayBudget;
use crate::import::delivery;
use crate::import::item::{Collected, ItemSettler};
use crate::import::receipt::Receipt;
use crate::import::staging::Staging;
use crate::import::summary::ImportSummary;
use crate::import::validate::Validator;
use crate::limits::{Bound, WAITING};
use crate::store::waiting_items::{self, WaitingItem};
use crate::store::{held_outside, imported_day, receipts, version_floor};
use ferry_channel::ledger::gaps;
use ferry_channel::receive::acknowledge::{AppliedBatch, record_applied};
use ferry_channel::receive::apply::{Apply, Arrival};
use ferry_channel::receive::endpoint::ReceiveEndpoint;
use ferry_channel::send::dispatch::ResendRequest;
use ferry_channel::types::apply_error::ApplyError;
use ferry_channel::types::{BatchNumber, UnixSeconds};
use ferry_format::frame::sequence::SequencePosition;
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::record::Record;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::trust::list::SignedList;
use ferry_io::error::Result;
use jiff::tz::TimeZone;
use rusqlite::{Connection, TransactionBehavior};

/// Items that waited and are held in memory at once.
const WAITING_PAGE: u64 = 1_000;

/// Whether the bounds of a day hold for what waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// As always.
    OfTheDay,
    /// A person looked at it and lets all of it in.
    Lifted,
}

/// Settles reply batches into the platform.
pub struct BatchSettler<'a> {
    staging: &'a Staging,
    catalogue: &'a Catalogue,
    config: &'a Config,
    zone: &'a TimeZone,
    settled: Settled,
}

/// What the batches of one pass came to.
#[derive(Default)]
pub struct Settled {
    /// Counts of items.
    pub summary: ImportSummary,
    /// What the newest batch asks to be sent again.
    pub resend_request: ResendRequest,
    /// Whether kept batches were released again because the outer side lost state.
    pub peer_lost_state: bool,
}

/// Items that waited and that the platform has now.
#[derive(Default)]
struct WaitedFor {
    places: Vec<(BatchNumber, u64)>,
    receipts: Vec<Receipt>,
    hidden: Vec<Record>,
    summary: ImportSummary,
}

impl WaitedFor {
    /// In the transaction that forgets them.
    fn record(&self, conn: &Connection, now: UnixSeconds) -> Result<()> {
        for report in &self.hidden {
            held_outside::record(conn, report, now)?;
        }
        for receipt in &self.receipts {
            receipts::record(conn, &receipt.opened_document())?;
        }
        self.places.iter().try_for_each(|(number, item)| waiting_items::delete(conn, *number, *item))
    }
}

/// A batch whose items the platform has.
struct SettledBatch<'a> {
    series: &'a SeriesStatement,
    place: &'a SequencePosition,
    list: Option<&'a SignedList>,
}

impl<'a> BatchSettler<'a> {
    /// No batch is settled yet.
    pub fn new(staging: &'a Staging, catalogue: &'a Catalogue, config: &'a Config, zone: &'a TimeZone) -> Self {
        Self { staging, catalogue, config, zone, settled: Settled::default() }
    }

    /// What the batches of this pass came to.
    pub fn finish(self) -> Settled {
        self.settled
    }

    /// Settles the items of a batch in the platform, all of them or none.
    fn settle_in_platform(
        &self,
        conn: &Connection,
        endpoint: &ReceiveEndpoint,
        arrival: Arrival,
        now: UnixSeconds,
    ) -> std::result::Result<Collected, ApplyError> {
        let series = arrival.batch.series().clone();
        let channel = endpoint.channel.as_str();
        let is_settled = self.staging.has_batch(channel, &series)?;
        self.staging.begin()?;
        let mut budget = self.budget(conn, now)?;
        let number = BatchNumber::of(&series);
        let room = waiting_items::room(conn)?;
        let mut items = self.items(conn, (channel, number), is_settled, (&mut budget, room), now);
        // A trust batch contains a trust list and no items.
        let opened = if arrival.list.is_some() { Ok(()) } else { arrival.batch.open(&endpoint.key, &mut items) };
        let mut collected = items.collected;
        if let Some(error) = collected.error.take() {
            // If the connection is lost, there is nothing to roll back.
            self.staging.rollback().ok();
            return Err(ApplyError::Local(error));
        }
        if let Err(refused) = opened {
            self.staging.rollback()?;
            return Err(refused.into());
        }
        if !is_settled {
            self.staging.add_batch(channel, &series, collected.items, now)?;
        }
        self.staging.commit()?;
        collected.written = budget.written();
        Ok(collected)
    }

    /// What this day of the court still has room for.
    fn budget(&self, conn: &Connection, now: UnixSeconds) -> Result<DayBudget> {
        let day = court_day::of(now, self.zone);
        DayBudget::of(conn, self.staging, &day.to_string(), UnixSeconds(court_day::begin_s(day, self.zone)?))
    }

    fn items<'b>(
        &'b self,
        conn: &'b Connection,
        (channel, number): (&'b str, BatchNumber),
        is_settled: bool,
        (budget, room_to_wait): (&'b mut DayBudget, Bound),
        now: UnixSeconds,
    ) -> ItemSettler<'b> {
        let validator = Validator {
            ledger: conn,
            channel: &self.config.export.channel,
            zone: self.zone,
            clock_difference_s: i64::from(self.config.settle.clock_difference_s),
            now,
        };
        ItemSettler {
            staging: self.staging,
            validator,
            catalogue: self.catalogue,
            is_settled,
            channel,
            number,
            budget,
            batch: format!("{channel}/{number}"),
            collected: Collected { room_to_wait, ..Collected::default() },
        }
    }

    /// Settles items that waited, oldest first, as far as the day has room; the others go on waiting. One that was settled
    /// and is still recorded as waiting, because the run was ended in between, is settled once all the same.
    ///
    /// # Errors
    /// Those of the platform's database and of the ledger.
    pub fn settle_waiting(&mut self, conn: &mut Connection, bounds: Bounds, now: UnixSeconds) -> Result<()> {
        if waiting_items::count(conn)?.items == 0 {
            return Ok(());
        }
        let channel = self.config.import.channel.as_str();
        let budget = self.budget(conn, now)?;
        let mut budget = if bounds == Bounds::Lifted { budget.lift() } else { budget };
        let mut done = WaitedFor::default();
        self.staging.begin()?;
        let mut after = None;
        loop {
            let page = waiting_items::page(conn, after, WAITING_PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.place());
            for waiting in page {
                if budget.is_used_up(conn, &waiting.record.person)? {
                    continue;
                }
                if let Err(error) = self.settle_one(conn, channel, waiting, &mut budget, &mut done, now) {
                    self.staging.rollback().ok();
                    return Err(error);
                }
            }
        }
        self.staging.commit()?;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        done.record(&tx, now)?;
        imported_day::set(&tx, &court_day::of(now, self.zone).to_string(), budget.written())?;
        tx.commit()?;
        self.settled.summary.add_items(&done.summary);
        Ok(())
    }

    fn settle_one(
        &self,
        conn: &Connection,
        channel: &str,
        waiting: WaitingItem,
        budget: &mut DayBudget,
        done: &mut WaitedFor,
        now: UnixSeconds,
    ) -> Result<()> {
        let WaitingItem { number, item, record } = waiting;
        // What finds no room again stays where it is.
        let mut one = self.items(conn, (channel, number), false, (budget, WAITING), now);
        one.collected.items = item;
        one.settle(record)?;
        let collected = one.collected;
        if collected.waiting.is_empty() {
            done.places.push((number, item));
            done.summary.add_items(&collected.summary);
            done.receipts.extend(collected.receipts);
            done.hidden.extend(collected.hidden);
        }
        Ok(())
    }

    /// Derives the local ledger from a batch that the platform has. Deriving it twice changes nothing.
    fn update_ledger(
        &mut self,
        conn: &mut Connection,
        endpoint: &ReceiveEndpoint,
        batch: &SettledBatch<'_>,
        collected: Collected,
        now: UnixSeconds,
    ) -> std::result::Result<(), ApplyError> {
        let SettledBatch { series, place, list } = *batch;
        let up = &self.config.export.channel;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        endpoint.install_list(&tx, list, BatchNumber::of(series), now)?;
        let reports: Vec<_> = collected.reports.iter().filter_map(delivery::report_of).collect();
        let applied = AppliedBatch {
            received_on: &endpoint.channel,
            speaks_of: up,
            series,
            place,
            reports: &reports,
            counts: (collected.items, 0),
        };
        let consequences = record_applied(&tx, &applied, now)?;
        for (number, reason) in &consequences.refused {
            delivery::collect_again(&tx, up, *number, reason, now)?;
        }
        for number in consequences.given_up {
            delivery::collect_again(&tx, up, number, gaps::ACCEPTED, now)?;
        }
        collected.peer_state.record(&tx, up, now)?;
        for report in &collected.hidden {
            held_outside::record(&tx, report, now)?;
        }
        for receipt in &collected.receipts {
            receipts::record(&tx, &receipt.opened_document())?;
        }
        for waiting in &collected.waiting {
            waiting_items::add(&tx, waiting, now)?;
        }
        imported_day::set(&tx, &court_day::of(now, self.zone).to_string(), collected.written)?;
        if consequences.state_loss.we_lost_state {
            version_floor::raise(&tx, now)?;
        }
        tx.commit()?;
        self.settled.peer_lost_state |= consequences.state_loss.peer_lost_state;
        // Only the newest batch of a series requests; without a request it withdraws earlier ones.
        if let Some(resend) = consequences.resend {
            self.settled.resend_request = resend;
        }
        self.settled.summary.add_items(&collected.summary);
        Ok(())
    }
}

impl Apply for BatchSettler<'_> {
    fn apply(
        &mut self,
        conn: &mut Connection,
        endpoint: &ReceiveEndpoint,
        arrival: Arrival,
        now: UnixSeconds,
    ) -> std::result::Result<(), ApplyError> {
        let (series, place) = (arrival.batch.series().clone(), arrival.place.clone());
        let list = arrival.list.clone();
        let collected = self.settle_in_platform(conn, endpoint, arrival, now)?;
        let batch = SettledBatch { series: &series, place: &place, list: list.as_ref() };
        self.update_ledger(conn, endpoint, &batch, collected, now)
    }
}
