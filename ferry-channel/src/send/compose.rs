//! From records and documents to a released batch: seal a draft, give it its number, keep it.

use crate::audit;
use crate::config::{RuleDigests, Sending};
use crate::ledger::acknowledgement::Acknowledgement;
use crate::ledger::numbering;
use crate::ledger::sent::{self, ReleasedBatch};
use crate::runtime::key_files;
use crate::send::compress::{Label, Packer};
use crate::send::outbox::OutboxPaths;
use crate::texts;
use crate::types::{BatchNumber, ChannelId, Digest, UnixSeconds};
use ferry_format::FormatError;
use ferry_format::batch::open::UnverifiedBatch;
use ferry_format::batch::seal;
use ferry_format::batch::seal::{Address, Document, Sealer};
use ferry_format::crypto::hash::sha256;
use ferry_format::frame::header::{BatchType, Direction};
use ferry_format::frame::statement::{Approval, ContentStatement, SeriesStatement};
use ferry_format::keys::{PublicKey, Role};
use ferry_format::limits::DIGEST_HISTORY_MAX;
use ferry_format::names::Id;
use ferry_format::record::{Record, RecordBlock};
use ferry_format::trust::rules::Class;
use ferry_io::entropy::SystemEntropy;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::heartbeat;
use ferry_io::heartbeat::HeartbeatReader;
use ferry_io::keys::load;
use ferry_io::keys::passphrase::PassphraseSource;
use ferry_io::keys::signing_key::BoxedSigner;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read};
use std::path::Path;
use tempfile::NamedTempFile;

/// The sending end of a channel, ready to sign.
pub struct Outgoing {
    /// What every batch's header says.
    pub address: Address,
    /// Where batches are kept and dispatched.
    pub paths: OutboxPaths,
    signer: BoxedSigner,
    recipients: Vec<PublicKey>,
    valid_s: i64,
}

impl Outgoing {
    /// Reads keys, finds a token where the key lies in one, and makes the outbox.
    pub fn open(config: &Sending, court: &str, direction: Direction, rules: RuleDigests, state: &Path) -> Result<Self> {
        let paths = OutboxPaths::open(config, state)?;
        key_files::check_made(&config.sender_key)?;
        config.recipients.iter().try_for_each(|recipient| key_files::check_paired(recipient))?;
        let key = load::key(&config.sender_key, PassphraseSource::of_service())?;
        if key.role() != Role::Sender {
            return Err(Error::configuration(&config.sender_key, "sender-key", "this key is no sender's key"));
        }
        let signer = key.signer()?;
        let address = Address {
            court: Id::new(court)?,
            channel: paths.channel.id().clone(),
            direction,
            batch_type: BatchType::Data,
            catalogue: rules.catalogue,
            policy: rules.policy,
            sender: signer.public_key(),
        };
        Ok(Self {
            address,
            paths,
            signer,
            recipients: config.recipients.iter().map(|p| load::public_key(p)).collect::<Result<_>>()?,
            valid_s: i64::from(config.valid_hours) * 3600,
        })
    }
}

/// Blocks that are packed beside the sealing before it waits for one.
const PACKING_MAX: usize = 4;

/// A draft under way. Memory is bounded by one open block of records for each kind, and those that are packed.
pub struct Composer {
    sealer: Sealer<BufWriter<NamedTempFile>, File>,
    blocks: BTreeMap<Label, RecordBlock>,
    packer: Packer,
    records: u64,
    documents: u64,
}

/// A sealed draft, not yet numbered.
pub struct Draft {
    file: NamedTempFile,
    content: ContentStatement,
    approvals: Vec<Approval>,
    /// Records in it.
    pub records: u64,
    /// Documents in it.
    pub documents: u64,
}

impl Composer {
    /// Starts a draft in the outbox.
    pub fn begin(outgoing: &Outgoing) -> Result<Self> {
        Self::begin_in(outgoing, &outgoing.paths.outbox)
    }

    /// Starts a draft in a folder of its own, where it waits for its reviewers.
    pub fn begin_in(outgoing: &Outgoing, folder: &Path) -> Result<Self> {
        let out = BufWriter::with_capacity(1 << 20, durable::staged_in(folder)?);
        let scratch = tempfile::tempfile_in(folder).map_err(|e| Error::io(folder, &e, true))?;
        let sealer = Sealer::new(out, scratch, &outgoing.address, &outgoing.recipients, &mut SystemEntropy)?;
        Ok(Self { sealer, blocks: BTreeMap::new(), packer: Packer::default(), records: 0, documents: 0 })
    }

    /// Adds a record.
    pub fn record(&mut self, record: &Record) -> Result<()> {
        self.encoded(&record.kind, &record.encode()?)
    }

    /// Adds a record of that kind whose encoding is at hand.
    pub fn encoded(&mut self, kind: &str, encoded: &[u8]) -> Result<()> {
        self.flagged(kind, "", encoded)
    }

    /// Adds a record of that kind that the scanner flagged for a reason; the reviewers see it.
    pub fn flagged(&mut self, kind: &str, reason: &str, encoded: &[u8]) -> Result<()> {
        heartbeat::tick();
        self.records += 1;
        let label = Label { kind: kind.to_owned(), reason: reason.to_owned() };
        let block = self.blocks.entry(label.clone()).or_default();
        if block.is_full_for(encoded) {
            let full = std::mem::take(block);
            block.push(encoded);
            return self.close(label, full);
        }
        block.push(encoded);
        Ok(())
    }

    /// Gives a full block to the packing thread, and seals those that come back, in order.
    fn close(&mut self, label: Label, block: RecordBlock) -> Result<()> {
        self.packer.give(label, block)?;
        while let Some((label, packed)) = self.packer.take(PACKING_MAX)? {
            self.sealer.packed(&label.kind, packed, &label.reason)?;
        }
        Ok(())
    }

    /// Adds a document, before the record that names it. Gives its SHA-256.
    pub fn document(&mut self, document: Document, input: &mut dyn Read) -> Result<[u8; 32]> {
        self.documents += 1;
        Ok(self.sealer.document(document, &mut HeartbeatReader(input))?)
    }

    /// Closes the draft.
    pub fn finish(mut self) -> Result<Draft> {
        for (label, block) in std::mem::take(&mut self.blocks) {
            if !block.is_empty() {
                self.close(label, block)?;
            }
        }
        while let Some((label, packed)) = self.packer.take(0)? {
            self.sealer.packed(&label.kind, packed, &label.reason)?;
        }
        let (out, content) = self.sealer.finish_draft()?;
        let file = out.into_inner().map_err(|e| Error::io(Path::new("outbox"), e.error(), true))?;
        let (records, documents) = (self.records, self.documents);
        Ok(Draft { file, content, approvals: Vec::new(), records, documents })
    }
}

impl Draft {
    /// What approvals are signed over.
    pub fn content(&self) -> &ContentStatement {
        &self.content
    }

    /// Reads a draft that waited in a file, with the approvals that it was given. It is copied, so that the file stays a draft
    /// until the transaction of its release ends.
    ///
    /// # Errors
    /// Bad data for a file that is no draft, has another content than approved, was made for another destination, under
    /// another catalogue or policy or by another key, or is damaged.
    pub fn read(
        outgoing: &Outgoing,
        path: &Path,
        (class, content): (Class, &ContentStatement),
        approvals: Vec<Approval>,
        (records, documents): (u64, u64),
    ) -> Result<Self> {
        let about = |e: FormatError| Error::about(path, &e);
        let mut file = durable::staged_in(&outgoing.paths.outbox)?;
        let mut input = read::open_regular(path)?;
        std::io::copy(&mut HeartbeatReader(&mut input), &mut file).map_err(|e| Error::io(path, &e, true))?;
        let mut draft = UnverifiedBatch::read(BufReader::new(file.as_file_mut())).map_err(about)?;
        if !draft.is_draft() || draft.claimed_content() != content {
            return Err(about(FormatError::OtherContent));
        }
        let (header, ours) = (draft.claimed_header(), &outgoing.address);
        let same = header.court == ours.court
            && header.channel == ours.channel
            && header.direction == ours.direction
            && Class::of(header, content) == class
            && header.catalogue == ours.catalogue
            && header.policy == ours.policy
            && header.sender == ours.sender;
        if !same {
            return Err(about(FormatError::Stage(texts::receive::draft_is_outdated())));
        }
        draft.check_body(|_| heartbeat::tick()).map_err(about)?;
        Ok(Self { file, content: content.clone(), approvals, records, documents })
    }

    /// Keeps it without a number, for reviewers.
    pub fn persist(self, target: &Path) -> Result<()> {
        durable::persist(self.file, target, 0o640)
    }
}

/// What a batch says of the series besides its content.
#[derive(Clone, Debug, Default)]
pub struct SeriesFields {
    /// What it says of the other channel.
    pub acknowledgement: Acknowledgement,
    /// State root after this batch; zero where the channel keeps none.
    pub state_root: [u8; 32],
}

/// A numbered batch.
#[derive(Clone, Copy, Debug)]
pub struct Released {
    /// Its number.
    pub number: BatchNumber,
    /// Length in bytes.
    pub bytes: u64,
}

/// Records keys, catalogue and policy that a batch is made with, where they are not those of the batch before.
fn record_rules(conn: &Connection, outgoing: &Outgoing, now: UnixSeconds) -> Result<()> {
    let channel = &outgoing.paths.channel;
    let recipients: Vec<u8> = outgoing.recipients.iter().flat_map(|key| key.to_text().into_bytes()).collect();
    for (what, digest) in [
        ("catalogue", outgoing.address.catalogue),
        ("policy", outgoing.address.policy),
        ("sender-key", sha256(&outgoing.signer.public_key())),
        ("recipients", sha256(&recipients)),
    ] {
        audit::rules::record_use(conn, &format!("{what}/{channel}"), &digest, now)?;
    }
    Ok(())
}

/// Gives a draft its number: signed, durable in the outbox, and recorded in the caller's transaction.
///
/// A crash before that transaction commits leaves a file without a row, which
/// [`crate::send::outbox::sweep`] removes: it never left, and its number is free.
pub fn release(
    conn: &Connection,
    outgoing: &Outgoing,
    draft: Draft,
    fields: &SeriesFields,
    now: UnixSeconds,
) -> Result<Released> {
    let channel = &outgoing.paths.channel;
    record_rules(conn, outgoing, now)?;
    let number = numbering::next_number(conn, channel)?;
    let series = series_statement(conn, outgoing, &draft, fields, number, now)?;
    let mut file = draft.file;
    let digest = Digest(seal::release(&mut file, &draft.content, &series, outgoing.signer.as_ref())?);
    let name = format!("{channel}-{}-{:08}.ferry", number.epoch, number.sequence);
    let signed = UnverifiedBatch::read(BufReader::new(file.as_file_mut()))?.signed();
    signed.map_or(Ok(()), |signed| audit::statements::record_sent(conn, channel, number, &signed))?;
    let target = outgoing.paths.outbox.join(&name);
    let bytes = file.as_file().metadata().map_err(|e| Error::io(&target, &e, true))?.len();
    durable::persist(file, &target, 0o640)?;
    let (records, documents) = (draft.records, draft.documents);
    let state_root = Digest(fields.state_root);
    let batch = ReleasedBatch { channel, number, digest, file: &name, bytes, records, documents, state_root };
    sent::record_released(conn, &batch, now)?;
    let detail = format!("{records} records, {documents} documents, {bytes} bytes");
    let subject = format!("{channel}/{number}");
    audit::record_about(conn, now, "agent", "release", (&subject, Some(digest.0)), &detail)?;
    Ok(Released { number, bytes })
}

/// What the sender signs of a draft that is given this number.
fn series_statement(
    conn: &Connection,
    outgoing: &Outgoing,
    draft: &Draft,
    fields: &SeriesFields,
    number: BatchNumber,
    now: UnixSeconds,
) -> Result<SeriesStatement> {
    Ok(SeriesStatement {
        content: draft.content.digest(),
        not_after_s: (now + outgoing.valid_s).get(),
        sender: outgoing.signer.public_key(),
        approvals: draft.approvals.clone(),
        ..place_in_series(conn, &outgoing.paths.channel, number, fields, now)?
    })
}

/// What a batch of this number says of its place: the batches before it, and what this side knows of the other channel.
/// Content, validity, sender and approvals are left empty.
pub fn place_in_series(
    conn: &Connection,
    channel: &ChannelId,
    number: BatchNumber,
    fields: &SeriesFields,
    now: UnixSeconds,
) -> Result<SeriesStatement> {
    let history = sent::newest(conn, channel, DIGEST_HISTORY_MAX)?;
    let Acknowledgement { acknowledged, gap_requests, volume_requests } = fields.acknowledgement.clone();
    Ok(SeriesStatement {
        epoch: number.epoch,
        sequence: number.sequence,
        previous: history.iter().take_while(|h| h.epoch == number.epoch).map(|h| h.digest).collect(),
        created_s: now.get(),
        acknowledged,
        gap_requests,
        volume_requests,
        state_root: fields.state_root,
        audit: audit::head(conn)?,
        ..SeriesStatement::default()
    })
}
