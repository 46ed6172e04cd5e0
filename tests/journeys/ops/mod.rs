//! What operators see and configure.

mod configuration;
mod doctor;
mod hints;
mod status;
mod report;
mod journal;
mod liveness;
mod metrics;
mod terminal;
mod drills;
mod recipes;
mod made_court;
mod sandbox;
mod screens;
mod checked;
