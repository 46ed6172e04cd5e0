//! Messages to parties, and the three-day deadline (articles 8, 11 and 16). The parties are notified of confirmed
//! publications through the court's SMS gateway; services that nobody signed for are listed by clerk.
//!
//! ```text
//! confirmed batches → queue → store::sms_outbox → send → sms_gateway
//!                       └→ store::service_deadlines → deadline → FERRY_SERVICE_STATE, follow_up
//! ```

mod calendar;
pub mod commands;
pub mod deadline;
mod follow_up;
mod pass;
mod queue;
mod recipients;
mod send;
mod sms_gateway;

pub use follow_up::{NotifyCounts, counts};
pub use pass::{check, pass};
