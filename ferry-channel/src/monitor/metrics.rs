//! Metrics of an agent as a text file, for a collector that reads such files (node_exporter's textfile collector). Labels
//! are channels, states, codes and folders: no person and no case can stand in them.

use crate::monitor::status::channel::ChannelStatus;
use crate::monitor::status::machine::MachineStatus;
use crate::texts;
use crate::types::UnixSeconds;
use crate::types::alarm::Alarm;
use ferry_format::text::Text;
use ferry_format::texts::errors::io as io_text;
use ferry_io::error::Result;
use ferry_io::fs::durable;
use prometheus_client::encoding::text;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::io::Write;
use std::path::Path;

type Labels = Vec<(&'static str, String)>;

/// What is told, until it is written.
pub struct Metrics {
    registry: Registry,
}

impl Metrics {
    /// What both agents tell.
    pub fn of(channels: &[ChannelStatus], machine: &MachineStatus, alarms: &[Alarm]) -> Self {
        let mut metrics = Self { registry: Registry::with_prefix("ferry") };
        metrics.of_channels(channels);
        metrics.of_machine(machine);
        let mut by_code = metrics.family("alarms", "Alarms that hold now, by code of the runbook");
        for alarm in alarms {
            by_code.add(vec![("code", alarm.code.to_owned())], 1);
        }
        metrics
    }

    fn of_channels(&mut self, channels: &[ChannelStatus]) {
        /// One number of every channel.
        type Of = fn(&ChannelStatus) -> Option<i64>;
        let each: [(&str, &str, Of); 8] = [
            ("last_success_timestamp_seconds", "When the channel's job last ended well", |c| {
                c.last_success_s.map(UnixSeconds::get)
            }),
            ("overdue_seconds", "How long a run has been due that was not made", |c| Some(c.overdue_s as i64)),
            ("last_run_failed", "Whether the last run failed", |c| Some(i64::from(c.last_error.is_some()))),
            ("gaps", "Numbers that are missing", |c| Some(c.gaps.len() as i64)),
            ("quarantined_files", "Files in quarantine", |c| Some(c.quarantined as i64)),
            ("waiting_files", "Files that wait for a later pass", |c| Some(c.waiting as i64)),
            ("unconfirmed_batches", "Batches that the other side has not acknowledged", |c| Some(c.unconfirmed as i64)),
            ("unconfirmed_oldest_age_seconds", "Age of the oldest of them", |c| {
                Some(c.oldest_unconfirmed_age_s.unwrap_or(0) as i64)
            }),
        ];
        for (name, help, of) in each {
            let mut family = self.family(name, help);
            for channel in channels {
                if let Some(value) = of(channel) {
                    family.add(labels(channel), value);
                }
            }
        }
        let mut batches = self.family("batches", "Batches by state");
        for channel in channels {
            for (state, count) in &channel.batches {
                let state = [labels(channel), vec![("state", state.clone())]].concat();
                batches.add(state, *count as i64);
            }
        }
    }

    fn of_machine(&mut self, machine: &MachineStatus) {
        if let Some(heartbeat) = &machine.daemon {
            self.gauge(
                "daemon_heartbeat_timestamp_seconds",
                "The daemon's last sign of progress",
                heartbeat.at_s.get(),
            );
        }
        let mut free = self.family("free_bytes", "Space that may still be written");
        let mut needed = self.family("needed_bytes", "Space that the next run needs, with the reserve");
        for space in &machine.space {
            let folder = space.folders.first().map(|f| f.display().to_string()).unwrap_or_default();
            let bytes = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            free.add(vec![("folder", folder.clone())], bytes(space.free_bytes));
            needed.add(vec![("folder", folder)], bytes(space.needed_bytes.saturating_add(space.reserve_bytes)));
        }
        let mut ends = self.family("certificate_end_timestamp_seconds", "When a certificate ends");
        for certificate in &machine.certificates {
            ends.add(vec![("file", certificate.file.display().to_string())], certificate.not_after_s.get());
        }
    }

    /// One number that only one of the agents has.
    pub fn gauge(&mut self, name: &'static str, help: &'static str, value: i64) {
        let gauge = Gauge::<i64>::default();
        gauge.set(value);
        self.registry.register(name, help, gauge);
    }

    fn family(&mut self, name: &str, help: &str) -> Numbers {
        let family = Family::<Labels, Gauge>::default();
        self.registry.register(name, help, family.clone());
        Numbers(family)
    }

    /// Puts the file in place, whole or not at all.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let failed = |why: Text| texts::errors::metrics_not_written(path.display(), why);
        let mut out = String::new();
        text::encode(&mut out, &self.registry).map_err(|e| failed(Text::verbatim(e.to_string())))?;
        let mut file = durable::staged(path).map_err(|e| failed(e.message))?;
        file.write_all(out.as_bytes()).map_err(|e| failed(io_text(&e)))?;
        // The collector is another user.
        durable::put_unsynced(file, path, 0o644).map_err(|e| failed(e.message))
    }
}

/// The numbers under one name.
struct Numbers(Family<Labels, Gauge>);

impl Numbers {
    fn add(&mut self, labels: Labels, value: i64) {
        self.0.get_or_create(&labels).inc_by(value);
    }
}

fn labels(channel: &ChannelStatus) -> Labels {
    vec![("channel", channel.id.clone()), ("direction", channel.direction.to_owned())]
}
