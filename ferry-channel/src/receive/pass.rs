//! One pass over a received folder: what arrived is applied, known, waiting or refused.

use crate::audit;
use crate::config::{OnGap, RuleDigests};
use crate::ledger::gaps;
use crate::ledger::received;
use crate::ledger::suite_floor;
use crate::receive::endpoint::Incoming;
use crate::receive::fork;
use crate::receive::fork::Claim;
use crate::receive::pending;
use crate::receive::quarantine;
use crate::receive::reassemble;
use crate::receive::record;
use crate::receive::reject::{refuse, refuse_content, unapproved, wait, wait_or_refuse};
use crate::receive::scan;
use crate::receive::scan::Candidate;
use crate::receive::skipped::{Reason, Tally};
use crate::runtime::disk_space;
use crate::runtime::log;
use crate::runtime::log::{About, Level};
use crate::trust::installed;
use crate::trust::installed::Carried;
use ferry_format::batch::open::{Checked, VerifiedBatch};
use ferry_format::crypto::hash::sha256;
use ferry_format::frame::header::BatchType;
use ferry_format::frame::sequence::{Place, place};
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::trust::list::SignedList;
use ferry_format::{Fault, FormatError};
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use ferry_io::fs::read;
use ferry_io::heartbeat;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::ops::{ControlFlow, RangeInclusive};
use std::path::Path;

pub use crate::receive::record::note_published;

/// Stops a stolen key that jumps to a huge number, or again and again: numbers of an epoch that may be missing.
pub const GAP_MAX: u64 = 10_000;
/// Code of a file that is shorter than it says.
const SHORT: &str = "FERRY-E0103";
/// Why a batch waits where the channel is set to keep the order.
const AFTER_GAP: &str = "batches before it are missing; it waits until they come or their gap is accepted (on-gap)";

/// Why a second batch of a number is refused without stopping the channel: that the key is in wrong hands is known already.
pub(crate) const SECOND_OF_REVOKED: &str =
    "another batch has this number, and the key that signed this one was revoked";

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
    /// The list of a trust batch, which has nothing else; [`installed::arrived`] puts it in force.
    pub list: Option<SignedList>,
}

/// Why a batch could not be applied.
pub enum NotApplied {
    /// The batch's fault.
    Batch(FormatError),
    /// Ours: the pass stops and everything stays as it was.
    Ours(Error),
}

impl From<FormatError> for NotApplied {
    fn from(error: FormatError) -> Self {
        if error.fault() == Fault::Io { Self::Ours(error.into()) } else { Self::Batch(error) }
    }
}

impl From<Error> for NotApplied {
    fn from(failure: Error) -> Self {
        Self::Ours(failure)
    }
}

impl From<rusqlite::Error> for NotApplied {
    fn from(error: rusqlite::Error) -> Self {
        Self::Ours(error.into())
    }
}

impl NotApplied {
    /// For whoever named the file himself.
    pub fn about(self, path: &Path) -> Error {
        match self {
            Self::Batch(error) => Error::about(path, &error),
            Self::Ours(failure) => failure,
        }
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

/// What a pass has done so far.
#[derive(Default)]
pub(crate) struct Progress {
    pub(crate) counts: Pass,
    pub(crate) left: Tally,
    /// Epochs and numbers of whole batches that wait here: they are not missing.
    held: BTreeSet<(u64, u64)>,
    /// Whether a trust list was put in force: everything that waits is looked at anew, by that one.
    installed: bool,
    /// How many refused files quarantine had no room for, and the first of them.
    pub(crate) dropped: Option<(u64, String)>,
}

/// What the first look at a file gives.
pub(crate) struct Front {
    pub(crate) file: Candidate,
    pub(crate) series: SeriesStatement,
    pub(crate) digest: [u8; 32],
    rules: RuleDigests,
    batch_type: BatchType,
}

/// Takes everything that arrived, in the order of the signed numbers.
pub fn pass(
    conn: &mut Connection,
    incoming: &mut Incoming,
    apply: &mut dyn Apply,
    grace: Grace,
    now_s: i64,
) -> Result<Pass> {
    let mut counts = Pass::default();
    loop {
        incoming.believe(conn)?;
        let done = look_once(conn, incoming, apply, grace, now_s)?;
        counts.published += done.counts.published;
        counts.refused += done.counts.refused;
        counts.quarantined += done.counts.quarantined;
        counts.known += done.counts.known;
        counts.waiting = done.counts.waiting;
        if !done.installed {
            return Ok(counts);
        }
    }
}

/// One look at everything; a trust list that was put in force ends it early.
fn look_once(
    conn: &mut Connection,
    incoming: &Incoming,
    apply: &mut dyn Apply,
    grace: Grace,
    now_s: i64,
) -> Result<Progress> {
    fork::check(conn, incoming.channel.as_str())?;
    suite_floor::raise_floor(conn, incoming.channel.as_str(), incoming.trust.suite_floor, &incoming.trust_file)?;
    note_rules(conn, incoming, now_s)?;
    take_back_unnoted(conn, incoming)?;
    take_back_completed(conn, incoming, now_s)?;
    let found = scan::look(&incoming.received)?;
    if !found.batches.is_empty() {
        disk_space::require(&incoming.needs(0), incoming.reserve_bytes)?;
    }
    let mut done = Progress { left: found.left, ..Progress::default() };
    let mut here: BTreeSet<String> = found.batches.iter().map(|file| file.name.clone()).collect();
    let files = reassemble::take(conn, incoming, found.batches, grace, now_s, &mut done)?;
    here.extend(files.iter().map(|file| file.name.clone()));
    pending::forget(conn, incoming, &here)?;
    let (mut fronts, mut strangers) = (Vec::new(), Vec::new());
    for file in files {
        heartbeat::tick();
        match incoming.sort(&file) {
            Ok(batch) => fronts.push(Front {
                series: batch.series().clone(),
                digest: batch.digest(),
                rules: RuleDigests { catalogue: batch.header().catalogue, policy: batch.header().policy },
                batch_type: batch.header().batch_type,
                file,
            }),
            // One file that cannot be read stops no other.
            Err(FormatError::Io(_)) if file.path.exists() => done.left.add(Reason::Unreadable, &file.name),
            Err(FormatError::Io(_)) => {}
            // A list that lies beside it may name its signer.
            Err(e @ (FormatError::UnknownSigner { .. } | FormatError::KeyTerms { .. })) => strangers.push((file, e)),
            Err(e) => wait_or_refuse(conn, incoming, &file, &e, grace, now_s, &mut done)?,
        }
    }
    fronts.sort_by_key(|f| (f.series.epoch, f.series.sequence));
    let named: BTreeSet<[u8; 32]> = fronts.iter().flat_map(|f| f.series.previous.iter().copied()).collect();
    for front in &fronts {
        settle(conn, incoming, apply, front, &named, now_s, &mut done)?;
        if done.installed {
            return Ok(done);
        }
    }
    for (file, e) in &strangers {
        wait_or_refuse(conn, incoming, file, e, grace, now_s, &mut done)?;
    }
    for file in &found.foreign {
        if quarantine::wants_foreign(conn, file)? {
            refuse(conn, incoming, file, &FormatError::NotABatch, now_s, &mut done)?;
        } else {
            done.left.add(Reason::Foreign, &file.name);
        }
    }
    done.left.keep(conn, incoming.channel.as_str())?;
    if let Some((files, first)) = &done.dropped {
        let detail = format!("{files} refused files; quarantine is full");
        audit::note(conn, now_s, "agent", "drop", first, &detail)?;
        let about = About { channel: Some(incoming.channel.as_str()), ..About::default() };
        log::say(Level::Warning, &about, &format!("dropped: {detail}, such as {first}"));
    }
    Ok(done)
}

/// Notes trust file, catalogue and policy that batches are taken by, where they are not those of the pass before.
fn note_rules(conn: &Connection, incoming: &Incoming, now_s: i64) -> Result<()> {
    let mut digests = vec![("catalogue", incoming.rules.catalogue), ("policy", incoming.rules.policy)];
    if incoming.anchor.is_none() {
        // A list has an entry of its own where it is put in force.
        digests.push(("trust", sha256(read::text(&incoming.trust_file)?.as_bytes())));
    }
    for (what, digest) in digests {
        audit::rules::used(conn, &format!("{what}/{}", incoming.channel.as_str()), &digest, now_s)?;
    }
    Ok(())
}

fn settle(
    conn: &mut Connection,
    incoming: &Incoming,
    apply: &mut dyn Apply,
    front: &Front,
    named: &BTreeSet<[u8; 32]>,
    now_s: i64,
    done: &mut Progress,
) -> Result<()> {
    let (channel, series) = (incoming.channel.as_str(), &front.series);
    let order = |why| FormatError::Order { sequence: series.sequence, why };
    let claim = Claim { epoch: series.epoch, sequence: series.sequence, digest: front.digest };
    match received::knows(conn, channel, series.epoch, series.sequence)? {
        Some(digest) if digest == front.digest => {
            let subject = format!("{channel}/{}/{}", series.epoch, series.sequence);
            audit::note(conn, now_s, "agent", "duplicate", &subject, &front.file.name)?;
            done.counts.known += 1;
            return remove(&front.file);
        }
        Some(_) if incoming.is_revoked(&series.sender) => {
            return refuse(conn, incoming, &front.file, &order(SECOND_OF_REVOKED), now_s, done);
        }
        Some(_) => {
            done.counts.known += 1;
            return fork::fork(conn, incoming, &front.file, claim, now_s);
        }
        None => {}
    }
    if fork::named_at(conn, channel, series.epoch, series.sequence)?.is_some_and(|named| named != front.digest) {
        let e = order("batches that were accepted after it name another one here");
        return refuse(conn, incoming, &front.file, &e, now_s, done);
    }
    let newest = received::newest_received(conn, channel)?;
    let place = match place(newest.as_ref(), series) {
        Ok(place) => place,
        Err(e) => return refuse(conn, incoming, &front.file, &e, now_s, done),
    };
    if let Place::AfterGap(from, to) = place {
        let missing = received::missing_below(conn, channel, series.epoch, from)?;
        if to - from >= GAP_MAX.saturating_sub(missing) {
            let e = order("it jumps further ahead than any gap may be");
            return refuse(conn, incoming, &front.file, &e, now_s, done);
        }
    }
    if let Place::AfterGap(from, to) = place
        && incoming.on_gap == OnGap::Wait
        && !gaps::is_accepted(conn, channel, series.epoch, (from, to))?
    {
        return wait_for_gap(conn, incoming, front, from..=to, now_s, done);
    }
    let is_newest = matches!(place, Place::Next | Place::AfterGap(..));
    let is_late = series.not_after_s < now_s && !named.contains(&front.digest);
    // What came in time and had to wait for others is not late.
    if is_newest && is_late && !pending::is_for(conn, channel, &front.file, &order(AFTER_GAP))? {
        let e = order("it is the newest of its series and older than it may be");
        return wait(conn, incoming, &front.file, &e, incoming.copy_deadline_s, now_s, done);
    }
    let is_trust = front.batch_type == BatchType::Trust;
    let other = match (front.rules.catalogue == incoming.rules.catalogue, front.rules.policy == incoming.rules.policy) {
        // A trust list is judged by its own rule alone: it may be what names the catalogue of its sender.
        _ if is_trust => None,
        (true, true) if incoming.trust.allows(&front.rules.catalogue, &front.rules.policy) => None,
        (true, true) => Some("the trust list names other catalogues or policies; it waits until one names these"),
        (false, _) => Some("it was made under another catalogue; it waits until that one is installed here"),
        (true, false) => Some("it was made under another policy; it waits until that one is installed here"),
    };
    if let Some(why) = other {
        // However long that takes: the batch is whole, and its sender works by rules that were signed.
        pending::note(conn, incoming, &front.file, &order(why), now_s)?;
        done.held.insert((series.epoch, series.sequence));
        done.counts.waiting += 1;
        return Ok(());
    }
    // Opened and verified anew: the file may have been exchanged since the first look.
    let batch = match incoming.sort(&front.file) {
        Ok(Checked::Verified(batch)) if batch.digest() == front.digest => batch,
        Ok(Checked::Unapproved(batch)) if front.digest == batch.digest() => {
            return unapproved(conn, incoming, front, batch, &place, now_s, done);
        }
        Ok(_) | Err(FormatError::Io(_)) => return Ok(()),
        Err(e) => return refuse(conn, incoming, &front.file, &e, now_s, done),
    };
    // Before anything of it can be refused: by what is kept here a list strikes what a stolen key signed.
    if let Some(signed) = batch.signed() {
        fork::keep(conn, channel, &claim, &signed)?;
    }
    let list = match list_of(conn, incoming, front, &place, now_s, done)? {
        ControlFlow::Continue(list) => list,
        ControlFlow::Break(()) => return Ok(()),
    };
    // What it holds is signed, and known before any of it is written.
    let needs = incoming.needs(batch.content().raw_bytes);
    if let Err(e) = disk_space::bound(&needs) {
        record::refused(conn, incoming, series, front.digest, &place, &Error::from(&e), now_s)?;
        done.counts.refused += 1;
        return refuse(conn, incoming, &front.file, &e, now_s, done);
    }
    disk_space::require(&needs, incoming.reserve_bytes)?;
    heartbeat::tick();
    match apply.apply(conn, incoming, Arrival { batch, place: place.clone(), list }, now_s) {
        Ok(()) => {
            done.counts.published += 1;
            done.installed = is_trust;
            remove(&front.file)
        }
        Err(NotApplied::Ours(failure)) => Err(failure),
        Err(NotApplied::Batch(e)) => refuse_content(conn, incoming, front, &place, &e, now_s, done),
    }
}

/// The list of a trust batch, if it is one, where it may be put in force now. Otherwise the batch waits for the list before
/// it, or is refused, before anything of it is written elsewhere.
fn list_of(
    conn: &mut Connection,
    incoming: &Incoming,
    front: &Front,
    place: &Place,
    now_s: i64,
    done: &mut Progress,
) -> Result<ControlFlow<(), Option<SignedList>>> {
    if front.batch_type != BatchType::Trust {
        return Ok(ControlFlow::Continue(None));
    }
    let list = match carried(incoming, front) {
        Ok(list) => list,
        Err(FormatError::Io(_)) => return Ok(ControlFlow::Break(())),
        Err(e) => return refuse_content(conn, incoming, front, place, &e, now_s, done).map(ControlFlow::Break),
    };
    if let Some(why) = installed::must_wait(conn, incoming, &list)? {
        pending::note(conn, incoming, &front.file, &why, now_s)?;
        done.held.insert((front.series.epoch, front.series.sequence));
        done.counts.waiting += 1;
        return Ok(ControlFlow::Break(()));
    }
    match installed::would_take(conn, incoming, &list, now_s) {
        Ok(()) => Ok(ControlFlow::Continue(Some(list))),
        Err(NotApplied::Ours(failure)) => Err(failure),
        Err(NotApplied::Batch(e)) => {
            refuse_content(conn, incoming, front, place, &e, now_s, done).map(ControlFlow::Break)
        }
    }
}

/// The list of a trust batch.
fn carried(incoming: &Incoming, front: &Front) -> ferry_format::Result<SignedList> {
    let mut found = Carried::default();
    let batch = incoming.verify(&front.file)?;
    if batch.digest() != front.digest {
        return Err(std::io::Error::other("it was exchanged while it was read").into());
    }
    batch.open(&incoming.key, &mut found)?;
    found.list()
}

/// A batch that comes too early stays where it lies; what is missing before it is named and asked for.
fn wait_for_gap(
    conn: &mut Connection,
    incoming: &Incoming,
    front: &Front,
    before: RangeInclusive<u64>,
    now_s: i64,
    done: &mut Progress,
) -> Result<()> {
    let (channel, series) = (incoming.channel.as_str(), &front.series);
    let why = FormatError::Order { sequence: series.sequence, why: AFTER_GAP };
    let tx = conn.transaction()?;
    for sequence in before.filter(|n| !done.held.contains(&(series.epoch, *n))) {
        if !gaps::is_noted(&tx, channel, series.epoch, sequence)? {
            record::gap(&tx, channel, (series.epoch, series.sequence), (sequence, sequence), now_s)?;
        }
    }
    tx.commit()?;
    pending::note(conn, incoming, &front.file, &why, now_s)?;
    done.held.insert((series.epoch, series.sequence));
    done.counts.waiting += 1;
    Ok(())
}

/// Removes a file that is dealt with. Where the folder is not ours to change it stays, and is known next time.
pub(crate) fn remove(file: &Candidate) -> Result<()> {
    use std::io::ErrorKind::{NotFound, PermissionDenied, ReadOnlyFilesystem};
    match durable::try_remove(&file.path) {
        Err(e) if !matches!(e.kind(), NotFound | PermissionDenied | ReadOnlyFilesystem) => {
            Err(Error::io(&file.path, &e, false))
        }
        _ => Ok(()),
    }
}

/// Files in quarantine that no row names are looked at anew. Where a cut left a file in both folders, it came once.
fn take_back_unnoted(conn: &Connection, incoming: &Incoming) -> Result<()> {
    for file in quarantine::unnoted(conn, &incoming.quarantine)? {
        if scan::holds(&incoming.received, &file)? {
            durable::remove(&file)?;
            continue;
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        durable::move_new(&file, &incoming.received.join(format!("unnoted-{name}")), 0o640)?;
    }
    Ok(())
}

fn take_back_completed(conn: &Connection, incoming: &Incoming, now_s: i64) -> Result<()> {
    for (id, file) in quarantine::completed(conn, incoming.channel.as_str(), &incoming.quarantine, SHORT)? {
        if incoming.sort(&file).is_ok() || reassemble::is_part(&file) {
            // Numbers come again once their rows are gone, and what was put back under one may still wait.
            let names = (0..).map(|n| incoming.received.join(format!("again-{id}-{n}.ferry")));
            let Some(target) = { names }.find(|path| !path.exists()) else { continue };
            durable::move_new(&file.path, &target, 0o640)?;
            quarantine::release(conn, id, &file.name, now_s)?;
        }
    }
    Ok(())
}
