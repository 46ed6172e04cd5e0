//! The metrics file.

use crate::context::Context;
use crate::status::overview::overview;
use ferry_channel::monitor::metrics::Metrics;
use ferry_channel::types::UnixSeconds;
use ferry_channel::types::alarm::Alarm;
use ferry_io::output::exit;

/// Writes the metrics file, where one is configured. An error is printed and stops no run.
/// `more` are alarms that the daemon found by itself.
pub fn write(context: &Context, more: &[Alarm], now: UnixSeconds) {
    let Some(path) = &context.config.maintenance.metrics_file else { return };
    let written = overview(context, now).and_then(|o| {
        let alarms = [&o.alarms, more].concat();
        let mut metrics = Metrics::of(&o.channels, &o.operation, &alarms);
        metrics.gauge("root_differs", "Whether the state root differs from the sender's", i64::from(o.root_differs));
        metrics.gauge("items_waiting", "Items that the other side has not acknowledged", o.unacknowledged as i64);
        let oldest_s = o.oldest_item_age_s.unwrap_or(0) as i64;
        metrics.gauge("item_oldest_age_seconds", "Age of the oldest of them", oldest_s);
        metrics.write(path)
    });
    if let Err(error) = written {
        exit::print_error(&error);
    }
}
