//! Whole journeys over the real binaries live in `journeys/`; the made-up court they run on, and the texts that the
//! scanners are measured on, are here, and so is the stage that journeys and the long programmes play on.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]

pub mod benign;
pub mod court;
#[allow(missing_docs, reason = "it is read with the journeys, which need no documentation either")]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
pub mod drafts;
#[allow(missing_docs, reason = "a drill says what it is in two languages")]
#[allow(clippy::unwrap_used, reason = "a fault that cannot be set up is a failed drill")]
pub mod drills;
#[allow(clippy::unwrap_used, reason = "a carrier that cannot carry ends the test")]
pub mod faulty_channel;
pub mod identifiers;
#[allow(clippy::unwrap_used, reason = "a court without its root keys is a failed test")]
pub mod roots;
#[allow(clippy::unwrap_used, reason = "a program that cannot be started is a failed test")]
pub mod running;
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
pub mod secrets;
pub mod sms_gateway;
#[allow(missing_docs, reason = "it is read with the journeys, which need no documentation either")]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
pub mod stage;
#[allow(clippy::unwrap_used, reason = "a token that cannot be made ends the test")]
pub mod token;
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a violation that ends the programme")]
pub mod torture;
