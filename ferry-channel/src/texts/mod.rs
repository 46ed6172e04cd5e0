//! The texts of the channel for people, in Chinese and in English, sorted by where they are read.

pub mod alarms;
pub mod audit;
pub mod backup;
pub mod clock;
pub mod commands;
pub mod doctor;
pub mod errors;
pub mod help_zh;
pub mod receive;
pub mod skipped;
pub mod status;

use ferry_format::texts;

texts! {
    /// An error as `status` keeps it: message and code.
    with_code(message, code) { zh: "{message} [{code}]", en: "{message} [{code}]" }
}
