//! Whole journeys over the real programs, real files, real databases and real HTTPS.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]
#![allow(missing_docs, reason = "a test binary has no readers of its documentation")]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod documents;
mod export;
mod import;
mod portal;
mod channel;
mod trust;
mod review;
mod ops;
mod support;
