//! What operators look at.

pub mod alerts;
pub mod metrics;
pub mod status;
