//! Who calls, and what they may see: login, sessions, access to a case.

pub mod access;
pub mod caller;
mod credentials;
pub mod login;
pub mod session;

pub use credentials::Credentials;
