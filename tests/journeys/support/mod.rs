//! What several journeys need: clients, servers and forged batches.

pub mod api_client;
pub mod browser;
pub mod clamd;
pub mod forge;
pub mod postgres;
pub mod receipts;
pub mod send;
pub mod sms;
pub mod tls_client;
pub mod unscreened;
pub mod volumes;
pub mod wait;
