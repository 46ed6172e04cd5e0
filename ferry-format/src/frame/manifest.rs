//! The manifest: the list of entries of the body.

use crate::crypto::suite::sealed_length;
use crate::encoding::compact::{self, Decode, Encode, Reader, Writer};
use crate::error::{FormatError, Result};
use crate::limits::{
    BATCH_BYTES_MAX, ENTRY_NAME_BYTES_MAX, KIND_BYTES_MAX, MANIFEST_BLOCK_BYTES_MAX, MANIFEST_BLOCK_ENTRIES,
    MEDIA_TYPE_BYTES_MAX, RATIO_MAX, REASON_BYTES_MAX,
};
use crate::names::SafeName;
use crate::texts;

/// How the stored bytes of an entry become its raw bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Uncompressed.
    Raw,
    /// One zstd frame (RFC 8878).
    Zstd,
}

/// One entry: a document, or a block of records of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number of the entry, from 0, dense.
    pub number: u32,
    /// Kind, as the catalogue names it.
    pub kind: String,
    /// Name or id of a document; empty for a block of records.
    pub name: String,
    /// Version of a document; 0 for a block of records.
    pub version: u64,
    /// Offset of its ciphertext in the body.
    pub offset: u64,
    /// Stored plain bytes, after compression.
    pub stored_bytes: u64,
    /// Raw bytes, before compression.
    pub raw_bytes: u64,
    /// How it is stored.
    pub codec: Codec,
    /// Records in the block; 0 for a document.
    pub records: u32,
    /// SHA-256 of the raw bytes.
    pub sha256: [u8; 32],
    /// Media type of a document, as the sender found it.
    pub media_type: String,
    /// Why the sender's scanner flagged it, for its reviewers; empty where it did not.
    pub reason: String,
}

impl Entry {
    /// The rules that every entry must meet, independent of its signer.
    pub fn check(&self) -> Result<()> {
        let bad = |why| Err(FormatError::malformed(texts::parts::manifest_entry(), why));
        if self.kind.is_empty()
            || self.kind.len() > KIND_BYTES_MAX
            || self.name.len() > ENTRY_NAME_BYTES_MAX
            || self.media_type.len() > MEDIA_TYPE_BYTES_MAX
            || self.reason.len() > REASON_BYTES_MAX
        {
            return bad(texts::wire::text_out_of_bounds());
        }
        if self.records == 0 {
            SafeName::check(&self.name)?;
        }
        if self.stored_bytes > BATCH_BYTES_MAX {
            return bad(texts::wire::longer_than_batch());
        }
        if self.codec == Codec::Raw && self.raw_bytes != self.stored_bytes {
            return bad(texts::wire::raw_lengths_differ());
        }
        if self.raw_bytes > self.stored_bytes.saturating_mul(RATIO_MAX) {
            return bad(texts::wire::ratio_too_high());
        }
        Ok(())
    }

    /// Whether the sender's scanner flagged it.
    pub fn is_flagged(&self) -> bool {
        !self.reason.is_empty()
    }

    /// Ciphertext length in the body.
    pub fn sealed_bytes(&self) -> u64 {
        sealed_length(self.stored_bytes)
    }
}

impl Encode for Codec {
    fn write(&self, writer: &mut Writer) {
        writer.variant(match self {
            Self::Raw => 0,
            Self::Zstd => 1,
        });
    }
}

impl Decode for Codec {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        match reader.variant()? {
            0 => Ok(Self::Raw),
            1 => Ok(Self::Zstd),
            other => Err(reader.unknown_variant(other)),
        }
    }
}

impl Encode for Entry {
    fn write(&self, writer: &mut Writer) {
        let Self {
            number,
            kind,
            name,
            version,
            offset,
            stored_bytes,
            raw_bytes,
            codec,
            records,
            sha256,
            media_type,
            reason,
        } = self;
        writer.put(number).put(kind).put(name).put(version).put(offset).put(stored_bytes).put(raw_bytes);
        writer.put(codec).put(records).put(sha256).put(media_type).put(reason);
    }
}

impl Decode for Entry {
    fn read(reader: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            number: reader.get()?,
            kind: reader.get()?,
            name: reader.get()?,
            version: reader.get()?,
            offset: reader.get()?,
            stored_bytes: reader.get()?,
            raw_bytes: reader.get()?,
            codec: reader.get()?,
            records: reader.get()?,
            sha256: reader.get()?,
            media_type: reader.get()?,
            reason: reader.get()?,
        })
    }
}

/// Encodes one block.
pub fn encode_block(entries: &[Entry]) -> Result<Vec<u8>> {
    compact::encode(texts::parts::manifest_block(), entries, MANIFEST_BLOCK_BYTES_MAX)
}

/// Decodes one block. Only ever called on verified and decrypted bytes.
pub fn decode_block(bytes: &[u8]) -> Result<Vec<Entry>> {
    let list = |reader: &mut Reader<'_>| reader.list::<Entry>(MANIFEST_BLOCK_ENTRIES);
    let entries = compact::decode(texts::parts::manifest_block(), bytes, MANIFEST_BLOCK_BYTES_MAX, list)?;
    entries.iter().try_for_each(Entry::check)?;
    Ok(entries)
}
