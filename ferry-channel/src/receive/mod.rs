//! The way of a batch in.
//!
//! ```text
//! folder of the diode --> scan --> incoming --> reassemble --> facts, decide --> pass: carries the verdict out
//!    (any files,          (kinds)  (signed first, (heads and    (pure)      |
//!     any order)                    bounds)        volumes)                 +-- Apply           --> apply (the agent)
//!                                                                           |                       acknowledge, record
//!                                                                           +-- AlreadyApplied  --> removed
//!                                                                           +-- Reject          --> quarantine
//!                                                                           +-- RejectContent   --> record, quarantine
//!                                                                           +-- WaitFor         --> pending
//!                                                                           +-- Fork            --> fork: channel stops
//! ```

pub mod scan;
pub mod skipped;
pub mod endpoint;
mod incoming;
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
