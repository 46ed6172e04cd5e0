//! What an operator sees in the morning: as data, on a screen, as alarms and as metrics.

mod alarms;
mod metrics;
mod overview;
pub mod portal_probe;
mod report;
mod screen;

pub use alarms::alarms;
pub use metrics::write as write_metrics;
pub use report::status;
pub use screen::screen;
