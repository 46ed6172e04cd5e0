//! The content statement, which people approve, and the series statement, which the sender signs.

use crate::crypto::hash::sha256;
use crate::encoding::reader_writer::{Reader, Writer};
use crate::error::{FormatError, Result};
use crate::limits::{APPROVALS_MAX, DIGEST_HISTORY_MAX, GAP_RANGES_MAX, NUMBER_MAX, VOLUME_RANGES_MAX};
use crate::texts;

const CONTENT_DOMAIN: &[u8; 16] = b"ferry/content/1\n";
const SERIES_DOMAIN: &[u8; 16] = b"ferry/series/01\n";

/// Everything about a batch but its position in the series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentStatement {
    /// Digest of prelude (without offsets) and header.
    pub front_digest: [u8; 32],
    /// SHA-256 of the stanzas.
    pub stanzas_digest: [u8; 32],
    /// Ciphertext bytes of all body entries.
    pub body_bytes: u64,
    /// Ciphertext bytes of the manifest.
    pub manifest_bytes: u64,
    /// Number of segments of body and manifest together.
    pub segments: u64,
    /// BLAKE3 over the segment digests.
    pub segment_root: [u8; 32],
    /// Root over one salted leaf for each record and document.
    pub manifest_commitment: [u8; 32],
    /// Number of entries.
    pub entries: u32,
    /// Number of leaves: documents and single records.
    pub items: u64,
    /// Raw bytes of all entries.
    pub raw_bytes: u64,
    /// Number of entries that the scanner flagged.
    pub flagged: u32,
}

impl ContentStatement {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.bytes(CONTENT_DOMAIN).bytes(&self.front_digest).bytes(&self.stanzas_digest);
        w.u64(self.body_bytes).u64(self.manifest_bytes).u64(self.segments).bytes(&self.segment_root);
        w.bytes(&self.manifest_commitment).u32(self.entries).u64(self.items).u64(self.raw_bytes).u32(self.flagged);
        w.finish()
    }

    /// Reads the canonical bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(texts::parts::content_statement(), bytes);
        if r.array()? != *CONTENT_DOMAIN {
            return Err(r.error(texts::wire::wrong_domain()));
        }
        let statement = Self {
            front_digest: r.array()?,
            stanzas_digest: r.array()?,
            body_bytes: r.u64()?,
            manifest_bytes: r.u64()?,
            segments: r.u64()?,
            segment_root: r.array()?,
            manifest_commitment: r.array()?,
            entries: r.u32()?,
            items: r.u64()?,
            raw_bytes: r.u64()?,
            flagged: r.u32()?,
        };
        r.end()?;
        Ok(statement)
    }

    /// SHA-256 of the canonical bytes: what an approval names.
    pub fn digest(&self) -> [u8; 32] {
        sha256(&self.encode())
    }
}

/// A reviewer's signature over a content statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The reviewer's Ed25519 public key.
    pub reviewer: [u8; 32],
    /// The signature.
    pub signature: [u8; 64],
}

/// The last accepted state of the other channel, as the sender knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acknowledged {
    /// Epoch of the other channel.
    pub epoch: u64,
    /// Highest sequence number accepted there; zero for none.
    pub sequence: u64,
    /// Digest of that batch; zero for none.
    pub digest: [u8; 32],
}

/// The head of the sender's audit when a batch was released (SPEC.md section 21): the receiver can show later that the
/// sender's audit was changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditHead {
    /// Entries of the audit; zero where the sender keeps none.
    pub entries: u64,
    /// Digest of the newest entry; zero for none.
    pub digest: [u8; 32],
}

/// Segments of one batch that are requested again, as volumes (SPEC.md, "Volumes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VolumeRange {
    /// Number of the batch.
    pub sequence: u64,
    /// First segment, from 1; 0 is the head.
    pub from: u32,
    /// Last segment, inclusive.
    pub to: u32,
}

/// A segment number that no batch has: in a request, it gives up the whole batch (SPEC.md section 8).
const GIVEN_UP: u32 = u32::MAX;

impl VolumeRange {
    /// A person accepted the gap of this number: the batch is no longer wanted, and its content must cross again.
    pub fn given_up(sequence: u64) -> Self {
        Self { sequence, from: GIVEN_UP, to: GIVEN_UP }
    }

    /// Whether it gives up the batch and requests nothing.
    pub fn is_given_up(&self) -> bool {
        self.from == GIVEN_UP
    }
}

/// The position of a batch in its series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesStatement {
    /// Digest of the content statement.
    pub content: [u8; 32],
    /// Epoch.
    pub epoch: u64,
    /// Number of the batch, from 1.
    pub sequence: u64,
    /// Digests of the batches before it, newest first; empty for the first.
    pub previous: Vec<[u8; 32]>,
    /// When it was released, seconds since 1970 UTC.
    pub created_s: i64,
    /// After this the newest batch of a series is rejected as a freeze, seconds since 1970 UTC.
    pub not_after_s: i64,
    /// What the sender has accepted from the other channel.
    pub acknowledged: Acknowledged,
    /// Requested sequence numbers, as inclusive ranges.
    pub gap_requests: Vec<(u64, u64)>,
    /// Requested volumes.
    pub volume_requests: Vec<VolumeRange>,
    /// State root after this batch; zero where the channel keeps none.
    pub state_root: [u8; 32],
    /// The head of the sender's audit before this release.
    pub audit: AuditHead,
    /// The sender's Ed25519 public key, named inside what it signs.
    pub sender: [u8; 32],
    /// Approvals, ascending by public key.
    pub approvals: Vec<Approval>,
}

impl SeriesStatement {
    /// The canonical bytes, which are what the sender signs.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.bytes(SERIES_DOMAIN).bytes(&self.content).u64(self.epoch).u64(self.sequence);
        w.list(&self.previous, |w, d| {
            w.bytes(d);
        });
        w.i64(self.created_s).i64(self.not_after_s);
        w.u64(self.acknowledged.epoch).u64(self.acknowledged.sequence).bytes(&self.acknowledged.digest);
        w.list(&self.gap_requests, |w, (from, to)| {
            w.u64(*from).u64(*to);
        });
        w.list(&self.volume_requests, |w, v| {
            w.u64(v.sequence).u32(v.from).u32(v.to);
        });
        w.bytes(&self.state_root).u64(self.audit.entries).bytes(&self.audit.digest).bytes(&self.sender);
        w.list(&self.approvals, |w, a| {
            w.bytes(&a.reviewer).bytes(&a.signature);
        });
        w.finish()
    }

    /// Reads the canonical bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(texts::parts::series_statement(), bytes);
        if r.array()? != *SERIES_DOMAIN {
            return Err(r.error(texts::wire::wrong_domain()));
        }
        let statement = Self {
            content: r.array()?,
            epoch: r.u64()?,
            sequence: r.u64()?,
            previous: r.list(DIGEST_HISTORY_MAX, Reader::array)?,
            created_s: r.i64()?,
            not_after_s: r.i64()?,
            acknowledged: Acknowledged { epoch: r.u64()?, sequence: r.u64()?, digest: r.array()? },
            gap_requests: r.list(GAP_RANGES_MAX, |r| Ok((r.u64()?, r.u64()?)))?,
            volume_requests: r
                .list(VOLUME_RANGES_MAX, |r| Ok(VolumeRange { sequence: r.u64()?, from: r.u32()?, to: r.u32()? }))?,
            state_root: r.array()?,
            audit: AuditHead { entries: r.u64()?, digest: r.array()? },
            sender: r.array()?,
            approvals: r.list(APPROVALS_MAX, |r| Ok(Approval { reviewer: r.array()?, signature: r.array()? }))?,
        };
        r.end()?;
        statement.check()?;
        Ok(statement)
    }

    /// The rules that hold for every series statement, written or read.
    pub fn check(&self) -> Result<()> {
        let bad = |why| Err(FormatError::malformed(texts::parts::series_statement(), why));
        if self.sequence == 0 {
            return bad(texts::wire::sequence_zero());
        }
        if self.previous.len() > DIGEST_HISTORY_MAX
            || self.approvals.len() > APPROVALS_MAX
            || self.gap_requests.len() > GAP_RANGES_MAX
            || self.volume_requests.len() > VOLUME_RANGES_MAX
        {
            return bad(texts::wire::list_too_long());
        }
        if !self.approvals.is_sorted_by(|a, b| a.reviewer < b.reviewer) {
            return bad(texts::wire::approvals_unordered());
        }
        let ranges = &self.gap_requests;
        if ranges.iter().any(|(from, to)| from > to || *from == 0) || !ranges.is_sorted_by(|a, b| a.1 < b.0) {
            return bad(texts::wire::gap_requests_unordered());
        }
        let volumes = &self.volume_requests;
        let apart = |a: &VolumeRange, b: &VolumeRange| (a.sequence, a.to) < (b.sequence, b.from);
        if volumes.iter().any(|v| v.from > v.to || v.sequence == 0) || !volumes.is_sorted_by(apart) {
            return bad(texts::wire::volume_requests_unordered());
        }
        let asked = ranges.last().map_or(0, |(_, to)| *to).max(volumes.last().map_or(0, |v| v.sequence));
        let heard = self.acknowledged.epoch.max(self.acknowledged.sequence).max(self.audit.entries);
        if self.epoch.max(self.sequence).max(asked).max(heard) > NUMBER_MAX {
            return bad(texts::wire::number_too_large());
        }
        Ok(())
    }

    /// SHA-256 of the canonical bytes: the batch digest.
    pub fn digest(&self) -> [u8; 32] {
        sha256(&self.encode())
    }
}
