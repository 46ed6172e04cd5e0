//! Who calls, and what they may see: login, sessions, access to a case.

pub mod access;
pub mod caller;
pub mod channels;
mod credentials;
pub mod login;
mod rate_limiter;
pub mod session;

pub use credentials::Credentials;
