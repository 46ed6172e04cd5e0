//! Release: a draft whose approvals hold, checked anew, gets its number, and what is to be remembered of it is remembered in
//! the same transaction.

use crate::agent::{Agent, LOCK};
use crate::export::books::Books;
use crate::export::drafts::{self, Item, Kept};
use crate::export::history::{self, At};
use crate::export::sight::Rules;
use crate::export::withhold::Withholding;
use crate::reconcile::FarOnly;
use crate::review::Given;
use crate::source::candidate::Candidate;
use crate::source::{self, Rows, Source, convert};
use ferry_channel::audit;
use ferry_channel::ledger::acknowledgement;
use ferry_channel::ledger::{gaps, state_root};
use ferry_channel::runtime::{disk_space, lock};
use ferry_channel::send::compose;
use ferry_channel::send::compose::{Draft, Outgoing, Saying};
use ferry_channel::send::{dispatch, outbox};
use ferry_format::frame::statement::Approval;
use ferry_format::trust::release;
use ferry_format::trust::release::Decision;
use ferry_format::trust::trust_file::{Moment, Trust};
use ferry_io::clock;
use ferry_io::error::{Error, Result};
use ferry_io::fs::durable;
use ferry_io::outln;
use ferry_io::output::exit::continue_unless_fatal;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde::Serialize;

/// What a release did.
#[derive(Debug, Default, Serialize)]
pub struct Released {
    /// Drafts that became batches.
    pub batches: Vec<Batch>,
    /// Drafts that still wait.
    pub waiting: u64,
    /// Drafts that ended since an item of them is not what it was.
    pub superseded: Vec<String>,
    /// Approvals that no longer count: draft, person, reason.
    pub lapsed: Vec<(String, String, String)>,
}

/// A draft that became a batch.
#[derive(Debug, Serialize)]
pub struct Batch {
    /// The draft's name.
    pub draft: String,
    /// Numbering era.
    pub epoch: u64,
    /// Number.
    pub sequence: u64,
    /// Records in it.
    pub records: u64,
    /// Documents in it.
    pub documents: u64,
    /// Who approved it.
    pub approved_by: Vec<String>,
}

impl Released {
    /// Lines for people.
    pub fn print(&self) {
        for b in &self.batches {
            let (n, by) = (format!("{}/{}", b.epoch, b.sequence), b.approved_by.join("、"));
            outln!("放行 released {} as batch {n}: {} records, {} documents; {by}", b.draft, b.records, b.documents);
        }
        for name in &self.superseded {
            outln!("已失效 superseded: {name}; the next export drafts anew what is still to be reviewed");
        }
        for (name, person, why) in &self.lapsed {
            outln!("不再有效 no longer counts: {name}, {}: {why}", person.escape_debug());
        }
        outln!("待审 waiting: {}", self.waiting);
    }

    /// Whether there is nothing to tell.
    pub fn is_quiet(&self) -> bool {
        self.batches.is_empty() && self.superseded.is_empty()
    }
}

/// Releases every draft that has what it needs.
///
/// # Errors
/// `FERRY-E0730` where drafts wait and no reviewer is known.
pub fn release(agent: &Agent) -> Result<Released> {
    let _lock = lock::take(&agent.config.state, LOCK)?;
    if agent.config.export.trust.is_none() && !drafts::waiting(&agent.conn)?.is_empty() {
        super::trust(agent)?;
    }
    release_locked(agent, &agent.outgoing()?, clock::now_s())
}

/// What a daemon does between runs: takes in what reviewers signed, and releases what has its approvals. Nothing is opened
/// where nothing waits.
pub fn due(agent: &Agent) -> Result<Released> {
    let _lock = lock::take(&agent.config.state, LOCK)?;
    let now_s = clock::now_s();
    super::folder::visit(agent, now_s)?;
    let signed =
        "SELECT EXISTS(SELECT 1 FROM draft d JOIN review_file f ON f.content = d.content WHERE d.state = 'waiting')";
    if agent.conn.query_row(signed, [], |r| r.get(0))? {
        return release_locked(agent, &agent.outgoing()?, now_s);
    }
    Ok(Released::default())
}

/// The release at the end of an export, which has happened whatever becomes of this.
///
/// # Errors
/// Only what ends the process.
pub fn after_export(agent: &Agent, outgoing: &Outgoing, now_s: i64) -> Result<Vec<Batch>> {
    let done = release_locked(agent, outgoing, now_s).and_then(|done| super::folder::visit(agent, now_s).map(|_| done));
    match done {
        Ok(done) => Ok(done.batches),
        Err(f) => continue_unless_fatal(Err(f)).map(|()| Vec::new()),
    }
}

/// The same for a caller that holds the lock. Without a trust file everything goes on waiting.
pub fn release_locked(agent: &Agent, outgoing: &Outgoing, now_s: i64) -> Result<Released> {
    // A release that was interrupted left a file without a row, or a row that was not dispatched.
    outbox::sweep(&agent.conn, &outgoing.outlet)?;
    let mut done = Released { superseded: superseded(agent, now_s)?, ..Released::default() };
    let kept = drafts::waiting(&agent.conn)?;
    let trust = agent.up_trust()?;
    let mut source = None;
    for kept in kept {
        let Some(trust) = &trust else {
            done.waiting += 1;
            continue;
        };
        match decide(&agent.conn, trust, &kept, now_s, &mut done)? {
            Some(approvals) => {
                let source = match &source {
                    Some(source) => source,
                    None => {
                        // Whoever approved, a list in force may have revoked what it would be signed with.
                        agent.may_send(outgoing, now_s)?;
                        source.insert(source::open(agent)?)
                    }
                };
                one(agent, outgoing, source, &kept, approvals, now_s, &mut done)?;
            }
            None => done.waiting += 1,
        }
    }
    dispatch::dispatch(&agent.conn, &outgoing.outlet, now_s)?;
    Ok(done)
}

/// Ends the drafts that the ledger knows not to be current any more.
fn superseded(agent: &Agent, now_s: i64) -> Result<Vec<String>> {
    let tx = Transaction::new_unchecked(&agent.conn, TransactionBehavior::Immediate)?;
    let names = drafts::supersede(&tx, now_s)?;
    tx.commit()?;
    Ok(names)
}

/// The approvals of a draft, if it has what it needs. What no longer counts is left out, and told.
fn decide(
    conn: &Connection,
    trust: &Trust,
    kept: &Kept,
    now_s: i64,
    done: &mut Released,
) -> Result<Option<Vec<Approval>>> {
    let at = Moment::now(now_s);
    let (good, lapsed) = Given::to(conn, &kept.content)?.that_count(trust, &kept.content, &at);
    done.lapsed.extend(lapsed.into_iter().map(|(person, why)| (kept.name.clone(), person, why.to_string())));
    match release::decide(trust, kept.class, &kept.content, &good, &[], &at)? {
        Decision::Ready(approvals) => Ok(Some(approvals)),
        Decision::Waiting { .. } | Decision::Refused { .. } => Ok(None),
    }
}

/// Gives one draft its number, or ends it.
fn one(
    agent: &Agent,
    outgoing: &Outgoing,
    source: &Source,
    kept: &Kept,
    approvals: Vec<Approval>,
    now_s: i64,
    done: &mut Released,
) -> Result<()> {
    let path = drafts::folder(&agent.config.state).join(&kept.name);
    disk_space::require(&agent.needs_to_send()?, agent.config.upkeep.reserve_bytes())?;
    let tx = Transaction::new_unchecked(&agent.conn, TransactionBehavior::Immediate)?;
    let why = match changed(agent, &tx, source, kept, now_s)? {
        Some(why) => Err(why),
        None => {
            Draft::read(outgoing, &path, (kept.class, &kept.content), approvals.clone(), (kept.records, kept.documents))
                .map_err(|error| error.message.english().to_owned())
        }
    };
    let draft = match why {
        Ok(draft) => draft,
        Err(why) => {
            drafts::settle(&tx, &kept.name, "superseded", &why, now_s)?;
            tx.commit()?;
            done.superseded.push(kept.name.clone());
            return Ok(());
        }
    };
    let trust = super::trust(agent)?;
    let (up, down) = (outgoing.outlet.channel.as_str(), agent.config.import.channel.as_str());
    let number = compose::next_number(&tx, up)?;
    let mut books = Books::open(agent, &tx, number, now_s, true);
    let far_only = FarOnly::load(&tx)?;
    drafts::each_item(&tx, &kept.name, &mut |item: Item| {
        books.left(&item.leaving(), item.exported(&tx)?.as_ref())?;
        far_only.forget(&tx, &item.record.kind, &item.record.id)
    })?;
    let Books { collected, change, consents, .. } = books;
    if !consents.is_empty() {
        // What a consent concerns is found by looking at everything.
        tx.execute("DELETE FROM full_run", [])?;
    }
    history::note(&tx, At { number, now_s }, &collected)?;
    let state_root = state_root::apply(&tx, up, &change.finish()?)?;
    let account = acknowledgement::account(&tx, down, true, now_s - agent.config.import.copy_deadline_s)?;
    let saying = Saying { account, state_root };
    let by: Vec<String> = approvals.iter().map(|a| person(&trust, a, now_s)).collect::<Result<_>>()?;
    let released = compose::release(&tx, outgoing, draft, &saying, now_s)?;
    gaps::note_said(&tx, down, &saying.account, (up, released.epoch, released.sequence))?;
    drafts::became(&tx, &kept.name, number, now_s)?;
    let detail = format!("batch {}/{}, approved by {}", released.epoch, released.sequence, by.join(", "));
    audit::note(&tx, now_s, "agent", "release-draft", &kept.name, &detail)?;
    tx.commit()?;
    durable::remove(&path)?;
    let (epoch, sequence) = number;
    let (records, documents) = (kept.records, kept.documents);
    done.batches.push(Batch { draft: kept.name.clone(), epoch, sequence, records, documents, approved_by: by });
    Ok(())
}

fn person(trust: &Trust, approval: &Approval, now_s: i64) -> Result<String> {
    let at = Moment::now(now_s);
    let key = trust.stands(ferry_format::keys::Role::Reviewer, &approval.reviewer, &at).map_err(Error::from)?;
    Ok(trust.person(key))
}

/// Why a draft is not what the platform says now, if it is not: its rows are read once more before it gets a number.
fn changed(agent: &Agent, conn: &Connection, source: &Source, kept: &Kept, now_s: i64) -> Result<Option<String>> {
    let today = convert::today(now_s, agent.schedule.zone());
    source.database().begin()?;
    let withholding = Withholding::load(conn, source, &today)?;
    let rules = Rules { catalogue: &agent.catalogue, policy: &agent.policy };
    let mut why = None;
    drafts::each_item(conn, &kept.name, &mut |item| {
        if why.is_some() {
            return Ok(());
        }
        let map = source.kinds.iter().find(|map| map.kind == item.record.kind);
        let mut stands = false;
        if let Some(map) = map {
            let wanted = Rows::With { column: map.mapping.key_column(), value: &item.key };
            source.database().rows(&map.mapping.sql, &map.columns, wanted, &mut |row| {
                // A collation may find others too.
                if map.key(row)? != item.key {
                    return Ok(());
                }
                let row = Candidate::of(map, row, source, rules, false)?;
                let table = map.mapping.table.as_deref();
                let form = withholding.in_force.covers(table, &item.key, row.case.as_deref());
                stands |= row.is_of_kind
                    && row.kept_in.is_none()
                    && form.is_none()
                    && row.fingerprint.as_slice() == item.fingerprint.as_slice();
                Ok(())
            })?;
        }
        if !stands {
            let (kind, key) = (&item.record.kind, item.key.escape_debug());
            why = Some(format!("{kind} {key} is not what it was in the platform when it was drafted"));
        }
        Ok(())
    })?;
    source.database().end()?;
    Ok(why)
}
