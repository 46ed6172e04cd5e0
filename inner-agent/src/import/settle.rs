//! Settling a return batch. Everything in it is hostile until the catalogue says otherwise.

use crate::config::Config;
use crate::export::floor;
use crate::import::Imported;
use crate::import::checks::{Checks, Found};
use crate::import::delivery;
use crate::import::held_outside;
use crate::import::misfit::Misfit;
use crate::import::receipt::Receipt;
use crate::import::receipt_table::Settled;
use crate::import::receipts;
use crate::import::staging::Staging;
use crate::reconcile;
use crate::report::period;
use ferry_channel::ledger::gaps;
use ferry_channel::ledger::sent;
use ferry_channel::receive::endpoint::Incoming;
use ferry_channel::receive::pass::{Apply, Arrival, NotApplied, note_published};
use ferry_channel::recovery::rollback;
use ferry_channel::send::dispatch::Asked;
use ferry_channel::trust::installed;
use ferry_format::batch::open::Sink;
use ferry_format::frame::manifest::Entry;
use ferry_format::frame::sequence::Place;
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::record::Record;
use ferry_format::record::catalogue::{Catalogue, Way};
use ferry_format::{FormatError, Result as FormatResult};
use ferry_io::error::Error;
use jiff::tz::TimeZone;
use rusqlite::{Connection, TransactionBehavior};

/// Items of one batch: stops a stolen outer machine from filling the platform's disk or our memory.
const ITEMS_MAX: u64 = 200_000;
/// Messages and requests of one case on one day of the court: more than people write goes to the clerk's list.
const WRITTEN_MAX: u64 = 200;

/// Settles return batches into the platform.
pub struct Settle<'a> {
    staging: &'a Staging,
    catalogue: &'a Catalogue,
    config: &'a Config,
    zone: &'a TimeZone,
    done: Imported,
    asked: Asked,
    fell_back: bool,
}

impl<'a> Settle<'a> {
    /// Nothing is settled yet.
    pub fn new(staging: &'a Staging, catalogue: &'a Catalogue, config: &'a Config, zone: &'a TimeZone) -> Self {
        Self { staging, catalogue, config, zone, done: Imported::default(), asked: Asked::default(), fell_back: false }
    }

    /// Counts, what the newest batch asks to be sent again, and whether kept batches were released again since the far side
    /// fell back.
    pub fn finish(self) -> (Imported, Asked, bool) {
        (self.done, self.asked, self.fell_back)
    }
}

impl Apply for Settle<'_> {
    fn apply(
        &mut self,
        conn: &mut Connection,
        incoming: &Incoming,
        arrival: Arrival,
        now_s: i64,
    ) -> Result<(), NotApplied> {
        let series = arrival.batch.series().clone();
        let channel = incoming.channel.as_str();
        let platform = self.staging;
        let export_channel = self.config.export.channel.as_str();
        let is_known = platform.holds(channel, &series)?;
        platform.begin()?;
        let checks = Checks {
            ledger: conn,
            channel: export_channel,
            zone: self.zone,
            clock_difference_s: i64::from(self.config.settle.clock_difference_s),
            now_s,
        };
        let mut items = Items {
            platform,
            checks,
            catalogue: self.catalogue,
            is_known,
            channel,
            series: &series,
            batch: format!("{channel}/{}/{}", series.epoch, series.sequence),
            item: 0,
            done: Imported::default(),
            reports: Vec::new(),
            said: reconcile::Said::default(),
            hidden: Vec::new(),
            receipts: Vec::new(),
            failed: None,
        };
        let opened = match &arrival.list {
            Some(_) => Ok(()),
            None => arrival.batch.open(&incoming.key, &mut items),
        };
        let Items { item, done, reports, said, hidden, receipts, failed, .. } = items;
        if let Some(ours) = failed {
            // A connection that is lost has nothing left to take back.
            platform.rollback().ok();
            return Err(NotApplied::Ours(ours));
        }
        if let Err(refused) = opened {
            platform.rollback()?;
            return Err(refused.into());
        }
        if !is_known {
            platform.note_batch(channel, &series, item, now_s)?;
        }
        platform.commit()?;
        // The platform has it; from here on the local ledger is derived, and deriving twice is harmless.
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let subject = format!("{channel}/{}/{}", series.epoch, series.sequence);
        installed::arrived(&tx, incoming, arrival.list.as_ref(), &subject, now_s)?;
        for report in &reports {
            delivery::apply(&tx, export_channel, report, now_s)?;
        }
        said.keep(&tx, export_channel, now_s)?;
        for report in &hidden {
            held_outside::note(&tx, report, now_s)?;
        }
        receipts::note(&tx, &receipts)?;
        let heard = rollback::hear(&tx, export_channel, channel, &series, &arrival.place, now_s)?;
        if heard.we_fell_back {
            floor::raise(&tx, now_s)?;
        }
        self.fell_back |= heard.far_fell_back;
        let is_newest = !matches!(arrival.place, Place::Earlier | Place::Again);
        for place in gaps::hear(&tx, export_channel, &series, is_newest, now_s)? {
            delivery::collect_again(&tx, export_channel, place, gaps::ACCEPTED, now_s)?;
        }
        sent::confirm(&tx, export_channel, &series, now_s)?;
        note_published(&tx, incoming, &series, &arrival.place, (item, 0), now_s)?;
        tx.commit()?;
        if is_newest {
            self.asked = Asked::by(&series);
        }
        self.done.receipts += done.receipts;
        self.done.messages += done.messages;
        self.done.requests += done.requests;
        self.done.reports += done.reports;
        self.done.held_outside += done.held_outside;
        self.done.held += done.held;
        Ok(())
    }
}

/// One open batch.
struct Items<'a> {
    platform: &'a Staging,
    checks: Checks<'a>,
    catalogue: &'a Catalogue,
    /// Whether the platform settled this batch before: then only the ledger is derived from it again.
    is_known: bool,
    channel: &'a str,
    series: &'a SeriesStatement,
    batch: String,
    item: u64,
    done: Imported,
    reports: Vec<Record>,
    said: reconcile::Said,
    hidden: Vec<Record>,
    receipts: Vec<Receipt>,
    failed: Option<Error>,
}

impl Items<'_> {
    fn take(&mut self, record: Record) -> Result<(), Error> {
        let roles = &self.catalogue.roles;
        if let Err(misfit) = self.allowed(&record) {
            return self.hold(&record, &misfit);
        }
        if record.kind == roles.report {
            // A report says what is now; hearing it twice changes nothing, so it needs no inbox row.
            self.done.reports += 1;
            self.reports.push(record);
            Ok(())
        } else if self.said.take(self.catalogue, &record) {
            Ok(())
        } else if record.kind == roles.held_outside {
            self.hidden(record)
        } else if record.kind == roles.receipt {
            self.receipt(&record)
        } else if self.is_known {
            Ok(())
        } else if record.kind == roles.message || record.kind == roles.access_request {
            self.written(&record)
        } else if self.enter(&record)? {
            self.platform.other(&record, &self.batch)
        } else {
            Ok(())
        }
    }

    /// Whether the catalogue allows it on this way.
    fn allowed(&self, record: &Record) -> Result<(), Misfit> {
        self.catalogue.check_record(record, Way::Down).map_err(|e| Misfit::Catalogue(e.to_string()))?;
        if record.retracted { Err(Misfit::Catalogue("it retracts".into())) } else { Ok(()) }
    }

    fn hold(&mut self, record: &Record, misfit: &Misfit) -> Result<(), Error> {
        if self.is_known {
            return Ok(());
        }
        self.done.held += 1;
        self.platform.hold(&self.batch, self.item, record, misfit, self.checks.now_s)
    }

    fn enter(&self, record: &Record) -> Result<bool, Error> {
        self.platform.enter(self.channel, self.series, self.item, record)
    }

    /// It goes to whoever runs the bridge, not to a clerk: the ledger has it, and takes it once.
    fn hidden(&mut self, record: Record) -> Result<(), Error> {
        if held_outside::key_of(self.checks.ledger, &record)?.is_none() {
            return self.hold(&record, &Misfit::NeverSent);
        }
        self.done.held_outside += 1;
        self.hidden.push(record);
        Ok(())
    }

    fn receipt(&mut self, record: &Record) -> Result<(), Error> {
        let receipt = Receipt::of(record);
        let before = self.platform.receipt(&receipt.id)?;
        if self.platform.entered(record)? {
            let says_no_more = match &before {
                Some(before) => before.receipt.says_all_of(&receipt),
                None => self.checks.receipt(&receipt)?.map(drop),
            };
            if let Err(misfit) = says_no_more {
                return self.hold(record, &misfit);
            }
            // The platform holds it; the ledger may have missed it.
            self.receipts.push(receipt);
            return Ok(());
        }
        if self.is_known {
            return Ok(());
        }
        let found = match self.checks.receipt(&receipt)? {
            Ok(found) => found,
            Err(misfit) => return self.hold(record, &misfit),
        };
        let joined = match before.as_ref().map(|b| b.receipt.joined(&receipt)) {
            Some(Err(misfit)) => return self.hold(record, &misfit),
            Some(Ok(joined)) => joined,
            None => receipt.clone(),
        };
        self.enter(record)?;
        let Found { capacity, newest_version, case_no } = found;
        let (capacity, batch) = (capacity.as_str().to_owned(), self.batch.clone());
        let settled = Settled { receipt: joined, batch, case_no, capacity, newest_version };
        match before {
            None => self.platform.add_receipt(&settled)?,
            Some(before) if before.receipt != settled.receipt => self.platform.complete_receipt(&settled)?,
            Some(_) => {}
        }
        self.done.receipts += 1;
        self.receipts.push(receipt);
        Ok(())
    }

    /// A message or a request for access.
    fn written(&mut self, record: &Record) -> Result<(), Error> {
        if self.platform.entered(record)? {
            return Ok(());
        }
        if let Err(misfit) = self.checks.written(record)? {
            return self.hold(record, &misfit);
        }
        let zone = self.checks.zone;
        let day = period::day_of(record.integer("written").unwrap_or_default(), zone);
        let (from_s, until_s) = (period::begin_s(day, zone)?, period::begin_s(period::after(day)?, zone)?);
        if self.platform.written(&record.case_id, from_s, until_s)? >= WRITTEN_MAX {
            return self.hold(record, &Misfit::TooMany);
        }
        self.enter(record)?;
        if record.kind == self.catalogue.roles.message {
            self.done.messages += 1;
            self.platform.message(record, &self.batch)
        } else {
            self.done.requests += 1;
            self.platform.request(record, &self.batch)
        }
    }
}

impl Sink for Items<'_> {
    fn begin(&mut self, _: &Entry) -> FormatResult<()> {
        Err(FormatError::Malformed { what: "return batch", why: "it carries a document" })
    }

    fn bytes(&mut self, _: &[u8]) -> FormatResult<()> {
        Ok(())
    }

    fn end(&mut self, _: &Entry) -> FormatResult<()> {
        Ok(())
    }

    fn record(&mut self, _: &Entry, encoded: &[u8]) -> FormatResult<()> {
        let record = Record::decode(encoded)?;
        if self.item >= ITEMS_MAX {
            return Err(FormatError::Malformed { what: "return batch", why: "it has more items than any may have" });
        }
        let taken = self.take(record);
        self.item += 1;
        taken.map_err(|failure| {
            let stopped = std::io::Error::other(failure.message.english());
            self.failed = Some(failure);
            FormatError::Io(stopped)
        })
    }
}
