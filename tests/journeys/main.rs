//! Whole journeys over the real binaries, real files, real databases and real HTTPS.
#![allow(missing_docs, reason = "a test binary has no readers of its documentation")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod api;
mod api_credentials;
mod api_description;
mod articles;
mod bad_input;
mod browser;
mod channel;
mod configuration;
mod connections;
mod daemons;
mod disclosure;
mod gaps;
mod forks;
mod gb18030;
mod hostile;
mod journey;
mod login;
mod notify;
mod notify_clock;
mod order;
mod pages;
mod portal;
mod quarantine;
mod reconcile;
mod second_look;
mod slip;
mod postgres;
mod postgres_safety;
mod server;
mod settle;
mod settle_postgres;
mod service;
mod report;
use ferry_tests::stage;
mod twenty_thousand;
mod volumes;
mod writing;
