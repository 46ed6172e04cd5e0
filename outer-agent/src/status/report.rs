//! `outer-agent status` as data.

use crate::context::Context;
use crate::status::overview::{Overview, overview};
use crate::status::portal_probe;
use crate::store::document_check::{self, Checked};
use crate::store::hidden::{self, Hidden};
use crate::store::visible;
use crate::texts::status as texts;
use ferry_channel::ledger::quarantine;
use ferry_channel::monitor::status::Published;
use ferry_channel::monitor::status::channel::ChannelStatus;
use ferry_channel::monitor::status::looked_at::{LookedAt, Looking, Proofs};
use ferry_channel::monitor::status::machine::MachineStatus;
use ferry_channel::monitor::status::todo::{Program, Todo};
use ferry_channel::recovery::rollback;
use ferry_channel::recovery::rollback::PeerRollback;
use ferry_channel::types::UnixSeconds;
use ferry_channel::types::alarm::Alarm;
use ferry_io::error::Result;
use ferry_io::output::language::Show as _;
use serde::Serialize;

/// Quarantined files that `status` lists.
const QUARANTINE_LISTED_MAX: u64 = 20;

/// Hidden records that `status` lists.
const HIDDEN_LISTED_MAX: i64 = 100;

/// `outer-agent status`.
#[derive(Debug, Serialize)]
pub struct Status {
    /// One entry for each channel and direction.
    pub channels: Vec<ChannelStatus>,
    /// What is visible.
    pub published: Published,
    /// State root over everything visible.
    pub state_root: Option<String>,
    /// Whether the root differed from the sender's after the newest batch.
    pub root_differs: bool,
    /// Receipts, messages and reports of hidden records that the other side has not acknowledged.
    pub outgoing: u64,
    /// Seconds that the oldest of them has waited.
    pub oldest_item_age_s: Option<u64>,
    /// Records that the second scan hides from the public.
    pub held_outside: u64,
    /// The first of them.
    pub held_outside_items: Vec<Hidden>,
    /// The newest files in quarantine.
    pub quarantine: Vec<Quarantined>,
    /// Whether the inner side was restored or lost batches.
    pub far_setback: Option<PeerRollback>,
    /// When published documents were checked, and how many are lost.
    pub documents: Checked,
    /// What somebody must look at today.
    pub alarms: Vec<Alarm>,
    /// What was looked at, when and how.
    pub looked_at: Vec<LookedAt>,
    /// The daemon, space, certificates, and what was repaired.
    #[serde(flatten)]
    pub operation: MachineStatus,
    /// What a person has to do, most urgent first.
    pub todo: Vec<Todo>,
}

/// A file in quarantine.
#[derive(Debug, Serialize)]
pub struct Quarantined {
    /// Its number.
    pub id: i64,
    /// Its name in the inbox.
    pub name: String,
    /// Reason code.
    pub code: String,
    /// Why.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// Reads the ledger and the store.
pub fn status(context: &Context, now: UnixSeconds) -> Result<Status> {
    let conn = &context.store.conn;
    let Overview { channels, operation, mut alarms, root_differs, unacknowledged, oldest_item_age_s } =
        overview(context, now)?;
    let is_probed = operation.daemon.as_ref().is_some_and(|daemon| !daemon.silent);
    if is_probed {
        alarms.extend(portal_probe::alarm_after_start(&context.config.portal));
    }
    let withheld = visible::count(conn, &context.catalogue.roles.withheld)?;
    let (records, documents) = visible::totals(conn)?;
    let newest = quarantine::newest(conn, QUARANTINE_LISTED_MAX)?;
    let quarantine = newest.into_iter().map(|file| Quarantined {
        id: file.id,
        name: file.name,
        code: file.code,
        message: file.message.show().to_owned(),
        hint: file.hint.show().to_owned(),
    });
    let quarantine = quarantine.collect();
    let mut status = Status {
        state_root: channels.iter().find_map(|c| c.state_root.clone()),
        channels,
        published: Published { records, documents, withheld },
        root_differs,
        outgoing: unacknowledged,
        oldest_item_age_s,
        held_outside: hidden::count(conn)?,
        held_outside_items: hidden::list(conn, HIDDEN_LISTED_MAX)?,
        quarantine,
        far_setback: rollback::peer_rollback(conn, &context.config.reply.channel, context.schedule.zone(), now)?,
        documents: document_check::checked(conn)?,
        looked_at: Vec::new(),
        alarms,
        operation,
        todo: Vec::new(),
    };
    status.looked_at = looked_at(context, &status, is_probed, &Proofs::newest(conn)?, now);
    status.todo = todo(context, &status);
    Ok(status)
}

/// When and how each thing was looked at.
fn looked_at(context: &Context, status: &Status, is_probed: bool, proofs: &Proofs, now: UnixSeconds) -> Vec<LookedAt> {
    let looking = Looking { alarms: &status.alarms, now, zone: context.schedule.zone() };
    let mut looked_at = looking.common(&status.operation, &status.channels, proofs);
    let (portal, documents) = (texts::portal(), texts::documents());
    let by_request = match is_probed {
        true => texts::by_request(context.config.portal.listen),
        false => texts::by_no_request(),
    };
    looked_at.extend([
        looking.at("portal", is_probed.then_some(now), (portal, by_request), &["FERRY-E0662"]),
        looking.at("certificates", Some(now), (texts::certificates(), texts::by_end()), &["FERRY-E0692"]),
        looking.at(
            "documents-presence",
            status.documents.presence_s,
            (documents.clone(), texts::by_presence()),
            &["FERRY-E0663"],
        ),
        looking.at("documents-bytes", status.documents.bytes_s, (documents, texts::by_bytes()), &["FERRY-E0663"]),
    ]);
    looked_at
}

/// What a person has to do, most urgent first.
fn todo(context: &Context, status: &Status) -> Vec<Todo> {
    let config = &context.config;
    let program = Program { name: "outer-agent", config: &config.path, state: &config.state };
    let mut todo: Vec<Todo> = status.alarms.iter().map(|alarm| program.answer(alarm)).collect();
    for (channel, job) in status.channels.iter().zip(["ingest", "reply"]) {
        todo.extend(program.failed(channel, job));
        todo.extend(program.quarantined(channel, program.command("quarantine list")));
    }
    todo.sort();
    todo
}
