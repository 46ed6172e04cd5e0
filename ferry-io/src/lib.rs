//! Effects that both agents and the `ferry` command need: durable files, keys in files and tokens, output
//! that never ends a process, and the error type that people read.
//!
//! Nothing here keeps state between runs; `ferry-channel` does.
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")
)]

pub mod exit_code;
mod texts;
pub mod error;
pub mod clock;
pub mod entropy;
pub mod heartbeat;
pub mod fs;
pub mod keys;
pub mod reading;
pub mod malware;
pub mod output;
pub mod audit_export;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use error::{Error, Result};

/// For the macros of this crate.
#[doc(hidden)]
pub mod __private {
    pub use ferry_format::text::Localized;
    pub use ferry_format::text_fn;

    use ferry_format::text::{Language, Text};

    /// An argument of a text, so that several texts can use it.
    pub fn both_wordings(argument: &impl Localized) -> Text {
        let [zh, en] = Language::ALL.map(|language| argument.localized(language).into_owned());
        Text::new(zh, en)
    }
}
