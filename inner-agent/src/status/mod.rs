//! `status`: what an operator reads every morning. JSON has everything; the screen has the most important part of it.

pub mod alarms;
pub mod metrics;
mod screen;
mod todo;

use crate::context::{Context, EXPORT, IMPORT};
use crate::notify;
use crate::reconcile::{self, ReconcileStatus};
use crate::report::{Correction, newest_corrections};
use crate::review::pending::{self, PendingDraft, PostReleaseReview};
use crate::store::document_readings::{self, DocumentReadings};
use crate::store::held_outside::{self, HiddenOutside};
use crate::store::held_retractions::{self, State};
use crate::store::{corrections, document_files, exported, full_run, held, remarks, review_queue, withheld};
use ferry_channel::ledger::sent;
use ferry_channel::monitor::status::channel::{self, ChannelStatus};
use ferry_channel::monitor::status::looked_at::{LookedAt, Looking, Proofs};
use ferry_channel::monitor::status::machine::MachineStatus;
use ferry_channel::monitor::status::todo::Todo;
use ferry_channel::monitor::status::{Published, root_text};
use ferry_channel::recovery::rollback::{self, PeerRollback};
use ferry_channel::runtime::disk_space::SpaceRequirement;
use ferry_channel::runtime::schedule::rfc3339;
use ferry_channel::types::alarm::Alarm;
use ferry_channel::types::{DAY_S, UnixSeconds};
use ferry_format::reason::Reason;
use ferry_io::error::Result;
use ferry_io::output::language::Show;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Held and hidden items that JSON names.
const ITEMS_MAX: i64 = 100;
/// Corrections and retractions that it names.
const CORRECTIONS_MAX: usize = 20;
/// Days over which corrections are counted.
const CORRECTION_DAYS: i64 = 7;

/// `inner-agent status`. The names of its keys are a contract.
#[derive(Debug, Serialize)]
pub struct Status {
    /// One entry for each channel and direction.
    pub channels: Vec<ChannelStatus>,
    /// What is published.
    pub published: Published,
    /// State root after the last dispatched batch.
    pub state_root: Option<String>,
    /// Records that the last export held.
    pub held: u64,
    /// Records that a rule of the notice keeps inside, by class.
    pub kept_in: BTreeMap<String, u64>,
    /// Retractions that wait for a person, by kind.
    pub held_retractions: BTreeMap<String, u64>,
    /// Records that stay published by a person's decision although the platform has them no more, by kind.
    pub kept_published: BTreeMap<String, u64>,
    /// Values that were left out of records, and private-use characters in them.
    pub remarks: u64,
    /// The first of them.
    pub remark_items: Vec<HeldRecord>,
    /// The first held records.
    pub held_records: Vec<HeldRecord>,
    /// How the documents that are published were read.
    pub document_readings: DocumentReadings,
    /// When the platform was compared as a whole.
    pub compared: Compared,
    /// How far a reconciliation is.
    pub reconcile: ReconcileStatus,
    /// Drafts that wait for reviewers.
    pub drafts: Vec<PendingDraft>,
    /// Batches that were released without approvals and are not reviewed yet, or were refused while any of their records is
    /// published.
    #[serde(rename = "left_unreviewed")]
    pub post_release: Vec<PostReleaseReview>,
    /// Published items that the outer side hides.
    pub held_outside: u64,
    /// The first of them.
    pub held_outside_items: Vec<HiddenOutside>,
    /// Whether the outer side was restored or lost batches.
    #[serde(rename = "far_setback")]
    pub peer_rollback: Option<PeerRollback>,
    /// What somebody must look at today.
    pub alarms: Vec<Alarm>,
    /// What was looked at, when and how.
    pub looked_at: Vec<LookedAt>,
    /// The daemon, space, and what was repaired.
    #[serde(flatten)]
    pub machine: MachineStatus,
    /// What a person has to do, most urgent first.
    pub todo: Vec<Todo>,
    /// Items in the clerk's review queue (`FERRY_HELD`) at the last import, by class of rejection.
    #[serde(rename = "clerk_list")]
    pub review_queue: BTreeMap<String, u64>,
    /// Recent corrections and retractions (article 16: the network administrator is told).
    pub corrections: RecentCorrections,
    /// Messages to parties and overdue services, where the court has an SMS gateway.
    pub notify: Option<notify::NotifyCounts>,
}

/// Corrections and retractions of published records.
#[derive(Debug, Serialize)]
pub struct RecentCorrections {
    /// How many in the last seven days.
    pub last_7_days: u64,
    /// The newest, each with who approved it and why.
    pub newest: Vec<Correction>,
}

/// When the platform was compared with what is published, beyond the rows that a run finds changed. Times are RFC 3339.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// Every row and every document's bytes; nothing where the next export does it.
    pub rows: Option<String>,
    /// Length and time of the file of every published document.
    pub files: Option<String>,
    /// How many files that were.
    pub file_count: u64,
}

/// A held record.
#[derive(Debug, Serialize)]
pub struct HeldRecord {
    /// Kind.
    pub kind: String,
    /// Key in the platform.
    pub key: String,
    /// Why.
    #[serde(serialize_with = "shown")]
    pub reason: Reason,
}

/// A reason in the language of this process.
fn shown<S: Serializer>(reason: &Reason, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(reason.text().show())
}

/// The part that needs no count over all exported records.
pub struct Overview {
    /// One entry for each channel and direction.
    pub channels: Vec<ChannelStatus>,
    /// The daemon, space, and what was repaired.
    pub machine: MachineStatus,
    /// What somebody must look at today.
    pub alarms: Vec<Alarm>,
    /// Records that the last export held.
    pub held: u64,
}

/// The state of channels and machine.
pub fn overview(context: &Context, now: UnixSeconds) -> Result<Overview> {
    let conn = &context.conn;
    let ledger = channel::Context { conn, now, zone: context.schedule.zone() };
    let up = &context.config.export.channel;
    let mut sending = ledger.sending(up, "export", EXPORT, &context.schedule)?;
    sending.state_root = sent::dispatched_state_root(conn, up)?.map(|root| root_text(&root.0));
    let receiving = ledger.receiving(&context.config.import.channel, "return", IMPORT)?;
    let of_import = context.import_folders().into_iter().map(|folder| SpaceRequirement { folder, bytes: 0 }).collect();
    let needs = [context.export_space()?, of_import].concat();
    let reserve_bytes = context.config.maintenance.reserve_bytes();
    let machine = MachineStatus::look(&ledger, &context.config.state, &needs, reserve_bytes, Vec::new())?;
    let channels = vec![sending, receiving];
    let alarms = [alarms::alarms(context, now)?, machine.alarms(&channels)].concat();
    Ok(Overview { channels, machine, alarms, held: held::count_to_correct(conn)? })
}

/// Everything.
pub fn status(context: &Context, now: UnixSeconds) -> Result<Status> {
    let (conn, up) = (&context.conn, &context.config.export.channel);
    let Overview { channels, machine, alarms, held } = overview(context, now)?;
    let (records, documents) = exported::count_published(conn)?;
    let trust = context.up_trust()?;
    let looking = Looking { alarms: &alarms, now, zone: context.schedule.zone() };
    let looked_at = looking.common(&machine, &channels, &Proofs::newest(conn)?);
    let mut status = Status {
        state_root: channels.iter().find_map(|c| c.state_root.clone()),
        channels,
        published: Published { records, documents, withheld: withheld::count(conn)? },
        held,
        kept_in: held::count_by_rule(conn)?,
        held_retractions: held_retractions::counts(conn, State::Waiting)?,
        kept_published: held_retractions::counts(conn, State::Kept)?,
        remarks: remarks::count(conn)?,
        remark_items: remark_items(context)?,
        held_records: held_records(context)?,
        document_readings: document_readings::published(conn)?,
        compared: compared(context)?,
        reconcile: reconcile::status(conn, up, now)?,
        drafts: pending::pending_drafts(context, trust.as_ref(), now)?,
        post_release: pending::post_release(context, trust.as_ref(), now)?,
        held_outside: held_outside::count(conn, up)?,
        held_outside_items: held_outside::list(conn, up, ITEMS_MAX)?,
        peer_rollback: rollback::peer_rollback(conn, up, context.schedule.zone(), now)?,
        looked_at,
        alarms,
        machine,
        todo: Vec::new(),
        review_queue: review_queue::counts(conn)?,
        corrections: recent_corrections(context, now)?,
        notify: notify::counts(context, now)?,
    };
    status.todo = todo::todo(context, &status);
    Ok(status)
}

fn compared(context: &Context) -> Result<Compared> {
    let zone = context.schedule.zone();
    let files = document_files::last_comparison(&context.conn)?;
    Ok(Compared {
        rows: full_run::last_s(&context.conn)?.map(|s| rfc3339(s, zone)),
        files: files.map(|f| rfc3339(f.at_s, zone)),
        file_count: files.map_or(0, |f| f.files),
    })
}

fn remark_items(context: &Context) -> Result<Vec<HeldRecord>> {
    let items = remarks::list(&context.conn, ITEMS_MAX)?;
    Ok(items.into_iter().map(|r| HeldRecord { kind: r.kind, key: r.key, reason: r.reason }).collect())
}

fn held_records(context: &Context) -> Result<Vec<HeldRecord>> {
    let items = held::to_correct(&context.conn, ITEMS_MAX)?;
    Ok(items.into_iter().map(|h| HeldRecord { kind: h.kind, key: h.key, reason: h.reason }).collect())
}

fn recent_corrections(context: &Context, now: UnixSeconds) -> Result<RecentCorrections> {
    let last_7_days = corrections::count_since(&context.conn, now - CORRECTION_DAYS * DAY_S)?;
    let always = (i64::MIN, i64::MAX);
    let newest = newest_corrections(&context.conn, context.schedule.zone(), always, CORRECTIONS_MAX)?;
    Ok(RecentCorrections { last_7_days, newest })
}
