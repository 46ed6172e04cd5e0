//! One pass over a received folder: facts are collected, [`decide`] gives the verdict, and the verdict is carried out.

use crate::audit;
use crate::audit::statements;
use crate::ledger::{received, suite_floor};
use crate::receive::apply::{Apply, Arrival};
use crate::receive::decide::{self, ChannelFacts, Verdict, Wait};
use crate::receive::endpoint::ReceiveEndpoint;
use crate::receive::facts::StandingFacts;
use crate::receive::incoming::{Incoming, Unsigned, VerifiedFile};
use crate::receive::progress::{CopyGrace, PassContext, PassCounts, Progress};
use crate::receive::scan::{self, FileKind, IncomingFile};
use crate::receive::skipped::SkipReason;
use crate::receive::{facts, fork, pending, quarantine, reassemble, record};
use crate::runtime::disk_space;
use crate::runtime::log::{self, About, Level};
use crate::texts;
use crate::trust::installed::ListDocument;
use crate::types::BatchNumber;
use crate::types::apply_error::ApplyError;
use crate::types::batch_fault::BatchFault;
use crate::types::{BatchClaim, UnixSeconds};
use ferry_format::batch::open::Checked;
use ferry_format::crypto::hash::sha256;
use ferry_format::frame::header::BatchType;
use ferry_format::frame::sequence::SequencePosition;
use ferry_format::text::TextError;
use ferry_format::trust::list::SignedList;
use ferry_format::{FormatError, Result as FormatResult};
use ferry_io::error::Result;
use ferry_io::fs::{durable, read};
use ferry_io::heartbeat;
use ferry_io::output::language::Show;
use rusqlite::Connection;

/// Code of a file that is shorter than it says.
const SHORT: &str = "FERRY-E0103";

/// Takes everything that arrived, in the order of the signed numbers.
pub fn run_pass(
    conn: &mut Connection,
    endpoint: &mut ReceiveEndpoint,
    apply: &mut dyn Apply,
    grace: CopyGrace,
    now: UnixSeconds,
) -> Result<PassCounts> {
    let mut counts = PassCounts::default();
    loop {
        endpoint.reload_trust(conn)?;
        let done = look_once(conn, endpoint, apply, grace, now)?;
        counts.published += done.counts.published;
        counts.refused += done.counts.refused;
        counts.quarantined += done.counts.quarantined;
        counts.known += done.counts.known;
        counts.waiting = done.counts.waiting;
        if !done.installed_trust_list {
            return Ok(counts);
        }
    }
}

/// One look at everything; a trust list that was put in force ends it early.
fn look_once(
    conn: &mut Connection,
    endpoint: &ReceiveEndpoint,
    apply: &mut dyn Apply,
    grace: CopyGrace,
    now: UnixSeconds,
) -> Result<Progress> {
    prepare(conn, endpoint, now)?;
    let mut pass = PassContext { endpoint, grace, now, done: Progress::default() };
    let sorted = sort(conn, &mut pass)?;
    for file in &sorted.verified {
        let carried_out = pass.carry_out(conn, apply, file);
        if carried_out.is_err() || pass.done.installed_trust_list {
            pass.report_duplicates(conn)?;
            carried_out?;
            return Ok(pass.done);
        }
    }
    // Last: what anybody can make keeps nothing waiting that is signed.
    reassemble::look_at_loose(conn, &mut pass, &sorted.unsigned_heads, &sorted.loose_volumes)?;
    pass.wait_or_refuse(conn, &sorted.unsigned)?;
    for file in &sorted.foreign {
        if quarantine::wants_foreign(conn, file)? {
            pass.refuse(conn, file, &BatchFault::of(FormatError::NotABatch)?)?;
        } else {
            pass.done.skipped.add(SkipReason::Foreign, &file.name);
        }
    }
    pass.done.skipped.keep(conn, &endpoint.channel)?;
    pass.report_duplicates(conn)?;
    pass.report_deleted(conn)?;
    Ok(pass.done)
}

/// What a pass takes, in the order in which it does.
struct Sorted {
    verified: Vec<VerifiedFile>,
    unsigned_heads: Vec<IncomingFile>,
    loose_volumes: Vec<IncomingFile>,
    unsigned: Vec<Unsigned>,
    foreign: Vec<IncomingFile>,
}

/// Looks at the folder, and puts together what came in volumes.
fn sort(conn: &Connection, pass: &mut PassContext<'_>) -> Result<Sorted> {
    let endpoint = pass.endpoint;
    let mut incoming = Incoming::of(conn, endpoint, pass.now)?;
    if incoming.needs_room() {
        disk_space::require(&endpoint.needs(0), endpoint.reserve_bytes)?;
    }
    reassemble::take_parts(conn, pass, &mut incoming)?;
    incoming.forget_vanished()?;
    let verified = incoming.take_verified();
    let Incoming { mut strangers, mut unsigned, unsigned_heads, loose_volumes, foreign, skipped, .. } = incoming;
    strangers.append(&mut unsigned);
    pass.done.skipped.merge(skipped);
    Ok(Sorted { verified, unsigned_heads, loose_volumes, unsigned: strangers, foreign })
}

/// What must hold before anything is looked at, and what an interrupted pass left.
fn prepare(conn: &Connection, endpoint: &ReceiveEndpoint, now: UnixSeconds) -> Result<()> {
    fork::check_not_stopped(conn, &endpoint.channel)?;
    suite_floor::raise(conn, &endpoint.channel, endpoint.trust.suite_floor, &endpoint.trust_file)?;
    record_rules(conn, endpoint, now)?;
    put_back_orphans(conn, endpoint)?;
    put_back_completed(conn, endpoint, now)
}

/// Records trust file, catalogue and policy that batches are accepted by, where they are not those of the pass before.
fn record_rules(conn: &Connection, endpoint: &ReceiveEndpoint, now: UnixSeconds) -> Result<()> {
    let mut digests = vec![("catalogue", endpoint.rules.catalogue), ("policy", endpoint.rules.policy)];
    if endpoint.anchor.is_none() {
        // A list has an entry of its own where it is put in force.
        digests.push(("trust", sha256(read::text(&endpoint.trust_file)?.as_bytes())));
    }
    for (what, digest) in digests {
        audit::rules::record_use(conn, &format!("{what}/{}", endpoint.channel), &digest, now)?;
    }
    Ok(())
}

/// Files in quarantine that no row names are looked at again. Where a power cut left a file in both folders, it came once.
fn put_back_orphans(conn: &Connection, endpoint: &ReceiveEndpoint) -> Result<()> {
    for file in quarantine::orphaned_files(conn, &endpoint.quarantine)? {
        if scan::holds(&endpoint.received, &file)? {
            durable::remove(&file)?;
            continue;
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        durable::move_new(&file, &endpoint.received.join(format!("orphan-{name}")), 0o640)?;
    }
    Ok(())
}

fn put_back_completed(conn: &Connection, endpoint: &ReceiveEndpoint, now: UnixSeconds) -> Result<()> {
    for (id, file) in quarantine::completed(conn, &endpoint.channel, &endpoint.quarantine, SHORT)? {
        let is_part = matches!(scan::kind_of(&file.path), Some(FileKind::Head | FileKind::Volume));
        if endpoint.classify(&file).is_ok() || is_part {
            // Numbers come again once their rows are gone, and what was put back under one may still wait.
            let names = (0..).map(|n| endpoint.received.join(format!("again-{id}-{n}.ferry")));
            let Some(target) = { names }.find(|path| !path.exists()) else { continue };
            durable::move_new(&file.path, &target, 0o640)?;
            quarantine::release(conn, id, &file.name, now)?;
        }
    }
    Ok(())
}

impl PassContext<'_> {
    fn channel_facts(&self, conn: &Connection, file: &VerifiedFile) -> Result<ChannelFacts> {
        let (endpoint, rules) = (self.endpoint, &file.facts.rules);
        let standing = StandingFacts {
            on_gap: endpoint.on_gap,
            rules: endpoint.rules,
            are_rules_allowed: endpoint.trust.allows(&rules.catalogue, &rules.policy),
            now: self.now,
        };
        facts::channel_facts(conn, &endpoint.channel, &file.facts.series, &standing)
    }

    /// Decides on a file and carries the verdict out.
    fn carry_out(&mut self, conn: &mut Connection, apply: &mut dyn Apply, file: &VerifiedFile) -> Result<()> {
        let (endpoint, series, number) = (self.endpoint, &file.facts.series, file.number());
        let claim = BatchClaim { number, digest: file.facts.digest };
        let mut facts = file.facts.clone();
        let after_gap = Wait::Gap(0, 0).error(number.sequence);
        facts.has_waited_for_gap = pending::is_for(conn, &endpoint.channel, &file.file, &after_gap)?;
        match decide::decide(&facts, &self.channel_facts(conn, file)?) {
            Verdict::AlreadyApplied => {
                self.done.counts.known += 1;
                if file.file.take_away()? {
                    self.done.duplicates.get_or_insert_with(|| (0, number, file.file.name.clone())).0 += 1;
                } else {
                    // It is met again in every pass, and nothing happens then.
                    self.done.skipped.add(SkipReason::ReadOnly, &file.file.path.display().to_string());
                }
                Ok(())
            }
            Verdict::Fork => {
                self.done.counts.known += 1;
                fork::stop(conn, endpoint, &file.file, claim, self.now)
            }
            Verdict::Reject(why) => self.refuse(conn, &file.file, &BatchFault::of(why.error(series.sequence))?),
            Verdict::WaitFor(Wait::Gap(from, to)) => self.wait_for_gap(conn, file, (from, to)),
            Verdict::WaitFor(wait @ Wait::Successor) => {
                let why = BatchFault::of(wait.error(series.sequence))?;
                self.wait(conn, &file.file, &why, endpoint.stalled_copy_timeout_s)
            }
            // However long that takes: the batch is whole, and its sender works by rules that were signed.
            Verdict::WaitFor(wait @ Wait::Rules(_)) => {
                self.wait_whole(conn, &file.file, number, &wait.error(series.sequence))
            }
            Verdict::Apply(place) | Verdict::RejectContent(place) => self.open_again(conn, apply, file, &place),
        }
    }

    /// Opens and verifies a file once more, since it may have been exchanged after the first look, and applies or refuses
    /// what is in it.
    fn open_again(
        &mut self,
        conn: &mut Connection,
        apply: &mut dyn Apply,
        file: &VerifiedFile,
        place: &SequencePosition,
    ) -> Result<()> {
        let digest = file.facts.digest.0;
        match self.endpoint.classify(&file.file) {
            Ok(Checked::Verified(batch)) if batch.digest() == digest => {
                // Before anything of it can be refused: by this a list revokes what a stolen key signed.
                if let Some(signed) = batch.signed() {
                    let claim = BatchClaim { number: file.number(), digest: file.facts.digest };
                    statements::record_received(conn, &self.endpoint.channel, claim, &signed)?;
                }
                let Some(list) = self.list_in_order(conn, file, place)? else { return Ok(()) };
                self.apply_arrival(conn, apply, file, Arrival { batch, place: place.clone(), list: list.into_list() })
            }
            Ok(Checked::Unapproved(batch)) if batch.digest() == digest => {
                self.refuse_unapproved(conn, file.placed(place), batch)
            }
            Ok(_) | Err(FormatError::Io(_)) => Ok(()),
            Err(e) => self.refuse(conn, &file.file, &BatchFault::of(e)?),
        }
    }

    /// Applies a verified batch, where its content fits on the disk. What it holds is signed, and known before any of it is
    /// written.
    fn apply_arrival(
        &mut self,
        conn: &mut Connection,
        apply: &mut dyn Apply,
        file: &VerifiedFile,
        arrival: Arrival,
    ) -> Result<()> {
        let place = arrival.place.clone();
        let needs = self.endpoint.needs(arrival.batch.content().raw_bytes);
        if let Err(fault) = disk_space::check_bound(&needs)? {
            self.use_up_number(conn, file.placed(&place), &fault)?;
            return self.refuse(conn, &file.file, &fault);
        }
        disk_space::require(&needs, self.endpoint.reserve_bytes)?;
        heartbeat::tick();
        match apply.apply(conn, self.endpoint, arrival, self.now) {
            Ok(()) => {
                self.done.counts.published += 1;
                self.done.installed_trust_list = file.facts.batch_type == BatchType::Trust;
                file.file.remove()
            }
            Err(ApplyError::Local(error)) => Err(error),
            Err(ApplyError::Batch(fault)) => self.refuse_content(conn, file.placed(&place), &fault),
        }
    }

    /// The list of a trust batch where it may be put in force now; `None` where the batch waits for the list before it, or
    /// was refused, before anything of it is written elsewhere.
    fn list_in_order(
        &mut self,
        conn: &mut Connection,
        file: &VerifiedFile,
        place: &SequencePosition,
    ) -> Result<Option<CarriedList>> {
        if file.facts.batch_type != BatchType::Trust {
            return Ok(Some(CarriedList::None));
        }
        let list = match self.read_list(file) {
            Ok(list) => list,
            Err(FormatError::Io(_)) => return Ok(None),
            Err(e) => {
                return self.refuse_content(conn, file.placed(place), &BatchFault::of(e)?).map(|()| None);
            }
        };
        if let Some(why) = self.endpoint.list_must_wait(conn, &list)? {
            self.wait_whole(conn, &file.file, file.number(), &why)?;
            return Ok(None);
        }
        match self.endpoint.would_install(conn, &list, self.now) {
            Ok(()) => Ok(Some(CarriedList::One(Box::new(list)))),
            Err(ApplyError::Local(error)) => Err(error),
            Err(ApplyError::Batch(fault)) => self.refuse_content(conn, file.placed(place), &fault).map(|()| None),
        }
    }

    /// The list of a trust batch.
    fn read_list(&self, file: &VerifiedFile) -> FormatResult<SignedList> {
        let mut document = ListDocument::default();
        let batch = self.endpoint.verify(&file.file)?;
        if batch.digest() != file.facts.digest.0 {
            return Err(std::io::Error::from(TextError(texts::receive::file_exchanged())).into());
        }
        batch.open(&self.endpoint.key, &mut document)?;
        document.list()
    }

    /// A batch that comes too early stays where it is; what is missing before it is named and asked for.
    fn wait_for_gap(&mut self, conn: &mut Connection, file: &VerifiedFile, (from, to): (u64, u64)) -> Result<()> {
        let (channel, number) = (&self.endpoint.channel, file.number());
        let tx = conn.transaction()?;
        for sequence in from..=to {
            let missing = BatchNumber::new(number.epoch, sequence);
            if !self.done.waiting_here.contains(&missing) && !received::knows_number(&tx, channel, missing)? {
                record::record_gap(&tx, channel, number, (sequence, sequence), self.now)?;
            }
        }
        tx.commit()?;
        self.wait_whole(conn, &file.file, number, &Wait::Gap(from, to).error(number.sequence))
    }

    /// Files that had been received before are one entry for the whole pass, however many copies a carrier lays down.
    fn report_duplicates(&self, conn: &Connection) -> Result<()> {
        let Some((files, number, first)) = &self.done.duplicates else { return Ok(()) };
        let subject = format!("{}/{number}", self.endpoint.channel);
        let detail = if *files == 1 { first.clone() } else { format!("{files} files, first {first}") };
        audit::record(conn, self.now, "agent", "duplicate", &subject, &detail)
    }

    /// Refused files that quarantine had no room for are named once for the whole pass.
    fn report_deleted(&self, conn: &Connection) -> Result<()> {
        let Some((files, first)) = &self.done.deleted else { return Ok(()) };
        let detail = format!("{files} refused files; quarantine is full");
        audit::record(conn, self.now, "agent", "drop", first, &detail)?;
        let about = About { channel: Some(self.endpoint.channel.as_str()), ..About::default() };
        log::say(Level::Warning, &about, texts::receive::deleted(files, first).show());
        Ok(())
    }
}

/// What a batch carries besides records and documents.
enum CarriedList {
    None,
    One(Box<SignedList>),
}

impl CarriedList {
    fn into_list(self) -> Option<SignedList> {
        match self {
            Self::None => None,
            Self::One(list) => Some(*list),
        }
    }
}
