//! `doctor`.

use crate::config::Config;
use crate::context;
use crate::status::portal_probe;
use crate::store::{DATABASE, document_check};
use crate::texts::status;
use ferry_channel::ledger::db;
use ferry_channel::monitor::doctor::{Doctor, Patient, examine};
use ferry_channel::runtime::schedule::Schedule;
use ferry_channel::texts::doctor as texts;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Runs the command: it needs neither ledger nor keys.
pub fn run(config: &Config, options: Doctor, now: UnixSeconds) -> Result<()> {
    let schedule = Schedule::new(&config.path, &config.reply.schedule, &config.time_zone)?;
    let patient = Patient {
        guard: context::guard_of(config),
        sending: &config.reply,
        receiving: &config.ingest,
        reserve_bytes: config.maintenance.reserve_bytes(),
        zone: schedule.zone(),
    };
    let mut report = examine(&patient, options.fix, now);
    report.alarm(texts::portal(), portal_probe::alarm(&config.portal));
    // Read-only: what is missing or older is named above, and nothing is made in its place.
    let ledger = db::open_read_only(&config.state.join(DATABASE));
    if let Ok(checked) = ledger.and_then(|conn| document_check::checked(&conn)) {
        report.alarm(texts::document_store(), (checked.lost > 0).then(|| status::documents_lost(checked.lost)));
    }
    report.end(options)
}
