//! Volumes of large batches: put at their places as they come, in any order, until a batch is whole.
//!
//! A head counts only after its signature held for the trust file. Each volume is checked alone and made durable before
//! it is noted; one that is damaged goes to quarantine and is asked for again, and nothing else of its batch is.

use crate::audit;
use crate::ledger::columns;
use crate::ledger::gaps;
use crate::ledger::received;
use crate::receive::endpoint::Incoming;
use crate::receive::fork;
use crate::receive::fork::Claim;
use crate::receive::pass::{Grace, Progress, SECOND_OF_REVOKED, remove};
use crate::receive::reject::{refuse, wait};
use crate::receive::scan;
use crate::receive::scan::Candidate;
use crate::runtime::disk_space;
use crate::runtime::disk_space::Need;
use ferry_format::FormatError;
use ferry_format::batch::volume::{HEAD_MAGIC, Head, VOLUME_FRONT_BYTES, VOLUME_MAGIC, VolumeFront, ranges};
use ferry_format::encoding::hex::to_hex;
use ferry_format::frame::statement::VolumeRange;
use ferry_format::limits::VOLUME_RANGES_MAX;
use ferry_io::errln;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use ferry_io::fs::read;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{BufReader, Read};
use std::path::PathBuf;

/// A batch that is being put together.
#[derive(Clone, Debug, Serialize)]
pub struct Assembling {
    /// Number of the batch.
    pub sequence: u64,
    /// How many volumes it has; 0 while its head has not come.
    pub volumes: u32,
    /// Volumes that are missing, as inclusive ranges; the head is 0.
    pub missing: Vec<(u32, u32)>,
    #[serde(skip)]
    growth_s: i64,
}

/// Takes heads and volumes out of `files`. Gives the other files, and batches that are whole now.
pub(crate) fn take(
    conn: &Connection,
    incoming: &Incoming,
    files: Vec<Candidate>,
    grace: Grace,
    now_s: i64,
    done: &mut Progress,
) -> Result<Vec<Candidate>> {
    forget_settled(conn, incoming, now_s)?;
    sweep(conn, incoming)?;
    // Where a clock was set back, quiet begins anew instead of in some years.
    let sql = "UPDATE ferry_reassembly SET growth_s = ?2 WHERE channel = ?1 AND growth_s > ?2";
    conn.execute(sql, params![incoming.channel.as_str(), now_s])?;
    let (mut heads, mut volumes, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        match first_bytes(&file) {
            Some(HEAD_MAGIC) => heads.push(file),
            Some(VOLUME_MAGIC) => volumes.push(file),
            _ => rest.push(file),
        }
    }
    for file in &heads {
        match take_head(conn, incoming, file, now_s) {
            Ok(()) => {}
            // A head that is still being copied does not parse.
            Err(Refusal::Bytes(e)) if grace == Grace::UntilDeadline => {
                wait(conn, incoming, file, &e, incoming.copy_deadline_s, now_s, done)?;
            }
            Err(Refusal::Bytes(e) | Refusal::Signed(e)) => refuse(conn, incoming, file, &e, now_s, done)?,
            Err(Refusal::Ours(failure)) => return Err(failure),
        }
    }
    for file in &volumes {
        match take_volume(conn, incoming, file, now_s, done) {
            Ok(()) => {}
            Err(Refusal::Bytes(e @ FormatError::Length { .. })) if grace == Grace::UntilDeadline => {
                wait(conn, incoming, file, &e, incoming.copy_deadline_s, now_s, done)?;
            }
            Err(Refusal::Bytes(e) | Refusal::Signed(e)) => refuse(conn, incoming, file, &e, now_s, done)?,
            Err(Refusal::Ours(failure)) => return Err(failure),
        }
    }
    finish(conn, incoming, now_s)?;
    rest.extend(scan::scan(&incoming.assembly)?);
    Ok(rest)
}

/// What is being put together on a channel.
pub fn under_way(conn: &Connection, channel: &str) -> Result<Vec<Assembling>> {
    let sql =
        "SELECT batch, sequence, volumes, growth_s FROM ferry_reassembly WHERE channel = ?1 ORDER BY sequence, batch";
    let mut statement = conn.prepare_cached(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok((columns::blob32(r, 0)?, r.get::<_, i64>(1)? as u64, r.get::<_, i64>(2)? as u32, r.get::<_, i64>(3)?))
    };
    let rows: Vec<_> = statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?;
    let mut found = Vec::new();
    for (batch, sequence, volumes, growth_s) in rows {
        let missing = if volumes == 0 { vec![(0, 0)] } else { missing(conn, channel, &batch, volumes)? };
        found.push(Assembling { sequence, volumes, missing, growth_s });
    }
    Ok(found)
}

/// The volumes to ask for: of batches that have stopped growing before `quiet_since_s`, and of those up to
/// `acknowledged`, which the sender would let go of otherwise; none of an accepted gap. A batch is named with all its ranges
/// or not at all, and there are no more than `room` ranges.
pub fn requests(
    conn: &Connection,
    channel: &str,
    acknowledged: u64,
    quiet_since_s: i64,
    room: usize,
) -> Result<Vec<VolumeRange>> {
    let mut requests: Vec<VolumeRange> = Vec::new();
    let accepted = gaps::accepted(conn, channel)?;
    for batch in under_way(conn, channel)?.into_iter().filter(|b| !accepted.contains(&b.sequence)) {
        let due = batch.sequence <= acknowledged || batch.growth_s < quiet_since_s;
        let named = requests.iter().any(|r| r.sequence == batch.sequence);
        if due && !named && requests.len() + batch.missing.len() <= room {
            let sequence = batch.sequence;
            requests.extend(batch.missing.iter().map(|(from, to)| VolumeRange { sequence, from: *from, to: *to }));
        }
    }
    Ok(requests)
}

/// Why a head or volume is not taken.
enum Refusal {
    /// Its bytes do not fit.
    Bytes(FormatError),
    /// It is whole, but not to be taken.
    Signed(FormatError),
    /// Our own doing: the pass stops.
    Ours(Error),
}

impl From<Error> for Refusal {
    fn from(failure: Error) -> Self {
        Self::Ours(failure)
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Ours(error.into())
    }
}

fn bytes(error: FormatError) -> Refusal {
    match error {
        FormatError::Io(e) => Refusal::Ours(FormatError::Io(e).into()),
        other => Refusal::Bytes(other),
    }
}

fn take_head(conn: &Connection, incoming: &Incoming, file: &Candidate, now_s: i64) -> std::result::Result<(), Refusal> {
    let channel = incoming.channel.as_str();
    let mut head = Head::read(BufReader::new(read::open_regular(&file.path)?)).map_err(bytes)?;
    // Approvals are judged once it is whole: a batch that lacks them takes its number all the same.
    head.batch().check_sender(&incoming.trust).map_err(Refusal::Signed)?;
    let (epoch, sequence, _) = head.batch().claimed_place().map_err(bytes)?;
    let batch = head.batch_digest();
    match received::knows(conn, channel, epoch, sequence)? {
        Some(known) if known == batch => return Ok(remove(file)?),
        Some(_) if incoming.is_revoked(&head.batch().claimed_header().sender) => {
            return Err(Refusal::Signed(FormatError::Order { sequence, why: SECOND_OF_REVOKED }));
        }
        Some(_) => return Ok(fork::fork(conn, incoming, file, Claim { epoch, sequence, digest: batch }, now_s)?),
        None => {}
    }
    if volumes_of(conn, channel, &batch)?.is_some_and(|volumes| volumes > 0) {
        return Ok(remove(file)?);
    }
    let content = head.batch().claimed_content();
    let whole = content.body_bytes.saturating_add(content.manifest_bytes);
    let needs = [Need { folder: incoming.assembly.clone(), bytes: whole }];
    disk_space::bound(&needs).map_err(Refusal::Signed)?;
    disk_space::require(&needs, incoming.reserve_bytes)?;
    let (kept, part) = (head_path(incoming, &batch), part_path(incoming, &batch));
    for old in [&kept, &part] {
        durable::remove(old)?;
    }
    durable::copy_new(&file.path, &kept, 0o640)?;
    let mut out = durable::create_new(&part)?;
    head.write_frame(&mut out).map_err(bytes)?;
    durable::sync(&out, &part)?;
    durable::sync_folder(&incoming.assembly)?;
    let tx = conn.unchecked_transaction()?;
    // What volumes without a head said of this number, or of this batch under another one, counts no longer.
    tx.execute(
        "DELETE FROM ferry_reassembly WHERE channel = ?1 AND volumes = 0
           AND (batch = ?4 OR (epoch = ?2 AND sequence = ?3))",
        params![channel, epoch as i64, sequence as i64, batch.as_slice()],
    )?;
    tx.execute(
        "INSERT INTO ferry_reassembly VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![channel, batch.as_slice(), epoch as i64, sequence as i64, head.cut().volumes(), now_s],
    )?;
    let detail = format!("{} volumes to come", head.cut().volumes());
    audit::note(&tx, now_s, "agent", "head", &format!("{channel}/{epoch}/{sequence}"), &detail)?;
    tx.commit()?;
    Ok(remove(file)?)
}

fn take_volume(
    conn: &Connection,
    incoming: &Incoming,
    file: &Candidate,
    now_s: i64,
    done: &mut Progress,
) -> std::result::Result<(), Refusal> {
    let channel = incoming.channel.as_str();
    let mut opened = BufReader::new(read::open_regular(&file.path)?);
    let mut front = [0; VOLUME_FRONT_BYTES];
    if file.bytes < VOLUME_FRONT_BYTES as u64 {
        let declared = VOLUME_FRONT_BYTES as u64;
        return Err(Refusal::Bytes(FormatError::Length { declared, actual: file.bytes }));
    }
    opened.read_exact(&mut front).map_err(|e| Error::io(&file.path, &e, false))?;
    let front = VolumeFront::decode(&front).map_err(bytes)?;
    if received::knows(conn, channel, front.epoch, front.sequence)? == Some(front.batch) {
        return Ok(remove(file)?);
    }
    let volumes = volumes_of(conn, channel, &front.batch)?;
    if volumes.is_none_or(|volumes| volumes == 0) {
        return Ok(await_head(conn, channel, &front, file, now_s, done)?);
    }
    let sql = "SELECT EXISTS(SELECT 1 FROM ferry_volume WHERE channel = ?1 AND batch = ?2 AND volume = ?3)";
    if conn.query_row(sql, params![channel, front.batch.as_slice(), front.number], |r| r.get(0))? {
        return Ok(remove(file)?);
    }
    let kept = head_path(incoming, &front.batch);
    let head = Head::read(BufReader::new(read::open_regular(&kept)?)).map_err(|e| Error::about(&kept, &e))?;
    let declared = head.volume_bytes(front.number).map_err(bytes)?;
    if file.bytes < declared {
        return Err(Refusal::Bytes(FormatError::Length { declared, actual: file.bytes }));
    }
    let part = part_path(incoming, &front.batch);
    let mut out = durable::open_to_write(&part)?;
    let mut whole = BufReader::new(read::open_regular(&file.path)?);
    head.write_volume(&mut whole, &mut out).map_err(bytes)?;
    durable::sync(&out, &part)?;
    let tx = conn.unchecked_transaction()?;
    tx.execute("INSERT INTO ferry_volume VALUES (?1, ?2, ?3)", params![channel, front.batch.as_slice(), front.number])?;
    let sql = "UPDATE ferry_reassembly SET growth_s = ?3 WHERE channel = ?1 AND batch = ?2";
    tx.execute(sql, params![channel, front.batch.as_slice(), now_s])?;
    tx.commit()?;
    Ok(remove(file)?)
}

/// A volume whose head has not come stays where it lies. What it says of itself is not signed: it only leads to asking
/// for a head, for as many batches as one request may name.
fn await_head(
    conn: &Connection,
    channel: &str,
    front: &VolumeFront,
    file: &Candidate,
    now_s: i64,
    done: &mut Progress,
) -> Result<()> {
    let sql = "INSERT INTO ferry_reassembly SELECT ?1, ?2, ?3, ?4, 0, ?5
               WHERE (SELECT count(*) FROM ferry_reassembly WHERE channel = ?1 AND volumes = 0) < ?6
                 AND NOT EXISTS (SELECT 1 FROM ferry_reassembly WHERE channel = ?1 AND (batch = ?2 OR sequence = ?4))";
    let values = params![
        channel,
        front.batch.as_slice(),
        front.epoch as i64,
        front.sequence as i64,
        now_s,
        VOLUME_RANGES_MAX as i64
    ];
    if front.sequence > 0 && i64::try_from(front.sequence.max(front.epoch)).is_ok() {
        conn.execute(sql, values)?;
    }
    errln!(
        "waiting: {}: volume {} of batch {}/{}; its head has not come",
        file.name,
        front.number,
        front.epoch,
        front.sequence
    );
    done.counts.waiting += 1;
    Ok(())
}

/// Gives whole batches their names; the accepting pass takes them like any other file.
fn finish(conn: &Connection, incoming: &Incoming, now_s: i64) -> Result<()> {
    let channel = incoming.channel.as_str();
    let sql = "SELECT batch, epoch, sequence, volumes FROM ferry_reassembly a WHERE channel = ?1 AND volumes > 0
                 AND volumes = (SELECT count(*) FROM ferry_volume v WHERE v.channel = ?1 AND v.batch = a.batch)";
    let mut statement = conn.prepare_cached(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        Ok((columns::blob32(r, 0)?, r.get::<_, i64>(1)?, r.get::<_, i64>(2)?, r.get::<_, i64>(3)?))
    };
    let whole: Vec<_> = statement.query_map([channel], row)?.collect::<rusqlite::Result<_>>()?;
    for (batch, epoch, sequence, volumes) in whole {
        let (part, whole) = (part_path(incoming, &batch), incoming.assembly.join(format!("{}.ferry", to_hex(&batch))));
        // Absent when an earlier run was ended right after the renaming. Where it was ended a little later, and the power
        // went too, the volumes may have come back to the received folder: then the batch was whole before.
        if part.exists() && !whole.exists() {
            durable::move_new(&part, &whole, 0o640)?;
        }
        let subject = format!("{channel}/{epoch}/{sequence}");
        forget(conn, incoming, &batch)?;
        audit::note(conn, now_s, "agent", "assemble", &subject, &format!("{volumes} volumes"))?;
    }
    Ok(())
}

/// Batches that were accepted otherwise meanwhile (whole, or by a resend) need no volumes.
///
/// A head under the same number whose signature held, of another batch, stops the channel.
fn forget_settled(conn: &Connection, incoming: &Incoming, now_s: i64) -> Result<()> {
    let sql = "SELECT batch, epoch, sequence, volumes, (SELECT i.digest FROM ferry_received i WHERE i.channel = ?1
                   AND i.epoch = a.epoch AND i.sequence = a.sequence) FROM ferry_reassembly a WHERE channel = ?1 AND EXISTS (
                 SELECT 1 FROM ferry_received i WHERE i.channel = ?1 AND i.epoch = a.epoch AND i.sequence = a.sequence
                   AND i.digest IS NOT NULL)";
    let mut statement = conn.prepare_cached(sql)?;
    let row = |r: &rusqlite::Row<'_>| {
        let claim = Claim {
            epoch: r.get::<_, i64>(1)? as u64,
            sequence: r.get::<_, i64>(2)? as u64,
            digest: columns::blob32(r, 0)?,
        };
        let is_other = r.get::<_, i64>(3)? > 0 && columns::blob32(r, 4)? != claim.digest;
        Ok((claim, is_other))
    };
    let settled: Vec<_> = statement.query_map([incoming.channel.as_str()], row)?.collect::<rusqlite::Result<_>>()?;
    for (claim, is_other) in &settled {
        let kept = head_path(incoming, &claim.digest);
        if *is_other && let Ok(meta) = std::fs::metadata(&kept) {
            let name = format!("{}.head", to_hex(&claim.digest));
            fork::fork(conn, incoming, &Candidate { path: kept, name, bytes: meta.len() }, *claim, now_s)?;
        }
        forget(conn, incoming, &claim.digest)?;
    }
    Ok(())
}

/// Lets go of batches to which nothing was added since `before_s`. Where such a batch is still missed, all of it is asked
/// for again. Returns how many batches.
pub(crate) fn abandon(conn: &Connection, incoming: &Incoming, before_s: i64, now_s: i64) -> Result<u64> {
    let channel = incoming.channel.as_str();
    let sql = "SELECT batch, epoch, sequence FROM ferry_reassembly WHERE channel = ?1 AND growth_s < ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let row = |r: &rusqlite::Row<'_>| Ok((columns::blob32(r, 0)?, r.get::<_, i64>(1)?, r.get::<_, i64>(2)?));
    let old: Vec<_> = statement.query_map(params![channel, before_s], row)?.collect::<rusqlite::Result<_>>()?;
    for (batch, epoch, sequence) in &old {
        forget(conn, incoming, batch)?;
        audit::note(
            conn,
            now_s,
            "agent",
            "abandon",
            &format!("{channel}/{epoch}/{sequence}"),
            "its volumes never came",
        )?;
    }
    Ok(old.len() as u64)
}

fn forget(conn: &Connection, incoming: &Incoming, batch: &[u8; 32]) -> Result<()> {
    let key = params![incoming.channel.as_str(), batch.as_slice()];
    let tx = conn.unchecked_transaction()?;
    tx.execute("DELETE FROM ferry_volume WHERE channel = ?1 AND batch = ?2", key)?;
    tx.execute("DELETE FROM ferry_reassembly WHERE channel = ?1 AND batch = ?2", key)?;
    tx.commit()?;
    for path in [head_path(incoming, batch), part_path(incoming, batch)] {
        durable::remove(&path)?;
    }
    Ok(())
}

/// Removes heads and parts of batches that are not being put together: their rows were gone, or not yet there, when
/// this program was ended.
fn sweep(conn: &Connection, incoming: &Incoming) -> Result<()> {
    let folder = &incoming.assembly;
    durable::remove_unfinished(folder)?;
    let mut statement = conn.prepare("SELECT lower(hex(batch)) FROM ferry_reassembly WHERE volumes > 0")?;
    let known: BTreeSet<String> = statement.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    for entry in std::fs::read_dir(folder).map_err(|e| Error::io(folder, &e, false))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let batch = name.strip_prefix('.').and_then(|n| n.strip_suffix(".head").or_else(|| n.strip_suffix(".part")));
        if batch.is_some_and(|batch| !known.contains(batch)) {
            durable::remove(&entry.path())?;
        }
    }
    Ok(())
}

fn missing(conn: &Connection, channel: &str, batch: &[u8; 32], volumes: u32) -> Result<Vec<(u32, u32)>> {
    let sql = "SELECT volume FROM ferry_volume WHERE channel = ?1 AND batch = ?2";
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params![channel, batch.as_slice()], |r| r.get::<_, u32>(0))?;
    let here: BTreeSet<u32> = rows.collect::<rusqlite::Result<_>>()?;
    Ok(ranges((1..=volumes).filter(|n| !here.contains(n))))
}

fn volumes_of(conn: &Connection, channel: &str, batch: &[u8; 32]) -> Result<Option<u32>> {
    let sql = "SELECT volumes FROM ferry_reassembly WHERE channel = ?1 AND batch = ?2";
    Ok(conn.query_row(sql, params![channel, batch.as_slice()], |r| r.get(0)).optional()?)
}

/// Whether a file is a head or a volume.
pub fn is_part(file: &Candidate) -> bool {
    matches!(first_bytes(file), Some(HEAD_MAGIC | VOLUME_MAGIC))
}

/// The first eight bytes; `None` for a shorter file.
fn first_bytes(file: &Candidate) -> Option<[u8; 8]> {
    let mut magic = [0; 8];
    read::open_regular(&file.path).ok()?.read_exact(&mut magic).ok()?;
    Some(magic)
}

// Names with a dot are passed over by every scan.
fn head_path(incoming: &Incoming, batch: &[u8; 32]) -> PathBuf {
    incoming.assembly.join(format!(".{}.head", to_hex(batch)))
}

fn part_path(incoming: &Incoming, batch: &[u8; 32]) -> PathBuf {
    incoming.assembly.join(format!(".{}.part", to_hex(batch)))
}
