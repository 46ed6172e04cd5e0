//! Rules that the sources and documents of the workspace keep.

mod fault_points;
mod folders;
mod imports;
mod languages;
mod runbook;
mod source;
mod style;
mod tables;
mod threat_model;
mod links;
mod metadata;
mod recipes;
