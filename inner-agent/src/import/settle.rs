//! Settling a return batch. Everything in it is hostile until the catalogue says otherwise.

use crate::import::Imported;
use crate::import::held_outside;
use crate::import::receipts::{self, Receipt};
use crate::import::staging::Staging;
use crate::reconcile;
use ferry_channel::accept::{Apply, Arrival, Incoming, NotApplied, note_published};
use ferry_channel::dispatch::Asked;
use ferry_channel::failure::Failure;
use ferry_channel::ledger;
use ferry_format::catalogue::{Catalogue, Way};
use ferry_format::hex::to_hex;
use ferry_format::manifest::Entry;
use ferry_format::open::Sink;
use ferry_format::record::Record;
use ferry_format::statement::SeriesStatement;
use ferry_format::{FormatError, Result as FormatResult};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

/// Items of one batch: stops a stolen outer machine from filling the platform's disk or our memory.
const ITEMS_MAX: u64 = 200_000;

/// Settles return batches into the platform.
pub struct Settle<'a> {
    staging: &'a Staging,
    catalogue: &'a Catalogue,
    export_channel: &'a str,
    done: Imported,
    asked: Asked,
}

impl<'a> Settle<'a> {
    /// Nothing is settled yet.
    pub fn new(staging: &'a Staging, catalogue: &'a Catalogue, export_channel: &'a str) -> Self {
        Self { staging, catalogue, export_channel, done: Imported::default(), asked: Asked::default() }
    }

    /// Counts, and what the newest batch asks to be sent again.
    pub fn finish(self) -> (Imported, Asked) {
        (self.done, self.asked)
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
        platform.begin()?;
        let mut items = Items {
            platform,
            ledger: conn,
            catalogue: self.catalogue,
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
        let opened = arrival.batch.open(&incoming.key, &mut items);
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
        if !platform.holds(channel, &series)? {
            platform.note_batch(channel, &series, item, now_s)?;
        }
        platform.commit()?;
        // The platform has it; from here on the local ledger is derived, and deriving twice is harmless.
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for report in &reports {
            apply_report(&tx, self.export_channel, report, now_s)?;
        }
        said.keep(&tx, self.export_channel, now_s)?;
        for report in &hidden {
            held_outside::note(&tx, report, now_s)?;
        }
        receipts::note(&tx, &receipts)?;
        ledger::confirm(&tx, self.export_channel, &series, now_s)?;
        note_published(&tx, incoming, &series, &arrival.place, (item, 0), now_s)?;
        tx.commit()?;
        self.asked = Asked::by(&series);
        self.done.receipts += done.receipts;
        self.done.messages += done.messages;
        self.done.reports += done.reports;
        self.done.held_outside += done.held_outside;
        self.done.held += done.held;
        Ok(())
    }
}

/// One open batch.
struct Items<'a> {
    platform: &'a Staging,
    ledger: &'a Connection,
    catalogue: &'a Catalogue,
    channel: &'a str,
    series: &'a SeriesStatement,
    batch: String,
    item: u64,
    done: Imported,
    reports: Vec<Record>,
    said: reconcile::Said,
    hidden: Vec<Record>,
    receipts: Vec<Receipt>,
    failed: Option<Failure>,
}

impl Items<'_> {
    fn take(&mut self, record: Record) -> Result<(), Failure> {
        let roles = &self.catalogue.roles;
        let checked = self.catalogue.check_record(&record, Way::Down).map_err(|e| e.to_string());
        let checked = checked.and_then(|()| if record.retracted { Err("it retracts".into()) } else { Ok(()) });
        let checked = match checked {
            Ok(()) if record.kind == roles.receipt => self.was_sent(&record)?,
            Ok(()) if record.kind == roles.held_outside && held_outside::key_of(self.ledger, &record)?.is_none() => {
                Err("it names what was never sent".into())
            }
            other => other,
        };
        if let Err(reason) = checked {
            self.done.held += 1;
            return self.platform.hold(&self.batch, self.item, &record, &reason);
        }
        if record.kind == roles.report {
            // A report says what is now; hearing it twice changes nothing, so it needs no inbox row.
            self.done.reports += 1;
            self.reports.push(record);
            return Ok(());
        }
        if self.said.take(self.catalogue, &record) {
            return Ok(());
        }
        if record.kind == roles.held_outside {
            // It goes to whoever runs the bridge, not to a clerk: the ledger has it, and takes it once.
            self.done.held_outside += 1;
            self.hidden.push(record);
            return Ok(());
        }
        if record.kind == roles.receipt {
            // Even one that the platform holds already: the ledger may have missed it.
            self.receipts.push(Receipt::of(&record));
        }
        if !self.platform.enter(self.channel, self.series, self.item, &record)? {
            return Ok(());
        }
        if record.kind == roles.receipt {
            self.done.receipts += 1;
            self.platform.receipt(&record, &self.batch)
        } else if record.kind == roles.message {
            self.done.messages += 1;
            self.platform.message(&record, &self.batch)
        } else {
            self.platform.other(&record, &self.batch)
        }
    }

    /// A receipt must be for a document that crossed, by its digest.
    fn was_sent(&self, receipt: &Record) -> Result<Result<(), String>, Failure> {
        // Two lookups, so that each finds its index.
        let sql = "SELECT case_id, document, version FROM exported WHERE kind = ?1 AND key = ?2 AND id = key
                   UNION ALL
                   SELECT case_id, document, version FROM exported WHERE kind = ?1 AND id = ?2 AND id <> key";
        let row = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, r.get(1)?, r.get(2)?));
        let found: Option<(String, Option<Vec<u8>>, i64)> = self
            .ledger
            .prepare_cached(sql)?
            .query_row(params![receipt.text("kind"), receipt.text("item")], row)
            .optional()?;
        let Some((case_id, document, version)) = found else {
            return Ok(Err("it is for a document that was never sent".into()));
        };
        if case_id != receipt.case_id {
            return Ok(Err("its document belongs to another case".into()));
        }
        let current = receipt.integer("item-version") == Some(version);
        let same = document.is_some_and(|d| to_hex(&d) == receipt.text("sha256"));
        // An older version may be receipted late; what was sent then is no longer known here.
        if current && !same {
            return Ok(Err("its document has other bytes than the one that was sent".into()));
        }
        if receipt.integer("item-version") > Some(version) {
            return Ok(Err("it is for a version that was never sent".into()));
        }
        Ok(Ok(()))
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
            let stopped = std::io::Error::other(failure.message.clone());
            self.failed = Some(failure);
            FormatError::Io(stopped)
        })
    }
}

/// What became of a batch of ours. A refused one gives its entries back to the next export.
fn apply_report(conn: &Connection, channel: &str, report: &Record, now_s: i64) -> Result<(), Failure> {
    let place = report.id.split_once('/').and_then(|(e, s)| Some((e.parse::<i64>().ok()?, s.parse::<i64>().ok()?)));
    let Some((epoch, sequence)) = place else { return Ok(()) };
    let state = match report.text("verdict") {
        "published" => "confirmed",
        "refused" => "refused",
        _ => "missing",
    };
    let sql = "UPDATE ferry_out SET state = ?4, settled_s = ?5, reason = ?6
               WHERE channel = ?1 AND epoch = ?2 AND sequence = ?3 AND state NOT IN ('confirmed', 'refused')";
    let reason = Some(report.text("reason")).filter(|r| !r.is_empty());
    let changed = conn.execute(sql, params![channel, epoch, sequence, state, now_s, reason])?;
    if changed == 1 && state == "refused" {
        // They are found again by comparing every row.
        conn.execute("DELETE FROM full_run", [])?;
        let sql = "UPDATE exported SET fingerprint = x'' WHERE epoch = ?1 AND sequence = ?2 AND fingerprint <> x''";
        let again = conn.execute(sql, params![epoch, sequence])?;
        let subject = format!("{channel}/{epoch}/{sequence}");
        let detail = format!("{} {again} records go out again", report.text("reason"));
        ferry_channel::audit::note(conn, now_s, "agent", "collect-again", &subject, &detail)?;
    }
    Ok(())
}
