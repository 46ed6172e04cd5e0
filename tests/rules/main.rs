//! Rules for the sources and documents of the workspace. These tests read files and start none of the programs.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests read the workspace themselves")]
#![allow(missing_docs, reason = "a test binary has no readers of its documentation")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod folders;
mod followed;
mod imports;
mod tables;
mod style;
mod languages;
mod links;
mod hints;
mod runbook;
mod threat_model;
mod fault_points;
mod metadata;
