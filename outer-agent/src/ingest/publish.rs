//! Publishing a verified batch: staged while it is opened, shown by one small transaction.

use crate::ingest::Ingested;
use crate::ingest::second_look::SecondLook;
use crate::reconcile;
use crate::recovery;
use crate::store::blobs::{Blobs, Incoming as IncomingBlob};
use crate::store::write::{self, Staging};
use crate::store::{hidden, outgoing};
use ferry_channel::audit;
use ferry_channel::ledger::received;
use ferry_channel::ledger::sent;
use ferry_channel::ledger::{gaps, state_root};
use ferry_channel::receive::endpoint::Incoming;
use ferry_channel::receive::pass::{Apply, Arrival, NotApplied, note_published};
use ferry_channel::recovery::rollback;
use ferry_channel::runtime::log;
use ferry_channel::runtime::log::{About, Level};
use ferry_channel::send::dispatch::Asked;
use ferry_channel::trust::{installed, revoke};
use ferry_format::batch::open::Sink;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::header::BatchType;
use ferry_format::frame::manifest::Entry;
use ferry_format::frame::sequence::Place;
use ferry_format::record::Record;
use ferry_format::record::catalogue::{Catalogue, Way};
use ferry_format::record::policy::Policy;
use ferry_format::{FormatError, Result as FormatResult};
use ferry_io::clock;
use ferry_io::error::{Error, Result};
use ferry_io::output::progress;
use indicatif::ProgressBar;
use rusqlite::{Connection, TransactionBehavior};

/// Publishes ↑ batches.
pub struct Publish<'a> {
    catalogue: &'a Catalogue,
    policy: &'a Policy,
    blobs: Blobs,
    reply_channel: &'a str,
    done: Ingested,
    asked: Asked,
    fell_back: bool,
}

impl<'a> Publish<'a> {
    /// Nothing is published yet.
    pub fn new((catalogue, policy): (&'a Catalogue, &'a Policy), blobs: Blobs, reply_channel: &'a str) -> Self {
        Self {
            catalogue,
            policy,
            blobs,
            reply_channel,
            done: Ingested::default(),
            asked: Asked::default(),
            fell_back: false,
        }
    }

    /// Counts, what the newest batch asks to be sent again, and whether kept batches were released again since the far side
    /// fell back.
    pub fn finish(self) -> (Ingested, Asked, bool) {
        (self.done, self.asked, self.fell_back)
    }
}

impl Apply for Publish<'_> {
    fn apply(
        &mut self,
        conn: &mut Connection,
        incoming: &Incoming,
        arrival: Arrival,
        now_s: i64,
    ) -> std::result::Result<(), NotApplied> {
        let series = arrival.batch.series().clone();
        let is_baseline = arrival.batch.header().batch_type == BatchType::Baseline;
        let is_cleared = incoming.is_cleared(&arrival.batch);
        let bar = progress::bytes("publishing", Some(arrival.batch.content().raw_bytes));
        let mut shelf = Shelf {
            staging: Staging::begin(conn)?,
            catalogue: self.catalogue,
            second_look: SecondLook::new(self.catalogue, self.policy, &self.blobs, is_cleared),
            blobs: &self.blobs,
            document: None,
            failed: None,
            bar,
        };
        let opened = match &arrival.list {
            Some(_) => Ok(()),
            None => arrival.batch.open(&incoming.key, &mut shelf),
        };
        let Shelf { mut staging, failed, bar, .. } = shelf;
        bar.finish_and_clear();
        if failed.is_some() || opened.is_err() {
            drop(staging);
            write::discard_unseen(conn, &self.blobs)?;
            return Err(
                failed.map_or_else(|| opened.err().map_or(NotApplied::Ours(vanished()), Into::into), NotApplied::Ours)
            );
        }
        if is_baseline {
            staging.take_back_the_rest()?;
        }
        let staged = staging.finish()?;
        self.blobs.publish_staged(|sha256| write::is_named(conn, sha256))?;

        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let channel = incoming.channel.as_str();
        let subject = format!("{channel}/{}/{}", series.epoch, series.sequence);
        installed::arrived(&tx, incoming, arrival.list.as_ref(), &subject, now_s)?;
        let root = state_root::apply(&tx, channel, &staged.change)?;
        staged.show(&tx, clock::now_s())?;
        hidden::report(&tx, self.catalogue, staged.generation)?;
        let heard = rollback::hear(&tx, self.reply_channel, channel, &series, &arrival.place, now_s)?;
        recovery::answer(&tx, channel, self.reply_channel, &heard, now_s)?;
        self.fell_back |= heard.far_fell_back;
        note_published(&tx, incoming, &series, &arrival.place, (staged.records, staged.documents), now_s)?;
        compare_roots(&tx, channel, &root, &series.state_root, series.sequence, now_s)?;
        let is_newest = !matches!(arrival.place, Place::Earlier | Place::Again);
        for place in gaps::hear(&tx, self.reply_channel, &series, is_newest, now_s)? {
            outgoing::take_back(&tx, channel, place)?;
        }
        sent::confirm(&tx, self.reply_channel, &series, now_s)?;
        outgoing::let_go(&tx, self.reply_channel)?;
        tx.commit()?;
        if is_newest {
            self.asked = Asked::by(&series);
        }
        self.done.records += staged.records;
        self.done.documents += staged.documents;
        Ok(())
    }
}

fn vanished() -> Error {
    Error::new(ferry_io::exit_code::IO, "FERRY-E0610", "a batch ended without a result", "run again")
}

/// Where nothing is missing, both sides must hold the same.
fn compare_roots(
    conn: &Connection,
    channel: &str,
    ours: &[u8; 32],
    theirs: &[u8; 32],
    sequence: u64,
    now_s: i64,
) -> Result<()> {
    let newest = received::newest_received(conn, channel)?;
    let is_newest = newest.is_some_and(|n| n.sequence == sequence);
    if !is_newest || !received::gaps(conn, channel, 1)?.is_empty() {
        return Ok(());
    }
    let differs = ours != theirs;
    conn.execute("UPDATE visible SET root_differs = ?1", [differs])?;
    reconcile::note(conn, differs.then_some(theirs))?;
    if !differs {
        revoke::repaired(conn, channel, now_s)?;
    }
    if differs {
        let detail = format!("ours {} theirs {}", to_hex(ours), to_hex(theirs));
        audit::note(conn, now_s, "agent", "root-differs", &format!("{channel}/{sequence}"), &detail)?;
        let batch = sequence.to_string();
        let about = About { code: Some("FERRY-E0696"), channel: Some(channel), batch: Some(&batch) };
        let text = format!("warning: the state root differs from the sender's after batch {sequence}: {detail}");
        log::say(Level::Warning, &about, &text);
    }
    Ok(())
}

/// Where the entries of one batch are put while it is opened.
struct Shelf<'a> {
    staging: Staging<'a>,
    catalogue: &'a Catalogue,
    second_look: SecondLook<'a>,
    blobs: &'a Blobs,
    document: Option<IncomingBlob>,
    failed: Option<Error>,
    bar: ProgressBar,
}

impl Shelf<'_> {
    /// The rules by which a record stays hidden.
    fn look(&mut self, record: &Record) -> Result<Option<String>> {
        if !self.second_look.concerns(record) {
            return Ok(None);
        }
        if record.documents().next().is_some() {
            // Taking a document's text may need seconds; the portal's writers must not wait for it.
            self.staging.rest()?;
        }
        self.second_look.rules(record)
    }

    /// A failure of ours ends the opening; it must not be taken for a fault of the batch.
    fn ours<T>(&mut self, result: Result<T>) -> FormatResult<T> {
        result.map_err(|failure| {
            let stopped = std::io::Error::other(failure.message.english());
            self.failed = Some(failure);
            FormatError::Io(stopped)
        })
    }
}

impl Sink for Shelf<'_> {
    fn begin(&mut self, _: &Entry) -> FormatResult<()> {
        // A document may take minutes; the portal's writers must not wait for it.
        let begun = self.staging.rest().and_then(|()| self.blobs.begin());
        self.document = Some(self.ours(begun)?);
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> FormatResult<()> {
        progress::advance(&self.bar, bytes.len() as u64);
        match &mut self.document {
            Some(document) => Ok(document.write(bytes)?),
            None => Ok(()),
        }
    }

    fn end(&mut self, entry: &Entry) -> FormatResult<()> {
        let Some(document) = self.document.take() else { return Ok(()) };
        let staged = self.blobs.stage(document, &entry.sha256);
        self.ours(staged)
    }

    fn record(&mut self, _: &Entry, encoded: &[u8]) -> FormatResult<()> {
        progress::advance(&self.bar, encoded.len() as u64);
        let record = Record::decode(encoded)?;
        self.catalogue.check_record(&record, Way::Up)?;
        if let Some(missing) = record.documents().find(|d| !self.blobs.has(&d.sha256)) {
            return Err(FormatError::Record {
                kind: record.kind.clone(),
                id: record.id.clone(),
                field: missing.name.clone(),
                why: "its document did not cross",
            });
        }
        let rules = self.look(&record);
        let rules = self.ours(rules)?;
        let mut put = self.staging.put(&record, encoded, rules.as_deref());
        if self.catalogue.kinds.get(&record.kind).is_some_and(|kind| kind.served) && !record.retracted {
            put = put.and_then(|()| self.staging.note_arrival(&record));
        }
        self.ours(put)
    }
}
