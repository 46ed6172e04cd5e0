//! Prelude, header and stanzas: the unencrypted beginning of a batch (SPEC.md sections 2 and 3).

use crate::crypto::suite::Suite;
use crate::encoding::reader_writer::{Reader, Writer};
use crate::error::at_most;
use crate::error::{FormatError, Result};
use crate::keys::KeyId;
use crate::limits::{BATCH_BYTES_MAX, HEADER_BYTES_MAX, RECIPIENTS_MAX};
use crate::names::Id;
use crate::text::Text;
use crate::texts;

/// First bytes of every batch. The high bit and the line ends reveal transfers that change bytes.
pub const MAGIC: [u8; 8] = *b"\x89FERRY\r\n";
/// The only format version.
pub const FORMAT_VERSION: u16 = 1;

/// Length of the prelude, in bytes.
pub const PRELUDE_BYTES: usize = 32;
/// Length of one stanza, in bytes.
pub const STANZA_BYTES: usize = 112;

/// The fixed beginning. Its two lengths are written last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prelude {
    /// The algorithms.
    pub suite: Suite,
    /// Length of the header, in bytes.
    pub header_bytes: u32,
    /// Offset of the content statement's length.
    pub content_offset: u64,
    /// Length of the whole file, in bytes.
    pub total_bytes: u64,
}

impl Prelude {
    /// Reads the first 32 bytes of a file.
    pub fn decode(bytes: &[u8; PRELUDE_BYTES]) -> Result<Self> {
        let mut r = Reader::new(texts::parts::prelude(), bytes);
        if r.array()? != MAGIC {
            return Err(FormatError::NotABatch);
        }
        let version = r.u16()?;
        if version != FORMAT_VERSION {
            return Err(FormatError::Unsupported { what: texts::parts::format_version(), found: version.into() });
        }
        let suite = Suite::known(r.u16()?)?;
        let prelude = Self { suite, header_bytes: r.u32()?, content_offset: r.u64()?, total_bytes: r.u64()? };
        r.end()?;
        at_most(texts::parts::header_length(), prelude.header_bytes.into(), HEADER_BYTES_MAX as u64)?;
        at_most(texts::parts::batch_length(), prelude.total_bytes, BATCH_BYTES_MAX)?;
        if prelude.content_offset >= prelude.total_bytes {
            return Err(FormatError::malformed(texts::parts::prelude(), texts::wire::content_outside_file()));
        }
        Ok(prelude)
    }

    /// The 32 bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.bytes(&self.fixed_part()).u64(self.content_offset).u64(self.total_bytes);
        w.finish()
    }

    fn fixed_part(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.bytes(&MAGIC).u16(FORMAT_VERSION).u16(self.suite.number()).u32(self.header_bytes);
        w.finish()
    }

    /// BLAKE3 over the prelude without its two offsets, and the header: the `info` of every stanza.
    pub fn front_digest(&self, header: &[u8]) -> [u8; 32] {
        let mut h = blake3::Hasher::new();
        h.update(&self.fixed_part()).update(header);
        *h.finalize().as_bytes()
    }
}

/// The direction in which a batch crosses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Intranet to internet (↑).
    Export,
    /// Internet to intranet (↓).
    Return,
}

impl Direction {
    /// The direction's name in files and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Return => "return",
        }
    }

    /// The direction's name as people read it.
    pub fn text(self) -> Text {
        match self {
            Self::Export => texts::parts::direction_export(),
            Self::Return => texts::parts::direction_return(),
        }
    }
}

/// What a batch carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchType {
    /// Records and documents; with none of them, a heartbeat.
    Data,
    /// Part of a series that carries the complete published state again.
    Baseline,
    /// A trust list.
    Trust,
}

/// The clear header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The court, or empty.
    pub court: Id,
    /// The channel.
    pub channel: Id,
    /// The direction in which the batch crosses.
    pub direction: Direction,
    /// What it carries.
    pub batch_type: BatchType,
    /// SHA-256 of the catalogue's canonical bytes.
    pub catalogue: [u8; 32],
    /// SHA-256 of the policy, zero where there is none.
    pub policy: [u8; 32],
    /// Public key of the sender whose signature the batch needs (attack: another trusted key signs it instead).
    pub sender: [u8; 32],
    /// Who can open it, ascending, no id twice.
    pub recipients: Vec<KeyId>,
    /// HKDF salt.
    pub salt: [u8; 32],
    /// Commitment to the file key.
    pub commitment: [u8; 32],
}

impl Header {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.short_str(self.court.as_str()).short_str(self.channel.as_str());
        w.u8(match self.direction {
            Direction::Export => 1,
            Direction::Return => 2,
        });
        w.u8(match self.batch_type {
            BatchType::Data => 1,
            BatchType::Baseline => 2,
            BatchType::Trust => 3,
        });
        w.bytes(&self.catalogue).bytes(&self.policy).bytes(&self.sender);
        w.list(&self.recipients, |w, id| {
            w.bytes(&id.0);
        });
        w.bytes(&self.salt).bytes(&self.commitment);
        w.finish()
    }

    /// Reads the canonical bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut r = Reader::new(texts::parts::header(), bytes);
        let id = |text: &str| {
            Id::new(text).map_err(|_| FormatError::malformed(texts::parts::header(), texts::wire::id_characters()))
        };
        let header = Self {
            court: id(r.short_str()?)?,
            channel: id(r.short_str()?)?,
            direction: match r.u8()? {
                1 => Direction::Export,
                2 => Direction::Return,
                _ => return Err(r.error(texts::wire::direction_unknown())),
            },
            batch_type: match r.u8()? {
                1 => BatchType::Data,
                2 => BatchType::Baseline,
                3 => BatchType::Trust,
                _ => return Err(r.error(texts::wire::batch_type_unknown())),
            },
            catalogue: r.array()?,
            policy: r.array()?,
            sender: r.array()?,
            recipients: r.list(RECIPIENTS_MAX, |r| Ok(KeyId(r.array()?)))?,
            salt: r.array()?,
            commitment: r.array()?,
        };
        r.end()?;
        if header.recipients.is_empty() || !header.recipients.is_sorted_by(|a, b| a < b) {
            return Err(FormatError::malformed(texts::parts::header(), texts::wire::recipients_unordered()));
        }
        Ok(header)
    }
}

/// The file key, wrapped for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stanza {
    /// The recipient.
    pub key_id: KeyId,
    /// Encapsulated key (RFC 9180 `enc`).
    pub encapsulated: [u8; 32],
    /// File key and tag.
    pub wrapped: [u8; 48],
}

impl Stanza {
    /// The 112 bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.bytes(&self.key_id.0).bytes(&self.encapsulated).bytes(&self.wrapped);
        w.finish()
    }

    /// Reads all stanzas; they stand in the order of the header's recipients.
    pub fn decode_all(bytes: &[u8], header: &Header) -> Result<Vec<Self>> {
        let mut r = Reader::new(texts::parts::stanzas(), bytes);
        let mut stanzas = Vec::with_capacity(header.recipients.len());
        for id in &header.recipients {
            let stanza = Self { key_id: KeyId(r.array()?), encapsulated: r.array()?, wrapped: r.array()? };
            if stanza.key_id != *id {
                return Err(r.error(texts::wire::stanzas_differ()));
            }
            stanzas.push(stanza);
        }
        r.end()?;
        Ok(stanzas)
    }
}
