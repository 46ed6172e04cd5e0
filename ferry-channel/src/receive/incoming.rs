//! A received folder, sorted by who vouches for each file.
//!
//! What anybody can make must not displace what is signed: each sort has a bound of its own (`crate::limits`), whatever the
//! order in which the folder is read, and memory does not grow with the folder.

use crate::config::RuleDigests;
use crate::ledger::{pending, reassembly, received};
use crate::limits::{BATCHES_PER_PASS_MAX, FOREIGN_PER_PASS_MAX, UNSIGNED_PER_PASS_MAX, VOLUMES_PER_PASS_MAX};
use crate::receive::decide::FileFacts;
use crate::receive::endpoint::ReceiveEndpoint;
use crate::receive::reject::PlacedFile;
use crate::receive::scan::{self, Entry, FileKind, IncomingFile};
use crate::receive::skipped::{SkipCounts, SkipReason};
use crate::types::batch_fault::BatchFault;
use crate::types::{BatchNumber, Digest, UnixSeconds};
use ferry_format::FormatError;
use ferry_format::batch::open::Checked;
use ferry_format::batch::volume::{Head, VOLUME_HEADER_BYTES, VolumeHeader};
use ferry_format::frame::sequence::SequencePosition;
use ferry_io::error::Result;
use ferry_io::fs::read;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read};
use std::path::Path;

/// A file whose sender and destination hold, as the first look at it found them.
pub(crate) struct VerifiedFile {
    pub(crate) file: IncomingFile,
    pub(crate) facts: FileFacts,
}

impl VerifiedFile {
    pub(crate) fn number(&self) -> BatchNumber {
        BatchNumber::of(&self.facts.series)
    }

    pub(crate) fn placed<'a>(&'a self, place: &'a SequencePosition) -> PlacedFile<'a> {
        PlacedFile { file: &self.file, series: &self.facts.series, digest: self.facts.digest, place }
    }
}

/// A file that its check refuses, and why.
pub(crate) type Unsigned = (IncomingFile, BatchFault);

/// What one pass takes of a folder.
pub(crate) struct Incoming<'a> {
    conn: &'a Connection,
    endpoint: &'a ReceiveEndpoint,
    now: UnixSeconds,
    /// Batches whose signature holds, one file for each, lowest numbers first.
    verified: BTreeMap<(BatchNumber, Digest), VerifiedFile>,
    /// Further files of the same batches, and of batches that were received before.
    pub(crate) copies: Vec<VerifiedFile>,
    /// Heads whose signature holds.
    pub(crate) heads: Vec<IncomingFile>,
    /// Heads whose signature does not.
    pub(crate) unsigned_heads: Vec<IncomingFile>,
    /// Volumes of batches whose head is here.
    pub(crate) volumes: Vec<IncomingFile>,
    /// Volumes of any other batch.
    pub(crate) loose_volumes: Vec<IncomingFile>,
    /// Files of a signer whom nobody knows yet: a list that lies beside them may name it.
    pub(crate) strangers: Vec<Unsigned>,
    /// Files that begin like a batch and are none, or not yet.
    pub(crate) unsigned: Vec<Unsigned>,
    /// Files that are no batch, whatever follows.
    pub(crate) foreign: Vec<IncomingFile>,
    pub(crate) skipped: SkipCounts,
    /// Names that wait by the ledger and were not seen yet.
    not_seen: BTreeSet<String>,
    with_head: BTreeSet<Digest>,
}

impl<'a> Incoming<'a> {
    /// Looks at the whole received folder.
    pub(crate) fn of(conn: &'a Connection, endpoint: &'a ReceiveEndpoint, now: UnixSeconds) -> Result<Self> {
        let mut incoming = Self {
            conn,
            endpoint,
            now,
            verified: BTreeMap::new(),
            copies: Vec::new(),
            heads: Vec::new(),
            unsigned_heads: Vec::new(),
            volumes: Vec::new(),
            loose_volumes: Vec::new(),
            strangers: Vec::new(),
            unsigned: Vec::new(),
            foreign: Vec::new(),
            skipped: SkipCounts::default(),
            not_seen: pending::names(conn, &endpoint.channel)?,
            with_head: reassembly::with_head(conn)?,
        };
        incoming.look(&endpoint.received)?;
        Ok(incoming)
    }

    /// Whether anything is signed, or may be part of what is.
    pub(crate) fn needs_room(&self) -> bool {
        !(self.verified.is_empty() && self.heads.is_empty() && self.volumes.is_empty())
    }

    /// Looks at one folder more.
    pub(crate) fn look(&mut self, folder: &Path) -> Result<()> {
        scan::visit(folder, |entry| {
            match entry {
                Entry::Skipped(reason, name) => self.skipped.add(reason, &name),
                Entry::File(file, kind) => {
                    self.not_seen.remove(&file.name);
                    self.take(file, kind)?;
                }
            }
            Ok(())
        })
    }

    /// Finds the volumes of heads that were taken since.
    pub(crate) fn sort_volumes(&mut self) -> Result<()> {
        self.with_head = reassembly::with_head(self.conn)?;
        for file in std::mem::take(&mut self.loose_volumes) {
            self.volume(file);
        }
        Ok(())
    }

    /// Forgets in the ledger what waited and is no longer there.
    pub(crate) fn forget_vanished(&mut self) -> Result<()> {
        pending::forget(self.conn, &self.endpoint.channel, &std::mem::take(&mut self.not_seen))
    }

    /// The batches whose signature holds, in the order of their numbers, then further files of the same ones.
    pub(crate) fn take_verified(&mut self) -> Vec<VerifiedFile> {
        let mut files: Vec<VerifiedFile> = std::mem::take(&mut self.verified).into_values().collect();
        files.append(&mut self.copies);
        // Whoever holds an expired key vouches for nothing with it.
        let vouching = files.iter().filter(|file| !file.facts.is_key_expired);
        let named: BTreeSet<[u8; 32]> = vouching.flat_map(|file| file.facts.series.previous.iter().copied()).collect();
        for file in &mut files {
            file.facts.is_named_by_another = named.contains(&file.facts.digest.0);
        }
        files
    }

    fn take(&mut self, file: IncomingFile, kind: FileKind) -> Result<()> {
        match kind {
            FileKind::Batch | FileKind::Short => self.batch(file),
            FileKind::Head => {
                self.head(file);
                Ok(())
            }
            FileKind::Volume => {
                self.volume(file);
                Ok(())
            }
            FileKind::Foreign => {
                push(&mut self.foreign, FOREIGN_PER_PASS_MAX, file, &mut self.skipped, SkipReason::Foreign);
                Ok(())
            }
        }
    }

    fn batch(&mut self, file: IncomingFile) -> Result<()> {
        match self.endpoint.classify(&file) {
            Ok(batch) => {
                let facts = file_facts(self.endpoint, &batch, self.now);
                return self.verified(VerifiedFile { facts, file });
            }
            // One file that cannot be read stops no other.
            Err(FormatError::Io(_)) if file.path.exists() => self.skipped.add(SkipReason::Unreadable, &file.name),
            Err(FormatError::Io(_)) => {}
            Err(e) => {
                let is_stranger = matches!(e, FormatError::UnknownSigner { .. } | FormatError::KeyNotValid { .. });
                if is_stranger && self.endpoint.crosses_the_other_way(&file) {
                    self.skipped.add(SkipReason::OtherDirection, &file.name);
                    return Ok(());
                }
                let of_its_sort = if is_stranger { &mut self.strangers } else { &mut self.unsigned };
                if of_its_sort.len() < UNSIGNED_PER_PASS_MAX {
                    of_its_sort.push((file, BatchFault::of(e)?));
                } else {
                    self.skipped.add(SkipReason::OverLimit, &file.name);
                }
            }
        }
        Ok(())
    }

    fn verified(&mut self, file: VerifiedFile) -> Result<()> {
        let key = (file.number(), file.facts.digest);
        let known = received::digest_of(self.conn, &self.endpoint.channel, key.0)?;
        if known == Some(key.1) || self.verified.contains_key(&key) {
            if self.copies.len() < UNSIGNED_PER_PASS_MAX {
                self.copies.push(file);
            } else {
                self.skipped.add(SkipReason::OverLimit, &file.file.name);
            }
            return Ok(());
        }
        self.verified.insert(key, file);
        if self.verified.len() > BATCHES_PER_PASS_MAX
            && let Some((_, beyond)) = self.verified.pop_last()
        {
            self.skipped.add(SkipReason::OverLimit, &beyond.file.name);
        }
        Ok(())
    }

    fn head(&mut self, file: IncomingFile) {
        let signed = read::open_regular(&file.path)
            .ok()
            .and_then(|opened| Head::read(BufReader::new(opened)).ok())
            .is_some_and(|head| head.batch().check_sender(&self.endpoint.trust).is_ok());
        let (of_its_sort, bound) = match signed {
            true => (&mut self.heads, BATCHES_PER_PASS_MAX),
            false => (&mut self.unsigned_heads, UNSIGNED_PER_PASS_MAX),
        };
        push(of_its_sort, bound, file, &mut self.skipped, SkipReason::OverLimit);
    }

    fn volume(&mut self, file: IncomingFile) {
        let is_of_known = volume_header(&file).is_some_and(|front| self.with_head.contains(&Digest(front.batch)));
        let of_its_sort = if is_of_known { &mut self.volumes } else { &mut self.loose_volumes };
        push(of_its_sort, VOLUMES_PER_PASS_MAX, file, &mut self.skipped, SkipReason::OverLimit);
    }
}

fn push(files: &mut Vec<IncomingFile>, bound: usize, file: IncomingFile, skipped: &mut SkipCounts, beyond: SkipReason) {
    if files.len() < bound {
        files.push(file);
    } else {
        skipped.add(beyond, &file.name);
    }
}

/// The front of a volume; nothing where it does not parse.
fn volume_header(file: &IncomingFile) -> Option<VolumeHeader> {
    let mut front = [0; VOLUME_HEADER_BYTES];
    read::open_regular(&file.path).ok()?.read_exact(&mut front).ok()?;
    VolumeHeader::decode(&front).ok()
}

/// What a verified batch says of itself.
pub(crate) fn file_facts<F>(endpoint: &ReceiveEndpoint, batch: &Checked<F>, now: UnixSeconds) -> FileFacts {
    let (series, header) = (batch.series().clone(), batch.header());
    FileFacts {
        digest: Digest(batch.digest()),
        batch_type: header.batch_type,
        rules: RuleDigests { catalogue: header.catalogue, policy: header.policy },
        is_approved: matches!(batch, Checked::Verified(_)),
        is_sender_revoked: endpoint.is_revoked(&series.sender),
        is_key_expired: endpoint.is_expired(&series.sender, now),
        is_named_by_another: false,
        has_waited_for_gap: false,
        series,
    }
}
