//! The server below the portal: TLS, connections bounded in number and in time, health and metrics for the operator.

pub mod accept;
pub mod admin;
pub mod client_ip;
pub mod connections;
mod delivery;
pub mod shutdown;
mod slow_client;
pub mod tls;
