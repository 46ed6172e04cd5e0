//! One of the two sides: a ledger that only the product's functions change, and what an agent keeps beside it.

use crate::model::ledger::Ledger;
use crate::model::properties::{APPLIED_TWICE, Breach, FORK_APPLIED, NUMBER_TWICE, REVOKED_STOPS};
use crate::model::rules::Rules;
use ferry_channel::audit::statements;
use ferry_channel::config::{OnGap, RuleDigests};
use ferry_channel::ledger::acknowledgement::{build_acknowledgement, record_carrier};
use ferry_channel::ledger::sent::{self, DeliveryReport, KeptBatch, ReleasedBatch};
use ferry_channel::ledger::{numbering, received, state_root};
use ferry_channel::receive::acknowledge::{AppliedBatch, Consequences, record_applied};
use ferry_channel::receive::decide::{FileFacts, Verdict, Wait};
use ferry_channel::receive::facts::{StandingFacts, channel_facts};
use ferry_channel::receive::{fork, record};
use ferry_channel::send::compose::{SeriesFields, place_in_series};
use ferry_channel::send::decide as send_decide;
use ferry_channel::send::dispatch::ResendRequest;
use ferry_channel::types::{BatchClaim, BatchNumber, BatchState, ChannelId, Digest, EpochReason, UnixSeconds};
use ferry_format::batch::open::Signed;
use ferry_format::crypto::hash::sha256;
use ferry_format::frame::header::BatchType;
use ferry_format::frame::sequence::SequencePosition;
use ferry_format::frame::statement::SeriesStatement;
use ferry_format::record::state_root::Buckets;
use ferry_io::error::Error;
use rusqlite::Connection;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

/// The time of every step but a restoration: no verdict of the model depends on the clock.
const NOW: UnixSeconds = UnixSeconds(1);

static UP: LazyLock<ChannelId> = LazyLock::new(|| ChannelId::new("up").unwrap());
static DOWN: LazyLock<ChannelId> = LazyLock::new(|| ChannelId::new("down").unwrap());

/// Which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// The court's side. It learns of its batches by delivery reports.
    Inner,
    /// The internet's side.
    Outer,
}

impl Who {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Inner, Self::Outer];

    /// The other one.
    pub fn other(self) -> Self {
        if self == Self::Inner { Self::Outer } else { Self::Inner }
    }

    /// The channel that it sends.
    pub fn sends(self) -> &'static ChannelId {
        if self == Self::Inner { &UP } else { &DOWN }
    }

    /// The channel that it receives.
    pub fn receives(self) -> &'static ChannelId {
        self.other().sends()
    }
}

/// A batch as it crosses: what is signed of its place, and what an agent reads from its records.
#[derive(Clone, Debug)]
pub struct Batch {
    /// What its sender signed.
    pub series: SeriesStatement,
    /// The digest of that.
    pub digest: Digest,
    items: Vec<u8>,
    reports: Vec<DeliveryReport>,
    is_approved: bool,
    /// Whether a thief made it with a stolen key.
    pub is_forged: bool,
}

impl Batch {
    /// Its number.
    pub fn number(&self) -> BatchNumber {
        BatchNumber::of(&self.series)
    }

    /// Another batch under this number, signed with the key of this one.
    pub fn forge(&self) -> Self {
        let series = SeriesStatement { content: sha256(b"forged"), ..self.series.clone() };
        let digest = Digest(series.digest());
        Self { series, digest, items: Vec::new(), reports: Vec::new(), is_approved: true, is_forged: true }
    }
}

impl PartialEq for Batch {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Batch {}

impl PartialOrd for Batch {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Batch {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.number(), self.digest.0).cmp(&(other.number(), other.digest.0))
    }
}

impl Hash for Batch {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.digest.0.hash(state);
    }
}

/// Where a run that sends ends too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendCrash {
    /// After the batch has its number, before it leaves.
    Released,
    /// After it left, before that is recorded.
    Left,
}

/// One side with everything that a backup of it holds, and the files that lie in its folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Side {
    /// Which one.
    pub who: Who,
    /// Its ledger.
    pub ledger: Ledger,
    /// Its own items, each with the batch that carries it; `None` waits for the next one.
    pub own: BTreeMap<u8, Option<BatchNumber>>,
    /// Items of the other side that it applied.
    pub held: BTreeSet<u8>,
    /// The batches in its outbox.
    outbox: BTreeMap<BatchNumber, Arc<Batch>>,
    /// What it applied, by number: to see what is applied twice.
    applied: BTreeMap<BatchNumber, Digest>,
    /// Files that wait in its folder; no backup holds them.
    pub folder: Vec<Arc<Batch>>,
    /// Whether its trust list revokes the first key of the other side.
    pub revokes: bool,
    /// The key that it signs with.
    pub key: u8,
}

impl Side {
    /// A side that nothing was done on.
    pub fn new(who: Who) -> Self {
        Self {
            who,
            ledger: Ledger::new(who as usize),
            own: BTreeMap::new(),
            held: BTreeSet::new(),
            outbox: BTreeMap::new(),
            applied: BTreeMap::new(),
            folder: Vec::new(),
            revokes: false,
            key: 1,
        }
    }

    /// A new item, which waits for the next batch.
    pub fn write(&mut self) {
        self.own.insert(self.own.len() as u8 + 10 * (self.who as u8 + 1), None);
    }

    /// Batches that it sent and keeps.
    pub fn kept(&self) -> impl Iterator<Item = &Arc<Batch>> {
        self.outbox.values()
    }

    /// A run of the job that sends: what is released leaves, then a new batch with all that waits. Gives what leaves.
    pub fn send(
        &mut self,
        is_approved: bool,
        crash: Option<SendCrash>,
        used: &mut BTreeSet<(Who, BatchNumber)>,
        breach: &mut Option<Breach>,
    ) -> Vec<Arc<Batch>> {
        let mut leaving = self.dispatch(crash);
        if crash == Some(SendCrash::Left) && !leaving.is_empty() {
            return leaving;
        }
        let items: Vec<u8> = self.own.iter().filter(|(_, batch)| batch.is_none()).map(|(item, _)| *item).collect();
        let batch = Arc::new(self.release(items.clone(), is_approved));
        if !used.insert((self.who, batch.number())) {
            *breach = Some(NUMBER_TWICE);
        }
        for item in items {
            self.own.insert(item, Some(batch.number()));
        }
        self.outbox.insert(batch.number(), batch);
        if crash != Some(SendCrash::Released) {
            leaving.extend(self.dispatch(crash));
        }
        leaving
    }

    fn release(&mut self, items: Vec<u8>, is_approved: bool) -> Batch {
        let (who, key) = (self.who, self.key);
        let all = buckets(self.own.keys());
        self.ledger.step(|conn| {
            let (sends, receives) = (who.sends(), who.receives());
            let number = numbering::next_number(conn, sends).unwrap();
            let mut reports = Vec::new();
            if who == Who::Outer {
                for line in received::unreported(conn, receives, 100).unwrap() {
                    received::set_reported(conn, receives, line.number, number.sequence).unwrap();
                    let reason = line.reason.unwrap_or_default();
                    reports.push(DeliveryReport { number: line.number, verdict: line.verdict, reason });
                }
            }
            let acknowledgement = build_acknowledgement(conn, receives, who == Who::Inner, NOW).unwrap();
            state_root::replace(conn, sends, &all).unwrap();
            let state_root = state_root::load(conn, sends).unwrap().root();
            let fields = SeriesFields { acknowledgement, state_root };
            let content = sha256(format!("{items:?} {reports:?} {is_approved}").as_bytes());
            let series = SeriesStatement {
                content,
                sender: [key; 32],
                not_after_s: i64::MAX,
                ..place_in_series(conn, sends, number, &fields, NOW).unwrap()
            };
            let digest = Digest(series.digest());
            let file = format!("{number}");
            let (records, state_root) = (items.len() as u64, Digest(state_root));
            let released = ReleasedBatch {
                channel: sends,
                number,
                digest,
                file: &file,
                bytes: 1,
                records,
                documents: 0,
                state_root,
            };
            sent::record_released(conn, &released, NOW).unwrap();
            record_carrier(conn, receives, &fields.acknowledgement, (sends, number)).unwrap();
            Batch { series, digest, items, reports, is_approved, is_forged: false }
        })
    }

    /// Lets everything leave that is released.
    fn dispatch(&mut self, crash: Option<SendCrash>) -> Vec<Arc<Batch>> {
        let sends = self.who.sends();
        let leaving = self.ledger.step(|conn| {
            let released = sent::in_state(conn, sends, BatchState::Released).unwrap();
            let leaving: Vec<BatchNumber> =
                released.iter().filter(|batch| send_decide::dispatch(batch).is_some()).map(|b| b.number).collect();
            if crash != Some(SendCrash::Left) {
                leaving.iter().for_each(|number| sent::mark_dispatched(conn, sends, *number).unwrap());
            }
            leaving
        });
        leaving.iter().filter_map(|number| self.outbox.get(number).cloned()).collect()
    }

    /// A run of the job that receives: every file in the folder, in the order of the numbers. Where it crashes, the first
    /// file that is applied stays in the folder. Gives what is sent again.
    pub fn receive(
        &mut self,
        rules: &Rules,
        on_gap: OnGap,
        crash: bool,
        breach: &mut Option<Breach>,
    ) -> Vec<Arc<Batch>> {
        let mut files = std::mem::take(&mut self.folder);
        files.sort();
        let (mut waiting, mut request, mut peer_lost) = (Vec::new(), None, false);
        let mut files = files.into_iter();
        while let Some(file) = files.next() {
            if self.ledger.ask(|conn| fork::check_not_stopped(conn, self.who.receives()).is_err()) {
                waiting.push(file);
                continue;
            }
            match self.look(rules, on_gap, &file, breach) {
                Look::Waits => waiting.push(file),
                Look::Gone => {}
                Look::Applied(consequences) => {
                    peer_lost |= consequences.state_loss.peer_lost_state;
                    request = consequences.resend.clone().or(request);
                    self.follow(&consequences);
                    if crash {
                        waiting.push(file);
                        waiting.extend(files);
                        self.folder = waiting;
                        return Vec::new();
                    }
                }
            }
        }
        self.folder = waiting;
        let mut leaving = if peer_lost { self.dispatch(None) } else { Vec::new() };
        leaving.extend(self.resend(rules, &request.unwrap_or_default()));
        leaving
    }

    /// The verdict on one file, carried out.
    fn look(&mut self, rules: &Rules, on_gap: OnGap, file: &Batch, breach: &mut Option<Breach>) -> Look {
        let (channel, speaks_of, number) = (self.who.receives(), self.who.sends(), file.number());
        let is_sender_revoked = self.revokes && file.series.sender == [1; 32];
        let standing = StandingFacts { on_gap, rules: RuleDigests::default(), are_rules_allowed: true, now: NOW };
        let known = self.ledger.ask(|conn| channel_facts(conn, channel, &file.series, &standing).unwrap());
        // The trust list refuses what a revoked key signed before anything asks for its place.
        if is_sender_revoked && file.is_forged && known.known_under_number.is_none() {
            return Look::Gone;
        }
        let facts = FileFacts {
            series: file.series.clone(),
            digest: file.digest,
            batch_type: BatchType::Data,
            rules: RuleDigests::default(),
            is_approved: file.is_approved,
            is_sender_revoked,
            is_key_expired: false,
            is_named_by_another: false,
            has_waited_for_gap: false,
        };
        match (rules.decide)(&facts, &known) {
            Verdict::AlreadyApplied | Verdict::Reject(_) => Look::Gone,
            Verdict::WaitFor(Wait::Gap(from, to)) => {
                let before = BatchNumber::of(&file.series);
                self.ledger.step(|conn| record::record_gap(conn, channel, before, (from, to), NOW).unwrap());
                Look::Waits
            }
            Verdict::WaitFor(_) => Look::Waits,
            Verdict::Fork => {
                if is_sender_revoked {
                    *breach = Some(REVOKED_STOPS);
                }
                let claim = BatchClaim { number, digest: file.digest };
                let first = known.known_under_number.unwrap_or(file.digest);
                self.ledger.step(|conn| fork::record(conn, channel, claim, (first, "second"), NOW).unwrap());
                Look::Gone
            }
            Verdict::RejectContent(place) => {
                let why = Error::from(ferry_format::FormatError::NotABatch);
                self.ledger.step(|conn| {
                    record_statement(conn, channel, file);
                    let what = (&file.series, file.digest);
                    record::record_refused(conn, channel, what, &place, &why, NOW).unwrap();
                });
                Look::Gone
            }
            Verdict::Apply(place) => {
                *breach = breach.or(match self.applied.insert(number, file.digest) {
                    Some(before) if before == file.digest => Some(APPLIED_TWICE),
                    Some(_) => Some(FORK_APPLIED),
                    None => None,
                });
                Look::Applied(self.apply(file, &place, channel, speaks_of))
            }
        }
    }

    fn apply(
        &mut self,
        file: &Batch,
        place: &SequencePosition,
        received_on: &ChannelId,
        speaks_of: &ChannelId,
    ) -> Consequences {
        let new: Vec<u8> = file.items.iter().copied().filter(|item| self.held.insert(*item)).collect();
        let reports = if self.who == Who::Inner { file.reports.as_slice() } else { &[] };
        self.ledger.step(|conn| {
            record_statement(conn, received_on, file);
            state_root::apply(conn, received_on, &buckets(&new)).unwrap();
            let counts = (file.items.len() as u64, 0);
            let applied = AppliedBatch { received_on, speaks_of, series: &file.series, place, reports, counts };
            record_applied(conn, &applied, NOW).unwrap()
        })
    }

    /// What the agent of this side does with what a batch says of its own ones.
    fn follow(&mut self, consequences: &Consequences) {
        let again = consequences.refused.iter().map(|(number, _)| *number).chain(consequences.given_up.iter().copied());
        for number in again.collect::<Vec<_>>() {
            self.collect_again(|batch| batch == number);
        }
        if self.who == Who::Inner {
            return;
        }
        let (sends, receives) = (self.who.sends(), self.who.receives());
        let given_up = consequences.given_up.clone();
        let loss = consequences.state_loss;
        self.ledger.step(|conn| {
            for number in given_up {
                received::report_again(conn, receives, number.sequence).unwrap();
            }
            if loss.peer_lost_state {
                received::report_all_again(conn, receives).unwrap();
            }
            if loss.not_kept > 0 {
                numbering::begin(conn, sends, 0, EpochReason::PeerLostBatches, NOW).unwrap();
            }
        });
        if loss.we_lost_state || loss.not_kept > 0 {
            self.collect_unconfirmed();
        }
    }

    fn collect_again(&mut self, is_lost: impl Fn(BatchNumber) -> bool) {
        for batch in self.own.values_mut().filter(|batch| batch.is_some_and(&is_lost)) {
            *batch = None;
        }
    }

    /// The outer side deletes what is acknowledged, and sends the rest again.
    fn collect_unconfirmed(&mut self) {
        let sends = self.who.sends();
        let numbers: BTreeSet<BatchNumber> = self.own.values().flatten().copied().collect();
        let is_confirmed =
            |number: &BatchNumber| self.ledger.ask(|conn| sent::is_confirmed(conn, sends, *number).unwrap());
        let open: BTreeSet<BatchNumber> = numbers.into_iter().filter(|number| !is_confirmed(number)).collect();
        self.collect_again(|number| open.contains(&number));
    }

    fn resend(&mut self, rules: &Rules, request: &ResendRequest) -> Vec<Arc<Batch>> {
        let sends = self.who.sends();
        let numbers: Vec<BatchNumber> = self.ledger.step(|conn| {
            let mut numbers = Vec::new();
            for range in &request.gaps {
                let requested = sent::in_range(conn, sends, *range).unwrap();
                for batch in (rules.resend)(&requested) {
                    sent::mark_dispatched(conn, sends, batch.number).unwrap();
                    numbers.push(batch.number);
                }
            }
            numbers
        });
        numbers.iter().filter_map(|number| self.outbox.get(number).cloned()).collect()
    }

    /// Deletes kept batches whose days are over, by the product's rule.
    pub fn prune(&mut self) {
        let sends = self.who.sends();
        let later = UnixSeconds(i64::MAX);
        let old: Vec<KeptBatch> = self.ledger.step(|conn| {
            let mut old = sent::with_file(conn, sends).unwrap();
            old.retain(|batch| send_decide::may_be_deleted(batch, later));
            old.iter().for_each(|batch| sent::forget_file(conn, sends, &batch.file).unwrap());
            old
        });
        for batch in old {
            self.outbox.remove(&batch.number);
        }
    }

    /// Takes the place of the side as it is now, from a backup of it.
    pub fn restored(&self, now: &Self, rules: &Rules, at: UnixSeconds) -> Self {
        let mut side = self.clone();
        side.folder = now.folder.clone();
        (side.revokes, side.key) = (now.revokes, now.key);
        side.ledger.step(|conn| (rules.mark_restored)(conn, side.who.sends(), at));
        match side.who {
            // The next export compares every row: what the platform has beyond the backup was never exported.
            Who::Inner => now.own.keys().for_each(|item| {
                side.own.entry(*item).or_insert(None);
            }),
            Who::Outer => side.collect_unconfirmed(),
        }
        side
    }
}

/// What became of a file.
enum Look {
    Waits,
    Gone,
    Applied(Consequences),
}

fn record_statement(conn: &Connection, channel: &ChannelId, file: &Batch) {
    let signed = Signed { header: Vec::new(), content: Vec::new(), series: file.series.encode(), signature: [0; 64] };
    let claim = BatchClaim { number: file.number(), digest: file.digest };
    statements::record_received(conn, channel, claim, &signed).unwrap();
}

/// The state root's buckets of some items.
pub fn buckets<'a>(items: impl IntoIterator<Item = &'a u8>) -> Buckets {
    let mut buckets = Buckets::default();
    items.into_iter().for_each(|item| buckets.add("item", &item.to_string(), &[*item; 32]));
    buckets
}
