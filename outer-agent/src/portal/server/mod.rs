//! The server under the portal: TLS, connections bounded in number and in time, numbers for the operator.

pub mod accept;
pub mod certificate;
pub mod delivery;
pub mod limits;
pub mod metrics;
mod patient;
pub mod peer;
pub mod private;
pub mod refusal;
pub mod stop;
