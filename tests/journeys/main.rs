//! Whole journeys over the real binaries, real files, real databases and real HTTPS.
#![allow(missing_docs, reason = "a test binary has no readers of its documentation")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod bad_input;
mod configuration;
mod daemons;
mod disclosure;
mod journey;
mod order;
mod portal;
mod report;
mod stage;
mod volumes;
