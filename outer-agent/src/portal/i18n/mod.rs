//! What visitors read: texts and formats in their language.

pub mod format;
pub mod messages;
