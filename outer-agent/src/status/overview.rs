//! The state of channels and machine, without counting everything that is published.

use crate::context::{Context, INGEST, REPLY};
use crate::portal;
use crate::status::alarms::alarms;
use crate::store::{outgoing, root_difference};
use ferry_channel::ledger::state_root;
use ferry_channel::monitor::status::channel::{self, ChannelStatus};
use ferry_channel::monitor::status::machine::{Certificate, MachineStatus};
use ferry_channel::monitor::status::root_text;
use ferry_channel::types::UnixSeconds;
use ferry_channel::types::alarm::Alarm;
use ferry_io::error::Result;

/// The state of channels and machine.
pub struct Overview {
    /// One entry for each channel and direction.
    pub channels: Vec<ChannelStatus>,
    /// The daemon, space, certificates, and what was repaired.
    pub operation: MachineStatus,
    /// What somebody must look at today.
    pub alarms: Vec<Alarm>,
    /// Whether the root differed from the sender's after the newest batch.
    pub root_differs: bool,
    /// Records that the other side has not acknowledged.
    pub unacknowledged: u64,
    /// Seconds that the oldest of them has waited.
    pub oldest_item_age_s: Option<u64>,
}

/// Reads the ledger and looks at the machine.
pub fn overview(context: &Context, now: UnixSeconds) -> Result<Overview> {
    let conn = &context.store.conn;
    let config = &context.config;
    let reader = channel::Context { conn, now, zone: context.schedule.zone() };
    let mut receiving = reader.receiving(&config.ingest.channel, "export", INGEST)?;
    let root = state_root::load(conn, &config.ingest.channel)?.root();
    receiving.state_root = (receiving.last_sequence > 0).then(|| root_text(&root));
    let sending = reader.sending(&config.reply.channel, "return", REPLY, &context.schedule)?;
    let ends = portal::certificates_end(&config.portal);
    let certificates = ends.iter().map(|(file, end_s)| Certificate::new(file, UnixSeconds(*end_s), &reader)).collect();
    let (needs, reserve_bytes) = (context.needs_to_send()?, config.maintenance.reserve_bytes());
    let operation = MachineStatus::look(&reader, &config.state, &needs, reserve_bytes, certificates)?;
    let root_differs = root_difference::exists(conn)?;
    let channels = vec![receiving, sending];
    let alarms = [alarms(context, now)?, operation.alarms(&channels)].concat();
    let oldest_item_age_s = outgoing::oldest_s(conn)?.map(|at_s| now.seconds_since(UnixSeconds(at_s)));
    let unacknowledged = outgoing::count(conn)?;
    Ok(Overview { channels, operation, alarms, root_differs, unacknowledged, oldest_item_age_s })
}
