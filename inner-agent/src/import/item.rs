//! Settling the items of one reply batch. Everything in it is hostile until the catalogue and the ledger agree with it.

use crate::court_day;
use crate::import::budget::DayBudget;
use crate::import::receipt::Receipt;
use crate::import::rejection::Rejection;
use crate::import::staging::Staging;
use crate::import::staging::receipts::SettledReceipt;
use crate::import::summary::ImportSummary;
use crate::import::validate::{Validated, Validator};
use crate::limits::{Bound, ITEMS_PER_BATCH_MAX, WRITTEN_PER_CASE_MAX};
use crate::reconcile::PeerState;
use crate::store::held_outside;
use crate::store::waiting_items::WaitingItem;
use crate::texts::import as texts;
use ferry_channel::types::{BatchNumber, UnixSeconds};
use ferry_format::batch::open::Sink;
use ferry_format::frame::manifest::Entry;
use ferry_format::record::Record;
use ferry_format::record::catalogue::{Catalogue, Direction};
use ferry_format::{FormatError, Result as FormatResult};
use ferry_io::error::{Error, Result};

/// Settles the items of one batch, in the platform's open transaction.
pub struct ItemSettler<'a> {
    pub(super) staging: &'a Staging,
    pub(super) validator: Validator<'a>,
    pub(super) catalogue: &'a Catalogue,
    /// Whether the platform settled this batch before: then only the ledger is derived from it again.
    pub(super) is_settled: bool,
    pub(super) channel: &'a str,
    pub(super) number: BatchNumber,
    /// What the day still has room for.
    pub(super) budget: &'a mut DayBudget,
    /// The batch as staging tables name it, `channel/epoch/sequence`.
    pub(super) batch: String,
    pub(super) collected: Collected,
}

/// What a batch contained, for the ledger.
#[derive(Default)]
pub struct Collected {
    /// Number of items.
    pub items: u64,
    /// Counts for the operator.
    pub summary: ImportSummary,
    /// Delivery reports.
    pub reports: Vec<Record>,
    /// Digests of the peer's published state.
    pub peer_state: PeerState,
    /// Reports of items that the second look hides outside.
    pub hidden: Vec<Record>,
    /// Receipts that the platform holds.
    pub receipts: Vec<Receipt>,
    /// Items that wait for a day with room for them.
    pub waiting: Vec<WaitingItem>,
    /// What was written on this day, this batch with it.
    pub written: Bound,
    /// How much may still begin to wait.
    pub room_to_wait: Bound,
    /// Whether more had to wait than may.
    pub is_overfull: bool,
    /// An error on our side that stopped the batch.
    pub error: Option<Error>,
}

impl ItemSettler<'_> {
    /// Settles the item at a place of its batch.
    pub(super) fn settle(&mut self, record: Record) -> Result<()> {
        let roles = &self.catalogue.roles;
        if let Err(rejection) = self.check_catalogue(&record) {
            return self.reject(record, &rejection);
        }
        if record.kind == roles.report {
            // A report states the present; applying it twice changes nothing, so it needs no inbox row.
            self.collected.summary.reports += 1;
            self.collected.reports.push(record);
            Ok(())
        } else if self.collected.peer_state.add(self.catalogue, &record) {
            Ok(())
        } else if record.kind == roles.held_outside {
            self.hidden_outside(record)
        } else if record.kind == roles.receipt {
            self.receipt(record)
        } else if self.is_settled || self.staging.has_entered(&record)? {
            self.settled_before(record)
        } else if record.kind == roles.message || record.kind == roles.access_request {
            self.written(record)
        } else if !self.budget.takes_written(Staging::bytes_of(&record)) {
            self.wait(record)
        } else {
            self.enter(&record)?;
            self.staging.add_record(&record, &self.batch)
        }
    }

    /// Lets an item wait in the ledger.
    fn wait(&mut self, record: Record) -> Result<()> {
        let bytes = record.encode()?.len() as u64;
        let room = &mut self.collected.room_to_wait;
        if room.items == 0 || room.bytes < bytes {
            self.collected.is_overfull = true;
            return Ok(());
        }
        *room = Bound { items: room.items - 1, bytes: room.bytes - bytes };
        self.collected.summary.over_bound += 1;
        self.collected.waiting.push(WaitingItem { number: self.number, item: self.collected.items, record });
        Ok(())
    }

    /// What this very place of the batch wrote counts for the day once, also where the run that wrote it was ended before the
    /// ledger had it.
    fn settled_before(&mut self, record: Record) -> Result<()> {
        if self.staging.has_entered_as(self.channel, self.number, self.collected.items)? {
            self.budget.count_written(Staging::bytes_of(&record));
            return Ok(());
        }
        self.wait_again(record)
    }

    /// Of a batch that the platform settled before: what it holds nothing of had to wait.
    fn wait_again(&mut self, record: Record) -> Result<()> {
        let is_there =
            self.staging.has_entered(&record)? || self.staging.has_held(&self.batch, self.collected.items)?;
        if is_there { Ok(()) } else { self.wait(record) }
    }

    /// Whether the catalogue allows a record in a reply batch.
    fn check_catalogue(&self, record: &Record) -> std::result::Result<(), Rejection> {
        let refused = |e: FormatError| Rejection::Catalogue(Error::from(e).message);
        self.catalogue.check_record(record, Direction::Down).map_err(refused)?;
        if record.retracted { Err(Rejection::Catalogue(texts::retracts())) } else { Ok(()) }
    }

    fn reject(&mut self, record: Record, rejection: &Rejection) -> Result<()> {
        if self.is_settled {
            return self.wait_again(record);
        }
        let bytes = Staging::bytes_of(&record);
        if !self.budget.takes_rejected(self.validator.ledger, &record.person, bytes)? {
            return self.wait(record);
        }
        self.collected.summary.held += 1;
        self.staging.reject(&self.batch, self.collected.items, &record, rejection, self.validator.now)
    }

    fn enter(&self, record: &Record) -> Result<bool> {
        self.staging.enter(self.channel, self.number, self.collected.items, record)
    }

    /// An item that the second look hides: it concerns the operator, not a clerk, so it goes to the ledger only.
    fn hidden_outside(&mut self, record: Record) -> Result<()> {
        if held_outside::key_of(self.validator.ledger, &record)?.is_none() {
            return self.reject(record, &Rejection::NeverSent);
        }
        self.collected.summary.held_outside += 1;
        self.collected.hidden.push(record);
        Ok(())
    }

    fn receipt(&mut self, record: Record) -> Result<()> {
        let receipt = Receipt::of(&record);
        let before = self.staging.receipt(&receipt.id)?;
        if self.staging.has_entered(&record)? {
            let outcome = match &before {
                Some(before) => before.receipt.check_covers(&receipt),
                None => self.validator.receipt(&receipt)?.map(drop),
            };
            if let Err(rejection) = outcome {
                return self.reject(record, &rejection);
            }
            // The platform has it, but the ledger may not: it is recorded again.
            self.collected.receipts.push(receipt);
            return Ok(());
        }
        if self.is_settled {
            return self.wait_again(record);
        }
        let Validated { capacity, newest_version, case_no } = match self.validator.receipt(&receipt)? {
            Ok(validated) => validated,
            Err(rejection) => return self.reject(record, &rejection),
        };
        let merged = match before.as_ref().map(|b| b.receipt.merge(&receipt)) {
            Some(Err(rejection)) => return self.reject(record, &rejection),
            Some(Ok(merged)) => merged,
            None => receipt.clone(),
        };
        self.enter(&record)?;
        let (capacity, batch) = (capacity.as_str().to_owned(), self.batch.clone());
        let settled = SettledReceipt { receipt: merged, batch, case_no, capacity, newest_version };
        match before {
            None => self.staging.add_receipt(&settled)?,
            Some(before) if before.receipt != settled.receipt => self.staging.update_receipt(&settled)?,
            Some(_) => {}
        }
        self.collected.summary.receipts += 1;
        self.collected.receipts.push(receipt);
        Ok(())
    }

    /// A message or a request for access.
    fn written(&mut self, record: Record) -> Result<()> {
        if let Err(rejection) = self.validator.written(&record)? {
            return self.reject(record, &rejection);
        }
        let zone = self.validator.zone;
        let day = court_day::of(UnixSeconds(record.integer("written").unwrap_or_default()), zone);
        let (from_s, until_s) = (court_day::begin_s(day, zone)?, court_day::begin_s(court_day::next(day)?, zone)?);
        if self.staging.count_written(&record.case_id, UnixSeconds(from_s), UnixSeconds(until_s))?
            >= WRITTEN_PER_CASE_MAX
        {
            return self.reject(record, &Rejection::TooMany);
        }
        if !self.budget.takes_written(Staging::bytes_of(&record)) {
            return self.wait(record);
        }
        self.enter(&record)?;
        if record.kind == self.catalogue.roles.message {
            self.collected.summary.messages += 1;
            self.staging.add_message(&record, &self.batch)
        } else {
            self.collected.summary.requests += 1;
            self.staging.add_request(&record, &self.batch)
        }
    }
}

impl Sink for ItemSettler<'_> {
    fn begin(&mut self, _: &Entry) -> FormatResult<()> {
        Err(FormatError::malformed(texts::reply_batch(), texts::contains_document()))
    }

    fn bytes(&mut self, _: &[u8]) -> FormatResult<()> {
        Ok(())
    }

    fn end(&mut self, _: &Entry) -> FormatResult<()> {
        Ok(())
    }

    fn record(&mut self, _: &Entry, encoded: &[u8]) -> FormatResult<()> {
        let record = Record::decode(encoded)?;
        if self.collected.items >= ITEMS_PER_BATCH_MAX {
            return Err(FormatError::malformed(texts::reply_batch(), texts::too_many_items()));
        }
        let outcome = self.settle(record);
        self.collected.items += 1;
        if self.collected.is_overfull {
            return Err(FormatError::malformed(texts::reply_batch(), texts::too_many_waiting()));
        }
        outcome.map_err(|e| {
            let stopped = std::io::Error::other(e.message.english());
            self.collected.error = Some(e);
            FormatError::Io(stopped)
        })
    }
}
