//! All texts for people, in Chinese and in English, one file per subject.

pub mod certificate;
pub mod commands;
pub mod dates;
pub mod errors;
pub mod forms;
pub mod help_zh;
pub mod holds;
pub mod import;
pub mod notify;
pub mod plan;
pub mod report;
pub mod retractions;
pub mod review;
pub mod status;
