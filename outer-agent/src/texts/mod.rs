//! Texts for people outside the portal, in Chinese and in English, one file per subject.

pub mod commands;
pub mod errors;
pub mod help_zh;
pub mod portal;
pub mod status;
