//! Rules that the sources and documents of the workspace keep.

mod runbook;
mod threat_model;
