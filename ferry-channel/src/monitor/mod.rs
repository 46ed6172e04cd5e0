//! What operators look at.

pub mod alerts;
pub mod doctor;
pub mod metrics;
pub mod status;
