//! Deciding about a draft: the reviewer's key, what others decided, and the options of `approve` and `refuse`.

pub mod reviewer;
pub mod decisions;
pub mod signing;
