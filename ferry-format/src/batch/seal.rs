//! Sealing: one sequential pass, constant memory.

use crate::crypto::entropy::Entropy;
use crate::crypto::hash::sha256;
use crate::crypto::merkle::Commitment;
use crate::crypto::parallel_hash::{Buffer, ParallelHasher};
use crate::crypto::suite::Suite;
use crate::crypto::suite::{ChunkCipher, FileKeys, MANIFEST_ENTRY, wrap_file_key};
use crate::error::at_most;
use crate::error::{FormatError, Result};
use crate::frame::header::{BatchType, Direction, Header, PRELUDE_BYTES, Prelude, Stanza};
use crate::frame::manifest::{Codec, Entry, encode_block};
use crate::frame::statement::{ContentStatement, SeriesStatement};
use crate::keys::{KeyId, PublicKey, Signer};
use crate::limits::{
    BATCH_BYTES_MAX, CHUNK_BYTES, ENTRIES_MAX, MANIFEST_BLOCK_ENTRIES, RECIPIENTS_MAX, SEGMENT_BYTES,
    STATEMENT_BYTES_MAX,
};
use crate::names::{Id, SafeName};
use crate::record::{PackedBlock, RecordBlock};
use crate::texts;
use std::io::{Read, Seek, SeekFrom, Write};
use zeroize::Zeroizing;

/// The unencrypted header, before keys are drawn.
#[derive(Clone, Debug)]
pub struct Address {
    /// The court, or empty.
    pub court: Id,
    /// The channel.
    pub channel: Id,
    /// The direction in which the batch crosses.
    pub direction: Direction,
    /// What it carries.
    pub batch_type: BatchType,
    /// Catalogue digest.
    pub catalogue: [u8; 32],
    /// Policy digest, or zero.
    pub policy: [u8; 32],
    /// Public key of the sender that will sign.
    pub sender: [u8; 32],
}

/// The metadata of a document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Kind, as the catalogue names it.
    pub kind: String,
    /// Name or id.
    pub name: String,
    /// Version, from 1.
    pub version: u64,
    /// Media type.
    pub media_type: String,
    /// Why the scanner flagged it; empty where it did not.
    pub reason: String,
}

/// Writes a batch. Give it entries, then [`Sealer::finish_draft`].
///
/// `scratch` keeps the encrypted manifest blocks until the body is complete.
pub struct Sealer<W, S> {
    out: Segmented<W>,
    scratch: S,
    keys: FileKeys,
    preamble: Preamble,
    hasher: ParallelHasher,
    pending: Vec<Entry>,
    blocks: u64,
    manifest_bytes: u64,
    next: u32,
    commitment: Commitment,
    raw_bytes: u64,
    flagged: u32,
}

struct Preamble {
    header_bytes: u32,
    front_digest: [u8; 32],
    stanzas_digest: [u8; 32],
    length: u64,
}

impl<W: Write + Seek, S: Read + Write + Seek> Sealer<W, S> {
    /// Draws the file key and writes prelude, header and stanzas.
    pub fn new(
        mut out: W,
        scratch: S,
        address: &Address,
        recipients: &[PublicKey],
        entropy: &mut dyn Entropy,
    ) -> Result<Self> {
        at_most(texts::parts::number_of_recipients(), recipients.len() as u64, RECIPIENTS_MAX as u64)?;
        let mut sealing = recipients
            .iter()
            .map(|r| {
                r.sealing
                    .ok_or_else(|| FormatError::input(texts::parts::recipient(), texts::wire::cannot_be_sealed_to()))
            })
            .collect::<Result<Vec<_>>>()?;
        sealing.sort_by_key(KeyId::of);
        let mut file_key = Zeroizing::new([0; 32]);
        let mut salt = [0; 32];
        entropy.fill(file_key.as_mut())?;
        entropy.fill(&mut salt)?;
        if salt == [0; 32] || *file_key == salt {
            return Err(FormatError::input(texts::parts::randomness(), texts::wire::repeats_itself()));
        }
        let keys = FileKeys::derive(&file_key, &salt)?;
        let header = Header {
            court: address.court.clone(),
            channel: address.channel.clone(),
            direction: address.direction,
            batch_type: address.batch_type,
            catalogue: address.catalogue,
            policy: address.policy,
            sender: address.sender,
            recipients: sealing.iter().map(KeyId::of).collect(),
            salt,
            commitment: keys.commitment,
        }
        .encode();
        Header::decode(&header)
            .map_err(|_| FormatError::input(texts::parts::recipients(), texts::wire::recipients_missing()))?;
        let header_bytes = header.len() as u32;
        let prelude = Prelude { suite: Suite::ONE, header_bytes, content_offset: 0, total_bytes: 0 };
        let front_digest = prelude.front_digest(&header);
        let mut stanzas = Vec::new();
        for key in &sealing {
            let (encapsulated, wrapped) = wrap_file_key(key, &front_digest, &file_key, entropy)?;
            stanzas.extend(Stanza { key_id: KeyId::of(key), encapsulated, wrapped }.encode());
        }
        out.write_all(&prelude.encode())?;
        out.write_all(&header)?;
        out.write_all(&stanzas)?;
        let length = (PRELUDE_BYTES + header.len() + stanzas.len()) as u64;
        let preamble = Preamble { header_bytes, front_digest, stanzas_digest: sha256(&stanzas), length };
        Ok(Self {
            out: Segmented::new(out),
            scratch,
            keys,
            preamble,
            hasher: ParallelHasher::default(),
            pending: Vec::new(),
            blocks: 0,
            manifest_bytes: 0,
            next: 0,
            commitment: Commitment::default(),
            raw_bytes: 0,
            flagged: 0,
        })
    }

    /// Seals one document from `input`, of any length.
    pub fn document(&mut self, document: Document, input: &mut dyn Read) -> Result<[u8; 32]> {
        SafeName::check(&document.name)?;
        let offset = self.out.written;
        let mut chunks = Chunks::new(&self.keys.body, self.next, &mut self.out);
        let (raw_bytes, sha) = self.hasher.hash_and_pass(input, |buffer, last| chunks.seal(buffer, last))?;
        let entry = Entry {
            number: self.next,
            kind: document.kind,
            name: document.name,
            version: document.version,
            offset,
            stored_bytes: raw_bytes,
            raw_bytes,
            codec: Codec::Raw,
            records: 0,
            sha256: sha,
            media_type: document.media_type,
            reason: document.reason,
        };
        self.commitment.add(&self.keys.leaf_salt(entry.number, 0), &sha);
        self.push(entry)?;
        Ok(sha)
    }

    /// Seals one block of records of `kind`, compressed where that helps.
    pub fn records(&mut self, kind: &str, block: RecordBlock, reason: &str) -> Result<()> {
        self.packed(kind, block.pack()?, reason)
    }

    /// Seals one packed block of records of `kind`, all of them flagged for that reason, or for none.
    pub fn packed(&mut self, kind: &str, block: PackedBlock, reason: &str) -> Result<()> {
        let PackedBlock { codec, mut stored, raw_bytes, raw_digest, digests } = block;
        let offset = self.out.written;
        let stored_bytes = stored.len() as u64;
        Chunks::new(&self.keys.body, self.next, &mut self.out).seal(&mut stored, true)?;
        for (item, digest) in digests.iter().enumerate() {
            self.commitment.add(&self.keys.leaf_salt(self.next, item as u32), digest);
        }
        self.push(Entry {
            number: self.next,
            kind: kind.to_owned(),
            name: String::new(),
            version: 0,
            offset,
            stored_bytes,
            raw_bytes,
            codec,
            records: digests.len() as u32,
            sha256: raw_digest,
            media_type: String::new(),
            reason: reason.to_owned(),
        })
    }

    fn push(&mut self, entry: Entry) -> Result<()> {
        entry.check()?;
        at_most(texts::parts::number_of_entries(), u64::from(self.next) + 1, ENTRIES_MAX.into())?;
        self.next += 1;
        self.raw_bytes += entry.raw_bytes;
        self.flagged += u32::from(entry.is_flagged());
        if self.pending.len() == MANIFEST_BLOCK_ENTRIES {
            self.write_block(false)?;
        }
        self.pending.push(entry);
        Ok(())
    }

    fn write_block(&mut self, last: bool) -> Result<()> {
        let mut block = encode_block(&self.pending)?;
        self.pending.clear();
        self.keys.manifest.seal(MANIFEST_ENTRY, self.blocks, last, &mut block)?;
        self.scratch.write_all(&(block.len() as u32).to_be_bytes())?;
        self.scratch.write_all(&block)?;
        self.manifest_bytes += 4 + block.len() as u64;
        self.blocks += 1;
        Ok(())
    }

    /// Writes the manifest and the content statement, and gives the writer back.
    pub fn finish_draft(mut self) -> Result<(W, ContentStatement)> {
        self.write_block(true)?;
        let body_bytes = self.out.written;
        self.scratch.rewind()?;
        let copied = std::io::copy(&mut (&mut self.scratch).take(self.manifest_bytes), &mut self.out)?;
        if copied != self.manifest_bytes {
            return Err(FormatError::input(texts::parts::scratch_file(), texts::wire::lost_bytes()));
        }
        let (mut out, digests) = self.out.finish()?;
        let statement = ContentStatement {
            front_digest: self.preamble.front_digest,
            stanzas_digest: self.preamble.stanzas_digest,
            body_bytes,
            manifest_bytes: self.manifest_bytes,
            segments: (digests.len() / 32) as u64,
            segment_root: *blake3::hash(&digests).as_bytes(),
            manifest_commitment: self.commitment.root(),
            entries: self.next,
            items: self.commitment.leaves(),
            raw_bytes: self.raw_bytes,
            flagged: self.flagged,
        };
        out.write_all(&digests)?;
        let content_offset = self.preamble.length + body_bytes + self.manifest_bytes + digests.len() as u64;
        let encoded = write_statement(&mut out, &statement.encode())?;
        let total_bytes = content_offset + encoded;
        at_most(texts::parts::batch_length(), total_bytes + STATEMENT_BYTES_MAX as u64, BATCH_BYTES_MAX)?;
        let prelude =
            Prelude { suite: Suite::ONE, header_bytes: self.preamble.header_bytes, content_offset, total_bytes };
        rewrite_prelude(&mut out, &prelude)?;
        Ok((out, statement))
    }
}

/// Gives a draft its number: appends the series statement, its signature, and the new length.
pub fn release<F: Read + Write + Seek>(
    draft: &mut F,
    content: &ContentStatement,
    series: &SeriesStatement,
    sender: &dyn Signer,
) -> Result<[u8; 32]> {
    series.check()?;
    if series.content != content.digest() {
        return Err(FormatError::input(texts::parts::series_statement(), texts::wire::names_other_content()));
    }
    draft.rewind()?;
    let mut front = [0; PRELUDE_BYTES];
    draft.read_exact(&mut front)?;
    let mut prelude = Prelude::decode(&front)?;
    let mut header = vec![0; prelude.header_bytes as usize];
    draft.read_exact(&mut header)?;
    if [series.sender, Header::decode(&header)?.sender].iter().any(|named| *named != sender.public_key()) {
        return Err(FormatError::input(texts::parts::sender(), texts::wire::sealed_for_another_sender()));
    }
    if sender.suite() != prelude.suite {
        return Err(FormatError::input(texts::parts::sender(), texts::wire::key_suite_differs()));
    }
    let end = draft.seek(SeekFrom::End(0))?;
    if end != prelude.total_bytes {
        return Err(FormatError::Length { declared: prelude.total_bytes, actual: end });
    }
    let statement = series.encode();
    let written = write_statement(draft, &statement)?;
    draft.write_all(&sender.sign(&statement)?)?;
    prelude.total_bytes = end + written + 64;
    rewrite_prelude(draft, &prelude)?;
    Ok(series.digest())
}

fn write_statement(out: &mut impl Write, statement: &[u8]) -> Result<u64> {
    at_most(texts::parts::statement_length(), statement.len() as u64, STATEMENT_BYTES_MAX as u64)?;
    out.write_all(&(statement.len() as u16).to_be_bytes())?;
    out.write_all(statement)?;
    Ok(2 + statement.len() as u64)
}

fn rewrite_prelude(out: &mut (impl Write + Seek), prelude: &Prelude) -> Result<()> {
    out.rewind()?;
    out.write_all(&prelude.encode())?;
    out.seek(SeekFrom::End(0))?;
    out.flush()?;
    Ok(())
}

/// Cuts one entry into chunks and encrypts them in place.
struct Chunks<'a, W> {
    cipher: &'a ChunkCipher,
    entry: u32,
    chunk: u64,
    out: &'a mut Segmented<W>,
}

impl<'a, W: Write> Chunks<'a, W> {
    fn new(cipher: &'a ChunkCipher, entry: u32, out: &'a mut Segmented<W>) -> Self {
        Self { cipher, entry, chunk: 0, out }
    }

    /// Seals the next bytes: whole chunks, unless this is the end of the entry.
    fn seal(&mut self, buffer: &mut Buffer, last: bool) -> Result<()> {
        if buffer.is_empty() {
            return self.seal_one(&mut [], last);
        }
        let count = buffer.len().div_ceil(CHUNK_BYTES);
        for (n, chunk) in buffer.chunks_mut(CHUNK_BYTES).enumerate() {
            self.seal_one(chunk, last && n + 1 == count)?;
        }
        Ok(())
    }

    fn seal_one(&mut self, plain: &mut [u8], last: bool) -> Result<()> {
        let tag = self.cipher.seal_apart(self.entry, self.chunk, last, plain)?;
        self.out.write_all(plain)?;
        self.out.write_all(&tag)?;
        self.chunk += 1;
        Ok(())
    }
}

/// A writer of whole segments that keeps the BLAKE3 digest of each.
struct Segmented<W> {
    out: W,
    segment: Vec<u8>,
    digests: Vec<u8>,
    written: u64,
}

impl<W: Write> Segmented<W> {
    fn new(out: W) -> Self {
        Self { out, segment: Vec::with_capacity(SEGMENT_BYTES), digests: Vec::new(), written: 0 }
    }

    fn close_segment(&mut self) -> std::io::Result<()> {
        self.digests.extend_from_slice(blake3::hash(&self.segment).as_bytes());
        self.out.write_all(&self.segment)?;
        self.segment.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<(W, Vec<u8>)> {
        if !self.segment.is_empty() {
            self.close_segment()?;
        }
        Ok((self.out, self.digests))
    }
}

impl<W: Write> Write for Segmented<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = bytes.len().min(SEGMENT_BYTES - self.segment.len());
        self.segment.extend_from_slice(&bytes[..taken]);
        self.written += taken as u64;
        if self.segment.len() == SEGMENT_BYTES {
            self.close_segment()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
