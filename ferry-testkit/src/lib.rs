//! What tests, demonstrations and measurements need around the real programs: a made-up court, the stage on which both
//! agents play, a channel that loses and damages files, and the texts that the scanners are measured on.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]

mod texts;
pub mod court;
#[allow(missing_docs, reason = "it is read with the journeys, which need no documentation either")]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
pub mod drafts;
#[allow(clippy::unwrap_used, reason = "a carrier that cannot carry ends the test")]
pub mod faulty_channel;
pub mod benign;
pub mod identifiers;
#[allow(missing_docs, reason = "its parts are named as in ISO 32000")]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
pub mod made_pdf;
pub mod made_package;
pub mod random;
#[allow(clippy::unwrap_used, reason = "a court without its root keys is a failed test")]
pub mod roots;
pub mod sms_gateway;
pub mod spellings;
#[allow(missing_docs, reason = "it is read with the rules of the workspace, which need no documentation either")]
#[allow(clippy::unwrap_used, reason = "a source that cannot be read is a failed test")]
pub mod source;
#[allow(missing_docs, reason = "it is read with the journeys, which need no documentation either")]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
pub mod stage;
#[allow(clippy::unwrap_used, reason = "a token that cannot be made ends the test")]
pub mod token;
