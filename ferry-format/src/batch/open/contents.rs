//! Opening a whole batch: every entry in order, every digest and total compared.

use crate::batch::open::body::{Region, open_document, open_records, read_manifest_block};
use crate::batch::open::unverified::{Sink, UnverifiedBatch};
use crate::crypto::merkle::Commitment;
use crate::crypto::parallel_hash::ParallelHasher;
use crate::crypto::suite::FileKeys;
use crate::error::{FormatError, Result};
use crate::keys::Unwrapper;
use crate::texts;
use std::io::{Read, Seek};

impl<F: Read + Seek> UnverifiedBatch<F> {
    /// Opens a draft for a reviewer: every digest is checked, but no sender has signed it yet.
    pub fn open_draft(self, key: &dyn Unwrapper, sink: &mut dyn Sink) -> Result<()> {
        if !self.is_draft() {
            return Err(FormatError::Stage(texts::wire::already_released()));
        }
        self.open(key, sink)
    }

    pub(super) fn open(mut self, key: &dyn Unwrapper, sink: &mut dyn Sink) -> Result<()> {
        let keys = self.keys(key)?;
        self.open_with(&keys, sink)
    }

    /// Reads manifest and body completely, and checks every digest and total.
    pub(crate) fn open_with(&mut self, keys: &FileKeys, sink: &mut dyn Sink) -> Result<()> {
        let content = self.content.clone();
        let mut manifest = Region::at(content.body_bytes);
        let mut body = Region::at(0);
        let mut commitment = Commitment::default();
        let mut hasher = ParallelHasher::default();
        let (mut next, mut raw_bytes, mut flagged) = (0_u32, 0_u64, 0_u32);
        let end = content.body_bytes + content.manifest_bytes;
        let mut block_number = 0;
        while manifest.position < end {
            sink.block(next, manifest.position);
            let entries = read_manifest_block(self, keys, &mut manifest, block_number)?;
            block_number += 1;
            for entry in entries {
                if entry.number != next || entry.offset != body.position {
                    return Err(FormatError::malformed(
                        texts::parts::manifest(),
                        texts::wire::entries_not_contiguous(),
                    ));
                }
                if entry.records == 0 {
                    let digest = open_document(self, keys, &entry, &mut body, &mut hasher, sink)?;
                    let salt = keys.leaf_salt(entry.number, 0);
                    commitment.add(&salt, &digest);
                    sink.leaf(&salt, &digest)?;
                } else {
                    open_records(self, keys, &entry, &mut body, &mut commitment, sink)?;
                }
                next += 1;
                raw_bytes += entry.raw_bytes;
                flagged += u32::from(entry.is_flagged());
            }
        }
        let same = body.position == content.body_bytes && next == content.entries && raw_bytes == content.raw_bytes;
        if !same || flagged != content.flagged || commitment.leaves() != content.items {
            return Err(FormatError::malformed(texts::parts::manifest(), texts::wire::totals_differ()));
        }
        if commitment.root() != content.manifest_commitment {
            return Err(FormatError::Digest(texts::parts::the_manifest_commitment()));
        }
        Ok(())
    }
}
