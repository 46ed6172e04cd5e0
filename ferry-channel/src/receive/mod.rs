//! The way of a batch in.
//!
//! ```text
//! folder of the diode --> scan --> reassemble --> endpoint::classify --> facts, decide --> pass: carries the verdict out
//!    (any files,          (kinds,   (heads and     (sender,              (pure)      |
//!     any order)           bounds)   volumes)       destination,                     +-- Apply           --> apply (the agent)
//!                                                   approvals)                       |                       acknowledge, record
//!                                                                                    +-- AlreadyApplied  --> removed
//!                                                                                    +-- Reject          --> quarantine
//!                                                                                    +-- RejectContent   --> record, quarantine
//!                                                                                    +-- WaitFor         --> pending
//!                                                                                    +-- Fork            --> fork: channel stops
//! ```

pub mod scan;
pub mod skipped;
pub mod endpoint;
pub mod decide;
pub mod facts;
pub mod progress;
mod pending;
pub mod quarantine;
pub mod fork;
pub mod record;
mod reject;
pub(crate) mod reassemble;
pub mod apply;
pub mod acknowledge;
pub mod pass;
pub mod retention;

pub(crate) use pending::longest as longest_waiting;
