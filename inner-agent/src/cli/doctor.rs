//! `doctor`.

use crate::config::Config;
use crate::context;
use crate::import::staging;
use crate::source;
use crate::source::documents::DocumentStore;
use ferry_channel::monitor::doctor::{Doctor, Patient, examine};
use ferry_channel::runtime::schedule::Schedule;
use ferry_channel::texts::doctor as texts;
use ferry_channel::types::UnixSeconds;
use ferry_io::error::Result;

/// Runs the command: it needs neither ledger nor keys.
pub fn run(config: &Config, options: Doctor, now: UnixSeconds) -> Result<()> {
    let schedule = Schedule::new(&config.path, &config.export.schedule, &config.time_zone)?;
    let patient = Patient {
        guard: context::guard_of(config),
        sending: &config.export,
        receiving: &config.import,
        reserve_bytes: config.maintenance.reserve_bytes(),
        zone: schedule.zone(),
    };
    let mut report = examine(&patient, options.fix, now);
    report.look(texts::platform(), source::connect(config).map(drop));
    report.look(texts::staging(), staging::open_database(config).map(drop));
    report.look(texts::document_store(), DocumentStore::open(&config.source.documents).and_then(|store| store.check()));
    report.end(options)
}
