//! The server under the portal: TLS, connections bounded in number and in time, numbers for the operator.

pub mod accept;
pub mod admin;
pub mod client_ip;
pub mod connections;
pub mod delivery;
pub mod metrics;
pub mod request_guard;
pub mod shutdown;
mod slow_client;
pub mod tls;
