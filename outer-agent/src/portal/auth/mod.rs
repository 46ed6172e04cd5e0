//! Who calls, and what they may see: log-in, sessions, access to a case.

pub mod access;
pub mod caller;
pub mod login;
pub mod session;
