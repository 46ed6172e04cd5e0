//! One pass over a received folder: what arrived is applied, known, waiting or refused.

use crate::assemble;
use crate::audit;
use crate::config::{Receiving, RuleDigests};
use crate::durable;
use crate::evidence::{self, Claim};
use crate::failure::{Failure, Result};
use crate::files;
use crate::inbox::{self, Candidate};
use crate::ledger::{self, Received, Verdict};
use crate::quarantine;
use ferry_format::header::Direction;
use ferry_format::keys::SoftUnwrapper;
use ferry_format::names::Id;
use ferry_format::open::{UnverifiedBatch, VerifiedBatch};
use ferry_format::sequence::{Place, place};
use ferry_format::statement::SeriesStatement;
use ferry_format::trust::Trust;
use ferry_format::{Fault, FormatError};
use rusqlite::{Connection, params};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Stops a stolen key that jumps to a huge number: longest gap that is taken for one.
pub const GAP_MAX: u64 = 10_000;
/// Code of a file that is shorter than it says.
const SHORT: &str = "FERRY-E0103";

/// The receiving end of a channel, ready to work.
pub struct Incoming {
    /// Channel id.
    pub channel: Id,
    /// Folder that the diode writes.
    pub received: PathBuf,
    /// Opens the batches.
    pub key: SoftUnwrapper,
    /// Where volumes are put together.
    pub(crate) assembly: PathBuf,
    pub(crate) trust: Trust,
    trust_file: PathBuf,
    quarantine: PathBuf,
    /// Where second batches under a number are kept.
    pub(crate) evidence: PathBuf,
    rules: RuleDigests,
    copy_deadline_s: i64,
}

/// What to do with a file that is shorter than it says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Grace {
    /// It may still be growing: wait until the copy deadline.
    UntilDeadline,
    /// This pass decides now. A copy that is completed later is found again.
    None,
}

/// A verified batch at its place.
pub struct Arrival {
    /// The batch.
    pub batch: VerifiedBatch<BufReader<File>>,
    /// What its number says.
    pub place: Place,
}

/// Why a batch could not be applied.
pub enum NotApplied {
    /// The batch's fault.
    Batch(FormatError),
    /// Ours: the pass stops and everything stays as it was.
    Ours(Failure),
}

impl From<FormatError> for NotApplied {
    fn from(error: FormatError) -> Self {
        if error.fault() == Fault::Io { Self::Ours(error.into()) } else { Self::Batch(error) }
    }
}

impl From<Failure> for NotApplied {
    fn from(failure: Failure) -> Self {
        Self::Ours(failure)
    }
}

impl From<rusqlite::Error> for NotApplied {
    fn from(error: rusqlite::Error) -> Self {
        Self::Ours(error.into())
    }
}

/// What the two agents do differently with a verified batch.
pub trait Apply {
    /// Applies it and notes it with [`note_published`], in one transaction.
    fn apply(
        &mut self,
        conn: &mut Connection,
        incoming: &Incoming,
        arrival: Arrival,
        now_s: i64,
    ) -> std::result::Result<(), NotApplied>;
}

/// Counts of one pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Applied.
    pub published: u64,
    /// Signature good, content refused.
    pub refused: u64,
    /// Put into quarantine.
    pub quarantined: u64,
    /// Met before.
    pub known: u64,
    /// Left for a later pass.
    pub waiting: u64,
}

/// What the first look at a file gives.
struct Front {
    file: Candidate,
    series: SeriesStatement,
    digest: [u8; 32],
    rules: RuleDigests,
}

impl Incoming {
    /// Reads key and trust file and makes the quarantine folder.
    pub fn open(
        config: &Receiving,
        court: &str,
        direction: Direction,
        rules: RuleDigests,
        state: &Path,
    ) -> Result<Self> {
        let quarantine = state.join("quarantine");
        let assembly = state.join("assembly");
        let evidence = state.join("evidence");
        for folder in [&quarantine, &assembly, &evidence] {
            durable::make_folder(folder)?;
        }
        let mut trust = files::trust(&config.trust)?;
        let (court, channel) = (Id::new(court)?, Id::new(&config.channel)?);
        let bound = [("court", &trust.court, &court), ("channel", &trust.channel, &channel)];
        for (what, trusted, configured) in bound {
            if trusted.as_ref().is_some_and(|t| t != configured) {
                let why = format!("the trust file is for another {what}");
                return Err(Failure::configuration(&config.trust, what, why));
            }
        }
        trust.court = Some(court);
        trust.channel = Some(channel.clone());
        trust.direction = Some(direction);
        Ok(Self {
            channel,
            received: config.received.clone(),
            key: files::secret_key(&config.recipient_key)?.unwrapper()?,
            assembly,
            trust,
            trust_file: config.trust.clone(),
            quarantine,
            evidence,
            rules,
            copy_deadline_s: config.copy_deadline_s,
        })
    }

    fn verify(&self, file: &Candidate) -> ferry_format::Result<VerifiedBatch<BufReader<File>>> {
        let opened = files::open_regular(&file.path).map_err(|f| std::io::Error::other(f.message))?;
        UnverifiedBatch::read(BufReader::new(opened))?.verify(&self.trust)
    }
}

/// Takes everything that arrived, in the order of the signed numbers.
pub fn pass(
    conn: &mut Connection,
    incoming: &Incoming,
    apply: &mut dyn Apply,
    grace: Grace,
    now_s: i64,
) -> Result<Pass> {
    let mut counts = Pass::default();
    evidence::check(conn, incoming.channel.as_str())?;
    ledger::raise_floor(conn, incoming.channel.as_str(), incoming.trust.suite_floor, &incoming.trust_file)?;
    take_back_completed(conn, incoming, now_s)?;
    let files = inbox::scan(&incoming.received)?;
    forget_waiting(conn, incoming, &files)?;
    let files = assemble::take(conn, incoming, files, grace, now_s, &mut counts)?;
    let mut fronts = Vec::new();
    for file in files {
        match incoming.verify(&file) {
            Ok(batch) => fronts.push(Front {
                series: batch.series().clone(),
                digest: batch.digest(),
                rules: RuleDigests { catalogue: batch.header().catalogue, policy: batch.header().policy },
                file,
            }),
            Err(e) if is_short(&e, &file) && grace == Grace::UntilDeadline => {
                wait(conn, incoming, &file, &e, now_s, &mut counts)?;
            }
            Err(FormatError::Io(e)) => return Err(Failure::io(&file.path, &e, false)),
            Err(e) => refuse(conn, incoming, &file, &e, now_s, &mut counts)?,
        }
    }
    fronts.sort_by_key(|f| (f.series.epoch, f.series.sequence));
    let named: BTreeSet<[u8; 32]> = fronts.iter().flat_map(|f| f.series.previous.iter().copied()).collect();
    for front in &fronts {
        settle(conn, incoming, apply, front, &named, now_s, &mut counts)?;
    }
    Ok(counts)
}

fn is_short(error: &FormatError, file: &Candidate) -> bool {
    match error {
        FormatError::Length { declared, actual } => declared > actual,
        FormatError::NotABatch => file.bytes < ferry_format::header::PRELUDE_BYTES as u64,
        _ => false,
    }
}

fn settle(
    conn: &mut Connection,
    incoming: &Incoming,
    apply: &mut dyn Apply,
    front: &Front,
    named: &BTreeSet<[u8; 32]>,
    now_s: i64,
    counts: &mut Pass,
) -> Result<()> {
    let (channel, series) = (incoming.channel.as_str(), &front.series);
    let order = |why| FormatError::Order { sequence: series.sequence, why };
    let claim = Claim { epoch: series.epoch, sequence: series.sequence, digest: front.digest };
    match ledger::knows(conn, channel, series.epoch, series.sequence)? {
        Some(digest) if digest == front.digest => {
            let subject = format!("{channel}/{}/{}", series.epoch, series.sequence);
            audit::note(conn, now_s, "agent", "duplicate", &subject, &front.file.name)?;
            counts.known += 1;
            return remove(&front.file);
        }
        Some(_) => {
            counts.known += 1;
            return evidence::fork(conn, incoming, &front.file, claim, now_s);
        }
        None => {}
    }
    let newest = ledger::newest_received(conn, channel)?;
    let place = match place(newest.as_ref(), series) {
        Ok(place) => place,
        Err(e) => return refuse(conn, incoming, &front.file, &e, now_s, counts),
    };
    if matches!(place, Place::AfterGap(from, to) if to - from >= GAP_MAX) {
        let e = order("it jumps further ahead than any gap may be");
        return refuse(conn, incoming, &front.file, &e, now_s, counts);
    }
    let is_newest = matches!(place, Place::Next | Place::AfterGap(..));
    if is_newest && series.not_after_s < now_s && !named.contains(&front.digest) {
        let e = order("it is the newest of its series and older than it may be");
        return wait(conn, incoming, &front.file, &e, now_s, counts);
    }
    let other = match (front.rules.catalogue == incoming.rules.catalogue, front.rules.policy == incoming.rules.policy) {
        (true, true) => None,
        (false, _) => Some("it was made under another catalogue; it waits until that one is installed here"),
        (true, false) => Some("it was made under another policy; it waits until that one is installed here"),
    };
    if let Some(why) = other {
        // However long that takes: the batch is whole, and its sender works by rules that were signed.
        note_waiting(conn, incoming, &front.file, &order(why), now_s)?;
        counts.waiting += 1;
        return Ok(());
    }
    // Opened and verified anew: the file may have been exchanged since the first look.
    let batch = match incoming.verify(&front.file) {
        Ok(batch) if batch.digest() == front.digest => batch,
        Ok(_) => return Ok(()),
        Err(e) => return refuse(conn, incoming, &front.file, &e, now_s, counts),
    };
    if let Some(signed) = batch.signed() {
        evidence::keep(conn, channel, &claim, &signed)?;
    }
    match apply.apply(conn, incoming, Arrival { batch, place: place.clone() }, now_s) {
        Ok(()) => {
            counts.published += 1;
            remove(&front.file)
        }
        Err(NotApplied::Ours(failure)) => Err(failure),
        Err(NotApplied::Batch(e)) => {
            // A damaged body takes no number; content that its own sender signed does.
            let intact = incoming.verify(&front.file).and_then(|mut b| b.check_body(|_| ()));
            if intact.is_ok() {
                note(conn, incoming, series, front.digest, &place, &Failure::from(&e), now_s)?;
                counts.refused += 1;
            }
            refuse(conn, incoming, &front.file, &e, now_s, counts)
        }
    }
}

fn note(
    conn: &mut Connection,
    incoming: &Incoming,
    series: &SeriesStatement,
    digest: [u8; 32],
    place: &Place,
    why: &Failure,
    now_s: i64,
) -> Result<()> {
    let tx = conn.transaction()?;
    let received = Received {
        channel: incoming.channel.as_str(),
        epoch: series.epoch,
        sequence: series.sequence,
        digest: Some(digest),
        verdict: Verdict::Refused,
        reason: Some(why.code),
        records: 0,
        documents: 0,
    };
    note_place(&tx, &received, place, now_s)?;
    Ok(tx.commit()?)
}

/// Notes an applied batch and the gap before it, in the caller's transaction.
pub fn note_published(
    conn: &Connection,
    incoming: &Incoming,
    series: &SeriesStatement,
    place: &Place,
    counts: (u64, u64),
    now_s: i64,
) -> Result<()> {
    let received = Received {
        channel: incoming.channel.as_str(),
        epoch: series.epoch,
        sequence: series.sequence,
        digest: Some(series.digest()),
        verdict: Verdict::Published,
        reason: None,
        records: counts.0,
        documents: counts.1,
    };
    note_place(conn, &received, place, now_s)
}

fn note_place(conn: &Connection, received: &Received<'_>, place: &Place, now_s: i64) -> Result<()> {
    let subject = format!("{}/{}/{}", received.channel, received.epoch, received.sequence);
    if let Place::AfterGap(from, to) = place {
        for sequence in *from..=*to {
            let missing = Received { sequence, digest: None, verdict: Verdict::Missing, reason: None, ..*received };
            ledger::note_received(conn, &Received { records: 0, documents: 0, ..missing }, now_s)?;
        }
        audit::note(conn, now_s, "agent", "gap", &subject, &format!("{from} to {to} are missing"))?;
    }
    ledger::note_received(conn, received, now_s)?;
    let detail = received.reason.map_or_else(|| format!("{} records", received.records), str::to_owned);
    audit::note(conn, now_s, "agent", received.verdict.as_str(), &subject, &detail)
}

pub(crate) fn wait(
    conn: &Connection,
    incoming: &Incoming,
    file: &Candidate,
    why: &FormatError,
    now_s: i64,
    counts: &mut Pass,
) -> Result<()> {
    let growth_s = note_waiting(conn, incoming, file, why, now_s)?;
    if now_s - growth_s > incoming.copy_deadline_s {
        return refuse(conn, incoming, file, why, now_s, counts);
    }
    counts.waiting += 1;
    Ok(())
}

/// Notes that a file waits; gives when it last grew.
fn note_waiting(
    conn: &Connection,
    incoming: &Incoming,
    file: &Candidate,
    why: &FormatError,
    now_s: i64,
) -> Result<i64> {
    let channel = incoming.channel.as_str();
    let sql = "INSERT INTO ferry_waiting VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE
               SET bytes = excluded.bytes, growth_s = excluded.growth_s WHERE bytes <> excluded.bytes";
    conn.execute(sql, params![channel, file.name, file.bytes as i64, now_s, why.to_string()])?;
    let sql = "SELECT growth_s FROM ferry_waiting WHERE channel = ?1 AND name = ?2";
    eprintln!("waiting: {}: {why}", file.name);
    Ok(conn.query_row(sql, [channel, &file.name], |r| r.get(0))?)
}

pub(crate) fn refuse(
    conn: &Connection,
    incoming: &Incoming,
    file: &Candidate,
    why: &FormatError,
    now_s: i64,
    counts: &mut Pass,
) -> Result<()> {
    counts.quarantined += 1;
    quarantine::put(conn, incoming.channel.as_str(), &incoming.quarantine, file, &Failure::from(why), now_s)
}

/// Removes a file that is dealt with. Where the folder is not ours to change it stays, and is known next time.
pub(crate) fn remove(file: &Candidate) -> Result<()> {
    use std::io::ErrorKind::{NotFound, PermissionDenied, ReadOnlyFilesystem};
    match std::fs::remove_file(&file.path) {
        Err(e) if !matches!(e.kind(), NotFound | PermissionDenied | ReadOnlyFilesystem) => {
            Err(Failure::io(&file.path, &e, false))
        }
        _ => Ok(()),
    }
}

fn forget_waiting(conn: &Connection, incoming: &Incoming, files: &[Candidate]) -> Result<()> {
    let channel = incoming.channel.as_str();
    let mut statement = conn.prepare("SELECT name FROM ferry_waiting WHERE channel = ?1")?;
    let names: Vec<String> = statement.query_map([channel], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    for name in names.iter().filter(|n| !files.iter().any(|f| f.name == **n)) {
        conn.execute("DELETE FROM ferry_waiting WHERE channel = ?1 AND name = ?2", [channel, name])?;
    }
    Ok(())
}

fn take_back_completed(conn: &Connection, incoming: &Incoming, now_s: i64) -> Result<()> {
    for (id, file) in quarantine::completed(conn, incoming.channel.as_str(), &incoming.quarantine, SHORT)? {
        if incoming.verify(&file).is_ok() || assemble::is_part(&file) {
            let target = incoming.received.join(format!("again-{id}.ferry"));
            durable::move_new(&file.path, &target, 0o640)?;
            quarantine::release(conn, id, &file.name, now_s)?;
        }
    }
    Ok(())
}
