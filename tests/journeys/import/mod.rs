//! What comes back: receipts, messages and requests, and what the parties are told.

mod settle;
mod settle_postgres;
mod notify;
mod notify_clock;
