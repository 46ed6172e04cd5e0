//! Trust: which keys may do what on which channel, by a trust file or by signed lists, and who must have approved what.

pub mod rules;
pub mod key_constraints;
pub mod trust_file;
pub mod approval;
pub mod release;
pub mod list;
pub mod chain;
