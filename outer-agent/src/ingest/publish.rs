//! Publishing a verified batch: it is staged while it is opened, and one small transaction makes it visible.

use crate::ingest::rescan::Rescanner;
use crate::ingest::sink::BatchSink;
use crate::ingest::summary::IngestSummary;
use crate::recovery;
use crate::store::documents::DocumentStore;
use crate::store::publish::{Staged, Staging};
use crate::store::{cleanup, hidden, operator_hide, outgoing, root_difference};
use crate::texts;
use ferry_channel::audit;
use ferry_channel::ledger::{malware_proof, reader_proof, received, state_root};
use ferry_channel::receive::acknowledge::{AppliedBatch, record_applied};
use ferry_channel::receive::apply::{Apply, Arrival};
use ferry_channel::receive::endpoint::ReceiveEndpoint;
use ferry_channel::runtime::log;
use ferry_channel::runtime::log::{About, Level};
use ferry_channel::send::dispatch::ResendRequest;
use ferry_channel::trust::revoke;
use ferry_channel::types::apply_error::ApplyError;
use ferry_channel::types::{BatchNumber, ChannelId, UnixSeconds};
use ferry_format::batch::open::VerifiedBatch;
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::header::BatchType;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::record::policy::Policy;
use ferry_io::error::Result;
use ferry_io::malware::Clamd;
use ferry_io::output::language::Show;
use ferry_io::output::progress;
use rusqlite::{Connection, TransactionBehavior};
use std::fs::File;
use std::io::BufReader;

/// Publishes ↑ batches.
pub struct Publisher<'a> {
    catalogue: &'a Catalogue,
    policy: &'a Policy,
    documents: DocumentStore,
    reply_channel: &'a ChannelId,
    clamd: Option<Clamd>,
    outcome: Outcome,
}

/// What publishing did, and what to do once the pass is over.
#[derive(Default)]
pub struct Outcome {
    /// Counts.
    pub summary: IngestSummary,
    /// Batches that the newest batch asks to be sent again.
    pub resend: ResendRequest,
    /// Whether the inner side lost its newest state, so that stored return batches are due again.
    pub peer_rolled_back: bool,
}

impl<'a> Publisher<'a> {
    /// A publisher that has published nothing yet.
    pub fn new(
        (catalogue, policy): (&'a Catalogue, &'a Policy),
        documents: DocumentStore,
        reply_channel: &'a ChannelId,
        clamd: Option<Clamd>,
    ) -> Self {
        Self { catalogue, policy, documents, reply_channel, clamd, outcome: Outcome::default() }
    }

    /// What it did.
    pub fn finish(self) -> Outcome {
        self.outcome
    }

    /// Opens a batch and stages what it contains. Where that fails, nothing stays.
    fn stage(
        &self,
        conn: &Connection,
        endpoint: &ReceiveEndpoint,
        batch: VerifiedBatch<BufReader<File>>,
        has_list: bool,
        now: UnixSeconds,
    ) -> std::result::Result<Staged, ApplyError> {
        let batch_type = batch.header().batch_type;
        let is_cleared = endpoint.is_cleared(&batch);
        let mut sink = BatchSink {
            staging: Staging::begin(conn)?,
            catalogue: self.catalogue,
            rescanner: Rescanner::new((self.catalogue, self.policy), &self.documents, self.clamd.clone(), is_cleared),
            documents: &self.documents,
            document: None,
            error: None,
            bar: progress::bytes(texts::commands::publishing().show(), Some(batch.content().raw_bytes)),
        };
        let opened = if has_list { Ok(()) } else { batch.open(&endpoint.key, &mut sink) };
        let BatchSink { mut staging, error, bar, rescanner, .. } = sink;
        bar.finish_and_clear();
        let error = error.map(ApplyError::Local).or_else(|| opened.err().map(Into::into));
        if let Some(error) = error {
            drop(staging);
            cleanup::discard_unpublished(conn, &self.documents)?;
            record_proofs(conn, &rescanner, now)?;
            return Err(error);
        }
        record_proofs(conn, &rescanner, now)?;
        if batch_type == BatchType::Baseline {
            staging.retract_absent()?;
        }
        let staged = staging.finish()?;
        self.documents.publish_staged(|sha256| cleanup::is_referenced(conn, sha256))?;
        Ok(staged)
    }
}

/// Keeps what the programs that look at documents showed.
fn record_proofs(conn: &Connection, rescanner: &Rescanner<'_>, now: UnixSeconds) -> Result<()> {
    reader_proof::record(conn, rescanner.reader(), now)?;
    malware_proof::record(conn, rescanner.malware(), now)
}

impl Apply for Publisher<'_> {
    fn apply(
        &mut self,
        conn: &mut Connection,
        endpoint: &ReceiveEndpoint,
        arrival: Arrival,
        now: UnixSeconds,
    ) -> std::result::Result<(), ApplyError> {
        let Arrival { batch, place, list } = arrival;
        let series = batch.series().clone();
        let staged = self.stage(conn, endpoint, batch, list.is_some(), now)?;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let channel = &endpoint.channel;
        endpoint.install_list(&tx, list.as_ref(), BatchNumber::of(&series), now)?;
        let root = state_root::apply(&tx, channel, &staged.change)?;
        staged.publish(&tx, now)?;
        hidden::report(&tx, self.catalogue, staged.generation)?;
        operator_hide::lift(&tx, staged.generation, now)?;
        let applied = AppliedBatch {
            received_on: channel,
            speaks_of: self.reply_channel,
            series: &series,
            place: &place,
            reports: &[],
            counts: (staged.records, staged.documents),
        };
        let consequences = record_applied(&tx, &applied, now)?;
        recovery::apply_state_loss(&tx, channel, self.reply_channel, &consequences.state_loss, now)?;
        self.outcome.peer_rolled_back |= consequences.state_loss.peer_lost_state;
        compare_roots(&tx, channel, &root, &series.state_root, series.sequence, now)?;
        for number in consequences.given_up {
            outgoing::requeue_batch(&tx, channel, number)?;
        }
        outgoing::delete_acknowledged(&tx, self.reply_channel)?;
        tx.commit()?;
        if let Some(resend) = consequences.resend {
            self.outcome.resend = resend;
        }
        self.outcome.summary.records += staged.records;
        self.outcome.summary.documents += staged.documents;
        Ok(())
    }
}

/// Compares the state roots. Where no batch is missing, both sides must have the same records.
fn compare_roots(
    conn: &Connection,
    channel: &ChannelId,
    ours: &[u8; 32],
    theirs: &[u8; 32],
    sequence: u64,
    now: UnixSeconds,
) -> Result<()> {
    let newest = received::newest(conn, channel)?;
    let is_newest = newest.is_some_and(|n| n.sequence == sequence);
    if !is_newest || !received::missing_ranges(conn, channel, 1)?.is_empty() {
        return Ok(());
    }
    let differs = ours != theirs;
    root_difference::set(conn, differs.then_some(theirs))?;
    if !differs {
        return revoke::settle_repaired(conn, channel, now);
    }
    let (ours, theirs) = (to_hex(ours), to_hex(theirs));
    let detail = format!("ours {ours} theirs {theirs}");
    audit::record(conn, now, "agent", "root-differs", &format!("{channel}/{sequence}"), &detail)?;
    let batch = sequence.to_string();
    let about = About { code: Some("FERRY-E0696"), channel: Some(channel.as_str()), batch: Some(&batch) };
    let text = texts::commands::root_differs(sequence, ours, theirs);
    log::say(Level::Warning, &about, &format!("warning: {}", text.show()));
    Ok(())
}
