//! The evidence bundle: proof of one record or document without showing its neighbours (SPEC.md, "Evidence").
//!
//! The head is held in memory; the documents follow it unencrypted and are only streamed.

use crate::batch::open::Signed;
use crate::crypto::hash::sha256;
use crate::crypto::suite::Suite;
use crate::encoding::reader_writer::{Reader, Writer};
use crate::error::at_most;
use crate::error::{FormatError, Result};
use crate::limits::{
    EVIDENCE_AUDIT_LATER_MAX, EVIDENCE_AUDIT_MAX, EVIDENCE_BATCHES_MAX, EVIDENCE_HEAD_BYTES_MAX, EVIDENCE_ITEMS_MAX,
    EVIDENCE_TRUST_BYTES_MAX, EVIDENCE_TRUSTS_MAX, HEADER_BYTES_MAX, PATH_MAX, RECORD_BYTES_MAX, STATEMENT_BYTES_MAX,
};
use crate::texts;
use std::io::{Read, Write};

/// First bytes of a bundle.
pub const MAGIC: [u8; 8] = *b"\x89FERRYE\n";
/// Its only version.
const VERSION: u16 = 1;

/// A bundle without the bytes of its documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// What it lacks: bits of [`MissingPart`].
    pub absent: u8,
    /// Batches with evidence, ascending by batch digest.
    pub batches: Vec<BatchEvidence>,
    /// Trust files, or signed trust lists in ascending order of their numbers; a verifier does not trust them.
    pub trusts: Vec<String>,
    /// Audit entries, ascending by batch and bytes.
    pub audits: Vec<Audit>,
}

/// Parts that a bundle may lack, each a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingPart {
    /// A document that the record names.
    Document = 1,
    /// The delivery report of the batch.
    Report = 2,
    /// A receipt.
    Receipt = 4,
    /// Audit entries.
    Audit = 8,
}

impl MissingPart {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Document, Self::Report, Self::Receipt, Self::Audit];

    /// Whether the bits have it.
    pub fn is_in(self, bits: u8) -> bool {
        bits & self as u8 != 0
    }
}

/// What was signed of one batch, and items of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchEvidence {
    /// Its algorithms.
    pub suite: u16,
    /// What its sender signed.
    pub signed: Signed,
    /// Items, ascending by leaf.
    pub items: Vec<Item>,
}

/// One record or document, and how it follows from what was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its role in this bundle.
    pub role: Role,
    /// Number of its leaf, from 0.
    pub leaf: u64,
    /// Salt of its leaf.
    pub salt: [u8; 32],
    /// Path of its leaf to the manifest commitment.
    pub path: Vec<[u8; 32]>,
    /// What crossed.
    pub body: Body,
}

/// The role of an item in a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The record that the bundle is about.
    Subject,
    /// A document of the record, or the document that the bundle is about.
    Document,
    /// A delivery report.
    Report,
    /// A receipt.
    Receipt,
}

/// What crossed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A record's encoded bytes.
    Record(Vec<u8>),
    /// A document's digest and length; its bytes follow the head.
    Document {
        /// SHA-256.
        sha256: [u8; 32],
        /// Length in bytes.
        bytes: u64,
    },
}

impl Body {
    /// What its leaf covers.
    pub fn digest(&self) -> [u8; 32] {
        match self {
            Self::Record(encoded) => sha256(encoded),
            Self::Document { sha256, .. } => *sha256,
        }
    }
}

/// An entry of an agent's audit, and how the head that it signed in a batch follows from it (SPEC.md, "Audit").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// Which of the batches names the head, from 0.
    pub batch: u8,
    /// Digest of the entry before; zero before the first.
    pub previous: [u8; 32],
    /// The entry's canonical bytes.
    pub entry: Vec<u8>,
    /// SHA-256 of the bytes of each entry after it, up to the head.
    pub later: Vec<[u8; 32]>,
}

impl Bundle {
    /// The head's bytes, with magic, version and length before them. Documents are to be appended in the order of
    /// [`Self::documents`].
    ///
    /// # Errors
    /// [`FormatError::OverLimit`] where a part is longer than a reader accepts.
    pub fn encode(&self) -> Result<Vec<u8>> {
        at_most(texts::parts::batches_of_bundle(), self.batches.len() as u64, EVIDENCE_BATCHES_MAX as u64)?;
        at_most(texts::parts::trust_texts_of_bundle(), self.trusts.len() as u64, EVIDENCE_TRUSTS_MAX as u64)?;
        at_most(texts::parts::audit_entries_of_bundle(), self.audits.len() as u64, EVIDENCE_AUDIT_MAX as u64)?;
        let bytes = self.encode_unchecked();
        match Self::read(&mut bytes.as_slice())? == *self {
            true => Ok(bytes),
            false => Err(FormatError::malformed(texts::parts::evidence(), texts::evidence::part_too_long())),
        }
    }

    /// The same without the check that a reader accepts it: for tests of readers.
    pub fn encode_unchecked(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.u8(self.absent).list(&self.batches, |w, evidence| evidence.encode(w));
        w.list(&self.trusts, |w, text| long(w, text.as_bytes()));
        w.list(&self.audits, |w, audit| audit.encode(w));
        let head = w.finish();
        let mut w = Writer::new();
        w.bytes(&MAGIC).u16(VERSION).u32(u32::try_from(head.len()).unwrap_or(u32::MAX)).bytes(&head);
        w.finish()
    }

    /// Reads a head and leaves `file` at the first document.
    ///
    /// # Errors
    /// [`FormatError::NotABatch`], [`FormatError::Unsupported`], [`FormatError::Malformed`] or [`FormatError::OverLimit`].
    pub fn read(file: &mut impl Read) -> Result<Self> {
        let front = exactly(file, 14)?;
        let mut r = Reader::new(texts::parts::evidence(), &front);
        if r.array()? != MAGIC {
            return Err(FormatError::malformed(texts::parts::evidence(), texts::evidence::not_a_bundle()));
        }
        let version = r.u16()?;
        if version != VERSION {
            return Err(FormatError::Unsupported { what: texts::parts::version_of_bundle(), found: version.into() });
        }
        let length = r.u32()?;
        at_most(texts::parts::head_of_bundle(), length.into(), EVIDENCE_HEAD_BYTES_MAX as u64)?;
        let head = exactly(file, length as usize)?;
        let mut r = Reader::new(texts::parts::evidence(), &head);
        let absent = r.u8()?;
        let bundle = Self {
            absent,
            batches: r.list(EVIDENCE_BATCHES_MAX, BatchEvidence::decode)?,
            trusts: r.list(EVIDENCE_TRUSTS_MAX, |r| {
                let bytes = taken(r, EVIDENCE_TRUST_BYTES_MAX)?;
                String::from_utf8(bytes).map_err(|_| r.error(texts::evidence::text_not_utf8()))
            })?,
            audits: r.list(EVIDENCE_AUDIT_MAX, Audit::decode)?,
        };
        r.end()?;
        bundle.check_order()?;
        Ok(bundle)
    }

    /// A bundle has one encoding, and nothing is in it twice.
    fn check_order(&self) -> Result<()> {
        let bad = |why| Err(FormatError::malformed(texts::parts::evidence(), why));
        let digests: Vec<_> = self.batches.iter().map(|b| sha256(&b.signed.series)).collect();
        if self.absent > 15 {
            return bad(texts::evidence::absent_bits_unknown());
        }
        if !digests.is_sorted_by(|a, b| a < b) {
            return bad(texts::evidence::batches_unordered());
        }
        if !self.batches.iter().all(|b| b.items.is_sorted_by(|x, y| x.leaf < y.leaf)) {
            return bad(texts::evidence::items_unordered());
        }
        if !self.audits.is_sorted_by(|a, b| (a.batch, &a.entry) < (b.batch, &b.entry)) {
            return bad(texts::evidence::audit_entries_unordered());
        }
        Ok(())
    }

    /// Digest and length of its documents, in the order in which their bytes follow the head.
    pub fn documents(&self) -> impl Iterator<Item = ([u8; 32], u64)> + '_ {
        let items = self.batches.iter().flat_map(|b| &b.items);
        items.filter_map(|item| match item.body {
            Body::Document { sha256, bytes } => Some((sha256, bytes)),
            Body::Record(_) => None,
        })
    }

    /// Checks the bytes that follow the head, in constant memory. Each document's go to the writer that `begin` gives.
    ///
    /// # Errors
    /// [`FormatError::Digest`] for other bytes, [`FormatError::Malformed`] for too few or too many.
    pub fn check_documents<W: Write>(
        &self,
        file: &mut impl Read,
        mut begin: impl FnMut(&[u8; 32]) -> Result<W>,
    ) -> Result<()> {
        let mut buffer = vec![0; 1 << 16];
        for (digest, bytes) in self.documents() {
            let (mut context, mut left) = (ring::digest::Context::new(&ring::digest::SHA256), bytes);
            let mut out = begin(&digest)?;
            while left > 0 {
                let now = left.min(buffer.len() as u64) as usize;
                let read = file.read(&mut buffer[..now])?;
                if read == 0 {
                    return Err(FormatError::malformed(texts::parts::evidence(), texts::wire::ends_too_early()));
                }
                context.update(&buffer[..read]);
                out.write_all(&buffer[..read])?;
                left -= read as u64;
            }
            out.flush()?;
            if context.finish().as_ref() != digest {
                return Err(FormatError::Digest(texts::parts::a_document()));
            }
        }
        match file.read(&mut buffer[..1])? {
            0 => Ok(()),
            _ => Err(FormatError::malformed(texts::parts::evidence(), texts::wire::bytes_left_over())),
        }
    }
}

impl BatchEvidence {
    fn encode(&self, w: &mut Writer) {
        w.u16(self.suite);
        for part in [&self.signed.header, &self.signed.content, &self.signed.series] {
            w.u16(u16::try_from(part.len()).unwrap_or(u16::MAX)).bytes(part);
        }
        w.bytes(&self.signed.signature);
        w.list(&self.items, |w, item| item.encode(w));
    }

    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let suite = Suite::known(r.u16()?)?.number();
        let mut part = |max: usize| -> Result<Vec<u8>> {
            let length = r.u16()?;
            at_most(texts::parts::statement(), length.into(), max as u64)?;
            Ok(r.take(length.into())?.to_vec())
        };
        let (header, content) = (part(HEADER_BYTES_MAX)?, part(STATEMENT_BYTES_MAX)?);
        let series = part(STATEMENT_BYTES_MAX)?;
        let signed = Signed { header, content, series, signature: r.array()? };
        Ok(Self { suite, signed, items: r.list(EVIDENCE_ITEMS_MAX, Item::decode)? })
    }
}

impl Item {
    fn encode(&self, w: &mut Writer) {
        w.u8(match self.role {
            Role::Subject => 1,
            Role::Document => 2,
            Role::Report => 3,
            Role::Receipt => 4,
        });
        w.u64(self.leaf).bytes(&self.salt).list(&self.path, |w, node| {
            w.bytes(node);
        });
        match &self.body {
            Body::Record(encoded) => long(w, encoded),
            Body::Document { sha256, bytes } => {
                w.bytes(sha256).u64(*bytes);
            }
        }
    }

    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let role = match r.u8()? {
            1 => Role::Subject,
            2 => Role::Document,
            3 => Role::Report,
            4 => Role::Receipt,
            _ => return Err(r.error(texts::evidence::role_unknown())),
        };
        let (leaf, salt, path) = (r.u64()?, r.array()?, r.list(PATH_MAX, |r| r.array())?);
        let body = match role {
            Role::Document => Body::Document { sha256: r.array()?, bytes: r.u64()? },
            _ => Body::Record(taken(r, RECORD_BYTES_MAX)?),
        };
        Ok(Self { role, leaf, salt, path, body })
    }
}

impl Audit {
    fn encode(&self, w: &mut Writer) {
        w.u8(self.batch).bytes(&self.previous);
        long(w, &self.entry);
        w.u32(u32::try_from(self.later.len()).unwrap_or(u32::MAX));
        self.later.iter().for_each(|digest| {
            w.bytes(digest);
        });
    }

    fn decode(r: &mut Reader<'_>) -> Result<Self> {
        let (batch, previous, entry) = (r.u8()?, r.array()?, taken(r, RECORD_BYTES_MAX)?);
        let count = r.u32()?;
        at_most(texts::parts::path_of_audit_entry(), count.into(), EVIDENCE_AUDIT_LATER_MAX as u64)?;
        let later = (0..count).map(|_| r.array()).collect::<Result<_>>()?;
        Ok(Self { batch, previous, entry, later })
    }
}

fn long(w: &mut Writer, bytes: &[u8]) {
    w.u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX)).bytes(bytes);
}

fn taken(r: &mut Reader<'_>, max: usize) -> Result<Vec<u8>> {
    let length = r.u32()?;
    at_most(texts::parts::part_of_bundle(), length.into(), max as u64)?;
    Ok(r.take(length as usize)?.to_vec())
}

/// Reads `n` bytes, growing with the bytes that are there: a false length allocates nothing.
fn exactly(file: &mut impl Read, n: usize) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    file.take(n as u64).read_to_end(&mut out)?;
    if out.len() != n {
        return Err(FormatError::malformed(texts::parts::evidence(), texts::wire::ends_too_early()));
    }
    Ok(out)
}
