//! Volumes of large batches: written to their places as they come, in any order, until a batch is whole.
//!
//! A head counts only after its signature held for the trust file. Each volume is checked alone and made durable before it
//! is recorded; one that is damaged goes to quarantine and is asked for again, and nothing else of its batch is.

use crate::audit;
use crate::ledger::reassembly::{self, Assembly};
use crate::ledger::received;
use crate::limits::QUARANTINED_PER_PASS_MAX;
use crate::receive::decide::{Verdict, decide_known};
use crate::receive::endpoint::ReceiveEndpoint;
use crate::receive::fork;
use crate::receive::incoming::Incoming;
use crate::receive::progress::{CopyGrace, PassContext};
use crate::receive::scan::IncomingFile;
use crate::receive::skipped::SkipReason;
use crate::runtime::disk_space::{self, SpaceRequirement};
use crate::texts;
use crate::types::batch_fault::BatchFault;
use crate::types::{BatchClaim, UnixSeconds};
use crate::types::{BatchNumber, Digest};
use ferry_format::FormatError;
use ferry_format::batch::volume::{Head, VOLUME_HEADER_BYTES, VolumeHeader};
use ferry_format::encoding::hex::to_hex;
use ferry_io::errln;
use ferry_io::error::{Error, Result};
use ferry_io::fs::{durable, read};
use ferry_io::heartbeat;
use ferry_io::output::language::Show;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;

/// Takes heads whose signature holds and the volumes of their batches. Batches that are whole then lie in the assembly folder.
pub(crate) fn take_parts(conn: &Connection, pass: &mut PassContext<'_>, incoming: &mut Incoming<'_>) -> Result<()> {
    let endpoint = pass.endpoint;
    forget_settled(conn, endpoint, pass.now)?;
    remove_orphaned_parts(conn, endpoint)?;
    reassembly::clip_growth(conn, &endpoint.channel, pass.now)?;
    for file in std::mem::take(&mut incoming.heads) {
        heartbeat::tick();
        let taken = take_head(conn, endpoint, &file, pass.now);
        pass.settle_head(conn, &file, taken)?;
    }
    incoming.sort_volumes()?;
    for file in std::mem::take(&mut incoming.volumes) {
        heartbeat::tick();
        let taken = take_volume(conn, pass, &file);
        pass.settle_volume(conn, &file, taken)?;
    }
    finish_complete(conn, endpoint, pass.now)?;
    incoming.look(&endpoint.assembly)
}

/// Looks at what vouches for nothing: heads whose signature does not hold, and volumes of batches whose head has not come.
/// Each may cost a commit, so that a pass looks at so many and the next one goes on.
pub(crate) fn look_at_loose(
    conn: &Connection,
    pass: &mut PassContext<'_>,
    heads: &[IncomingFile],
    volumes: &[IncomingFile],
) -> Result<()> {
    let bound = usize::try_from(QUARANTINED_PER_PASS_MAX).unwrap_or(usize::MAX);
    for (n, file) in heads.iter().enumerate() {
        heartbeat::tick();
        if n < bound {
            let taken = take_head(conn, pass.endpoint, file, pass.now);
            pass.settle_head(conn, file, taken)?;
        } else {
            pass.done.skipped.add(SkipReason::OverLimit, &file.name);
        }
    }
    for (n, file) in volumes.iter().enumerate() {
        heartbeat::tick();
        if n < bound {
            let taken = take_volume(conn, pass, file);
            pass.settle_volume(conn, file, taken)?;
        } else {
            pass.done.skipped.add(SkipReason::OverLimit, &file.name);
        }
    }
    Ok(())
}

/// Why a head or volume is not taken.
enum PartError {
    /// Its bytes do not fit.
    Bytes(BatchFault),
    /// It is whole, but not to be taken.
    Refused(BatchFault),
    /// A local fault: the pass stops.
    Local(Error),
}

impl From<Error> for PartError {
    fn from(error: Error) -> Self {
        Self::Local(error)
    }
}

impl From<rusqlite::Error> for PartError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Local(error.into())
    }
}

type PartResult<T> = std::result::Result<T, PartError>;

fn bytes(error: FormatError) -> PartError {
    BatchFault::of(error).map_or_else(PartError::Local, PartError::Bytes)
}

fn refused(error: FormatError) -> PartError {
    BatchFault::of(error).map_or_else(PartError::Local, PartError::Refused)
}

impl PassContext<'_> {
    /// A head that is still being copied does not parse.
    fn settle_head(&mut self, conn: &Connection, file: &IncomingFile, taken: PartResult<()>) -> Result<()> {
        self.settle_part(conn, file, taken, |_| true)
    }

    fn settle_volume(&mut self, conn: &Connection, file: &IncomingFile, taken: PartResult<()>) -> Result<()> {
        self.settle_part(conn, file, taken, |e| matches!(e, FormatError::Length { .. }))
    }

    fn settle_part(
        &mut self,
        conn: &Connection,
        file: &IncomingFile,
        taken: PartResult<()>,
        may_grow: impl Fn(&FormatError) -> bool,
    ) -> Result<()> {
        match taken {
            Ok(()) => Ok(()),
            Err(PartError::Bytes(e)) if self.grace == CopyGrace::UntilTimeout && may_grow(e.error()) => {
                self.wait(conn, file, &e, self.endpoint.stalled_copy_timeout_s)
            }
            Err(PartError::Bytes(e) | PartError::Refused(e)) => self.refuse(conn, file, &e),
            Err(PartError::Local(error)) => Err(error),
        }
    }
}

fn take_head(conn: &Connection, endpoint: &ReceiveEndpoint, file: &IncomingFile, now: UnixSeconds) -> PartResult<()> {
    let channel = &endpoint.channel;
    let mut head = Head::read(BufReader::new(read::open_regular(&file.path)?)).map_err(bytes)?;
    // Approvals are judged once it is whole: a batch that lacks them uses up its number all the same.
    head.batch().check_sender(&endpoint.trust).map_err(refused)?;
    let (epoch, sequence, _) = head.batch().claimed_position().map_err(bytes)?;
    let (number, digest) = (BatchNumber::new(epoch, sequence), Digest(head.batch_digest()));
    let is_revoked = endpoint.is_revoked(&head.batch().claimed_header().sender);
    match decide_known(received::digest_of(conn, channel, number)?, digest, is_revoked) {
        Some(Verdict::Fork) => return Ok(fork::stop(conn, endpoint, file, BatchClaim { number, digest }, now)?),
        Some(Verdict::Reject(why)) => return Err(refused(why.error(sequence))),
        Some(_) => return Ok(file.remove()?),
        None => {}
    }
    if reassembly::segments_of(conn, channel, digest)?.is_some_and(|segments| segments > 0) {
        return Ok(file.remove()?);
    }
    let content = head.batch().claimed_content();
    let whole_bytes = content.body_bytes.saturating_add(content.manifest_bytes);
    let needs = [SpaceRequirement { folder: endpoint.assembly.clone(), bytes: whole_bytes }];
    disk_space::check_bound(&needs)?.map_err(PartError::Refused)?;
    disk_space::require(&needs, endpoint.reserve_bytes)?;
    keep_head(endpoint, file, &mut head, digest)?;
    let tx = conn.unchecked_transaction()?;
    reassembly::record_head(&tx, channel, Assembly { number, digest }, head.segments(), now)?;
    let detail = format!("{} segments to come", head.segments());
    audit::record(&tx, now, "agent", "head", &format!("{channel}/{number}"), &detail)?;
    tx.commit()?;
    Ok(file.remove()?)
}

/// Keeps a head, and begins the file that its volumes are written into, both durable.
fn keep_head(
    endpoint: &ReceiveEndpoint,
    file: &IncomingFile,
    head: &mut Head<BufReader<File>>,
    digest: Digest,
) -> PartResult<()> {
    let (kept, part) = (head_path(endpoint, digest), part_path(endpoint, digest));
    for old in [&kept, &part] {
        durable::remove(old)?;
    }
    durable::copy_new(&file.path, &kept, 0o640)?;
    let mut out = durable::create_new(&part)?;
    head.write_frame(&mut out).map_err(bytes)?;
    durable::sync(&out, &part)?;
    Ok(durable::sync_folder(&endpoint.assembly)?)
}

fn take_volume(conn: &Connection, pass: &mut PassContext<'_>, file: &IncomingFile) -> PartResult<()> {
    let (endpoint, channel, now) = (pass.endpoint, &pass.endpoint.channel, pass.now);
    if file.bytes < VOLUME_HEADER_BYTES as u64 {
        let declared = VOLUME_HEADER_BYTES as u64;
        return Err(bytes(FormatError::Length { declared, actual: file.bytes }));
    }
    let mut front = [0; VOLUME_HEADER_BYTES];
    let mut opened = BufReader::new(read::open_regular(&file.path)?);
    opened.read_exact(&mut front).map_err(|e| Error::io(&file.path, &e, false))?;
    let front = VolumeHeader::decode(&front).map_err(bytes)?;
    let claimed = Assembly { number: BatchNumber::new(front.epoch, front.sequence), digest: Digest(front.batch) };
    if received::digest_of(conn, channel, claimed.number)? == Some(claimed.digest) {
        return Ok(file.remove()?);
    }
    if reassembly::segments_of(conn, channel, claimed.digest)?.is_none_or(|segments| segments == 0) {
        // A volume whose head has not come stays where it is.
        reassembly::await_head(conn, channel, claimed, now)?;
        errln!("{}", texts::receive::waits_for_head(&file.name, claimed.number).show());
        pass.done.counts.waiting += 1;
        return Ok(());
    }
    if reassembly::has_segments(conn, channel, claimed.digest, (front.first, front.last()))? {
        return Ok(file.remove()?);
    }
    write_volume(endpoint, file, &front)?;
    let tx = conn.unchecked_transaction()?;
    reassembly::record_segments(&tx, channel, claimed.digest, (front.first, front.last()), now)?;
    tx.commit()?;
    Ok(file.remove()?)
}

/// Writes a volume at its place, durably, after its bytes matched what its head says of them.
fn write_volume(endpoint: &ReceiveEndpoint, file: &IncomingFile, front: &VolumeHeader) -> PartResult<()> {
    let digest = Digest(front.batch);
    let kept = head_path(endpoint, digest);
    let head = Head::read(BufReader::new(read::open_regular(&kept)?)).map_err(|e| Error::about(&kept, &e))?;
    let declared = head.volume_bytes(front).map_err(bytes)?;
    if file.bytes < declared {
        return Err(bytes(FormatError::Length { declared, actual: file.bytes }));
    }
    let part = part_path(endpoint, digest);
    let mut out = durable::open_to_write(&part)?;
    let mut whole = BufReader::new(read::open_regular(&file.path)?);
    head.write_volume(&mut whole, &mut out).map_err(bytes)?;
    Ok(durable::sync(&out, &part)?)
}

/// Gives whole batches their names; the pass takes them like any other file.
fn finish_complete(conn: &Connection, endpoint: &ReceiveEndpoint, now: UnixSeconds) -> Result<()> {
    for (Assembly { number, digest }, segments) in reassembly::complete(conn, &endpoint.channel)? {
        let part = part_path(endpoint, digest);
        let whole = endpoint.assembly.join(format!("{}.ferry", to_hex(&digest.0)));
        // Absent when an earlier run was ended right after the renaming. Where it was ended a little later, and the power
        // went too, the volumes may have come back to the received folder: then the batch was whole before.
        if part.exists() && !whole.exists() {
            durable::move_new(&part, &whole, 0o640)?;
        }
        forget(conn, endpoint, digest)?;
        let (subject, detail) = (format!("{}/{number}", endpoint.channel), format!("{segments} segments"));
        audit::record(conn, now, "agent", "assemble", &subject, &detail)?;
    }
    Ok(())
}

/// Batches that were accepted otherwise meanwhile (whole, or by a resend) need no volumes.
///
/// A head under the same number whose signature held, of another batch, stops the channel.
fn forget_settled(conn: &Connection, endpoint: &ReceiveEndpoint, now: UnixSeconds) -> Result<()> {
    for (Assembly { number, digest }, is_other) in reassembly::settled(conn, &endpoint.channel)? {
        let kept = head_path(endpoint, digest);
        if is_other && let Ok(meta) = std::fs::metadata(&kept) {
            let name = format!("{}.head", to_hex(&digest.0));
            let file = IncomingFile { path: kept, name, bytes: meta.len() };
            fork::stop(conn, endpoint, &file, BatchClaim { number, digest }, now)?;
        }
        forget(conn, endpoint, digest)?;
    }
    Ok(())
}

/// Deletes batches to which nothing was added since `before_s`. Where such a batch is still missing, all of it is asked for
/// again. Returns how many batches.
pub(crate) fn abandon_unchanged(
    conn: &Connection,
    endpoint: &ReceiveEndpoint,
    before_s: UnixSeconds,
    now: UnixSeconds,
) -> Result<u64> {
    let old = reassembly::unchanged_since(conn, &endpoint.channel, before_s)?;
    for Assembly { number, digest } in &old {
        forget(conn, endpoint, *digest)?;
        let subject = format!("{}/{number}", endpoint.channel);
        audit::record(conn, now, "agent", "abandon", &subject, "its volumes never came")?;
    }
    Ok(old.len() as u64)
}

fn forget(conn: &Connection, endpoint: &ReceiveEndpoint, digest: Digest) -> Result<()> {
    reassembly::forget(conn, &endpoint.channel, digest)?;
    for path in [head_path(endpoint, digest), part_path(endpoint, digest)] {
        durable::remove(&path)?;
    }
    Ok(())
}

/// Removes heads and parts of batches that are not being put together: their rows were gone, or not yet there, when this
/// program was ended.
fn remove_orphaned_parts(conn: &Connection, endpoint: &ReceiveEndpoint) -> Result<()> {
    let folder = &endpoint.assembly;
    durable::remove_unfinished(folder)?;
    let known: BTreeSet<String> = reassembly::with_head(conn)?.iter().map(|digest| to_hex(&digest.0)).collect();
    for entry in std::fs::read_dir(folder).map_err(|e| Error::io(folder, &e, false))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let batch = name.strip_prefix('.').and_then(|n| n.strip_suffix(".head").or_else(|| n.strip_suffix(".part")));
        if batch.is_some_and(|batch| !known.contains(batch)) {
            durable::remove(&entry.path())?;
        }
    }
    Ok(())
}

// Names with a dot are passed over by every scan.
fn head_path(endpoint: &ReceiveEndpoint, batch: Digest) -> PathBuf {
    endpoint.assembly.join(format!(".{}.head", to_hex(&batch.0)))
}

fn part_path(endpoint: &ReceiveEndpoint, batch: Digest) -> PathBuf {
    endpoint.assembly.join(format!(".{}.part", to_hex(&batch.0)))
}
